"""What the fake shop sells, told to a bridge whose clock the test holds; and how the story of it is told."""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta

import pytest

from bridge.core.model import BadSignature, Request, Source
from bridge.core.model.texts import Language
from bridge.demo.shop import KINDS, Letter, Sale, sell
from bridge.demo.story import compare, describe_end, describe_news, find_end, find_news
from bridge.fake_vbot import FakeVBot
from bridge.receive.webhook import receive
from bridge.settle.results import settle_stored
from bridge.store import Store
from bridge.store.results import store_result
from tests.stage import NOW, SECRET, Stage

ON_SQLITE = pytest.mark.parametrize("migrated_url", ["sqlite"], indirect=True)
SOURCES = {name: Source(f"{name}-demo", name, (SECRET,)) for name in ("shopify", "woocommerce", "haravan", "generic")}
RULE = {
    "rule": "confirm",
    "template": "CONFIRM",
    "on": ["order.created"],
    "when": "order.payment.cod",
    "after": "3s",
    "to": ["order.phone"],
}


@pytest.fixture
def stage(store: Store, vbot: FakeVBot) -> Stage:
    sources = [{"id": source.id, "platform": source.platform, "secrets": [SECRET]} for source in SOURCES.values()]
    return Stage(store, vbot, RULE, sources=sources)


def knock(stage: Stage, letter: Letter) -> int:
    request = Request("POST", f"/hooks/{letter.source.id}", "", letter.headers, letter.body)
    try:
        return receive(stage.store, stage.catalogs, letter.source.id, request, NOW).reply.status
    except BadSignature:
        return 401


def first(name: str) -> Sale:
    return sell(next(n for n, kind in enumerate(KINDS) if kind.name == name), SOURCES, NOW)


def end(stage: Stage, sale: Sale, language: Language = "en") -> str | None:
    with stage.store.read() as conn:
        found = find_end(conn, sale, language)
    return found.name if found else None


@ON_SQLITE
@pytest.mark.parametrize(
    "name, expected",
    [
        ("ordinary", "called"),
        ("updated_first", "called"),
        ("resent", "called"),
        ("forged", "called"),
        ("cancelled", "cancelled_end"),
        ("card", "skipped"),
        ("masked", "skipped"),
        ("foreign", "skipped"),
    ],
)
def test_every_kind_of_order_comes_to_its_end(stage: Stage, name: str, expected: str) -> None:
    sale = first(name)
    for letter in sale.letters:
        assert end(stage, sale) is None
        assert knock(stage, letter) == letter.answer
    assert end(stage, sale) is None
    stage.run(NOW + timedelta(seconds=1))
    assert end(stage, sale) in (None, expected)
    stage.dial(NOW + timedelta(seconds=5))
    assert end(stage, sale) == expected
    assert len(stage.rung()) == (expected == "called")


FAULTS = {"rate_limited", "refuse", "reset_after", "reset_before"}


def test_the_kinds_are_all_of_those() -> None:
    kinds = Counter(kind.name for kind in KINDS)
    known = {"ordinary", "updated_first", "resent", "forged", "cancelled", "card", "masked", "foreign"}
    assert set(kinds) == known
    assert {str(kind.fault["name"]) for kind in KINDS if kind.fault} == FAULTS


def test_a_thousand_orders_are_of_a_thousand_people() -> None:
    sales = [sell(n, SOURCES, NOW + timedelta(milliseconds=n)) for n in range(1000)]
    assert len({(sale.source.id, sale.order_id) for sale in sales}) == 1000
    phones = {f"0900 {n // 1000:03d} {n % 1000:03d}" for n, kind in enumerate(KINDS * 50) if not kind.phone}
    shown = {phone for sale in sales for phone in phones if phone.encode() in sale.letters[-1].body}
    assert shown == phones


@ON_SQLITE
def test_one_line_tells_an_order_in_both_languages_and_nobody_by_phone(stage: Stage) -> None:
    sale = first("ordinary")
    knock(stage, sale.letters[0])
    stage.run()
    stage.dial(NOW + timedelta(seconds=5))
    lines: dict[Language, str] = {}
    for language in ("en", "vi"):
        with stage.store.read() as conn:
            found = find_end(conn, sale, language)
        assert found
        lines[language] = describe_end(sale, found, language)
    assert "CALLED" in lines["en"] and "VBot accepted the call" in lines["en"]
    assert "ĐÃ GỌI" in lines["vi"] and "VBot đã nhận cuộc gọi" in lines["vi"]
    for line in lines.values():
        assert "\n" not in line and "shopify-demo" in line
        assert stage.rung()[0] not in line.replace(" ", "")


@ON_SQLITE
def test_a_later_attempt_says_what_the_first_one_met(stage: Stage) -> None:
    sale = first("ordinary")
    knock(stage, sale.letters[0])
    stage.vbot.fault("rate_limited", times=1)
    for seconds in (0, 4, 20):
        stage.run(NOW + timedelta(seconds=seconds))
    with stage.store.read() as conn:
        found = find_end(conn, sale, "en")
    assert found and found.why.endswith("Attempt 2; the first: VBot is receiving too many requests.")


@ON_SQLITE
def test_the_ledger_and_vbots_own_list_agree_only_when_they_do(stage: Stage) -> None:
    sales = [sell(n, SOURCES, NOW + timedelta(milliseconds=n)) for n in (0, 10)]
    for fault, sale in zip((None, "reset_after"), sales, strict=True):
        if fault:
            stage.vbot.fault(fault, times=1)
        knock(stage, sale.letters[0])
        stage.run()
        stage.dial(NOW + timedelta(seconds=5))
    assert [call["state"] for call in stage.calls()] == ["placed", "unsure"]
    rung = stage.vbot.calls
    assert len(rung) == 2
    with stage.store.read() as conn:
        assert compare(conn, rung) == []
        assert any("does not know it" in problem for problem in compare(conn, rung[1:]))
        assert any("2 times" in problem for problem in compare(conn, [*rung, rung[0]]))
        assert any("rung 2 times" in problem for problem in compare(conn, [*rung, rung[0]]))
        stranger = {**rung[0], "external_call_id": "stranger"}
        assert any("stranger" in problem for problem in compare(conn, [*rung, stranger]))


@ON_SQLITE
def test_a_call_that_was_refused_but_rang_is_found(stage: Stage) -> None:
    knock(stage, first("ordinary").letters[0])
    stage.vbot.fault("refuse", times=1)
    stage.run()
    stage.dial(NOW + timedelta(seconds=5))
    (attempt,) = stage.call()["attempts"]
    with stage.store.read() as conn:
        assert compare(conn, stage.vbot.calls) == []
        problems = compare(conn, [{"external_call_id": attempt["external_call_id"]}])
    assert problems == [f"attempt {attempt['external_call_id']} is refused in the ledger, and VBot accepted it"]


TALKING = {
    **RULE,
    "answers": {"1": "confirmed"},
    "redial": {"on": ["no_answer"], "times": 1, "every": "5s"},
    "cooldown": 0,
}


def settle(stage: Stage, disposition: str, keys: str = "", seconds: int = 6) -> None:
    """The newest call ends so, stands in VBot's records, and the bridge is told."""
    attempt = stage.vbot.calls[-1]["external_call_id"]
    stage.vbot.end_call(attempt, disposition, keys, created_at=NOW)
    shown = {"externalCallId": attempt, "disposition": disposition, "inputLog": keys}
    at = NOW + timedelta(seconds=seconds)
    with stage.store.write() as conn:
        store_result(conn, json.dumps(shown).encode(), at)
    settle_stored(stage.store, stage.catalogs, stage.client.account_id, at)


def news(stage: Stage, sale: Sale) -> tuple[str, str] | None:
    with stage.store.read() as conn:
        found = find_news(conn, sale, "en")
    return (found.name, describe_news(sale, found, "en")) if found else None


@ON_SQLITE
def test_an_order_that_is_rung_again_has_its_end_with_the_last_result(stage: Stage) -> None:
    stage.apply(TALKING, sources=[{"id": s.id, "platform": s.platform, "secrets": [SECRET]} for s in SOURCES.values()])
    sale = first("ordinary")
    knock(stage, sale.letters[0])
    stage.run()
    stage.dial(NOW + timedelta(seconds=5))
    accepted = {call["external_call_id"] for call in stage.vbot.calls}
    with stage.store.read() as conn:
        assert find_end(conn, sale, "en", accepted) is None
    assert news(stage, sale) is None
    settle(stage, "NOANSWER")
    name, line = news(stage, sale) or ("", "")
    assert name == "redial" and line.startswith("  … again") and line.endswith("The last time: Nobody answered.")
    stage.dial(NOW + timedelta(seconds=60))
    settle(stage, "ANSWER", "1", 70)
    assert end(stage, sale) == "confirmed"
    with stage.store.read() as conn:
        assert compare(conn, stage.vbot.calls, stage.vbot.records) == []
        assert any("rung 2 times" in problem for problem in compare(conn, stage.vbot.calls))
        lied = [{**record, "disposition": "BUSY"} for record in stage.vbot.records]
        assert any("VBot's record says BUSY" in problem for problem in compare(conn, stage.vbot.calls, lied))


@ON_SQLITE
def test_a_lost_answer_is_told_and_is_no_end_while_vbot_will_tell_the_result(stage: Stage) -> None:
    sale = first("ordinary")
    knock(stage, sale.letters[0])
    stage.vbot.fault("reset_after", times=1)
    stage.run()
    stage.dial(NOW + timedelta(seconds=5))
    accepted = {call["external_call_id"] for call in stage.vbot.calls}
    with stage.store.read() as conn:
        assert find_end(conn, sale, "en", accepted) is None
    assert (news(stage, sale) or ("",))[0] == "unsure"
    assert end(stage, sale) == "unsure"
    settle(stage, "ANSWER", "1")
    assert end(stage, sale) == "answered"
