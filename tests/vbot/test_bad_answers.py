"""Bad answers, one table: each fault has its name in each operation of each generation, and none is taken for a yes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from bridge.fake_vbot import FakeVBot, Settings
from bridge.vbot.client import CallRequest, Client, Outcome, VBotError
from tests.stage import NOW

PEOPLE = [CallRequest(f"a{n}", f"091234567{n}", "0812345678", "HELLO") for n in (1, 2)]
SECONDS = 0.7  # so long a fault that goes on is borne with

# The fault: what it means for a call or a batch, for a list, and for the token.
TABLE = {
    "cut_json": (("unsure", "bad_answer"), "bad_answer", "token_bad_answer"),
    "cut": (("unsure", "cut_short"), "cut_short", "cut_short"),
    "html": (("unsure", "bad_answer"), "bad_answer", "token_bad_answer"),
    "utf16": (("unsure", "bad_answer"), "bad_answer", "token_bad_answer"),
    "gzip": (("unsure", "bad_answer"), "bad_answer", "token_bad_answer"),
    "huge": (("unsure", "too_large"), "too_large", "too_large"),
    "trickle": (("unsure", "read_timeout"), "read_timeout", "read_timeout"),
    "hang": (("unsure", "read_timeout"), "read_timeout", "read_timeout"),
    "redirect": (("unsure", "bad_answer"), "bad_answer", "token_unavailable"),
    "refuse": (("refused", "vbot_refused"), "vbot_refused", "credentials_refused"),
    "system_error": (("refused", "vbot_system_error"), "vbot_refused", "token_unavailable"),
    "bad_gateway": (("unsure", "bad_answer"), "bad_answer", "token_unavailable"),
    "unavailable": (("unsure", "bad_answer"), "bad_answer", "token_unavailable"),
    "rate_limited": (("not_sent", "rate_limited"), "rate_limited", "rate_limited"),
    "expired_token": (("not_sent", "token_refused"), "token_refused", "credentials_refused"),
    "not_found": (("refused", "wrong_url"), "wrong_url", "wrong_url"),
    "reset_before": (("unsure", "reset"), "reset", "reset"),
    "reset_after": (("unsure", "reset"), "reset", "reset"),
    "close": (("unsure", "reset"), "reset", "reset"),
}
SPOKEN = {
    "v1": Settings(),
    "v2": Settings(generation="v2"),
    "v3": Settings(generation="v3"),
    "v3 old": Settings(generation="v3", v3_paths="old"),
}
PLACING: dict[str, Callable[[Client, float], Outcome]] = {
    "insert": lambda client, until: client.place(PEOPLE[0], until),
    "insert_list": lambda client, until: client.place_batch(PEOPLE, until),
}
LISTS: dict[str, Callable[[Client, float], object]] = {
    "custom_fields": lambda client, until: client.custom_fields("HELLO", until),
    "hotlines": lambda client, until: client.hotlines(until),
    "balance": lambda client, until: client.balance(until),
    "templates": lambda client, until: client.templates(until),
    "branches": lambda client, until: client.branches("HELLO", until),
    "records": lambda client, until: client.records(NOW, NOW + timedelta(minutes=1), until),
    "records_count": lambda client, until: client.records(NOW, NOW + timedelta(hours=1), until),
}
OLDER = [("v1", "custom_fields"), ("v1", "hotlines")]
OLDER += [("v2", "custom_fields"), ("v2", "hotlines"), ("v2", "templates")]

each_fault = pytest.mark.parametrize("fault", TABLE)


@pytest.fixture(params=SPOKEN)
def vbot(request: pytest.FixtureRequest) -> Iterator[FakeVBot]:
    with FakeVBot(SPOKEN[request.param]) as running:
        running.template("HELLO")
        yield running


def soon(seconds: float = 30) -> float:
    return time.monotonic() + seconds


def most_seconds(fault: str) -> float:
    return soon(SECONDS if fault in ("trickle", "hang") else 30)


@each_fault
@pytest.mark.parametrize("operation", PLACING)
def test_a_bad_answer_to_a_call_or_a_batch_has_its_name_and_is_never_a_yes(
    vbot: FakeVBot, operation: str, fault: str
) -> None:
    vbot.fault(fault, on=operation)
    met = PLACING[operation](Client(vbot.account()), most_seconds(fault))
    assert (met.outcome, met.detail) == TABLE[fault][0]
    assert "fake-token" not in str(met)
    assert sum(request["method"] == "POST" for request in vbot.requests) == 1


@each_fault
@pytest.mark.parametrize("operation", LISTS)
@pytest.mark.parametrize("vbot", ["v3", "v3 old"], indirect=True)
def test_a_bad_answer_to_a_question_has_its_name_and_is_no_list(vbot: FakeVBot, operation: str, fault: str) -> None:
    vbot.fault(fault, on=operation)
    with pytest.raises(VBotError) as caught:
        LISTS[operation](Client(vbot.account()), most_seconds(fault))
    assert caught.value.code == TABLE[fault][1]
    assert "fake-token" not in str(caught.value)


@each_fault
@pytest.mark.parametrize(("vbot", "operation"), OLDER, indirect=["vbot"])
def test_the_older_generations_questions_have_the_same_names(vbot: FakeVBot, operation: str, fault: str) -> None:
    vbot.fault(fault, on=operation)
    with pytest.raises(VBotError) as caught:
        LISTS[operation](Client(vbot.account()), most_seconds(fault))
    assert caught.value.code == TABLE[fault][1]


@each_fault
@pytest.mark.parametrize("vbot", ["v1", "v2"], indirect=True)
def test_a_bad_answer_instead_of_a_token_sends_nothing(vbot: FakeVBot, fault: str) -> None:
    vbot.fault(fault, on="token")
    client = Client(vbot.account(fixed_token=False))
    met = client.prepare(most_seconds(fault))
    assert met is not None
    assert (met.outcome, met.detail) == ("not_sent", TABLE[fault][2])
    assert "fake-password" not in str(met)
    assert client.place(PEOPLE[0], soon()).detail == "token_missing"
    assert vbot.calls == []
