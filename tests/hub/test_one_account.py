"""A hub started by anybody but root: all servers under that account, and it says so."""

from __future__ import annotations

import os
import pwd

import pytest

from hub_config.accounts import ensure_named_account

pytestmark = pytest.mark.long


def test_person_tries_a_hub_of_their_own(new_hub):
    hub = new_hub(account="twin-trying")
    place = hub.folder.parent
    ensure_named_account("twin-trying", place)
    user = pwd.getpwnam("twin-trying")
    place.chmod(0o700)
    os.chown(place, user.pw_uid, user.pw_gid)
    hub.environment |= {"HOME": str(place), "USER": "twin-trying"}
    hub.environment.pop("XDG_RUNTIME_DIR", None)
    hub.environment.pop("XDG_DATA_HOME", None)
    assert "Everybody's server runs under your account" in hub.start()

    admin = hub.administrator()
    admin.start_server()
    admin.enter()
    said = admin.run_code("import getpass, os; print(os.getcwd(), os.path.exists("
                          "'estuary-twin/00_welcome.ipynb'), oct(os.stat('/proc/self').st_uid))")
    assert said.split()[:2] == [str(hub.folder / "people" / "admin"), "True"]
    assert int(said.split()[2], 8) == user.pw_uid
    admin.fill_in("/services/projects/", name="harbour", title="Harbour").raise_for_status()
    admin.fill_in("/services/projects/harbour", do="open").raise_for_status()
    assert admin.get("/user/project-harbour/lab").status_code == 200
    assert admin.get("/services/studies/").status_code == 200
