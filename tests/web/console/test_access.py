"""Who gets in, over real HTTP on both databases: sign-in, sessions, forms of others, headers."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from bridge.lib.passwords import hash_password
from bridge.store import Store, open_store
from bridge.store.db.tables import actions, sign_ins, users
from bridge.store.people.users import add_user, remove_user, set_password
from tests.people import PASSWORD, Person, form
from tests.processes import Site

SECRET = "a-password-of-the-test"


@pytest.fixture
def store(site: Site) -> Iterator[Store]:
    """Every test begins as a new installation does: nobody is there."""
    opened = open_store(site.settings["DATABASE_URL"])
    with opened.write() as conn:
        for table in (users, sign_ins, actions):
            conn.execute(table.delete())
    yield opened
    opened.close()


def add(store: Store, name: str, role: str = "viewer") -> None:
    with store.write() as conn:
        add_user(conn, name, role, hash_password(SECRET), datetime.now(UTC))


def test_the_first_admin_is_made_by_the_setting_and_signs_in_to_today(site: Site, store: Store) -> None:
    person = Person(site.port)
    asked = person.get("/")
    assert asked.url.endswith("/console/sign-in") and 'type="password"' in asked.text
    assert person.sign_in(password="not-this-one").status_code == 401
    today = person.sign_in()
    assert (today.status_code, today.url) == (200, f"{person.base}/")
    assert "<h1>Today</h1>" in today.text
    again = Person(site.port)
    assert "<h1>Today</h1>" in again.sign_in().text
    with store.read() as conn:
        acts = [(row.who, row.command, row.subject) for row in conn.execute(actions.select().order_by(actions.c.id))]
        digest = conn.execute(users.select()).one().password_hash
    assert acts[:2] == [("CONSOLE_PASSWORD", "users add", "user:admin"), ("console:admin", "sign in", "user:admin")]
    assert digest.startswith("$argon2id$") and PASSWORD not in digest


def test_an_empty_database_leads_by_the_hand_to_the_first_call(site: Site, store: Store) -> None:
    person = Person(site.port)
    today = person.sign_in().text
    steps = re.search(r'<section class="steps".*?</section>', today, re.DOTALL)
    assert steps is not None
    found = re.findall(r'<li( class="done")?>\s*<strong>(?:<a[^>]*>)?([^<]*)', steps[0])
    assert [(bool(done), what) for done, what in found] == [
        (True, "Tell the bridge your account at VBot"),
        (False, "Run a worker"),
        (True, "Connect a shop"),
        (True, "Write the first rule"),
        (False, "Receive the first order"),
        (False, "Hear it on your own number"),
    ]


def test_the_setting_opens_nothing_once_there_is_a_user(site: Site, store: Store) -> None:
    add(store, "lan", "admin")
    assert Person(site.port).sign_in().status_code == 401


def test_where_somebody_wanted_to_go_is_shown_after_the_sign_in_and_never_another_host(
    site: Site, store: Store
) -> None:
    person = Person(site.port)
    asked = person.get("/console/orders?q=DH-1")
    assert asked.url.endswith("/console/sign-in?next=/console/orders?q%3DDH-1")
    assert person.fill(asked.url, "/console/sign-in", name="admin", password=PASSWORD).url.endswith("/orders?q=DH-1")
    for outside in ("https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"):
        assert Person(site.port).sign_in(next=outside).url == f"{person.base}/"


def test_a_session_ends_with_sign_out_with_another_password_and_with_the_user(site: Site, store: Store) -> None:
    for name in ("lan", "hoa", "mai"):
        add(store, name)
    lan, hoa, mai = (Person(site.port) for _ in range(3))
    for name, person in (("lan", lan), ("hoa", hoa), ("mai", mai)):
        assert person.sign_in(name, SECRET).url == f"{person.base}/"
    lan.fill("/", "/console/sign-out")
    with store.write() as conn:
        set_password(conn, "hoa", hash_password("another-password"))
        remove_user(conn, "mai")
    add(store, "mai")  # another one of the same name
    for person in (lan, hoa, mai):
        assert person.get("/").url.endswith("/console/sign-in")


def test_the_cookie_is_signed_is_not_for_scripts_and_is_for_tls_where_the_browser_speaks_it(
    site: Site, store: Store
) -> None:
    person = Person(site.port)
    plain = person.get("/console/sign-in").headers["Set-Cookie"]
    assert "HttpOnly" in plain and "SameSite=Lax" in plain and "Secure" not in plain
    tls = Person(site.port).get("/console/sign-in", headers={"X-Forwarded-Proto": "https"})
    assert "Secure" in tls.headers["Set-Cookie"]
    assert "max-age" in tls.headers["Strict-Transport-Security"]
    person.sign_in()
    value = person.cookies["bridge_session"]
    person.cookies.clear()
    person.cookies.set("bridge_session", value[:-2] + ("AA" if value[-2:] != "AA" else "BB"))
    assert person.get("/").url.endswith("/console/sign-in")


@pytest.mark.parametrize(
    ("whose", "failures", "name", "status"),
    [
        ("account:lan", 5, "lan", 429),
        ("account:LAN".casefold(), 5, "LAN", 429),
        ("account:hoa", 5, "lan", 200),
        ("address:127.0.0.1", 20, "lan", 429),
        ("address:127.0.0.1", 19, "lan", 200),
        ("address:192.0.2.7", 99, "lan", 200),
    ],
)
def test_after_failures_an_account_and_an_address_wait_even_with_the_right_password(
    site: Site, store: Store, whose: str, failures: int, name: str, status: int
) -> None:
    add(store, "lan")
    with store.write() as conn:
        conn.execute(sign_ins.insert().values(key=whose, failures=failures, last_at=datetime.now(UTC)))
    answer = Person(site.port).sign_in(name, SECRET)
    assert answer.status_code == status
    if status == 429:
        assert "Try again in 1 min" in answer.text
        with store.write() as conn:  # the wait is over
            conn.execute(sign_ins.update().values(last_at=datetime.now(UTC) - timedelta(minutes=16)))
        assert Person(site.port).sign_in("lan", SECRET).status_code == 200


def test_five_wrong_passwords_make_the_account_wait_and_who_is_unknown_is_answered_alike(
    site: Site, store: Store
) -> None:
    add(store, "lan")
    for name in ("lan", "nobody"):
        answers = [Person(site.port).sign_in(name, "wrong-password") for _ in range(6)]
        assert [answer.status_code for answer in answers] == [401] * 5 + [429]
        assert "The name or the password is wrong." in answers[0].text
    assert Person(site.port).sign_in("lan", SECRET).status_code == 429


def test_a_form_of_another_site_or_without_its_token_does_nothing(site: Site, store: Store) -> None:
    add(store, "lan")
    person = Person(site.port)
    person.sign_in("lan", SECRET)
    for data in ({}, {"csrf_token": "x"}, {"csrf_token": form(Person(site.port).get("/").text, "/console/choose")}):
        refused = person.post("/console/sign-out", data=data)
        assert refused.status_code == 400
        assert "nothing was done" in refused.text
    assert person.get("/").url == f"{person.base}/"


def test_every_answer_says_what_a_browser_may_load_and_that_nobody_may_frame_it(site: Site, store: Store) -> None:
    person = Person(site.port)
    person.sign_in()
    for path in ("/", "/console/nowhere", "/console/static/console.css", "/console/sign-in"):
        headers = person.get(path).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "script-src 'self';" in policy and "unsafe" not in policy
        assert headers["X-Frame-Options"] == "DENY" and headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert "Strict-Transport-Security" not in headers
    assert person.get("/").headers["Cache-Control"] == "no-store"


def test_the_language_is_the_browsers_until_somebody_chooses_and_errors_speak_it(site: Site, store: Store) -> None:
    with contextlib.closing(Person(site.port, "fr")) as person:
        assert '<html lang="vi">' in person.get("/console/sign-in").text
    person = Person(site.port, "en-GB, vi;q=0.5")
    assert '<html lang="en">' in person.get("/console/sign-in").text
    person.sign_in()
    vietnamese = person.fill("/", "/console/choose", language="vi")
    assert '<html lang="vi">' in vietnamese.text and "<h1>Hôm nay</h1>" in vietnamese.text
    missing = person.get("/console/nowhere")
    assert missing.status_code == 404 and "Không có trang nào" in missing.text
    assert '<html lang="vi" data-theme="dark">' in person.fill("/", "/console/choose", theme="dark").text
    person.fill("/", "/console/sign-out")
    assert '<html lang="vi" data-theme="dark">' in person.get("/console/sign-in").text
