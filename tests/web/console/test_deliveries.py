"""Deliveries and calls, as people look for them and act on them; over real HTTP on both databases."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from bridge.core.call_states import Transition
from bridge.lib.passwords import hash_password
from bridge.store import Store, open_store
from bridge.store.calls import move
from bridge.store.db.tables import actions, calls, deliveries
from bridge.store.people.users import add_user
from tests.people import Person, Seen, form
from tests.processes import SECRETS, Site, order, phone, wait_for

HOSTILE = """<script>alert(1)</script>"'`{{7*7}}<img src=x onerror=alert(2)></textarea>"""
PAGE = "/console/deliveries"
NAME = "Đặng Thị Ví Dụ"


@pytest.fixture(scope="module")
def store(site: Site) -> Iterator[Store]:
    """Decided: 1, 2 (sent again) and 3, whose shop is hostile; 4 cannot be read. VBot cannot be reached: calls wait."""
    opened = open_store(site.settings["DATABASE_URL"])
    worker = site.start_worker()
    wild = json.loads(order(3, customer={"name": HOSTILE}, note=HOSTILE, tags=[HOSTILE]))
    wild["order"]["number"] = HOSTILE
    for body in (order(1), order(2), json.dumps(wild).encode(), b'{"topic": "order.created", "order": []}'):
        assert site.send("shop", body).status == 200
    wait_for("decisions", lambda: {row.state for row in rows(opened, deliveries)} == {"decided", "failed"})
    worker.end()
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def person(site: Site, store: Store) -> Person:
    found = Person(site.port)
    assert found.sign_in().status_code == 200
    return found


def rows(store: Store, table: Any) -> list[Any]:
    with store.read() as conn:
        return list(conn.execute(table.select().order_by(table.c.id)))


def ids(html: str) -> list[str]:
    return [word for word in Seen(html).words if word.startswith("#")]


def send(person: Person, html: str, action: str, **values: str) -> Any:
    hidden = form(html, action)
    assert hidden is not None, action
    return person.post(action, data={**hidden, **values})


def test_deliveries_are_listed_filtered_and_lead_to_their_orders(person: Person, store: Store) -> None:
    every = person.get(PAGE).text
    assert ids(every)[:4] == ["#4", "#3", "#2", "#1"] and "/console/orders/shop/id-1" in every
    for query, found in (
        ({"q": "DH-1"}, ["#1"]),
        ({"q": "#DH-2"}, ["#2"]),
        ({"state": "failed"}, ["#4"]),
        ({"rule": "confirm", "after": "3"}, ["#2", "#1"]),
        ({"source": "woo"}, []),
        ({"q": "nothing"}, []),
    ):
        assert ids(person.get(PAGE, params=query).text) == found, query
    for ignored in ({"state": "x"}, {"source": HOSTILE}, {"after": "x"}, {"after": "9" * 30}):
        assert len(ids(person.get(PAGE, params=ignored).text)) == 4


def test_one_shows_its_request_without_proof_or_persons_until_an_operator_asks(
    site: Site, person: Person, store: Store
) -> None:
    with store.write() as conn:
        add_user(conn, "the-viewer", "viewer", hash_password("a-password-of-a-test"), datetime.now(UTC))
    viewer = Person(site.port)
    viewer.sign_in("the-viewer", "a-password-of-a-test")
    for who in (viewer, person):
        shown = who.get(f"{PAGE}/1").text
        assert "POST /hooks/shop\nHost: " in shown and "webhook-id" in shown.lower() and "order.created" in shown
        assert NAME not in shown and phone(1) not in shown and SECRETS["shop"] not in shown and "v1," not in shown
        assert "by the source" in shown and "confirm" in shown
    assert form(viewer.get(f"{PAGE}/1").text, f"{PAGE}/1/reveal") is None
    whole = person.fill(f"{PAGE}/1", f"{PAGE}/1/reveal").text
    assert NAME in whole and phone(1) in whole and "v1," not in whole
    assert phone(2) not in person.get(f"{PAGE}/2").text
    raw = person.fill(f"{PAGE}/1", f"{PAGE}/1/download")
    assert raw.headers["Content-Disposition"] == "attachment; filename=delivery-1.http"
    assert raw.content.startswith(b"POST /hooks/shop HTTP/1.1\r\n") and phone(1).encode() in raw.content
    acts = [(row.who, row.command, row.subject) for row in rows(store, actions)]
    assert ("console:admin", "show phones", "delivery:1") in acts and (
        "console:admin",
        "show raw",
        "delivery:1",
    ) in acts


def test_it_is_the_sample_on_which_its_rule_is_tried(person: Person) -> None:
    editor = "/console/rules/edit?name=confirm&order=shop/id-1"
    assert f'href="{editor.replace("&", "&amp;")}"' in person.get(f"{PAGE}/1").text
    assert 'name="order" value="shop/id-1"' in person.get(editor).text
    assert "/console/rules/edit" not in person.get(f"{PAGE}/4").text


def test_it_is_decided_again_after_a_preview_and_a_second_form_does_nothing(person: Person, store: Store) -> None:
    address = f"{PAGE}/2/again"
    (call,) = [row for row in rows(store, calls) if row.order_id == "id-2"]
    with store.write() as conn:
        move(conn, call.id, Transition.CANCEL, datetime.now(UTC), reason="changed", facts={})
    preview = person.get(address).text
    assert "this follows" in preview and "<strong>call</strong>" in preview
    assert [row.state for row in rows(store, calls) if row.id == call.id] == ["cancelled"]
    assert "1 call(s) wait" in send(person, preview, address).text
    assert [row.state for row in rows(store, calls) if row.id == call.id] == ["waiting"]
    twice = send(person, preview, address)
    assert twice.status_code == 409 and "sent already" in twice.text
    assert [row.command for row in rows(store, actions) if row.subject == "delivery:2"] == ["replay"]
    unreadable = person.get(f"{PAGE}/4/again")
    assert unreadable.status_code == 409 and "cannot be read" in unreadable.text


def test_one_that_cannot_be_read_is_closed_with_a_reason(person: Person, store: Store) -> None:
    action = f"{PAGE}/4/close"
    html = person.get(f"{PAGE}/4").text
    assert person.fill(f"{PAGE}/4", action, reason=" ").status_code == 422
    assert "is closed" in send(person, html, action, reason="a test of theirs").text
    assert form(person.get(f"{PAGE}/4").text, action) is None
    assert rows(store, deliveries)[3].acknowledged_at is not None
    assert "a test of theirs" in person.get(f"{PAGE}/4").text


def test_calls_are_listed_with_their_attempts_and_found_by_order_phone_and_state(person: Person, store: Store) -> None:
    every = person.get("/console/calls").text
    assert "DH-1" in every and phone(1) not in every and "09••••••01" in every and "connect" in every.lower()
    found = {row.order_id: f"#{row.id}" for row in rows(store, calls)}
    for query, expected in (
        ({"q": "DH-1"}, [found["id-1"]]),
        ({"q": phone(2)}, [found["id-2"]]),
        ({"state": "placed"}, []),
        ({"result": "busy"}, []),
        ({"rule": "confirm", "q": "id-2", "span": "24h"}, [found["id-2"]]),
        ({"rule": "manual"}, []),
    ):
        assert ids(person.get("/console/calls", params=query).text) == expected, query
    assert len(ids(person.get("/console/calls", params={"state": "x", "batch": "x", "after": "-1"}).text)) == 3


def test_what_a_shop_wrote_is_never_markup(person: Person, store: Store) -> None:
    pages = [PAGE, "/console/calls", f"{PAGE}/3", f"{PAGE}/3/again"]
    for path in pages:
        for query in ("", f"?q={HOSTILE}&source={HOSTILE}&state={HOSTILE}&rule={HOSTILE}&after={HOSTILE}"):
            seen = Seen(person.get(path + query).text)
            assert "img" not in seen.tags and seen.tags.count("script") == 2, path
            assert not [name for name, _ in seen.attributes if name.startswith("on")], path
            assert "49" not in [word.strip() for word in seen.words]
    whole = Seen(person.fill(f"{PAGE}/3", f"{PAGE}/3/reveal").text)
    assert "alert(1)" in "".join(whole.words) and "img" not in whole.tags and whole.tags.count("script") == 2


def test_what_is_not_there_is_a_page_that_says_so(person: Person) -> None:
    for path in (f"{PAGE}/99", f"{PAGE}/{2**70}", f"{PAGE}/99/again", f"{PAGE}/x"):
        assert person.get(path).status_code == 404
    piece = person.get(f"{PAGE}/1", headers={"X-Live": "1"}).text
    assert "<html" not in piece and "webhook-id" in piece.lower()
