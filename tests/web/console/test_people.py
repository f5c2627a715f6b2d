"""Users and tokens, as an admin changes them; over real HTTP on both databases."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from urllib.parse import parse_qs

import pytest

from bridge.store import Store, open_store
from bridge.store.db.tables import actions
from tests.people import Person, form
from tests.processes import Site

PEOPLE = "/console/people"
SECRET = "a-password-of-the-test"


@pytest.fixture(scope="module")
def store(site: Site) -> Iterator[Store]:
    with contextlib.closing(open_store(site.settings["DATABASE_URL"])) as opened:
        yield opened


@pytest.fixture(scope="module")
def admin(site: Site) -> Person:
    found = Person(site.port)
    assert found.sign_in().status_code == 200
    return found


def acts(store: Store) -> list[tuple[str, str, str]]:
    """Oldest first, without sign-ins: what, on what, why; each by the admin."""
    with store.read() as conn:
        rows = conn.execute(actions.select().order_by(actions.c.id)).all()
    done = [row for row in rows if row.command not in ("sign in", "sign out")]
    assert {row.who for row in done} <= {"console:admin", "CONSOLE_PASSWORD"}
    return [(row.command, row.subject, row.reason) for row in done]


def ask(site: Site, token: str) -> int:
    return site.ask("GET", "/api/v1/calls", None, [("Authorization", f"Bearer {token}")]).status


def test_a_token_is_shown_once_opens_the_api_and_is_revoked_at_once(site: Site, store: Store, admin: Person) -> None:
    page = admin.fill(PEOPLE, f"{PEOPLE}/tokens", name="kho-hang", scope=["read", "call"], span="30d")
    token = re.search(r'id="token">(vbb_[\w-]{43})<', page.text)
    assert page.status_code == 200 and token is not None and ask(site, token[1]) == 200
    again = admin.post(f"{PEOPLE}/tokens", data=parse_qs(str(page.request.body)))
    assert again.status_code == 409 and "sent already" in again.text
    shown = admin.get(PEOPLE).text
    assert token[1] not in shown and "kho-hang" in shown and "valid" in shown
    assert all(token[1] not in cookie.value for cookie in admin.cookies if cookie.value)
    taken = admin.fill(PEOPLE, f"{PEOPLE}/tokens", name="kho-hang", scope="read", span="never")
    assert taken.status_code == 409
    for wrong in ({"name": "Kho hàng"}, {"scope": []}, {"scope": "all"}, {"span": "9d"}):
        given = {"name": "x", "scope": "read", "span": "30d", **wrong}
        assert admin.fill(PEOPLE, f"{PEOPLE}/tokens", **given).status_code == 422
    assert admin.fill(PEOPLE, f"{PEOPLE}/tokens/kho-hang/revoke", reason=" ").status_code == 422
    assert "Revoked kho-hang" in admin.fill(PEOPLE, f"{PEOPLE}/tokens/kho-hang/revoke", reason="it leaked").text
    assert ask(site, token[1]) == 401
    assert acts(store)[-2:] == [
        ("tokens add", "token:kho-hang", "read, call"),
        ("tokens revoke", "token:kho-hang", "it leaked"),
    ]


def test_users_are_added_changed_and_removed_and_one_admin_stays(site: Site, store: Store, admin: Person) -> None:
    users = f"{PEOPLE}/users"
    before = len(acts(store))
    lan = Person(site.port)
    assert "Added lan" in admin.fill(PEOPLE, users, name="lan", role="viewer", password=SECRET).text
    assert lan.sign_in("lan", SECRET).status_code == 200 and lan.get(PEOPLE).status_code == 403
    assert admin.fill(PEOPLE, users, name="lan", role="viewer", password=SECRET).status_code == 409
    for wrong in ({"name": "a b"}, {"role": "owner"}, {"password": "short"}):
        given = {"name": "mai", "role": "viewer", "password": SECRET, **wrong}
        assert admin.fill(PEOPLE, users, **given).status_code == 422
    admin.fill(PEOPLE, f"{users}/lan/role", role="admin")
    assert lan.get(PEOPLE).status_code == 200
    admin.fill(PEOPLE, f"{users}/lan/password", password=f"{SECRET}-2")
    assert lan.get(PEOPLE).url.endswith("sign-in?next=/console/people")
    admin.fill(PEOPLE, f"{users}/lan/role", role="operator")
    for action, values in (("role", {"role": "viewer"}), ("remove", {})):
        kept = admin.fill(PEOPLE, f"{users}/admin/{action}", **values)
        assert kept.status_code == 409 and "last admin" in kept.text
    stale = form(admin.get(PEOPLE).text, f"{users}/lan/remove")
    assert stale is not None
    assert "Removed lan" in admin.post(f"{users}/lan/remove", data=stale).text
    assert admin.post(f"{users}/lan/remove", data=stale).status_code == 409
    assert [(what, why) for what, on, why in acts(store)[before:] if on == "user:lan"] == [
        ("users add", "viewer"),
        ("users role", "viewer → admin"),
        ("users reset", ""),
        ("users role", "admin → operator"),
        ("users remove", ""),
    ]
