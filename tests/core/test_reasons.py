import ast
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import bridge.core.reasons
from bridge.core import phone
from bridge.core.model import TOPICS
from bridge.core.reasons import SENTENCES, sentence

FACTS = {"field", "rule", "topic", "template", "call", "order", "detail", "pointer", "because", "at", "not_after"}
FACTS |= {"times", "address", "source", "state"}
FACTS |= {
    "method",
    "orders",
    "currency",
    "key",
    "rings",
    "marketplace",
    "tries",
    "others",
    "asked_at",
    "platform",
    "failures",
    "usual",
    "unjoined",
    "parcels",
}
NAMED = [
    "wanted", "no_rule", "test_message", "order_cancelled", "order_refunded", "order_returned", "order_failed",
    "order_trashed", "order_deleted", "order_draft", "order_completed", "order_fulfilled", "cod_paid",
    "condition_false", "mapping_failed", "too_old", "already_called", "cancelled_first", "cancel_topic", "too_late",
    "changed", "rule_removed", "source_removed", "by_person", "expired", "vbot_refused", "vbot_system_error",
    "bad_request",
    "no_balance", "read_timeout", "reset", "cut_short", "bad_answer", "lease_over", "too_large", "server_error",
    "window_closed", "after", "paused_all", "paused_rule", "paused_hotline", "paused_source", "undecided_delivery",
    "hotline_busy", "hotline_rate", "backoff", "vbot_unreachable", "token_refused", "cooldown", "phone_in_flight",
    "max_per_day", "template_unknown", "unknown_topic", "no_order", "source_disabled", "bad_payload", "manual",
    "placed", "no_hotline",
]  # fmt: skip
# Where a call of the code takes a reason code, counted from the left.
PLACES = {"Verdict": 1, "Outcome": 1, "Row": -1, "BadSignature": 0, "NotSent": 0, "Unsure": 0, "Held": 1}


def codes_in(source: str) -> set[str]:
    """Reason codes that this code gives: as `reason=` or `ignored=`, or in a place where one is expected."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name == "problem":
            continue  # a problem of the API says its sentence itself; its code is for programs
        given_codes = [keyword.value for keyword in node.keywords if keyword.arg in ("reason", "ignored")]
        if name in PLACES and len(node.args) > PLACES[name]:
            given_codes.append(node.args[PLACES[name]])
        found |= {value.value for value in given_codes if isinstance(value, ast.Constant) and value.value}
    return {code for code in found if re.fullmatch(r"[a-z]+(_[a-z]+)*", str(code))}


def test_the_search_for_codes_finds_them_in_every_shape():
    source = """
move(conn, reason="expired"); Reading(ignored="no_order"); Verdict("skip", "too_old", {}); BadSignature("no_secret")
http.Outcome("unsure", "reset"); Held("waiting", "cooldown", until); Row(ANY, (), "unsure", "bad_answer")
record(reason=outcome.detail); record(reason="two words"); record(detail="other")
"""
    assert codes_in(source) == {"expired", "no_order", "too_old", "no_secret", "reset", "cooldown", "bad_answer"}


def test_every_reason_that_the_code_gives_has_its_sentences():
    room = Path(bridge.core.reasons.__file__).parents[2]
    found = {code: path for path in sorted(room.rglob("*.py")) for code in codes_in(path.read_text("utf-8"))}
    assert {code: str(path.relative_to(room)) for code, path in found.items() if code not in SENTENCES} == {}


@pytest.mark.parametrize(
    "code",
    [
        *NAMED,
        *phone.REASONS,
        *(f"passed_{reason}" for reason in phone.REASONS),
        *(topic.replace(".", "_") for topic in TOPICS[:-1]),
    ],
)
def test_every_named_reason_is_said_in_both_languages(code):
    vietnamese, english = sentence(code, "vi"), sentence(code, "en")
    assert (vietnamese, english) != (f"Lý do: {code}.", f"Reason: {code}.")
    assert vietnamese != english


def test_a_sentence_names_the_same_facts_in_both_languages_and_none_is_personal():
    for code, templates in SENTENCES.items():
        named = [set(re.findall(r"\{(\w+)\}", template)) for template in templates]
        assert named[0] == named[1], code
        assert named[0] <= FACTS, code


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("facts", [{}, {name: "x" for name in FACTS}, {"at": "2026-11-05T01:00:00+00:00"}], ids=len)
def test_a_sentence_is_whole_whatever_is_known(language, facts):
    for code in SENTENCES:
        said = sentence(code, language, **facts)
        assert said.endswith("."), code
        assert said[0].isupper(), code
        assert not re.search(r"[\[\]{}]|\.\.|  | [.,;:]|\( ?\)", said), code
        assert ("…" in said) <= (not facts.keys() >= FACTS), code


def test_vietnamese_is_vietnamese_and_english_is_english():
    own = re.compile("[àáảãạăằắẳẵặâầấẩẫậđèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵ]")
    for code, (vietnamese, english) in SENTENCES.items():
        assert own.search(vietnamese.lower()), code
        assert re.sub("[“”’]", "", english).isascii(), code


def test_facts_are_said_in_their_places():
    assert sentence("mapping_failed", "en", field="datas.total", detail="not a number") == (
        "Not called: the script's field “datas.total” cannot be filled in: not a number."
    )
    assert sentence("already_called", "vi", call=4711).endswith("(cuộc gọi 4711).")
    assert sentence("mapping_failed", "en").startswith("Not called: the script's field “…”")


@pytest.mark.parametrize(
    "at", [datetime(2026, 11, 5, 1, 0, tzinfo=UTC), "2026-11-05T01:00:00Z", "2026-11-05T01:00:00.123456+00:00"], ids=str
)
def test_an_instant_is_said_on_the_clock_of_the_shop(at):
    assert sentence("window_closed", "vi", at=at).endswith("sẽ gọi từ 08:00 ngày 05/11/2026.")
    assert sentence("window_closed", "en", at=at).endswith("called from 08:00 on 5 November 2026.")
    assert "02:00" in sentence("window_closed", "en", at=at, timezone="Europe/Berlin")
    assert "2026" in sentence("window_closed", "en", at=at, timezone="Nowhere/Land")


def test_the_reason_behind_a_reason_is_said_with_its_own_facts():
    said = sentence("changed", "en", because="mapping_failed", field="datas.total", detail="not a number")
    assert "“datas.total”" in said
    assert said.startswith("The call was cancelled")
    assert sentence("changed", "en", because="changed").endswith(".")


def test_a_detail_that_only_repeats_the_code_is_left_out():
    assert sentence("vbot_refused", "en", detail="vbot_refused") == "VBot refused the call."
    assert sentence("vbot_refused", "en", detail="no such template.") == "VBot refused the call: no such template."


def test_an_unknown_code_is_named_as_it_is():
    assert sentence("brand_new", "vi") == "Lý do: brand_new."
    assert sentence("{detail}", "en", detail="x") == "Reason: {detail}."


def test_a_fact_is_never_read_as_a_template():
    assert sentence("by_person", "en", detail="[{rule}] {at}", rule="r") == (
        "A person cancelled the call, reason: [{rule}] {at}."
    )


@given(
    st.sampled_from(sorted(SENTENCES)) | st.text(),
    st.sampled_from(["vi", "en", "vi-VN", "", "fr"]),
    st.dictionaries(
        st.sampled_from([*FACTS, "code", "timezone", "other"]),
        st.none() | st.text() | st.integers() | st.floats() | st.datetimes() | st.binary() | st.lists(st.text()),
    ),
)
def test_no_facts_break_a_sentence(code, language, facts):
    assert sentence(code, language, **facts)


def test_an_english_detail_is_said_in_vietnamese_by_its_own_reason():
    facts = {"field": "datas.total", "detail": "takes VND", "detail_reason": "mapping_currency", "currency": "USD"}
    assert sentence("mapping_failed", "en", **facts).endswith("cannot be filled in: takes VND.")
    assert sentence("mapping_failed", "vi", **facts) == (
        "Không gọi: không điền được trường “datas.total” của kịch bản: đơn hàng tính bằng USD mà bộ lọc này chỉ nhận "
        "VND; hãy dùng money_words."
    )
    changed = sentence("changed", "vi", because="mapping_failed", **facts)
    assert "tính bằng USD" in changed and "takes VND" not in changed
    unknown = sentence("mapping_failed", "vi", field="x", detail="a", detail_reason="nothing_known")
    assert unknown.endswith("kịch bản: a.")


@pytest.mark.parametrize(
    ("detail", "said"),
    [
        ("/billing/phone: is not text", "/billing/phone: không phải là chữ"),
        ("/total: is missing; /tags: is not a list", "/total: bị thiếu; /tags: không phải là danh sách"),
        (
            "/shipping_address: must be a mapping of keys to values or null",
            "/shipping_address: phải là đối tượng hoặc null",
        ),
        ("/x: must be text or a number; /y: is not text", "/x: phải là chữ hoặc số; /y: không phải là chữ"),
        ("/total: something new", "/total: something new"),
    ],
)
def test_what_is_wrong_with_a_document_is_said_in_vietnamese(detail: str, said: str) -> None:
    for code in ("read_around", "bad_payload"):
        assert said in sentence(code, "vi", detail=detail)
        assert detail in sentence(code, "en", detail=detail)
