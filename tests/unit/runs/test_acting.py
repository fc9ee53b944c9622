"""A service that acts for people keeps each to what is theirs, on SQLite and on PostgreSQL."""

from __future__ import annotations

import secrets

import pytest

from twin_kernel.errors import InputError, RunError
from twin_kernel.runs.ledger import Person, State, acting_for, current_user, open_ledger
from twin_kernel.runs.ledger.projects import Projects, used_core_hours

VALUES = {"case_json": "{}", "solver": "native 1", "profile": "local", "cores": 1,
          "folder": "/runs/of", "machine": "here"}


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request, tmp_path):
    """Where the ledger of a service is."""
    if request.param == "sqlite":
        return tmp_path / "ledger.sqlite"
    return request.getfixturevalue("postgres").new_database(f"a{secrets.token_hex(6)}")


def _ask(place, person, identity, **values):
    with acting_for(Person(person)):
        return open_ledger(place).request(identity, **{**VALUES, "case_hash": identity, **values})


def _seen(place, person):
    with acting_for(Person(person)):
        return sorted(one.id for one in open_ledger(place).list())


def test_what_is_asked_for_belongs_to_the_person(place):
    record, new = _ask(place, "alice", "a1")
    assert (record.owner, new) == ("alice", True)
    with acting_for(Person("alice")):
        assert current_user() == "alice"
    assert current_user() != "alice"


def test_private_run_is_seen_stopped_and_changed_by_its_owner_only(place):
    _ask(place, "alice", "a1")
    assert _seen(place, "alice") == ["a1"]
    assert _seen(place, "bob") == []
    with acting_for(Person("bob")):
        ledger = open_ledger(place)
    # After the context too: a handle that bob keeps stays bob's.
    with pytest.raises(RunError, match="Unknown run"):
        ledger.get("a1")
    assert (ledger.active(), ledger.used("owner"), ledger.unmet()) == ([], {}, {})
    ledger.set("a1", wish="cancel", owner="bob")
    ledger.wish("a1", "cancel")
    assert not ledger.move("a1", {State.REQUESTED}, State.CANCELLED)
    record = open_ledger(place).get("a1")
    assert (record.owner, record.wish, record.state) == ("alice", "", "requested")


def test_members_see_the_runs_of_their_project_and_change_only_their_own(place):
    keeper = Projects(open_ledger(place))
    keeper.create("harbour", "Harbour", "alice")
    keeper.add("harbour", "carol", asked_by="alice")
    _ask(place, "alice", "a1", project="harbour")
    assert _seen(place, "carol") == ["a1"]
    assert _seen(place, "bob") == []
    with acting_for(Person("carol")):
        assert not open_ledger(place).move("a1", {State.REQUESTED}, State.CANCELLED)
    keeper.remove("harbour", "carol", asked_by="carol")
    assert _seen(place, "carol") == []


@pytest.mark.parametrize("values", [{"owner": "alice"}, {"project": "harbour"}, {"after": ["a1"]}])
def test_nobody_asks_as_another_or_in_projects_or_after_runs_of_others(place, values):
    Projects(open_ledger(place)).create("harbour", "Harbour", "alice")
    _ask(place, "alice", "a1")
    with pytest.raises(RunError, match="not yours to ask for"):
        _ask(place, "bob", "b1", **values)
    assert [one.id for one in open_ledger(place).list()] == ["a1"]


def test_durations_of_everybody_teach_but_records_stay_hidden(place):
    _ask(place, "alice", "a1")
    with acting_for(Person("bob")):
        ledger = open_ledger(place)
    assert len(ledger.past(10, machine="here")) == 1
    assert ledger.list() == []


def test_project_lives_without_an_administrator(place):
    ledger = open_ledger(place)
    projects = Projects(ledger)
    team = projects.create("silt-2026", "Silt", "alice", core_hours=2.0)
    assert (team.roles, team.archived) == ({"alice": "owner"}, False)
    projects.add("silt-2026", "bob", asked_by="alice", role="owner")
    projects.remove("silt-2026", "alice", asked_by="alice")
    assert [one.name for one in projects.of("bob")] == ["silt-2026"]
    assert projects.of("alice") == []
    assert projects.archive("silt-2026", asked_by="bob").archived
    assert ledger.quotas("bob") == {}  # nothing new is computed in it
    assert not projects.archive("silt-2026", asked_by="bob", archived=False).archived
    assert ledger.quotas("bob") == {"silt-2026": 2.0}
    assert used_core_hours(ledger, "silt-2026") == 0.0


@pytest.mark.parametrize(("what", "message"), [
    (lambda one: one.create("Bad name", "t", "bob"), "name of the project is refused"),
    (lambda one: one.create("harbour", "t", "bob"), "taken"),
    (lambda one: one.create("good", "  ", "bob"), "title"),
    (lambda one: one.find("harbour", "bob"), "not one of yours"),
    (lambda one: one.add("harbour", "bob", asked_by="bob"), "not one of yours"),
    (lambda one: one.add("harbour", "bob", asked_by="carol"), "Only an owner"),
    (lambda one: one.add("harbour", "../bob", asked_by="alice"), "name of the person"),
    (lambda one: one.add("harbour", "bob", asked_by="alice", role="king"), "Unknown role"),
    (lambda one: one.remove("harbour", "alice", asked_by="carol"), "Only an owner"),
    (lambda one: one.remove("harbour", "alice", asked_by="alice"), "keeps an owner"),
    (lambda one: one.add("harbour", "alice", asked_by="alice"), "keeps an owner"),
    (lambda one: one.archive("harbour", asked_by="carol"), "Only an owner"),
    (lambda one: one.set_quota("harbour", core_hours=-1.0), "quota"),
])
def test_what_may_not_be_done_is_refused(place, what, message):
    projects = Projects(open_ledger(place))
    projects.create("harbour", "Harbour", "alice")
    projects.add("harbour", "carol", asked_by="alice")
    before = projects.all()
    with pytest.raises(InputError, match=message):
        what(projects)
    assert projects.all() == before


def test_projects_of_the_settings_leave_those_of_people_alone(place):
    ledger = open_ledger(place)
    Projects(ledger).create("silt", "Silt", "alice")
    ledger.declare({"harbour": (("bob",), 5.0), "silt": (("mallory",), None)})
    ledger.declare({"harbour": (("carol",), 5.0), "silt": (("mallory",), None)})
    assert {one.name: one.roles for one in Projects(ledger).all()} == {
        "harbour": {"carol": "member"}, "silt": {"alice": "owner"}}
