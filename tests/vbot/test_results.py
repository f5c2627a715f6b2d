"""Reading what VBot tells: documented shapes, odd ones, and the hostile."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.model import BadPayload
from bridge.lib.jsonschema import problems
from bridge.vbot.results import End, end_of, name_result, read_result

FIXTURES = Path(__file__).parents[1] / "fixtures" / "results"
BODIES = sorted(FIXTURES.glob("*.body"))
ANSWERS = {"1": "confirmed", "2": "declined", "0": "agent"}


def read(**document: Any) -> Any:
    return read_result(json.dumps(document).encode())


@pytest.mark.parametrize("path", BODIES, ids=lambda path: path.stem)
def test_a_recorded_body_is_read_as_noted_beside_it(path: Path) -> None:
    wanted = json.loads(path.with_suffix(".json").read_text())
    report = read_result(path.read_bytes())
    end = report.end
    assert (report.kind, report.external_call_id) == (wanted["kind"], wanted["external_call_id"])
    assert (end and end.word, end and end.said, end and end.keys) == (wanted["word"], wanted["said"], wanted["keys"])


@pytest.mark.parametrize("path", BODIES, ids=lambda path: path.stem)
def test_a_recorded_body_has_the_documented_shape(path: Path) -> None:
    assert problems(json.loads(path.read_text()), f"vbot/results/{path.stem.partition('__')[0]}") == []


@pytest.mark.parametrize("path", BODIES, ids=lambda path: path.stem)
def test_what_is_stored_says_the_same_end(path: Path) -> None:
    report = read_result(path.read_bytes())
    assert end_of(json.loads(json.dumps(report.details))) == report.end


@pytest.mark.parametrize(
    ("said", "word", "why"),
    [
        ("ANSWER", "answered", None),
        (" Answered ", "answered", None),
        ("no answer", "no_answer", None),
        ("NO_ANSWER", "no_answer", None),
        ("busy", "busy", None),
        ("CANCELLED", "failed", None),
        ("cancel", "failed", None),
        ("NOT_MONEY", "failed", "no_balance"),
        ("not_found_price", "failed", "unknown_number"),
        ("Voicemail", "failed", "unknown_word"),
        ("ED", "failed", "unknown_word"),
    ],
)
def test_a_disposition_means_this(said: str, word: str, why: str | None) -> None:
    end = read(disposition=said).end
    assert (end.word, end.why, end.said) == (word, why, said.strip())


@pytest.mark.parametrize(
    ("status", "word", "why"),
    [
        (200, "answered", None),
        ("2", "no_answer", None),
        (3, "busy", None),
        ("4.0", "failed", None),
        (-100, "failed", None),
        (100, "failed", None),
        (104, "failed", None),
        (101, "failed", "unknown_number"),
        (102, "failed", "unknown_number"),
        (103, "failed", "no_balance"),
        (105, "failed", "no_balance"),
        (106, "failed", "unknown_number"),
        (999, "failed", "unknown_word"),
    ],
)
def test_a_number_of_the_oldest_generation_means_this(status: object, word: str, why: str | None) -> None:
    end = read(status=status, event_data="CAMPAIGN_CALL").end
    assert (end.word, end.why) == (word, why)


def test_the_status_of_an_envelope_is_no_end() -> None:
    assert read(status=200, externalCallId="a1", recordUrl="https://records.example.test/1").end is None


@pytest.mark.parametrize(
    ("log", "keys", "pressed"),
    [
        ("1", "1", True),
        (1, "1", True),
        (0, "0", True),
        ("1,2", "12", True),
        ('["1", "#"]', "1#", True),
        ([1, {"key": "2"}], "12", True),
        ({"NumberKey": "2"}, "2", True),
        ("", "", False),
        (None, "", False),
        ("null", "", False),
        ("  ", "", False),
        ("[]", "", False),
        ("yes please", "", True),
    ],
)
def test_keys_are_read_from_any_shape(log: object, keys: str, pressed: bool) -> None:
    end = read(disposition="ANSWER", inputLog=log).end
    assert (end.keys, end.pressed) == (keys, pressed)


@pytest.mark.parametrize(
    ("keys", "named"),
    [
        ("1", ("confirmed", "1")),
        ("12", ("declined", "2")),
        ("19", ("confirmed", "1")),
        ("9", ("answered", "9")),
        ("98", ("answered", "8")),
        ("", ("no_key", None)),
    ],
)
def test_the_last_key_that_has_a_word_counts(keys: str, named: tuple[str, str | None]) -> None:
    assert name_result(End("answered", "ANSWER", keys=keys, pressed=bool(keys)), ANSWERS) == named


def test_something_pressed_that_cannot_be_read_is_answered() -> None:
    assert name_result(End("answered", "ANSWER", pressed=True), ANSWERS) == ("answered", None)


def test_a_key_pressed_in_a_call_that_nobody_answered_means_nothing() -> None:
    assert name_result(End("busy", "BUSY", keys="1", pressed=True), ANSWERS) == ("busy", None)


@pytest.mark.parametrize(
    "name", ["externalCallId", "external_call_id", "ExternalCallID", "customerUid", "customer_uid"]
)
def test_our_id_is_found_under_every_name(name: str) -> None:
    assert read(**{name: " A1B2 "}).external_call_id == "a1b2"


@pytest.mark.parametrize("value", ["", "a" * 33, "đ1", "a-1", "a1\x00", None, True, 1.5, ["a1"], {"a": 1}])
def test_what_no_id_of_ours_looks_like_is_none(value: object) -> None:
    assert read(externalCallId=value).external_call_id is None


def test_metadata_in_text_may_hold_our_id() -> None:
    assert read(disposition="BUSY", metaData='{"externalCallId": "a1"}').external_call_id == "a1"


def test_times_and_amounts_as_text_or_number() -> None:
    shown = read(disposition="ANSWER", endCallAt="1795402846000", postage="450.50", duration="31.0", billsec=20).details
    assert shown["ended_at"] == datetime(2026, 11, 23, 3, 0, 46, tzinfo=UTC).isoformat()
    assert (shown["cost"], shown["duration"], shown["billed"]) == ("450.5", 31, 20)


@pytest.mark.parametrize("value", ["NaN", "1e999999", "Infinity", "-", "9" * 400, -1, True, [], {}, "٣"])
def test_numbers_that_are_none_are_left_out(value: object) -> None:
    report = read(disposition="ANSWER", duration=value, endCallAt=value, postage=value if value != -1 else None)
    assert "ended_at" not in report.details
    assert report.ended_at is None
    assert report.details.get("duration") in (None, 3)


def test_text_that_no_database_holds_is_cleaned() -> None:
    shown = read_result(
        b'{"disposition": "A\\u0000B", "voiceText": "x\\ud800\\u0000y", "callCollectedData": ["\\udfff"]}'
    ).details
    assert (shown["said"], shown["transcript"], shown["collected"]) == ("AB", "x?y", ["?"])


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"7", b'"x"', b"null", b"\xff", b"<html>", b"{'a': 1}"])
def test_what_is_no_object_is_refused(body: bytes) -> None:
    with pytest.raises(BadPayload):
        read_result(body)


@pytest.mark.parametrize("body", [b"[" * 500_000, b'{"a":' * 100_000, b'{"a":' + b"9" * 10_000 + b"}"])
def test_hostile_json_is_refused_and_breaks_nothing(body: bytes) -> None:
    with pytest.raises(BadPayload):
        read_result(body)


def test_other_encodings_of_json_are_read() -> None:
    for encoding in ("utf-8-sig", "utf-16", "utf-32"):
        assert read_result('{"disposition": "BUSY"}'.encode(encoding)).end == End("busy", "BUSY")


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
names = st.sampled_from(
    ["externalCallId", "disposition", "inputLog", "status", "event_data", "endCallAt", "postage", "callCollectedData",
     "autoCallLog", "autoCallRecording", "recordUrl", "metaData", "duration", "action_log", "voiceText"]
)  # fmt: skip


@given(st.dictionaries(names, values | values.map(json.dumps)))
def test_any_object_is_read_and_what_is_told_can_be_stored(document: dict[str, Any]) -> None:
    report = read_result(json.dumps(document).encode())
    stored = json.dumps(dict(report.details), ensure_ascii=False, allow_nan=False).encode()
    assert b"\\u0000" not in stored
    assert end_of(report.details) == report.end
