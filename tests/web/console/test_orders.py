"""Orders and one order, as people use them: found, read, acted on; over real HTTP on both databases."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from bridge.core.call_states import Transition
from bridge.store import Store, open_store
from bridge.store.calls import move
from bridge.store.db.tables import actions, calls, decisions, orders
from bridge.store.people.dnc import is_listed
from tests.people import Person, Seen, form
from tests.processes import Site, order, phone, wait_for

HOSTILE = """<script>alert(1)</script>"'`{{7*7}}<img src=x onerror=alert(2)></textarea>"""


@pytest.fixture(scope="module")
def store(site: Site) -> Iterator[Store]:
    """Orders that a worker has decided, a test's own each; 5 is of a hostile shop, 6 cannot be called.

    VBot cannot be reached, so calls wait.
    """
    opened = open_store(site.settings["DATABASE_URL"])
    worker = site.start_worker()
    for number in (1, 2, 3, 4, 7):
        assert site.send("shop", order(number)).status == 200
    wild = json.loads(order(5, customer={"name": HOSTILE}, note=HOSTILE, tags=[HOSTILE]))
    wild["order"]["number"] = HOSTILE
    assert site.send("shop", json.dumps(wild).encode()).status == 200
    assert site.send("shop", order(6, phone="12")).status == 200
    wait_for("decisions", lambda: len(_rows(opened, decisions)) >= 7)
    worker.end()
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def person(site: Site, store: Store) -> Person:
    found = Person(site.port)
    assert found.sign_in().status_code == 200
    return found


def _rows(store: Store, table: Any) -> list[Any]:
    with store.read() as conn:
        return list(conn.execute(table.select().order_by(next(iter(table.primary_key.columns)))))


def call_of(store: Store, number: int) -> Any:
    with store.read() as conn:
        return conn.execute(calls.select().where(calls.c.order_id == f"id-{number}")).one()


def page_of(number: int) -> str:
    return f"/console/orders/shop/id-{number}"


def numbers(html: str) -> list[str]:
    return [word for word in Seen(html).words if word.startswith("DH-")]


def test_orders_are_found_by_number_id_phone_and_name(person: Person) -> None:
    everything = numbers(person.get("/console/orders").text)
    assert sorted(everything) == ["DH-1", "DH-2", "DH-3", "DH-4", "DH-6", "DH-7"]
    for wanted in ("DH-2", "#DH-2", "id-2"):
        assert person.get("/console/orders", params={"q": wanted}).url.endswith(page_of(2))
    spaced = f"{phone(3)[:4]} {phone(3)[4:7]} {phone(3)[7:]}"
    for wanted in (phone(3), spaced, f"+84{phone(3)[1:]}"):
        assert numbers(person.get("/console/orders", params={"q": wanted}).text) == ["DH-3"]
    by_name = person.get("/console/orders", params={"q": "dang thi vi du"})
    assert {*numbers(by_name.text)} == {"DH-7", "DH-6", "DH-4", "DH-3", "DH-2", "DH-1"}  # 6 is called by nobody
    assert "accents make no difference" in by_name.text and "some may be missing" not in by_name.text
    for part in ("Ví", "dụ đặng", "THI V"):
        assert numbers(person.get("/console/orders", params={"q": part}).text) == numbers(by_name.text)
    for nothing in ("DH-77", "0999999999", "x\0y", "%", "'; DROP TABLE orders; --", "a" * 5000):
        answer = person.get("/console/orders", params={"q": nothing})
        assert answer.status_code == 200 and "No order is like that." in answer.text


def test_orders_are_filtered_as_the_balance_groups_them_and_paged(person: Person, store: Store) -> None:
    skipped = person.get("/console/orders", params={"group": "skipped"})
    assert "id-6" in skipped.text and numbers(skipped.text) == ["DH-6"]
    reason = next(row.reason for row in _rows(store, decisions) if row.decision == "skip")
    assert numbers(person.get("/console/orders", params={"reason": reason}).text) == ["DH-6"]
    waiting = person.get("/console/orders", params={"group": "waiting", "span": "24h"})
    assert "DH-4" in numbers(waiting.text) and "DH-6" not in numbers(waiting.text)
    for group in ("called", "refused", "expired"):
        assert numbers(person.get("/console/orders", params={"group": group}).text) == []
    assert numbers(person.get("/console/orders", params={"result": "unreachable"}).text) == []
    seen = sorted(((row.first_seen_at, row.order_id, row.number) for row in _rows(store, orders)), reverse=True)
    at, order_id, _ = seen[2]
    after = numbers(person.get("/console/orders", params={"after": f"{at.isoformat()}|shop|{order_id}"}).text)
    assert after == [number for _, _, number in seen[3:] if number.startswith("DH-")]
    assert person.get("/console/orders", params={"after": "yesterday|x|y"}).status_code == 400


def test_a_viewer_sees_no_whole_phone_and_no_name_and_an_operator_only_on_record(person: Person, store: Store) -> None:
    masked = person.get(page_of(4)).text
    assert "Đặng Thị Ví Dụ" not in masked and phone(4) not in masked and "09••••••04" in masked
    whole = person.fill(page_of(4), "/console/order-reveal").text
    assert "Đặng Thị Ví Dụ" in whole and phone(4) in whole
    assert phone(2) not in person.get(page_of(2)).text
    act = _rows(store, actions)[-1]
    assert (act.who, act.command, act.subject) == ("console:admin", "show phones", "order:shop:id-4")


def test_a_call_is_cancelled_with_a_reason_and_a_second_time_says_so(person: Person, store: Store) -> None:
    call = call_of(store, 1)
    action = f"/console/call/{call.id}/cancel"
    assert person.fill(page_of(1), action, reason="  ").status_code == 422
    before = person.get(page_of(1)).text
    done = person.fill(page_of(1), action, reason="the customer phoned")
    assert "is cancelled" in done.text and "the customer phoned" in done.text
    assert call_of(store, 1).state == "cancelled"
    assert action not in done.text  # there is nothing left to cancel
    stale = _send(person, before, action, reason="again")
    assert stale.status_code == 409 and "nothing to cancel" in stale.text
    assert [row.command for row in _rows(store, actions) if row.subject == f"call:{call.id}"] == ["cancel"]


def test_a_form_that_is_sent_twice_acts_once(person: Person, store: Store) -> None:
    call = call_of(store, 2)
    action = f"/console/call/{call.id}/never"
    html = person.get(page_of(2)).text
    first, second = (_send(person, html, action, reason="asked us") for _ in range(2))
    assert first.status_code == 200 and "not called any more" in first.text
    assert second.status_code == 409 and "sent already" in second.text
    with store.read() as conn:
        assert is_listed(conn, call.phone)
    assert [row.command for row in _rows(store, actions)].count("dnc add") == 1


def test_an_unsure_call_is_settled_by_hand(person: Person, store: Store) -> None:
    call, now = call_of(store, 3), datetime.now(UTC)
    with store.write() as conn:
        conn.execute(calls.update().where(calls.c.id == call.id).values(state="dialing", reason=None))
        move(conn, call.id, Transition.LOSE_ANSWER, now, reason="reset", facts={})
    assert "unsure" in person.get("/console/orders", params={"group": "unsure"}).text
    action = f"/console/call/{call.id}/resolve"
    assert person.fill(page_of(3), action, word="perhaps", reason="x").status_code == 422
    done = person.fill(page_of(3), action, word="leave", reason="nobody knows")
    assert "is settled: left unsure" in done.text
    assert person.post(action, data={}).status_code == 400
    acts = [(row.command, row.reason) for row in _rows(store, actions)]
    assert ("resolve leave", "nobody knows") in acts


def test_an_order_is_decided_again_after_a_preview_and_rings_more_only_by_force_and_reason(
    person: Person, store: Store
) -> None:
    address = "/console/order-again/shop/id-7"
    person.fill(page_of(7), f"/console/call/{call_of(store, 7).id}/cancel", reason="a test")
    preview = person.get(address)
    assert preview.status_code == 200 and 'name="force"' in preview.text
    before = _rows(store, calls)
    assert "no call" in person.fill(address, address).text
    assert person.fill(address, address, force="1", reason="").status_code == 422
    assert len(_rows(store, calls)) == len(before)
    forced = person.fill(address, address, force="1", reason="they asked for it")
    assert "1 call(s) wait" in forced.text
    assert len(_rows(store, calls)) == len(before) + 1


def test_what_a_shop_wrote_is_never_markup(person: Person, store: Store) -> None:
    pages = ["/", "/console/orders", page_of(5), "/console/order-again/shop/id-5"]
    for path in pages:
        for query in ("", f"?q={HOSTILE}&source={HOSTILE}&group={HOSTILE}&reason={HOSTILE}&span={HOSTILE}"):
            html = person.get(path + query).text
            seen = Seen(html)
            assert "img" not in seen.tags and seen.tags.count("script") == 2, path
            assert not [name for name, _ in seen.attributes if name.startswith("on")], path
            assert "49" not in [word.strip() for word in seen.words]
    whole = person.fill(page_of(5), "/console/order-reveal")
    assert HOSTILE in "".join(Seen(whole.text).words) and "img" not in Seen(whole.text).tags
    assert Seen(whole.text).tags.count("script") == 2


def test_an_open_page_learns_of_changes_by_a_mark(person: Person, store: Store) -> None:
    before = person.get("/console/pulse").text
    with store.write() as conn:
        conn.execute(actions.insert().values(at=datetime.now(UTC), who="x", command="x", subject="x", reason=""))
    assert person.get("/console/pulse").text.rpartition(".")[0] != before.rpartition(".")[0]
    piece = person.get(page_of(4), headers={"X-Live": "1"}).text
    assert "<html" not in piece and "DH-4" in piece


def test_what_is_not_there_is_a_page_that_says_so(person: Person) -> None:
    for path in ("/console/orders/shop/nobody", "/console/orders/nowhere/id-1", f"/console/call/{2**70}"):
        assert person.get(path).status_code == 404
    assert person.get("/console/call/1").url.endswith(page_of(1))


def _send(person: Person, html: str, action: str, **values: str) -> Any:
    hidden = form(html, action)
    assert hidden is not None
    return person.post(action, data={**hidden, **values})


def test_an_order_can_be_heard_on_ones_own_number_outside_of_its_rule(person: Person, store: Store) -> None:
    address = "/console/order-test/shop/id-4"
    for wrong in ("12", "not a number"):
        assert person.fill(page_of(4), address, phone=wrong).status_code == 422
    html = person.get(page_of(4)).text
    done = _send(person, html, address, phone="0912345678")
    assert done.status_code == 200 and "A call by hand" in done.text
    assert _send(person, html, address, phone="0912345678").status_code == 409
    mine = [row for row in _rows(store, calls) if row.phone == "0912345678"]
    assert [(row.rule, row.order_id, row.datas["number"]) for row in mine] == [("manual", None, "DH-4")]
    act = _rows(store, actions)[-1]
    assert (act.command, act.who, act.subject) == ("call", "console:admin", f"call:{mine[0].id}")
