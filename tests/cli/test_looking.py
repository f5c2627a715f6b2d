"""What is stored can be seen: one delivery, one call, all of one phone."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Cli
from tests.stage import SECRET, Stage

ON_BOTH = pytest.mark.parametrize("migrated_url", ["sqlite", "postgres"], indirect=True)
PHONE, MASKED, NAME = "0900000001", "09••••••01", "Trần Thử Nghiệm"


@pytest.fixture
def by_hand(stage: Stage, cli: Cli) -> int:
    """The id of a call by hand to PHONE."""
    stage.vbot.template("HELLO", {"cfkey": "code"})
    words = ("--template", "HELLO", "--set", "code=A", "--window", "always", "--json")
    made = cli("call", "--phone", PHONE, *words)
    return int(json.loads(made.stdout)["id"])


@ON_BOTH
def test_a_stored_delivery_is_shown_as_it_came_with_what_was_decided(send: Any, cli: Cli) -> None:
    send()
    shown = cli("deliveries", "--show", 1)
    assert (shown.returncode, shown.stderr) == (0, "")
    head, _, request = shown.stdout.partition("\n\n")
    assert head.startswith("Delivery 1 of shop (generic): ") and "[confirm] The customer will be called" in head
    assert request.startswith("POST /hooks/shop\n") and NAME in request and "DH-1" in request
    assert "webhook-signature: …" in request.lower() and SECRET not in shown.stdout
    assert PHONE not in shown.stdout and MASKED in shown.stdout
    assert PHONE in cli("deliveries", "--show", 1, "--show-phones").stdout
    assert cli("deliveries", "--show", 1, "--lang", "vi").stdout.startswith("Tin 1 của shop")


def test_a_stored_delivery_is_one_json_document(send: Any, listed: Any) -> None:
    send()
    shown = listed("deliveries", "--show", 1)
    assert (shown["id"], shown["decisions"][0]["rule"], shown["acts"]) == (1, "confirm", [])
    request = shown["request"]
    assert (request["method"], request["path"]) == ("POST", "/hooks/shop")
    assert request["body"]["order"]["phone"] == MASKED and request["body"]["order"]["id"] == "id-1"


def test_a_body_that_is_no_json_is_shown_as_text_with_its_numbers_masked(stage: Stage, cli: Cli, now: datetime) -> None:
    stage.send_body(f"phone={PHONE}&order=5123456789012&\x1b[31m".encode(), now)
    shown = cli("deliveries", "--show", 1).stdout
    assert f"phone={MASKED}&order=5123456789012&" in shown and "\x1b" not in shown


@ON_BOTH
def test_raw_is_byte_for_byte_what_try_reads_and_the_audit_records_it(
    stage: Stage, send: Any, cli: Cli, listed: Any, tmp_path: Path, now: datetime
) -> None:
    send()
    raw = cli("deliveries", "--show", 1, "--raw").stdout
    head, _, body = raw.partition("\r\n\r\n") if "\r\n\r\n" in raw else raw.partition("\n\n")
    assert head.startswith("POST /hooks/shop HTTP/1.1") and json.loads(body)["order"]["phone"] == PHONE
    file = tmp_path / "delivery.http"
    file.write_text(raw, encoding="utf-8", newline="")
    tried = json.loads(cli("try", "confirm", file).stdout)
    assert (tried["decision"], tried["phone"], tried["signature"]) == ("call", PHONE, "verifies")
    (act,) = listed("audit")["items"]
    assert (act["what"], act["on"]) == ("show raw", "delivery:1")
    assert "read its bytes" in cli("explain", "DH-1", "--lang", "en").stdout


def test_a_stored_delivery_is_tried_without_a_file(send: Any, cli: Cli, error: Any) -> None:
    send()
    tried = json.loads(cli("try", "confirm", "--delivery", 1).stdout)
    assert (tried["decision"], tried["phone"]) == ("call", PHONE)
    assert tried["signature"] == "verified when it was received"
    assert "no delivery has the id 7" in error(1, "try", "confirm", "--delivery", 7)
    assert "write a file, or --delivery ID" in error(2, "try", "confirm")
    assert "write a file, or --delivery ID" in error(2, "try", "confirm", "--delivery", 1, "--topic", "x")


def test_what_was_erased_is_not_shown(send: Any, cli: Cli, error: Any) -> None:
    send()
    cli("forget", PHONE, "--yes")
    for words in (
        ("deliveries", "--show", 1),
        ("deliveries", "--show", 1, "--raw"),
        ("try", "confirm", "--delivery", 1),
    ):
        assert "erased" in error(1, *words)


@pytest.mark.parametrize(
    "words",
    ["--raw", "--show-phones", "--show 1 --ack 1 --reason x", "--show 1 --raw --json", "--show 0", "--show x"],
)
def test_options_that_do_not_go_together_are_refused(wrong: Any, words: str) -> None:
    wrong("deliveries", *words.split())


def test_a_delivery_that_is_not_there_is_one_line(error: Any) -> None:
    assert "no delivery has the id 7" in error(1, "deliveries", "--show", 7)


@ON_BOTH
def test_calls_and_deliveries_are_found_by_the_phone_in_any_spelling(
    stage: Stage, send: Any, cli: Cli, listed: Any, by_hand: int, now: datetime
) -> None:
    send(1)
    send(2)
    send(1, topic="order.cancelled")
    stage.send_body(f"not an order, but {PHONE}".encode(), now)
    for written in (PHONE, "+84 900 000 001", "0900.000.001"):
        assert {call["id"] for call in listed("calls", "--phone", written)["items"]} == {by_hand, 2}
        assert [one["id"] for one in listed("deliveries", "--phone", written)["items"]] == [4, 3, 1]
    assert listed("calls", "--phone", "0912000000")["items"] == []
    assert listed("deliveries", "--phone", PHONE, "--limit", 2)["next"] == "3"
    assert json.loads(cli("calls", "--phone", "-", "--json", stdin=f"{PHONE}\n").stdout)["items"]
    assert PHONE not in cli("calls", "--phone", PHONE).stdout


def test_lists_are_filtered_by_rule_and_result(stage: Stage, send: Any, listed: Any, by_hand: int) -> None:
    send()
    assert [call["id"] for call in listed("calls", "--rule", "manual")["items"]] == [by_hand]
    assert [one["id"] for one in listed("deliveries", "--rule", "confirm")["items"]] == [1]
    for name in ("calls", "deliveries"):
        assert listed(name, "--result", "confirmed")["items"] == listed(name, "--result", "unreachable")["items"] == []
    assert listed("deliveries", "--rule", "lost")["items"] == []


@pytest.mark.parametrize("name", ["calls", "deliveries"])
def test_a_word_that_is_no_result_is_refused_with_those_there_are(error: Any, name: str) -> None:
    line = error(2, name, "--result", "confirmd")
    assert "--result" in line
    assert "'confirmed', 'declined'" in line
    assert "no batch is called" in error(1, name, "--batch", "april")


@ON_BOTH
def test_a_call_is_explained_by_its_id(send: Any, cli: Cli, listed: Any, by_hand: int, error: Any) -> None:
    send()
    (of_order,) = listed("explain", "call:2")["items"]
    assert (of_order["order_id"], of_order["calls"][0]["id"]) == ("id-1", 2)
    (alone,) = listed("explain", f"call:{by_hand}")["items"]
    assert (alone["order_id"], alone["deliveries"], alone["calls"][0]["id"]) == (None, [], by_hand)
    assert [act["what"] for act in alone["acts"]] == ["call"]
    told = cli("explain", f"call:{by_hand}", "--lang", "en").stdout
    assert told.startswith("A call by hand") and f"call #{by_hand} [manual]" in told and "asked for this call" in told
    assert listed("explain", "order:DH-1")["items"][0]["order_id"] == "id-1"
    assert "no call has the id 99" in error(1, "explain", "call:99", "--lang", "en")
    assert "no call has the id x" in error(1, "explain", "call:x", "--lang", "en")


@ON_BOTH
def test_all_of_one_phone_is_explained(send: Any, cli: Cli, listed: Any, by_hand: int, error: Any) -> None:
    send(1)
    send(2, phone=PHONE)
    send(3)
    items = listed("explain", "--phone", "+84900000001")["items"]
    assert [item["order_id"] for item in items] == ["id-1", "id-2", None]
    assert items[2]["calls"][0]["id"] == by_hand
    told = cli("explain", "--phone", PHONE).stdout
    assert told.count("\n\n") == 2 and PHONE not in told
    assert "no order and no call is of this number" in error(1, "explain", "--phone", "0912000000", "--lang", "en")
    assert "#" in error(2, "explain") and "error" in error(2, "explain", "DH-1", "--phone", PHONE)
