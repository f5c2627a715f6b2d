"""try: what a rule makes of a delivery file, without storing or calling."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import wave
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bridge.cli.try_ import read_http
from bridge.core.reports.best_hour import Learned
from bridge.fake_vbot import FakeVBot
from bridge.platforms import find_platform
from bridge.store import Store
from bridge.store.db.tables import metadata
from bridge.store.people.dnc import add_numbers
from bridge.store.reports.best_hour import keep_learned
from tests.decide.test_best_hour import HELD, HUE, MOVED
from tests.decide.test_parcels import SHOPS, VTP, ordered, told
from tests.platforms.wire import FOLDER, load_fixture
from tests.stage import HOTLINE, NOW, RULE, Stage, later, order

Cli = Callable[..., subprocess.CompletedProcess[str]]
KEYS = {
    "decision",
    "reason",
    "sentence",
    "sentence_en",
    "datas",
    "phone",
    "not_before",
    "not_after",
    "request",
    "signature",
}

WOO = FOLDER / "woocommerce" / "order.created__billing-phone-corrected.http"
RULES = [
    {**RULE, "hotline": "0899999999", "max_time": 60},
    {**RULE, "rule": "small", "when": "order.total < 1000"},
    {**RULE, "rule": "only-other", "sources": ["other"]},
    {**RULE, "rule": "off", "enabled": False},
    {**RULE, "rule": "paid", "on": ["order.paid"]},
]


@pytest.fixture
def shop(store: Store, vbot: FakeVBot) -> Stage:
    woo = {"id": "woo", "platform": "woocommerce", "secrets": load_fixture(WOO).source.secrets}
    silent = {"id": "silent", "platform": "generic"}
    haravan = {"id": "silk", "platform": "haravan", "secrets": ["s"], "settings": {"verify_token": "token-of-silk"}}
    two = [{"id": name, "platform": "generic", "secrets": ["s"]} for name in ("shop", "other")]
    only = {**RULE, "rule": "only-woo", "sources": ["woo"]}
    return Stage(store, vbot, *RULES, only, sources=[*two, woo, silent, haravan])


@pytest.fixture
def tried(shop: Stage, cli: Cli, tmp_path: Path) -> Callable[..., Any]:
    """The one answer to a rule and a file, given by its path or its content."""

    def run(rule: str, delivery: Path | str | bytes | dict[str, Any], *words: str, **settings: str | None) -> Any:
        if not isinstance(delivery, Path):
            text = json.dumps(delivery) if isinstance(delivery, dict) else delivery
            delivery = tmp_path / "delivery"
            (tmp_path / "delivery").write_bytes(text.encode() if isinstance(text, str) else text)
        done = cli("try", rule, delivery, *words, **settings)
        assert (done.returncode, done.stderr) == (0, "")
        answer = json.loads(done.stdout)
        assert answer.keys() == KEYS
        return answer

    return run


def test_a_raw_request_becomes_the_request_that_vbot_would_get(tried: Any, vbot: FakeVBot) -> None:
    answer = tried("confirm", WOO, "--source", "woo")
    assert (answer["decision"], answer["reason"], answer["signature"]) == ("call", "wanted", "verifies")
    assert answer["datas"] == {"total": answer["request"]["body"]["datas"]["total"]}
    sent = answer["request"]
    assert (sent["method"], sent["path"]) == ("POST", "/api/campaignCall/callConfirm/insert")
    assert sent["headers"]["Authorization"] == "Bearer …"
    body = {key: value for key, value in sent["body"].items() if key not in ("external_call_id", "datas")}
    assert body == {
        "vbot_id": vbot.settings.vbot_id,
        "project_code": vbot.settings.project_code,
        "phone": answer["phone"],
        "hotline_code": "0899999999",
        "template_code": "CONFIRM",
        "max_time": 60,
        "max_waiting_time": 30,
    }
    assert vbot.settings.token not in json.dumps(answer)


def test_nothing_is_stored_and_nobody_is_asked(tried: Any, shop: Stage, store: Store, vbot: FakeVBot) -> None:
    def rows() -> dict[str, int]:
        with store.read() as conn:
            return {name: len(conn.execute(table.select()).all()) for name, table in metadata.tables.items()}

    before = rows()
    assert tried("confirm", WOO, "--source", "woo")["decision"] == "call"
    assert rows() == before
    assert vbot.requests == []


def test_it_answers_without_any_vbot(tried: Any) -> None:
    answer = tried("confirm", WOO, "--source", "woo", VBOT_URL=None)
    assert answer["decision"] == "call"
    assert answer["request"]["headers"]["Authorization"] == "Bearer …"


@pytest.mark.parametrize(
    ("generation", "paths", "path", "named"),
    [
        ("v1", None, "/api/campaignCall/callConfirm/insert", True),
        ("v2", None, "/api/campaignCall/callConfirm/insert", True),
        ("v3", None, "/m-auto-call/api/call/create", False),
        ("v3", "old", "/api/campaignCall/callConfirm/insert", False),
    ],
)
def test_without_vbots_address_the_request_is_that_of_the_chosen_generation(
    tried: Any, generation: str, paths: str | None, path: str, named: bool
) -> None:
    settings = {"VBOT_URL": None, "VBOT_API": generation, "VBOT_V3_PATHS": paths}
    request = tried("confirm", WOO, "--source", "woo", **settings)["request"]
    assert (request["path"], "vbot_id" in request["body"]) == (path, named)
    assert ("X-API-Key" in request["headers"]) is (generation == "v3")


@pytest.mark.parametrize("ends", [b"\r\n", b"\n"])
def test_line_ends_of_an_editor_change_nothing(tried: Any, ends: bytes) -> None:
    head, _, body = WOO.read_bytes().partition(b"\r\n\r\n")
    saved = head.replace(b"\r\n", ends) + ends * 2 + body + b"\n"
    answer = tried("confirm", saved, "--source", "woo")
    assert (answer["decision"], answer["signature"]) == ("call", "verifies")


def test_every_fixture_is_read_as_it_was_on_the_wire() -> None:
    for path in sorted(FOLDER.glob("*/*.http")):
        assert find_platform(path.parent.name) is not None
        wire = load_fixture(path).request
        read = read_http(path.read_bytes())
        assert read is not None, path
        assert (read.method, read.path, read.query, read.body) == (wire.method, wire.path, wire.query, wire.body), path
        assert [name for name, _ in read.headers] == [name for name, _ in wire.headers], path


@pytest.mark.parametrize("text", [b"", b"\n", b"{}", b'{"a": "POST / HTTP/1.1"}', b"POST /hooks/shop\n\n{}", b"\xff"])
def test_what_begins_with_no_request_line_is_a_document(text: bytes) -> None:
    assert read_http(text) is None


def test_a_request_without_a_body_or_with_a_strange_length_is_read(tried: Any) -> None:
    for length in ("", "-5", "9" * 5000, "٣"):
        request = read_http(f"POST /hooks/shop?x=1 HTTP/1.1\nContent-Length: {length}\n\nab".encode())
        assert request is not None
        assert (request.path, request.query, request.body) == ("/hooks/shop", "x=1", b"ab")
    bare = read_http(b"GET /hooks/shop HTTP/1.1")
    assert bare is not None
    assert (bare.method, bare.headers, bare.body) == ("GET", (), b"")


def test_a_document_alone_is_taken_as_the_rules_own_topic(tried: Any) -> None:
    body = read_http(WOO.read_bytes())
    assert body is not None
    answer = tried("confirm", body.body, "--source", "woo")
    assert answer["decision"] == "call"
    assert answer["signature"] == "not checked: the file holds no headers"


def test_a_document_alone_needs_no_secret_of_its_source(tried: Any) -> None:
    assert tried("confirm", {"order": order()}, "--source", "silent")["decision"] == "call"


def test_the_topic_of_a_document_alone_may_be_said(tried: Any) -> None:
    request = read_http(WOO.read_bytes())
    assert request is not None
    answer = tried("confirm", request.body, "--source", "woo", "--topic", "order.deleted")
    assert (answer["decision"], answer["reason"]) == ("cancel", "order_deleted")
    unknown = tried("confirm", request.body, "--source", "woo", "--topic", "coupon.created")
    assert (unknown["decision"], unknown["reason"]) == ("skip", "unknown_topic")


def test_a_signature_that_does_not_verify_is_told_and_stops_nothing(tried: Any) -> None:
    changed = WOO.read_bytes().replace(b"X-WC-Webhook-Signature: ", b"X-WC-Webhook-Signature: A")
    answer = tried("confirm", changed, "--source", "woo")
    assert (answer["decision"], answer["signature"]) == ("call", "does not verify: bad_signature")
    none = tried("confirm", "POST /hooks/silent HTTP/1.1\r\n\r\n" + json.dumps({"order": order()}))
    assert none["signature"] == "does not verify: no_secret"


def test_a_handshake_is_no_order(tried: Any) -> None:
    ping = tried("confirm", FOLDER / "woocommerce" / "ping__webhook-1.http", "--source", "woo")
    assert (ping["decision"], ping["reason"]) == ("skip", "no_order")
    assert ping["signature"] == "none needed: it is the platform's handshake"
    query = "hub.mode=subscribe&hub.verify_token=token-of-silk&hub.challenge=c"
    shake = tried("confirm", f"GET /hooks/silk?{query} HTTP/1.1\r\nHost: h\r\n\r\n")
    assert (shake["decision"], shake["reason"]) == ("skip", "no_order")


def test_the_source_is_the_one_of_the_path(tried: Any) -> None:
    request = read_http(WOO.read_bytes())
    assert request is not None
    head = WOO.read_bytes().replace(f"POST {request.path} ".encode(), b"POST /hooks/woo ")
    assert tried("confirm", head)["signature"] == "verifies"


def test_the_source_is_else_the_rules_only_one(tried: Any) -> None:
    body = {"topic": "order.created", "order": order()}
    assert tried("only-other", body)["decision"] == "call"
    moved = WOO.read_bytes().replace(b"POST /hooks/shop ", b"POST /webhooks/woocommerce ")
    assert tried("only-woo", moved)["signature"] == "verifies"


def test_a_source_that_the_rule_does_not_name_is_a_skip(tried: Any) -> None:
    answer = tried("only-other", {"topic": "order.created", "order": order()}, "--source", "shop")
    assert (answer["decision"], answer["reason"]) == ("skip", "no_rule")


def test_a_switched_off_rule_may_be_tried_before_it_is_switched_on(tried: Any) -> None:
    answer = tried("off", {"topic": "order.created", "order": order()}, "--source", "shop")
    assert answer["decision"] == "call"


@pytest.mark.parametrize(
    ("topic", "changes", "rule", "decision", "reason"),
    [
        ("order.cancelled", {}, "confirm", "cancel", "order_cancelled"),
        ("order.deleted", {}, "confirm", "cancel", "order_deleted"),
        ("order.paid", {}, "confirm", "skip", "no_rule"),
        ("test", {}, "confirm", "skip", "test_message"),
        ("order.created", {}, "small", "skip", "condition_false"),
        ("order.created", {"phone": None}, "confirm", "skip", "phone_missing"),
        ("order.created", {"phone": "090***0001"}, "confirm", "skip", "phone_masked"),
        ("order.created", {"total": "900"}, "small", "call", "wanted"),
        ("order.paid", {"payment": {"cod": False, "paid": True}}, "paid", "call", "wanted"),
    ],
)
def test_each_decision_has_its_reason_and_its_sentence(
    tried: Any, topic: str, changes: dict[str, Any], rule: str, decision: str, reason: str
) -> None:
    answer = tried(rule, {"topic": topic, "order": order(**changes)}, "--source", "shop")
    assert (answer["decision"], answer["reason"]) == (decision, reason)
    assert answer["sentence"] and reason not in answer["sentence"]
    assert (answer["request"] is None) is (decision != "call")
    assert (answer["phone"] is None) is (decision != "call")


def test_an_old_file_is_judged_as_if_it_had_just_arrived_unless_told_when(tried: Any) -> None:
    body = {"topic": "order.created", "order": order(created_at="2020-01-06T03:00:00Z", updated_at=None)}
    assert tried("confirm", body, "--source", "shop")["decision"] == "call"
    late = tried("confirm", body, "--source", "shop", "--at", "2020-01-08T10:00:00+07:00")
    assert (late["decision"], late["reason"]) == ("skip", "too_old")


def test_a_rule_that_does_not_fit_its_template_shows_a_call_that_waits_and_no_request(tried: Any, shop: Stage) -> None:
    shop.know_fields("CONFIRM", {"cfkey": "total", "isRequired": True}, {"cfkey": "name", "isRequired": True})
    answer = tried("confirm", {"topic": "order.created", "order": order()}, "--source", "shop")
    assert (answer["decision"], answer["reason"], answer["request"]) == ("call", "template_changed", None)
    assert "name" in answer["sentence"]


def test_the_hotline_is_the_rules_or_the_settings(tried: Any) -> None:
    body = {"topic": "order.created", "order": order(total="900")}
    by_setting = tried("small", body, "--source", "shop")
    assert by_setting["request"]["body"]["hotline_code"] == HOTLINE
    none = tried("small", body, "--source", "shop", VBOT_HOTLINE=None)
    assert (none["decision"], none["reason"]) == ("skip", "no_hotline")


@pytest.mark.parametrize(
    "body", [b"not JSON", b"[]", b'{"topic": "order.created", "order": {"number": 1}}', b"\xff\xfe"]
)
def test_a_document_that_cannot_be_read_says_where(shop: Stage, error: Any, tmp_path: Path, body: bytes) -> None:
    (tmp_path / "d.json").write_bytes(body)
    line = error(1, "try", "confirm", tmp_path / "d.json", "--source", "shop")
    assert line.startswith("error: the delivery cannot be read: ")


def test_wrong_names_and_wrong_calls_are_one_line(shop: Stage, error: Any, tmp_path: Path) -> None:
    (tmp_path / "d.json").write_text(json.dumps({"topic": "order.created", "order": order()}))
    path = tmp_path / "d.json"
    assert "the rules are: confirm, small" in error(1, "try", "confrim", path)
    assert "the sources are: " in error(1, "try", "confirm", path, "--source", "nowhere")
    assert "Add --source, one of: other, shop, silent, silk, woo" in error(2, "try", "confirm", path)
    assert "cannot be read" in error(2, "try", "confirm", tmp_path / "missing")
    assert "--at needs a time with its zone" in error(2, "try", "confirm", path, "--source", "shop", "--at", "08:00")
    assert "--at" in error(2, "try", "confirm", path, "--source", "shop", "--at", NOW.replace(tzinfo=None).isoformat())
    assert "add --topic, one of: " in error(2, "try", "paid", path, "--source", "woo")
    error(2, "try", "confirm")


def test_the_buyer_is_known_by_the_ledger(tried: Any, shop: Stage) -> None:
    asked = {**RULE, "rule": "again", "when": "buyer.orders >= 1"}
    shop.apply(asked, RULE)
    body = {"topic": "order.created", "order": order(2, phone=order(1)["phone"])}
    assert tried("again", body, "--source", "shop")["reason"] == "condition_false"
    shop.send("order.created", order(1))
    shop.decide()
    assert tried("again", body, "--source", "shop")["decision"] == "call"


def test_a_number_that_nobody_may_call_is_a_skip(tried: Any, shop: Stage, store: Store) -> None:
    with store.write() as conn:
        add_numbers(conn, ["0900000001"], "no", NOW)
    answer = tried("confirm", {"topic": "order.created", "order": order(1)}, "--source", "shop")
    assert (answer["decision"], answer["reason"]) == ("skip", "do_not_call")


def test_a_call_waits_for_its_best_hour_and_says_which(tried: Any, shop: Stage, store: Store) -> None:
    shop.apply({**RULE, "hour": "best"})
    with store.write() as conn:
        keep_learned(conn, Learned({("Huế", "morning"): {10: (400, 200), 18: (400, 320)}}))
    waits, rings = (
        tried(
            "confirm", {"topic": "order.created", "order": order(n, **HUE)}, "--source", "shop", "--at", NOW.isoformat()
        )
        for n in (MOVED, HELD)
    )
    hours = [datetime.fromisoformat(one["not_before"]).astimezone(UTC).hour for one in (waits, rings)]
    assert hours == [11, 3]
    assert "80% nghe máy" in waits["sentence"] and "80% do" in waits["sentence_en"]
    assert "%" not in rings["sentence"]


@pytest.mark.parametrize(
    ("then", "shops", "decision", "reason"),
    [
        (None, ["shop"], "call", "wanted"),
        ("taken", ["shop"], "skip", "order_delivered"),
        ("missed", ["shop"], "skip", "parcel_moved_on"),
        (None, ["shop", "other"], "skip", "parcel_ambiguous"),
        (None, ["other"], "skip", "parcel_unjoined"),
    ],
)
def test_a_carriers_status_counts_as_long_as_none_is_newer(
    cli: Cli, store: Store, vbot: FakeVBot, then: str | None, shops: list[str], decision: str, reason: str
) -> None:
    sources = [*SHOPS, {**VTP, "settings": {"orders_of": shops}}]
    stage = Stage(store, vbot, {**RULE, "rule": "today", "on": ["delivery.out"]}, sources=sources)
    for source in ("shop", "other") if len(shops) > 1 else ("shop",):
        ordered(stage, source=source)
    is_out = told(stage, "out", later(60))
    if then is not None:
        told(stage, then, later(120))
    stage.decide(later(120))
    answer = json.loads(cli("try", "today", "--delivery", is_out).stdout)
    assert (answer["decision"], answer["reason"]) == (decision, reason)


WORDS = "Xin chào, đơn của quý khách trị giá {total}. Bấm 1 để xác nhận."
SPOKEN: dict[str, Any] = {**RULE, "datas": {"total": {"from": "order.total", "format": "vnd_words"}}}


@pytest.fixture
def heard(shop: Stage, tried_file: Callable[..., Any]) -> Callable[..., Any]:
    """What is heard of an order under a rule, with the text and the rate of a configuration."""

    def run(*words: str, **extra: Any) -> Any:
        shop.apply(SPOKEN, **extra)
        return tried_file(*words)["spoken"]

    return run


@pytest.fixture
def tried_file(cli: Cli, tmp_path: Path) -> Callable[..., Any]:
    def run(*words: str) -> Any:
        (tmp_path / "delivery").write_text(json.dumps({"topic": "order.created", "order": order(1)}), encoding="utf-8")
        return json.loads(cli("try", "confirm", tmp_path / "delivery", "--source", "shop", *words).stdout)

    return run


def test_spoken_is_the_text_of_the_configuration_with_the_variables_put_in(heard: Callable[..., Any]) -> None:
    spoken = heard("--spoken", templates={"CONFIRM": WORDS}, reports={"rate": {"price": 600, "per": "1m"}})
    assert spoken == {
        "text": WORDS.replace("{total}", "bốn trăm chín mươi lăm nghìn đồng"),
        "source": "configuration",
        "syllables": 20,
        "seconds": 6.2,
        "cost": 600,
        "flaws": [],
    }
    assert heard("--spoken", "--speed", "2", templates={"CONFIRM": WORDS})["seconds"] == 11.2


def test_spoken_without_a_text_is_the_variables_alone_and_without_a_rate_has_no_cost(heard: Callable[..., Any]) -> None:
    spoken = heard("--spoken")
    assert (spoken["text"], spoken["source"], spoken["cost"]) == (
        "bốn trăm chín mươi lăm nghìn đồng",
        "variables",
        None,
    )


def test_spoken_names_what_would_jar_in_both_languages(heard: Callable[..., Any]) -> None:
    spoken = heard("--spoken", "--longest", "2", templates={"CONFIRM": WORDS.replace("{total}", "{total} đồng {gone}")})
    assert [flaw["code"] for flaw in spoken["flaws"]] == ["heard_empty", "heard_doubled_dong", "heard_too_long"]
    assert spoken["flaws"][0]["sentence"] == "Biến “gone” trống: người nghe sẽ nghe thấy một khoảng lặng."
    assert spoken["flaws"][0]["sentence_en"] == "The variable “gone” is empty: the listener hears a gap."


def test_a_wav_needs_a_voice_on_this_machine(shop: Stage, cli: Cli, tmp_path: Path) -> None:
    shop.apply(SPOKEN)
    delivery, sound, tools = tmp_path / "delivery", tmp_path / "out.wav", tmp_path / "tools"
    delivery.write_text(json.dumps({"topic": "order.created", "order": order(1)}), encoding="utf-8")
    words = ("try", "confirm", delivery, "--source", "shop", "--wav", sound)
    tools.mkdir()
    missing = cli(*words, PATH=str(tools))
    assert (missing.returncode, "apt install espeak-ng" in missing.stderr) == (1, True)
    voice = shutil.which("espeak-ng")
    if voice is None and os.environ.get("CI") != "true":
        pytest.skip("espeak-ng is not on this machine")  # .ci/packages names it
    assert voice
    done = cli(*words, PATH=f"{Path(voice).parent}:/usr/bin:/bin")
    assert (done.returncode, done.stderr) == (0, "")
    with wave.open(str(sound)) as heard:
        seconds = heard.getnframes() / heard.getframerate()
    # Nine syllables.
    assert 1 < seconds < 10
