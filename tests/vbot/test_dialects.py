"""What an answer of VBot's means: the whole policy, by table, and by answers that nobody foresaw."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.http import Answer
from bridge.vbot import Outcome
from bridge.vbot.dialects import ANY, DIALECTS, POLICY, read_insert

V1 = DIALECTS["v1"]
YES = {"status": 1, "message": "Thành công", "data": {"call_id": "CALL_1", "phone": "0912345678", "status": "pending"}}
NO = {"status": 0, "message": "template_code không tồn tại", "data": None}
SYSTEM_ERROR = {"status": 500, "msg": "error", "errorCode": 500, "data": None}
HTML = b"<html>Bad Gateway</html>"


def read(status: int, body: object, secrets: tuple[str, ...] = (), **headers: str) -> Outcome:
    raw = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    return read_insert(
        V1, Answer(status, {name.replace("_", "-"): text for name, text in headers.items()}, raw), secrets
    )


@pytest.mark.parametrize(
    "status, body, outcome, detail",
    [
        (200, YES, "accepted", "accepted"),
        (200, {**YES, "trace": "more than documented"}, "accepted", "accepted"),
        (200, b"\xef\xbb\xbf" + json.dumps(YES).encode(), "accepted", "accepted"),
        (200, NO, "refused", "vbot_refused"),
        (200, {"status": 0}, "refused", "vbot_refused"),
        (400, NO, "refused", "vbot_refused"),
        (404, NO, "refused", "vbot_refused"),
        (200, {"error": -1, "message": "wrong"}, "refused", "vbot_refused"),
        (200, {"errorCode": 404, "msg": "no"}, "refused", "vbot_refused"),
        (403, {"error": 403}, "refused", "vbot_refused"),
        (409, {"status": 0, "error": 409}, "refused", "vbot_refused"),
        (500, SYSTEM_ERROR, "refused", "vbot_system_error"),
        (200, SYSTEM_ERROR, "refused", "vbot_system_error"),
        (500, NO, "refused", "vbot_system_error"),
        (503, NO, "refused", "vbot_system_error"),
        (401, NO, "not_sent", "token_refused"),
        (401, b"", "not_sent", "token_refused"),
        (401, HTML, "not_sent", "token_refused"),
        (200, {"status": 0, "errorCode": 401}, "not_sent", "token_refused"),
        (400, {"error": 401}, "not_sent", "token_refused"),
        (429, NO, "not_sent", "rate_limited"),
        (429, HTML, "not_sent", "rate_limited"),
        (200, {"errorCode": 429}, "not_sent", "rate_limited"),
        (404, HTML, "refused", "wrong_url"),
        (405, b"", "refused", "wrong_url"),
        (400, HTML, "unsure", "bad_answer"),
        (403, HTML, "unsure", "bad_answer"),
        (408, b"", "unsure", "bad_answer"),
        (500, HTML, "unsure", "bad_answer"),
        (502, HTML, "unsure", "bad_answer"),
        (504, {"timestamp": 1, "status": 504, "error": "Gateway Timeout"}, "unsure", "bad_answer"),
        (500, {"type": "about:blank", "title": "error", "status": 500}, "unsure", "bad_answer"),
        (500, {"message": "An error has occurred."}, "unsure", "bad_answer"),
        (301, b"", "unsure", "bad_answer"),
        (302, NO, "unsure", "bad_answer"),
        (204, b"", "unsure", "bad_answer"),
        (201, YES, "unsure", "bad_answer"),
        (202, NO, "unsure", "bad_answer"),
        (400, YES, "unsure", "bad_answer"),
        (401, YES, "unsure", "bad_answer"),
        (429, YES, "unsure", "bad_answer"),
        (500, YES, "unsure", "bad_answer"),
        (200, HTML, "unsure", "bad_answer"),
        (200, b"", "unsure", "bad_answer"),
        (200, b"null", "unsure", "bad_answer"),
        (200, [YES], "unsure", "bad_answer"),
        (200, json.dumps(YES).encode()[:-1], "unsure", "bad_answer"),
        (200, json.dumps(YES).encode() * 2, "unsure", "bad_answer"),
        (200, json.dumps(YES).encode("utf-16"), "unsure", "bad_answer"),
        (200, json.dumps(YES, ensure_ascii=False).encode("cp1258", "replace"), "unsure", "bad_answer"),
        (200, b"[" * 60_000, "unsure", "bad_answer"),
        (200, b'{"status": 1, "status": 0, "data": {"call_id": "CALL_1"}}', "unsure", "bad_answer"),
        (200, b'{"status": 0, "status": 1, "data": {"call_id": "CALL_1"}}', "unsure", "bad_answer"),
        (200, b'{"status": 1, "data": {"call_id": "CALL_1"}, "cost": NaN}', "unsure", "bad_answer"),
        (200, b'{"status": 1' + b"0" * 5000 + b"}", "unsure", "bad_answer"),
        (200, {**YES, "status": "1"}, "unsure", "bad_answer"),
        (200, {**YES, "status": True}, "unsure", "bad_answer"),
        (200, {**YES, "status": 2}, "unsure", "bad_answer"),
        (200, {"status": False}, "unsure", "bad_answer"),
        (200, {**YES, "data": True}, "unsure", "bad_answer"),
        (200, {**YES, "data": {"call_id": 4711}}, "unsure", "bad_answer"),
        (200, {**YES, "data": {"call_id": ""}}, "unsure", "bad_answer"),
        (200, {"status": 1, "message": "Thành công"}, "unsure", "bad_answer"),
        (200, {**YES, "errorCode": 500}, "unsure", "bad_answer"),
        (200, {"status": 0, "error": 0, "message": "success"}, "unsure", "bad_answer"),
        (200, {"error": 0, "message": "success", "data": True}, "unsure", "bad_answer"),
        (200, {"errorCode": 999}, "unsure", "bad_answer"),
    ],
)
def test_each_answer_has_its_outcome(status: int, body: object, outcome: str, detail: str) -> None:
    read_as = read(status, body)
    assert (read_as.outcome, read_as.detail, read_as.http_status) == (outcome, detail, status)
    assert (read_as.vbot_call_id == "CALL_1") == (outcome == "accepted")


def test_an_answer_that_says_to_be_compressed_is_not_believed() -> None:
    assert read(200, YES, content_encoding="gzip").outcome == "unsure"
    assert read(200, YES, content_encoding="Identity").outcome == "accepted"


def test_vbots_words_are_kept_short_and_without_phones_secrets_or_control_characters() -> None:
    words = {**NO, "message": "Số 0912345678, +84 912 345 678\x00\n khóa s3cr3t " + "dài " * 99}
    message = read(200, words, secrets=("s3cr3t",)).message
    assert message is not None
    assert message.startswith("Số •••, +••• khóa … dài")
    assert len(message) == 200


@pytest.mark.parametrize("message", ["", None, 5, [], "\ud800"])
def test_words_that_are_none_are_no_message(message: object) -> None:
    body = json.dumps({"status": 0, "message": message}).encode()
    assert read(200, body).message in (None, "?")


def test_a_call_id_fits_every_database() -> None:
    body = b'{"status": 1, "data": {"call_id": "A\\u0000B\\ud800"}}'
    assert read(200, body).vbot_call_id == "AB?"


@pytest.mark.parametrize(
    "retry_after, date, seconds",
    [
        ("7", "", 7),
        ("0", "", 0),
        (" 7 ", "", 7),
        ("999999999999", "", 7 * 86400),
        ("Wed, 25 Nov 2026 01:00:30 GMT", "Wed, 25 Nov 2026 01:00:00 GMT", 30),
        ("Wed, 25 Nov 2026 01:00:00 GMT", "Wed, 25 Nov 2026 01:00:30 GMT", 0),
        ("Wed, 25 Nov 2026 01:00:30 GMT", "", None),
        ("Wed, 25 Nov 2026 01:00:30 GMT", "yesterday", None),
        ("-7", "", None),
        ("1.5", "", None),
        ("٧", "", None),
        ("soon", "", None),
        ("", "", None),
        ("9" * 5000, "", None),
    ],
)
def test_retry_after_is_read_without_a_clock_of_ours(retry_after: str, date: str, seconds: int | None) -> None:
    assert read(429, NO, retry_after=retry_after, date=date).retry_after_seconds == seconds


def test_retry_after_means_nothing_where_the_request_may_have_arrived() -> None:
    assert read(503, HTML, retry_after="7").retry_after_seconds is None


SCRAPS = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 600) | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["status", "error", "errorCode", "data", "call_id", "message"]), inner)
    ),
    max_leaves=12,
)


@given(status=st.sampled_from([*ANY]), document=SCRAPS)
def test_only_vbots_own_yes_is_accepted_whatever_the_document(status: int, document: object) -> None:
    outcome = read(status, document)
    if outcome.outcome == "accepted":
        assert isinstance(document, dict)
        assert status == 200
        assert document["status"] == 1
        assert document["data"]["call_id"]


@given(status=st.sampled_from([*ANY]), body=st.binary())
def test_any_bytes_have_an_outcome(status: int, body: bytes) -> None:
    assert read(status, body).outcome in ("not_sent", "refused", "unsure")


def test_the_policy_ends_with_unsure_for_all_that_is_left() -> None:
    assert (POLICY[-1].statuses, POLICY[-1].codes, POLICY[-1].outcome) == (ANY, (), "unsure")
    assert [row for row in POLICY if row.outcome == "accepted"] == [POLICY[0]]
