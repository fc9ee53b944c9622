"""What a hub refuses of its settings, and what JupyterHub is told."""

from __future__ import annotations

import pytest
from pydantic import ValidationError
from traitlets.config import Config

from hub_config.accounts import account_name
from hub_config.installation import Hub
from hub_config.layers import configure
from hub_config.layers.production import ProfileSpawner, spawner_class
from hub_config.profiles import (
    ServerProfile,
    allowed_profiles,
    check_profile,
    default_profiles,
    options_form,
)
from hub_config.project_names import project_of_server, server_of_project
from twin_kernel.errors import InputError

OAUTH = {"kind": "gitlab", "client_id": "id", "address": "https://forge.example.org",
         "allowed_groups": ["estuary"]}


@pytest.fixture
def make(tmp_path):
    """Return what makes the configuration of a hub."""
    (tmp_path / "secrets").mkdir()
    (tmp_path / "oauth").write_text("secret of the forge\n")

    def of(**settings):
        if "oauth" in settings:
            settings["oauth"] = {**settings["oauth"], "client_secret_file": tmp_path / "oauth"}
        c = Config()
        configure(c, Hub(directory=tmp_path, **settings))
        return c

    return of


def test_servers_outlive_the_hub_and_services_cannot_stop_it(make):
    c = make()
    assert c.JupyterHub.cleanup_servers is False
    assert c.ConfigurableHTTPProxy.should_start is False
    assert not any("command" in one for one in c.JupyterHub.services)
    assert c.Spawner.disable_user_config is True


def test_no_service_may_read_what_people_have(make):
    for role in make().JupyterHub.load_roles:
        for scope in role["scopes"]:
            assert not scope.startswith(("admin:auth_state", "access:servers!user=",
                                         "tokens", "admin-ui")), role
            assert scope != "access:servers", role


def test_production_takes_people_from_the_forge(make):
    c = make(layer="production", oauth=OAUTH, address="http://127.0.0.1:8000",
             public_address="https://twin.example.org", people=["guest"])
    assert c.GitLabOAuthenticator.client_secret == "secret of the forge"
    assert c.GitLabOAuthenticator.allowed_gitlab_groups == {"estuary"}
    assert c.GitLabOAuthenticator.allow_existing_users is False
    assert c.GitLabOAuthenticator.oauth_callback_url == (
        "https://twin.example.org/hub/oauth_callback")
    assert c.JupyterHub.spawner_class is ProfileSpawner
    assert "Strict-Transport-Security" in c.JupyterHub.tornado_settings["headers"]


def test_institution_lets_in_its_groups(make):
    c = make(layer="production", oauth={**OAUTH, "kind": "oidc"},
             public_address="https://twin.example.org")
    assert c.GenericOAuthenticator.allowed_groups == {"estuary"}
    assert c.GenericOAuthenticator.token_url == "https://forge.example.org/token"


@pytest.mark.parametrize(("settings", "message"), [
    ({"layer": "production"}, "somebody who logs people in"),
    ({"layer": "production", "oauth": OAUTH}, "needs encryption"),
    ({"layer": "production", "oauth": OAUTH, "address": "https://0.0.0.0:443"},
     "key and the certificate"),
])
def test_open_or_unencrypted_production_is_refused(make, settings, message):
    with pytest.raises(InputError, match=message):
        make(**settings)


@pytest.mark.parametrize("settings", [
    {"address": "127.0.0.1"}, {"first_port": 80}, {"idle_hours": 0}, {"layer": "cloud"},
    {"profiles": {}}, {"unknown": 1}])
def test_setting_out_of_bounds_is_refused(tmp_path, settings):
    with pytest.raises(ValidationError):
        Hub(directory=tmp_path, **settings)


def test_settings_come_from_the_table_of_the_twins_file(tmp_path, monkeypatch):
    path = tmp_path / "twin.toml"
    path.write_text('[profiles.local]\n[hub]\nidle_hours = 3\nadministrators = ["ana"]\n')
    monkeypatch.setenv("TWIN_SETTINGS_FILE", str(path))
    monkeypatch.setenv("TWIN_HUB_IDLE_HOURS", "5")
    hub = Hub()
    assert (hub.idle_hours, hub.administrators) == (5.0, ("ana",))


@pytest.mark.parametrize(("kind", "name"), [
    ("systemd", "SystemdSpawner"), ("docker", "DockerSpawner"), ("batch", "SlurmSpawner"),
    ("account", "AccountSpawner")])
def test_profile_names_its_spawner(kind, name):
    profile = ServerProfile(title="a", title_french="b", spawner=kind)
    assert spawner_class(profile).__name__ == name


def test_profiles_are_for_their_groups():
    profiles = default_profiles()
    assert list(allowed_profiles(profiles, [], False)) == ["student"]
    assert list(allowed_profiles(profiles, ["large"], False)) == ["student", "large"]
    assert list(allowed_profiles(profiles, [], True)) == ["student", "researcher", "large"]
    assert check_profile(None, profiles, [], False)[0] == "student"
    for name in ("large", "nonsense", "../large"):
        with pytest.raises(InputError, match="not yours to choose"):
            check_profile(name, profiles, ["researchers"], False)


def test_form_offers_a_choice_only_where_there_is_one():
    profiles = default_profiles()
    assert options_form(allowed_profiles(profiles, [], False)) == ""
    form = options_form({**profiles, "x": ServerProfile(title="<b>", title_french="é")})
    assert form.count("checked") == 1
    assert "<b>" not in form
    assert "Étudiant" in form


@pytest.mark.parametrize("person", ["root", "alice", "daemon", "a.b@c.org", "x" * 64, "Ünal"])
def test_account_is_nobody_elses(person):
    name = account_name(person)
    assert name.startswith("twin-")
    assert len(name) <= 32
    assert name != account_name(person + "a")


def test_two_people_never_share_an_account():
    people = ["a.b", "a-b", "a@b", "a.b.", "ab", "A-b", "a" * 21, "a" * 22, "a" * 23]
    assert len({account_name(one) for one in people}) == len(people)


def test_server_of_a_project_is_told_from_a_person():
    assert project_of_server(server_of_project("harbour")) == "harbour"
    assert project_of_server("harbour") is None
