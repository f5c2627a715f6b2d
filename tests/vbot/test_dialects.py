"""What an answer of VBot's means: the whole policy, by table, and by answers that nobody foresaw."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.lib.http import Answer
from bridge.vbot import Account, Outcome
from bridge.vbot.answers import ANY, POLICY, read_insert
from bridge.vbot.dialects import DIALECTS, Dialect, find_dialect

V1 = DIALECTS["v1"]
YES = {"status": 1, "message": "Thành công", "data": {"call_id": "CALL_1", "phone": "0912345678", "status": "pending"}}
NO = {"status": 0, "message": "template_code không tồn tại", "data": None}
SYSTEM_ERROR = {"status": 500, "msg": "error", "errorCode": 500, "data": None}
HTML = b"<html>Bad Gateway</html>"


def read(status: int, body: object, secrets: tuple[str, ...] = (), dialect: Dialect = V1, **headers: str) -> Outcome:
    raw = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return read_insert(dialect, Answer(status, named, raw), secrets)[0]


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


ALL = tuple(DIALECTS)
ALL_BUT_KEYS = {"v1": "vbot_refused", "v2": "vbot_refused"}
KEYS = {"v3": "token_refused", "v3 old": "token_refused"}

# What each way of speaking makes of an answer under a 200; what is not named here is bad_answer.
V3_YES = {"status": 200, "msg": "Success", "errorCode": 0, "data": True}
ERROR_YES = {"error": 0, "message": "success", "data": True}
UNDER_200: list[tuple[object, dict[str, str]]] = [
    (YES, {"v1": "accepted"}),
    (V3_YES, {"v3": "accepted"}),
    (ERROR_YES, {"v2": "accepted", "v3 old": "accepted"}),
    ({**ERROR_YES, "data": None}, {"v2": "accepted"}),
    ({**ERROR_YES, "data": "CALL_1"}, {"v2": "accepted"}),
    ({**ERROR_YES, "data": {"call_id": "CALL_1"}}, {"v2": "accepted", "v3 old": "accepted"}),
    ({**ERROR_YES, "data": {}}, {"v2": "accepted", "v3 old": "accepted"}),
    ({**ERROR_YES, "data": False}, {}),
    ({**ERROR_YES, "data": {"call_id": 4711}}, {}),
    ({"error": 0, "message": "success"}, {}),
    ({**ERROR_YES, "error": "0"}, {}),
    ({**ERROR_YES, "error": False}, {}),
    ({**ERROR_YES, "error": None}, {}),
    ({**ERROR_YES, "message": 5}, {}),
    ({**ERROR_YES, "errorCode": 500}, {}),
    ({**V3_YES, "errorCode": "0"}, {}),
    ({**V3_YES, "errorCode": True}, {}),
    ({**V3_YES, "status": 500}, {}),
    ({**V3_YES, "status": 1}, {}),
    ({**V3_YES, "data": None}, {}),
    ({**V3_YES, "data": False}, {}),
    ({**V3_YES, "data": 1}, {}),
    ({**V3_YES, "data": []}, {}),
    ({**V3_YES, "error": 500}, {}),
    (NO, {"v1": "vbot_refused"}),
    (SYSTEM_ERROR, dict.fromkeys(ALL, "vbot_system_error")),
    ({"error": 500, "message": "error", "data": None}, dict.fromkeys(ALL, "vbot_system_error")),
    ({"error": -1, "message": "wrong"}, dict.fromkeys(ALL, "vbot_refused")),
    ({"errorCode": -1, "msg": "wrong", "status": 500}, dict.fromkeys(ALL, "vbot_refused")),
    ({"error": 401}, dict.fromkeys(ALL, "token_refused")),
    ({"error": 403}, ALL_BUT_KEYS | KEYS),
    ({"errorCode": 403}, ALL_BUT_KEYS | KEYS),
    ({"error": 429}, dict.fromkeys(ALL, "rate_limited")),
    ({"error": -1, "errorCode": 0}, {}),
    ({"error": 0, "errorCode": -1}, {}),
    ({"error": 999}, {}),
    ({"error": 1.5}, {}),
    ({"error": "Gateway Timeout", "status": 504}, {}),
    ({"status": 200}, {}),
    ({}, {}),
]


@pytest.mark.parametrize("name", DIALECTS)
@pytest.mark.parametrize("body, meanings", UNDER_200)
def test_each_generation_believes_only_its_own_words(name: str, body: object, meanings: dict[str, str]) -> None:
    assert read(200, body, dialect=DIALECTS[name]).detail == meanings.get(name, "bad_answer")


@pytest.mark.parametrize("name", ["v2", "v3", "v3 old"])
@pytest.mark.parametrize(
    "status, body, detail",
    [
        (201, {**ERROR_YES, **V3_YES}, "bad_answer"),
        (400, {**ERROR_YES, **V3_YES}, "bad_answer"),
        (500, {**ERROR_YES, **V3_YES}, "bad_answer"),
        (500, {"error": 500, "errorCode": 500}, "vbot_system_error"),
        (503, {"error": -1, "errorCode": -1}, "vbot_system_error"),
        (400, {"error": -1, "errorCode": -1}, "vbot_refused"),
        (401, HTML, "token_refused"),
        (429, HTML, "rate_limited"),
        (404, HTML, "wrong_url"),
        (502, HTML, "bad_answer"),
        (302, b"", "bad_answer"),
        (200, HTML, "bad_answer"),
        (200, json.dumps({**ERROR_YES, "errorCode": 0}).encode()[:-1], "bad_answer"),
    ],
)
def test_the_policy_is_one_for_all_generations(name: str, status: int, body: object, detail: str) -> None:
    assert read(status, body, dialect=DIALECTS[name]).detail == detail


@pytest.mark.parametrize("name, detail", [("v1", "bad_answer"), ("v2", "bad_answer"), ("v3", "token_refused")])
def test_not_allowed_means_the_key_where_the_key_is_all(name: str, detail: str) -> None:
    assert read(403, HTML, dialect=DIALECTS[name]).detail == detail


def test_a_call_id_is_kept_where_one_is_told() -> None:
    shown = {**ERROR_YES, "data": {"call_id": "CALL_1"}}
    assert read(200, shown, dialect=DIALECTS["v2"]).vbot_call_id == "CALL_1"
    assert read(200, ERROR_YES, dialect=DIALECTS["v2"]).vbot_call_id is None


def test_the_old_paths_are_those_of_v3_alone() -> None:
    for generation, name in (("v1", "v1"), ("v2", "v2"), ("v3", "v3 old")):
        account = Account("https://vbot.example.test", generation, v3_paths="old")
        assert find_dialect(account) is DIALECTS[name]
    assert find_dialect(Account("https://vbot.example.test", "v3")) is DIALECTS["v3"]


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


@given(name=st.sampled_from([*DIALECTS]), status=st.sampled_from([*ANY]), document=SCRAPS)
def test_only_vbots_own_yes_is_accepted_whatever_the_document(name: str, status: int, document: object) -> None:
    outcome = read(status, document, dialect=DIALECTS[name])
    if outcome.outcome == "accepted":
        assert isinstance(document, dict)
        assert status == 200
        field, value = {"v1": ("status", 1), "v3": ("errorCode", 0)}.get(name, ("error", 0))
        assert document[field] == value
        assert name != "v1" or document["data"]["call_id"]


@given(name=st.sampled_from([*DIALECTS]), status=st.sampled_from([*ANY]), body=st.binary())
def test_any_bytes_have_an_outcome(name: str, status: int, body: bytes) -> None:
    assert read(status, body, dialect=DIALECTS[name]).outcome in ("not_sent", "refused", "unsure")


def test_the_policy_ends_with_unsure_for_all_that_is_left() -> None:
    assert (POLICY[-1].statuses, POLICY[-1].codes, POLICY[-1].outcome) == (ANY, (), "unsure")
    assert [row for row in POLICY if row.outcome == "accepted"] == [POLICY[0]]
