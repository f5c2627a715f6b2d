from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.stage import HOTLINE, Stage

ON_BOTH = pytest.mark.parametrize("migrated_url", ["sqlite", "postgres"], indirect=True)
PHONE = "0912345678"
NOW_OR_NEVER = ["--template", "HELLO", "--window", "always"]


@pytest.fixture(autouse=True)
def hello(stage: Stage) -> None:
    stage.vbot.template(
        "HELLO", {"cfkey": "name", "isRequired": False}, {"cfkey": "total", "cftype": "number", "isRequired": False}
    )


@ON_BOTH
def test_without_a_worker_the_command_places_its_call_itself(stage: Stage, cli: Any) -> None:
    done = cli("call", "--phone", "+84 912 345 678", *NOW_OR_NEVER, "--set", "name=Chị Hoa", "--set", "total=5000")
    assert (done.returncode, done.stderr) == (0, "")
    (heard,) = stage.vbot.calls
    call = stage.call()
    assert done.stdout.startswith(f"call {call['id']}: placed")
    assert (heard["phone"], heard["template_code"], heard["hotline_code"]) == (PHONE, "HELLO", HOTLINE)
    assert heard["datas"] == {"name": "Chị Hoa", "total": 5000}
    assert (call["rule"], call["source"], call["order_id"], call["state"]) == ("manual", None, None, "placed")
    assert heard["external_call_id"] == call["attempts"][0]["external_call_id"]


@pytest.mark.usefixtures("worker_beats")
def test_where_a_worker_beats_the_call_is_left_to_it(stage: Stage, cli: Any, now: datetime) -> None:
    done = cli("call", "--phone", PHONE, *NOW_OR_NEVER)
    assert (done.returncode, stage.rung(), stage.call()["state"]) == (0, [], "waiting")
    assert done.stdout.startswith(f"call {stage.call()['id']}: waiting")
    stage.dial(now + timedelta(minutes=5))
    assert stage.rung() == [PHONE]


def test_the_json_is_the_contracts_call_with_a_masked_phone(stage: Stage, cli: Any, listed: Any) -> None:
    call = listed("call", "--phone", PHONE, *NOW_OR_NEVER)
    assert (call["state"], call["phone"], call["rule"]) == ("placed", "09••••••78", "manual")
    assert listed("calls")["items"] == [call]
    shown = listed("call", "--phone", "0912345679", *NOW_OR_NEVER, "--show-phones")
    assert shown["phone"] == "0912345679"
    assert listed("balance")["manual"] == {"placed": 2}


def test_a_phone_can_come_from_standard_input(stage: Stage, cli: Any) -> None:
    assert cli("call", "--phone", "-", *NOW_OR_NEVER, stdin=f"\n{PHONE}\n").returncode == 0
    assert stage.rung() == [PHONE]


@pytest.mark.parametrize("stdin", ["", "\n", f"{PHONE}\n0912345679\n"])
def test_standard_input_must_hold_one_number(stage: Stage, error: Any, stdin: str) -> None:
    error(2 if PHONE in stdin else 1, "call", "--phone", "-", *NOW_OR_NEVER, stdin=stdin)
    assert stage.calls() == []


@pytest.mark.parametrize(
    ("phone", "says"),
    [
        ("123", "the phone number is wrong"),
        ("0912***678", "hidden"),
        ("+1 202 555 0123", "foreign"),
        ("19001234", "service number"),
        ("", "no phone number"),
    ],
)
def test_a_number_that_cannot_be_dialled_fails_with_its_reason(stage: Stage, error: Any, phone: str, says: str) -> None:
    assert says in error(1, "call", "--phone", phone, *NOW_OR_NEVER)
    assert stage.calls() == []


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("--set nmae=x", "did you mean name?"),
        ("--set total=many", "a number"),
        ("--template OTHER", "does not know the template OTHER"),
    ],
)
def test_what_vbot_would_refuse_is_refused_before_anything_is_stored(
    stage: Stage, error: Any, words: str, says: str
) -> None:
    assert says in error(1, "call", "--phone", PHONE, *NOW_OR_NEVER, *words.split())
    assert stage.calls() == []


def test_a_required_field_must_be_set(stage: Stage, error: Any) -> None:
    stage.vbot.template("STRICT", {"cfkey": "code"})
    assert "code" in error(1, "call", "--phone", PHONE, "--template", "STRICT", "--window", "always")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("--phone 0912345678", "--template"),
        ("--template T", "--phone"),
        ("--phone 1 --template T --set novalue", "KEY=VALUE"),
        ("--phone 1 --template T --set a=1 --set a=2", "twice"),
        ("--phone 1 --template T --set =x", "KEY=VALUE"),
        ("--phone 1 --template T --window 9-17", "--window"),
        ("--phone 1 --template T --window 20:00-08:00", "midnight"),
        ("--phone 1 --template T --window never", "always"),
        ("--phone 1 --template T --key=", "--key"),
        ("--phone 1 --template= ", "--template"),
    ],
)
def test_a_wrong_call_says_what_to_write(wrong: Any, words: str, says: str) -> None:
    assert says in wrong("call", *words.split())


def test_without_a_hotline_the_call_is_refused(stage: Stage, error: Any) -> None:
    assert "VBOT_HOTLINE" in error(2, "call", "--phone", PHONE, *NOW_OR_NEVER, VBOT_HOTLINE=None)
    assert stage.calls() == []


def test_a_hotline_named_by_hand_is_the_one_that_rings(stage: Stage, cli: Any) -> None:
    cli("call", "--phone", PHONE, *NOW_OR_NEVER, "--hotline", "0800000001")
    assert stage.vbot.calls[0]["hotline_code"] == "0800000001"


@ON_BOTH
def test_the_same_key_rings_once(stage: Stage, cli: Any) -> None:
    first, again = [
        cli("call", "--phone", PHONE, *NOW_OR_NEVER, "--set", "total=5000", "--key", "a", "--json") for _ in "12"
    ]
    assert json.loads(first.stdout)["id"] == json.loads(again.stdout)["id"]
    assert (again.returncode, stage.rung()) == (0, [PHONE])


def test_a_key_is_not_taken_for_other_words(stage: Stage, cli: Any, error: Any) -> None:
    cli("call", "--phone", PHONE, *NOW_OR_NEVER, "--key", "a")
    assert "--key" in error(1, "call", "--phone", "0912345679", *NOW_OR_NEVER, "--key", "a")
    assert "--key" in error(1, "call", "--phone", PHONE, *NOW_OR_NEVER, "--key", "a", "--set", "name=x")
    assert len(stage.calls()) == 1


def test_a_second_call_to_a_phone_rests_first_and_nobody_is_told_that_it_rang(stage: Stage, cli: Any) -> None:
    cli("call", "--phone", PHONE, *NOW_OR_NEVER)
    second = cli("call", "--phone", PHONE, *NOW_OR_NEVER)
    assert (second.returncode, stage.rung()) == (0, [PHONE])
    assert "waiting" in second.stdout and "given a rest until" in second.stdout
    assert "no worker beats" in second.stderr


def test_outside_its_hours_the_call_waits_and_says_until_when(stage: Stage, cli: Any, now: datetime) -> None:
    there = now + timedelta(hours=7)  # Vietnam's clock
    opens = (there + timedelta(hours=3)).replace(minute=0)
    closes = opens + timedelta(hours=1)
    hours = f"{opens:%H:%M}-{closes:%H:%M}" if closes.date() == opens.date() else f"{opens:%H:%M}-24:00"
    done = cli("call", "--phone", PHONE, "--template", "HELLO", "--window", hours)
    assert (done.returncode, stage.rung(), stage.call()["state"]) == (0, [], "waiting")
    assert f"will be called from {opens:%H:%M} on" in done.stdout
    begins = datetime.fromisoformat(stage.call()["not_before"]) + timedelta(hours=7)
    assert f"{begins:%H:%M}" == f"{opens:%H:%M}"


def test_a_pause_holds_a_call_by_hand_too(stage: Stage, cli: Any) -> None:
    cli("pause")
    done = cli("call", "--phone", PHONE, *NOW_OR_NEVER)
    assert (done.returncode, stage.rung()) == (0, [])
    assert "All calls are paused" in done.stdout


def test_other_calls_are_left_where_they_are(stage: Stage, send: Any, cli: Any) -> None:
    send()
    cli("call", "--phone", PHONE, *NOW_OR_NEVER)
    assert stage.rung() == [PHONE]


def test_a_call_that_vbot_refuses_is_a_failure(stage: Stage, cli: Any) -> None:
    stage.vbot.fault("refuse")
    done = cli("call", "--phone", PHONE, *NOW_OR_NEVER)
    assert done.returncode == 1
    assert stage.call()["state"] == "refused"


def test_an_unsure_call_is_a_failure_and_is_not_sent_again(stage: Stage, cli: Any) -> None:
    stage.vbot.fault("reset_after")
    done = cli("call", "--phone", PHONE, *NOW_OR_NEVER)
    assert (done.returncode, stage.call()["state"]) == (1, "unsure")
    assert len(stage.rung()) == 1


def test_while_vbot_is_down_the_call_waits(stage: Stage, cli: Any) -> None:
    stage.vbot.stop()
    done = cli("call", "--phone", PHONE, *NOW_OR_NEVER)
    stage.vbot.start()
    assert done.returncode == 0
    assert (stage.call()["state"], stage.call()["attempts"][0]["outcome"]) == ("waiting", "not_sent")
    assert "takes no connections" in done.stdout
    assert "are not checked" in done.stderr and "no worker beats" in done.stderr


def test_with_wait_the_command_stays_until_the_call_is_placed(stage: Stage, cli: Any) -> None:
    stage.vbot.fault("rate_limited", times=1)
    done = cli("call", "--phone", PHONE, *NOW_OR_NEVER, "--wait")
    assert (done.returncode, stage.call()["state"], stage.rung()) == (0, "placed", [PHONE])
    assert "waits until" in done.stderr
    assert [attempt["outcome"] for attempt in stage.call()["attempts"]] == ["not_sent", "accepted"]


def test_no_phone_and_no_name_is_told_on_the_way(stage: Stage, cli: Any) -> None:
    done = cli("call", "--phone", PHONE, *NOW_OR_NEVER, "--set", "name=Chị Hoa", LOG_LEVEL="DEBUG")
    assert stage.rung() == [PHONE]
    assert PHONE not in done.stdout + done.stderr and "Hoa" not in done.stdout + done.stderr


OWN = "0987654321"
SPEAKS = {"rule": "confirm", "template": "HELLO", "on": ["order.created"], "datas": {"total": "{{ order.total }}"}}
PAID = {**SPEAKS, "rule": "paid", "on": ["order.paid"], "datas": {"name": "Chị {{ order.number }}"}}


@ON_BOTH
def test_a_test_rings_ones_own_number_with_the_orders_newest_words_and_changes_nothing_of_it(
    stage: Stage, send: Any, cli: Any, listed: Any
) -> None:
    stage.apply(SPEAKS, PAID)
    send(1)
    send(1, topic="order.updated", total="5000")
    before = listed("balance")["orders"]
    done = cli("call", "--test", OWN, "--order", "DH-1", "--window", "always", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    (heard,) = stage.vbot.calls
    assert (heard["phone"], heard["template_code"], heard["datas"]) == (OWN, "HELLO", {"total": 5000})
    made = json.loads(done.stdout)
    assert (made["rule"], made["source"], made["order_id"]) == ("manual", None, None)
    balance = listed("balance")
    assert (balance["orders"], balance["manual"]) == (before, {"placed": 1})
    assert listed("calls", "--order", "DH-1")["items"][0]["state"] == "waiting"
    assert "test of order shop/id-1 by confirm" in cli("audit").stdout
    again = cli("call", "--test", OWN, "--order", "DH-1", "--window", "always", "--json")
    assert json.loads(again.stdout)["id"] != made["id"] and stage.rung() == [OWN]  # cooldown holds the second back


def test_a_test_says_what_another_rule_would_say(stage: Stage, send: Any, cli: Any) -> None:
    stage.apply(SPEAKS, PAID)
    send(1, phone="0900")  # an order that is not called can be heard too
    cli("call", "--test", OWN, "--order", "id-1", "--rule", "paid", "--window", "always")
    assert [call["datas"] for call in stage.vbot.calls] == [{"name": "Chị DH-1"}]


@pytest.mark.parametrize(
    ("code", "words", "says"),
    [
        (2, "--test 0987654321", "write --test PHONE --order ORDER"),
        (2, "--order DH-1", "write --test PHONE --order ORDER"),
        (2, "--test 0987654321 --order DH-1 --set a=1", "leave out --phone, --template and --set"),
        (1, "--test 0987654321 --order DH-9", "no order has this id or number"),
        (1, "--test 123 --order DH-1", "the phone number is wrong"),
        (1, "--test 0987654321 --order DH-1", "name the rule, one of: confirm, paid"),
        (1, "--test 0987654321 --order DH-1 --rule nobody", "name the rule, one of: confirm, paid"),
        (1, "--test 0987654321 --order DH-2 --rule spoilt", "total"),
        (1, "--test 0987654321 --order DH-1 --rule confirm", "do-not-call"),
    ],
)
def test_a_test_that_cannot_be_rung_says_why_and_rings_nobody(
    stage: Stage, send: Any, cli: Any, error: Any, code: int, words: str, says: str
) -> None:
    spoilt = {**SPEAKS, "rule": "spoilt", "sources": ["other"], "datas": {"total": "{{ order.note }}"}}
    stage.apply(SPEAKS, PAID, spoilt)
    stage.vbot.template("HELLO", {"cfkey": "total", "cftype": "number"}, {"cfkey": "name", "isRequired": False})
    send(1, phone="0900")
    stage.send("order.created", {"id": "id-2", "number": "DH-2", "total": "1", "currency": "VND"}, source="other")
    stage.decide()
    cli("dnc", "add", OWN, "--reason", "asked")
    if says == "total":
        cli("dnc", "remove", OWN)
    assert says in error(code, "call", *words.split())
    assert stage.rung() == []
