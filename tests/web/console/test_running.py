"""What keeps the bridge running, as people see and change it: pauses, limits, alarms, settings, audit."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import bridge
from bridge.configuration.changes import ENTRY, GROUPS
from bridge.core.words import ACTS, SUBJECTS
from bridge.monitor.work import end_pauses
from bridge.settings import SETTINGS
from bridge.store import Store, open_store
from bridge.store.configuration.pauses import list_pauses, pause, resume
from bridge.store.db.tables import actions, alarms, hotlines, revisions
from bridge.store.operation.actions import record_action
from bridge.store.operation.alarms import close_alarm, open_alarm
from tests.people import PASSWORD, Person, form
from tests.processes import HOTLINE, KEY, Site

PAGE = "/console/hotlines"
HOSTILE = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def store(site: Site) -> Iterator[Store]:
    opened = open_store(site.settings["DATABASE_URL"])
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def admin(site: Site) -> Iterator[Person]:
    with Person(site.port) as found:
        assert found.sign_in().status_code == 200
        yield found


def rows(store: Store, table: Any) -> list[Any]:
    with store.read() as conn:
        return list(conn.execute(table.select()))


def pauses(store: Store) -> dict[tuple[str, str], timedelta | None]:
    """What is paused, and for how long."""
    with store.read() as conn:
        return {(one.kind, one.name): one.until - one.paused_at if one.until else None for one in list_pauses(conn)}


def test_the_stop_button_stops_all_or_one_for_a_while_or_until_somebody_resumes(admin: Person, store: Store) -> None:
    assert "Paused: all calls" in admin.fill(PAGE, "/console/pause", scope="all", length="", reason="a wrong text").text
    hour = admin.fill(PAGE, "/console/pause", scope=f"hotline:{HOTLINE}", length="1h", reason=HOSTILE)
    assert HOSTILE not in hour.text and "resumes by itself at" in hour.text
    admin.fill(PAGE, "/console/pause", scope="rule:confirm", length="morning", reason="closed")
    found = pauses(store)
    assert found[("all", "")] is None and found[("hotline", HOTLINE)] == timedelta(hours=1)
    morning = found[("rule", "confirm")]
    assert morning is not None and timedelta(hours=8) < morning <= timedelta(hours=32)
    assert "a wrong text" in admin.get("/").text
    for wrong in ({"scope": "rule:nobody"}, {"scope": "x"}, {"length": "9h"}, {"reason": " "}):
        asked = {"scope": "all", "length": "", "reason": "x", **wrong}
        assert admin.fill(PAGE, "/console/pause", **asked).status_code == 422
    for scope in ("all", f"hotline:{HOTLINE}", "rule:confirm"):
        html = admin.get(PAGE).text
        hidden = form(html, "/console/resume")
        assert hidden is not None
        assert "Resumed" in admin.post("/console/resume", data={**hidden, "scope": scope}).text
    assert pauses(store) == {}
    acts = [(row.command, row.subject) for row in rows(store, actions) if row.who == "console:admin"]
    scopes = ("all", f"hotline:{HOTLINE}", "rule:confirm")
    assert {(act, scope) for act in ("pause", "resume") for scope in scopes} <= set(acts)


def test_a_pause_ends_by_itself_when_its_time_has_come_and_not_before(store: Store) -> None:
    now = datetime.now(UTC)
    with store.write() as conn:
        pause(conn, "all", "", "lunch", now, who="x", until=now + timedelta(hours=1))
        pause(conn, "source", "shop", "stock", now, who="x")
    assert end_pauses(store, now + timedelta(minutes=59)) == 0
    assert end_pauses(store, now + timedelta(minutes=60)) == 1
    assert end_pauses(store, now + timedelta(days=9)) == 0
    assert set(pauses(store)) == {("source", "shop")}
    assert ("worker", "resume", "all") in [(row.who, row.command, row.subject) for row in rows(store, actions)]
    with store.write() as conn:
        resume(conn, "source", "shop", "", now, who="x")


def test_a_command_pauses_for_a_span_too(site: Site, store: Store) -> None:
    done = site.run("pause", "--for", "2h", "--reason", "stock", BRIDGE_LANG="en")
    assert (done.returncode, done.stdout) == (0, "paused: all calls for 2h; deliveries are taken and decided as ever\n")
    assert pauses(store) == {("all", ""): timedelta(hours=2)}
    assert site.run("pause", "--for", "soon").returncode == 2
    assert site.run("pause", "--for", "31d").returncode == 2
    assert site.run("resume").returncode == 0


def test_limits_are_changed_and_kept_as_a_revision(admin: Person, store: Store) -> None:
    action = f"{PAGE}/{HOTLINE}/limits"
    done = admin.fill(PAGE, action, per_minute="30", max_active="", reason="VBot asked")
    assert "30 a minute" in done.text
    (hotline,) = [row for row in rows(store, hotlines) if row.code == HOTLINE]
    assert (hotline.per_minute, hotline.max_active) == (30, None)
    assert rows(store, revisions)[-1].origin == "page"
    for wrong in ({"per_minute": "many"}, {"max_active": "-1"}, {"max_active": "0"}, {"reason": ""}):
        given = {"per_minute": "", "max_active": "", "reason": "x", **wrong}
        assert admin.fill(PAGE, action, **given).status_code == 422
    hidden = form(admin.get(PAGE).text, action)
    stranger = admin.post(f"{PAGE}/0999999999/limits", data={**(hidden or {}), "per_minute": "1", "reason": "x"})
    assert stranger.status_code == 404
    assert "no limit" in admin.fill(PAGE, action, per_minute="", max_active="", reason="again").text


def test_an_alarm_is_seen_by_somebody_and_stays_until_its_cause_ends(admin: Person, store: Store) -> None:
    now = datetime.now(UTC)
    with store.write() as conn:
        open_alarm(conn, "unsure", {"calls": 3}, now)
    page = admin.get("/console/alarms").text
    assert "3 call(s) are unsure" in page and "not seen" in page
    (alarm,) = [row for row in rows(store, alarms) if row.key == "unsure"]
    action = f"/console/alarms/{alarm.id}/seen"
    seen = admin.fill("/console/alarms", action, reason=f"asking VBot {HOSTILE}").text
    assert "asking VBot" in seen and HOSTILE not in seen and "not seen" not in seen
    hidden = form(page, action)
    assert admin.post("/console/alarms/99999999/seen", data={**(hidden or {}), "reason": "x"}).status_code == 404
    with store.write() as conn:
        close_alarm(conn, "unsure", now + timedelta(minutes=5))
    closed = admin.get("/console/alarms").text
    assert "None." in closed and "3 call(s) are unsure" in closed


def test_the_audit_tells_who_did_what_and_is_filtered_and_paged(admin: Person, store: Store) -> None:
    with store.write() as conn:
        for n in range(120):
            record_action(conn, "cancel", f"call:{n + 1}", f"reason {n}", datetime.now(UTC), who="api:warehouse")
        record_action(conn, "unheard of", "x:1", HOSTILE, datetime.now(UTC), who="cli")
    everything = admin.get("/console/audit").text
    assert "unheard of" in everything and HOSTILE not in everything
    mine = admin.get("/console/audit", params={"who": "api:warehouse", "what": "cancel"}).text
    assert "reason 119" in mine and "reason 19" not in re.findall(r"reason \d+", mine)
    assert 'href="/console/call/120"' in mine and "cancelled the call" in mine
    older = re.findall(r'href="(/console/audit\?[^"]*older=\d+)"', mine)[0].replace("&amp;", "&")
    assert "reason 0<" in admin.get(older).text
    assert "Nobody did anything like that." in admin.get("/console/audit", params={"who": HOSTILE}).text
    for odd in ({"older": "x"}, {"older": "9" * 40}, {"who": "\0"}, {"span": HOSTILE}, {"what": HOSTILE}):
        assert admin.get("/console/audit", params=odd).status_code == 200


def recorded() -> Iterator[tuple[str, str | None]]:
    """What the code records that people did, and on what kind of thing where that is written: ("cancel", "batch")."""
    for path in Path(bridge.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            name = getattr(getattr(node, "func", None), "attr", getattr(getattr(node, "func", None), "id", ""))
            if name in {"record", "record_action"} and isinstance(node, ast.Call) and len(node.args) > 2:
                what, on = node.args[1:3]
                begin = on.values[0] if isinstance(on, ast.JoinedStr) else on
                if isinstance(what, ast.Constant):
                    yield str(what.value), begin.value.partition(":")[0] if isinstance(begin, ast.Constant) else None


def test_all_that_is_recorded_has_words_in_both_languages(admin: Person, store: Store) -> None:
    found = set(recorded())
    assert len(found) > 20
    assert {what for what, _ in found} - {*ACTS} == set()
    subjects = {on for _, on in found if on is not None}
    assert {"call", "user", "dnc", "all"} <= subjects
    assert {*subjects, *ENTRY.values(), *GROUPS} - {*SUBJECTS} == set()
    with store.write() as conn:
        for what, on in (
            ("pause", "hotline:0812345678"),
            ("backup", "all"),
            ("replay", "deliveries: 12"),
            ("apply", "source lan, holidays, + rule x"),
        ):
            record_action(conn, what, on, "vì sao", datetime.now(UTC), who="cli")
    page = admin.get("/console/audit", headers={"Accept-Language": "vi"}).text
    assert "đầu số 0812345678" in page and "tất cả" in page and "số tin 12" in page
    assert "nguồn lan, ngày nghỉ, + quy tắc x" in page
    assert "hotline 0812345678" in admin.get("/console/audit").text


def test_settings_tell_all_but_secrets(admin: Person, site: Site) -> None:
    page = admin.get("/console/settings").text
    assert [setting.name for setting in SETTINGS if f"<code>{setting.name}</code>" not in page] == []
    assert site.settings["VBOT_URL"] in page and HOTLINE in page
    secrets = [setting.name for setting in SETTINGS if setting.secret]
    told = [site.settings[name] for name in secrets if site.settings.get(name)]
    assert [value for value in (*told, KEY, PASSWORD) if value in page] == []
    assert "set, and not shown" in page and "not set" in page
