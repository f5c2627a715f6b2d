from __future__ import annotations

import json

import pytest
from sqlalchemy import text

from bridge.core.model import BadSignature, Request
from bridge.fake_vbot import FakeVBot
from bridge.receive.webhook import UnknownSource, receive
from bridge.store import Store
from bridge.store.shops.refusals import read_refusals
from tests.stage import NOW, RULE, SECRET, Stage, later, order


@pytest.fixture
def stage(store: Store, vbot: FakeVBot) -> Stage:
    return Stage(store, vbot)


def test_a_delivery_is_stored_with_the_bytes_as_they_came(stage: Stage) -> None:
    received = stage.send("order.created", order())
    assert received.reply.status == 200 and received.is_new
    with stage.store.read() as conn:
        body = conn.execute(text("SELECT body FROM deliveries")).scalar_one()
    assert bytes(body).startswith(b'{"topic": "order.created"')


def test_the_same_delivery_again_is_counted_and_decided_once(stage: Stage) -> None:
    first = stage.send("order.created", order())
    stage.decide()
    again = [stage.send("order.created", order(), later(n)) for n in (1, 2)]
    stage.decide(later(3))
    assert [received.is_new for received in again] == [False, False]
    assert {received.delivery_id for received in again} == {first.delivery_id}
    (delivery,) = stage.deliveries()
    assert delivery["repeats"] == 2
    assert stage.decisions() == [("confirm", "call", "wanted")]


def test_a_repeat_is_answered_as_the_first_was(stage: Stage) -> None:
    assert stage.send("order.created", order()).reply == stage.send("order.created", order()).reply


def test_a_sender_that_reads_the_answer_gets_its_own_and_its_token_is_not_stored(stage: Stage) -> None:
    lead = {"id": "lead", "platform": "generic", "secrets": [SECRET], "settings": {"preset": "google-lead"}}
    stage.apply(RULE, sources=[lead])
    body = json.dumps({"lead_id": "L1", "google_key": SECRET, "user_column_data": []}).encode()
    for _ in range(2):
        request = Request("POST", "/hooks/lead", "", (("Content-Type", "application/json"),), body)
        reply = receive(stage.store, stage.catalogs, "lead", request, NOW).reply
        assert (reply.status, reply.body, reply.content_type) == (200, "{}", "application/json; charset=utf-8")
    with stage.store.read() as conn:
        (stored,) = conn.execute(text("SELECT body FROM deliveries")).scalars()
    assert SECRET.encode() not in bytes(stored)


def test_an_unknown_source_is_told_so(stage: Stage) -> None:
    request = Request("POST", "/hooks/nobody", "", (), b"{}")
    with pytest.raises(UnknownSource):
        receive(stage.store, stage.catalogs, "nobody", request, NOW)


def test_a_removed_source_is_unknown(stage: Stage) -> None:
    stage.apply(RULE, sources=[{"id": "other", "platform": "generic", "secrets": [SECRET]}])
    request = Request("POST", "/hooks/shop", "", (), b"{}")
    with pytest.raises(UnknownSource):
        receive(stage.store, stage.catalogs, "shop", request, NOW)


def test_a_bad_signature_stores_only_a_count_by_source_and_reason(stage: Stage) -> None:
    for _ in range(3):
        with pytest.raises(BadSignature):
            receive(stage.store, stage.catalogs, "shop", Request("POST", "/hooks/shop", "", (), b"{}"), NOW)
    assert stage.deliveries() == []
    with stage.store.read() as conn:
        (refused,) = read_refusals(conn)
    assert (refused["source"], refused["reason"], refused["count"]) == ("shop", "missing_signature", 3)


def test_a_switched_off_source_verifies_stores_and_ignores(stage: Stage) -> None:
    off = [{"id": "shop", "platform": "generic", "secrets": [SECRET], "enabled": False}]
    stage.apply(RULE, sources=off)
    assert stage.send("order.created", order()).reply.status == 200
    stage.run()
    (delivery,) = stage.deliveries()
    assert (delivery["state"], delivery["reason"]) == ("ignored", "source_disabled")
    assert stage.rung() == []
    with pytest.raises(BadSignature):
        receive(stage.store, stage.catalogs, "shop", Request("POST", "/hooks/shop", "", (), b"{}"), NOW)


def test_a_static_token_is_in_no_table(store: Store, vbot: FakeVBot) -> None:
    token = "token-that-is-the-whole-secret"
    source = {"id": "shop", "platform": "generic", "secrets": [token], "settings": {"scheme": "token"}}
    stage = Stage(store, vbot, RULE, sources=[source])
    by_header = (("X-Webhook-Token", token), ("Content-Type", "application/json"))
    spelt = "".join(f"%{byte:02x}" for byte in token.encode())
    repeated = [("X-Original-Url", f"/hooks/shop?token={token}"), ("X-Forwarded-Uri", f"/hooks/shop?%74oken={spelt}")]
    repeated += [("Referer", f"https://a.test/?t={token[:9]}"), ("Cookie", "session=of-a-browser"), ("X-Note", token)]
    requests = [
        (f"token={token}&a=1", (), b'{"n":1}'),
        ("", by_header, b'{"n":2}'),
        (f"%74oken={spelt}", (), b'{"n":3}'),
        (f"token={token}&b={spelt}&{token}", tuple(repeated), b'{"n":4}'),
    ]
    for query, headers, body in requests:
        receive(store, stage.catalogs, "shop", Request("POST", "/hooks/shop", query, headers, body), NOW)
    with store.read() as conn:
        for table in ("deliveries", "sources", "state", "refusals"):
            for row in conn.execute(text(f"SELECT * FROM {table}")):
                assert not any(secret in repr(tuple(row)) for secret in (token, spelt, token[:9], "of-a-browser"))
    assert len(stage.deliveries()) == 4


def test_a_token_inside_the_body_is_in_no_table(store: Store, vbot: FakeVBot) -> None:
    token = "TokenThatIsTheWholeSecret0123456789"
    stage = Stage(store, vbot, RULE, sources=[{"id": "shop", "platform": "nhanh", "secrets": [token]}])
    body = f'{{"event":"orderDelete","businessId":1,"webhooksVerifyToken":"{token}","data":[12345]}}'.encode()
    receive(store, stage.catalogs, "shop", Request("POST", "/hooks/shop", "", (), body), NOW)
    receive(store, stage.catalogs, "shop", Request("POST", "/hooks/shop", "", (("verifyToken", token),), body), NOW)
    with store.read() as conn:
        for table in ("deliveries", "sources", "state", "refusals"):
            for row in conn.execute(text(f"SELECT * FROM {table}")):
                assert token not in repr(tuple(row))
    stage.run()
    (delivery,) = stage.deliveries()
    assert (delivery["state"], delivery["repeats"]) == ("decided", 1)
