"""Every state that a call can be in, and every reason that a story can name, told whole in both languages."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bridge.core.call_states import CallState
from bridge.core.model import AttemptOutcome
from bridge.core.reasons import SENTENCES, sentence
from bridge.core.reasons.calls import ENDS, UNSURE, WAITS
from bridge.core.reasons.decisions import CANCELS, DECISIONS, PHONES
from bridge.core.reasons.deliveries import DELIVERIES
from bridge.monitor.story.lines import story_lines, what_next
from bridge.monitor.story.now import Facts

NOW = datetime(2026, 11, 23, 3, tzinfo=UTC)
ZONE = "Asia/Ho_Chi_Minh"
FACTS = Facts(NOW, True, lambda *_: True, lambda _: None)
LANGUAGES = ("vi", "en")
HOW_IT_ENDED = ("confirmed", "declined", "agent", "no_key", "answered", "no_answer", "busy", "failed", "unknown")
# A code as programs write it, a fact that nobody put in, and what Python prints of nothing.
UNTOLD = re.compile(r"\b[a-z]+_[a-z_]+\b|[{}]|\bNone\b")
VIETNAMESE = re.compile("[àáảãạăằắẳẵặâầấẩẫậèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵđ]", re.IGNORECASE)


def call(**changes: Any) -> dict[str, Any]:
    attempt = {
        "external_call_id": "id-of-the-attempt",
        "started_at": NOW.isoformat(),
        "ended_at": NOW.isoformat(),
        "outcome": "accepted",
        "detail": None,
        "records": None,
    }
    later = (NOW + timedelta(hours=5)).isoformat()
    return {
        "id": 7,
        "rule": "confirm",
        "source": "shop",
        "phone": "09••••••12",
        "template": "CONFIRM",
        "hotline": "0812345678",
        "datas": {},
        "state": "waiting",
        "reason": None,
        "sentence": None,
        "sentence_en": None,
        "result": None,
        "key": None,
        "attempts": [attempt],
        "write_backs": [],
        "not_before": NOW.isoformat(),
        "not_after": later,
        "created_at": NOW.isoformat(),
        "updated_at": NOW.isoformat(),
        **changes,
    }


def story(*calls: dict[str, Any], decision: dict[str, Any] | None = None) -> dict[str, Any]:
    delivery = {
        "id": 3,
        "received_at": NOW.isoformat(),
        "platform_topic": "orders/create",
        "repeats": 0,
        "recovered": False,
        "reason": None,
        "detail": None,
        "state": "decided",
        "acknowledged_at": None,
        "events": [{"topic": "order.created", "order_id": "1"}],
        "decisions": [decision] if decision else [],
    }
    return {
        "source": "shop",
        "order_id": "1",
        "order_number": "DH-1",
        "state": "open",
        "deliveries": [delivery],
        "calls": list(calls),
        "messages": [],
        "acts": [],
    }


def told(subject: dict[str, Any], language: str) -> str:
    whole = subject | {"next": what_next(subject, FACTS, ZONE, language)}
    return "\n".join(story_lines(whole, ZONE, language, show_datas=False))


def with_reason(code: str | None, **changes: Any) -> dict[str, Any]:
    facts = {"timezone": ZONE, "rule": "confirm", "at": NOW.isoformat(), "not_after": NOW.isoformat()}
    said = {name: sentence(code, language, **facts) for name, language in (("sentence", "vi"), ("sentence_en", "en"))}
    return call(reason=code, **(said if code else {}), **changes)


def reached() -> list[tuple[str, str | None]]:
    """Each state with each reason that it can bear."""
    waits = [("waiting", code) for code in (None, *WAITS)] + [("queued", None), ("dialing", None)]
    ends = [(state, code) for state in ("cancelled", "expired", "refused") for code in (*ENDS, *CANCELS)]
    rest = [("unsure", code) for code in (None, *UNSURE)] + [("placed", None), ("finished", None)]
    return [*waits, *ends, *rest]


def test_the_walk_visits_every_state() -> None:
    assert {state for state, _ in reached()} == {str(state) for state in CallState}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("state", "reason"), reached())
def test_each_state_and_reason_is_told_whole(state: str, reason: str | None, language: str) -> None:
    said = told(story(with_reason(reason, state=state)), language)
    assert not UNTOLD.findall(said.replace("id-of-the-attempt", "")), said
    assert bool(VIETNAMESE.search(said)) == (language == "vi"), said


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("outcome", [None, *AttemptOutcome])
def test_each_outcome_of_an_attempt_is_told(outcome: str | None, language: str) -> None:
    subject = call(state="placed")
    subject["attempts"][0]["outcome"] = None if outcome is None else str(outcome)
    said = told(story(subject), language)
    assert not UNTOLD.findall(said), said


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "result", ["confirmed", "declined", "agent", "no_key", "answered", "no_answer", "busy", "failed"]
)
def test_each_result_is_told(result: str, language: str) -> None:
    said = told(story(call(state="finished", result=result, key="1")), language)
    assert not UNTOLD.findall(said), said


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_call_that_vbot_has_is_not_said_to_have_ended(language: str) -> None:
    said = told(story(call(state="placed")), language)
    assert said.endswith("đang chờ kết quả." if language == "vi" else "its result is awaited.")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", [*DECISIONS, *PHONES, *CANCELS])
def test_each_decision_is_told_with_what_decided(code: str, language: str) -> None:
    facts = {"timezone": ZONE, "rule": "confirm", "at": NOW.isoformat(), "not_after": NOW.isoformat(), "topic": "test"}
    decision = {
        "rule": "confirm",
        "decision": "skip",
        "reason": code,
        "sentence": sentence(code, "vi", **facts),
        "sentence_en": sentence(code, "en", **facts),
        "call_id": None,
        "unmet": [
            {"text": "order.total >= 100000", "values": [{"path": "order.total", "kind": "number", "value": "85000"}]}
        ],
        "phone_from": "shipping.phone",
        "passed": [{"path": "order.phone", "reason": "phone_foreign"}],
        "datas_from": {"customer": "shipping.name", "greeting": ""},
    }
    said = told(story(decision=decision), language)
    assert not UNTOLD.findall(said), said
    amount = "order.total (85.000) >= 100.000: không" if language == "vi" else "order.total (85,000) >= 100,000: no"
    assert amount in said
    own = "giá trị ghi sẵn trong quy tắc" if language == "vi" else "a value of the rule itself"
    assert f"customer ← shipping.name; greeting ← {own}" in said


def test_every_sentence_of_a_delivery_has_both_languages() -> None:
    for code in DELIVERIES:
        assert code in SENTENCES
        assert sentence(code, "vi") != sentence(code, "en")
