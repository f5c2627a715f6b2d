"""What shops and other programs are told of an order, as its page shows it; a shop is told again, over real HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from bridge.store import Store, open_store
from bridge.store.db.tables import actions, calls, decisions, write_backs
from bridge.store.notify.messages import write_message
from tests.notify.shops import OwnProgram
from tests.people import Person, Seen, form
from tests.processes import SECRETS, Site, order, wait_for

HOSTILE = """<script>alert(1)</script>"'`{{7*7}}<img src=x onerror=alert(2)></textarea>"""


@pytest.fixture(scope="module")
def store(site: Site) -> Iterator[Store]:
    """Orders that a worker has decided: 2 and 4 are called, 6 cannot be."""
    opened = open_store(site.settings["DATABASE_URL"])
    worker = site.start_worker()
    for number in (2, 4):
        assert site.send("shop", order(number)).status == 200
    assert site.send("shop", order(6, phone="12")).status == 200
    wait_for("decisions", lambda: len(rows(opened, decisions)) >= 3)
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
        return list(conn.execute(table.select().order_by(next(iter(table.primary_key.columns)))))


def call_of(store: Store, number: int) -> Any:
    with store.read() as conn:
        return conn.execute(calls.select().where(calls.c.order_id == f"id-{number}")).one()


def page_of(number: int) -> str:
    return f"/console/orders/shop/id-{number}"


def send(person: Person, html: str, action: str, **values: str) -> Any:
    hidden = form(html, action)
    assert hidden is not None
    return person.post(action, data={**hidden, **values})


def test_a_shop_is_told_again_after_a_look_once_and_a_change_of_the_order_only_where_it_is_ticked(
    person: Person, store: Store, site: Site
) -> None:
    address, call, now = "/console/order-tell/shop/id-2", call_of(store, 2), datetime.now(UTC)
    assert address in person.get(page_of(2)).text
    assert "the call has no result" in person.get(address).text
    ended = {"state": "finished", "result": "declined", "key": "2", "wake_at": None}
    row = {"call_id": call.id, "source_id": "shop", "order_id": "id-2", "result": "declined", "instead": []}
    row |= {"marker": f"[VBot {call.id}]", "was_done": False, "state": "refused", "reason": "write_scope"}
    note = {"n": 0, "kind": "note", "value": HOSTILE, "text": HOSTILE}
    cancel = {"n": 1, "kind": "cancel_order", "value": "", "text": ""}
    with store.write() as conn:
        conn.execute(calls.update().where(calls.c.id == call.id).values(ended))
        for each in (note, cancel):
            conn.execute(write_backs.insert().values(**row, **each, created_at=now, updated_at=now))
    shown = person.get(address, headers={"Accept-Language": "vi"})
    assert "chưa có thông tin truy cập API để ghi: write_back_url, write_back_secret." in shown.text
    assert "<form method" not in shown.text.partition("<h1>")[2]
    login = {"write_back_url": "https://shop.example.test/told", "write_back_secret": OwnProgram.secret}
    source = {"id": "shop", "platform": "generic", "secrets": [SECRETS["shop"]], "settings": login}
    (site.folder / "told.json").write_text(json.dumps({"sources": [source]}))
    assert site.run("apply", "told.json", "--yes").returncode == 0
    html = person.get(address).text
    assert HOSTILE in "".join(Seen(html).words) and "img" not in Seen(html).tags and 'name="changes"' in html
    assert send(person, html, address, reason=" ").status_code == 422
    first, second = (send(person, html, address, reason="the note is gone") for _ in range(2))
    assert first.status_code == 200 and "The shop is told again" in first.text and "told the shop again" in first.text
    assert second.status_code == 409 and "sent already" in second.text
    assert [(one.state, one.reason) for one in rows(store, write_backs)] == [
        ("waiting", None),
        ("refused", "write_scope"),
    ]
    assert person.fill(address, address, reason="all of it", changes="1").status_code == 200
    assert [one.state for one in rows(store, write_backs)] == ["waiting", "waiting"]
    html = person.get(address).text
    with store.write() as conn:  # somebody else's call ends before the form is sent
        made = {**call._mapping, **ended, "once_key": "another"}
        conn.execute(calls.insert().values({name: value for name, value in made.items() if name != "id"}))
    stale = send(person, html, address, reason="late")
    assert stale.status_code == 409 and "This order has another call by now" in stale.text
    assert [one.command for one in rows(store, actions)].count("tell") == 2
    assert person.get("/console/order-tell/shop/id-6").status_code == 409
    assert person.get("/console/order-tell/shop/nobody").status_code == 404


def test_what_webhooks_were_told_stands_where_it_was_told(person: Person, store: Store) -> None:
    call, now = call_of(store, 4), datetime.now(UTC)
    skip = next(row for row in rows(store, decisions) if row.decision == "skip" and row.rule)
    data = {"source": "shop", "order_id": "id-6", "rule": skip.rule}
    with store.write() as conn:
        write_message(conn, HOSTILE, "call.placed", {"id": call.id}, now, call.id)
        write_message(conn, "crm", "order.skipped", data, skip.decided_at)
        write_message(conn, "crm", "order.skipped", {**data, "order_id": "id-5"}, skip.decided_at)
        conn.execute(calls.update().where(calls.c.id == call.id).values(updated_at=now))
    seen = Seen(person.get(page_of(4)).text)
    assert HOSTILE in seen.words and ", call.placed: waits to be sent, tried 0 time(s)." in "".join(seen.words)
    vietnamese = person.get(page_of(6), headers={"Accept-Language": "vi"}).text
    assert "".join(Seen(vietnamese).words).count(", order.skipped: đang chờ gửi, đã thử 0 lần.") == 1
