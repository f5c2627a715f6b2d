"""audit: who did what, when and why, of every act."""

from __future__ import annotations

import os
import pwd
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Cli
from tests.stage import Stage

ON_BOTH = pytest.mark.parametrize("migrated_url", ["sqlite", "postgres"], indirect=True)
PHONE = "0900000001"
USER = pwd.getpwuid(os.getuid()).pw_name


@pytest.fixture
def audited(listed: Any) -> Any:
    """Each act as (what, on, reason), oldest first; each by this user."""

    def run() -> list[tuple[str, str, str]]:
        items = listed("audit")["items"]
        assert all(set(item) == {"at", "who", "what", "on", "reason"} and item["who"] == USER for item in items)
        return [(item["what"], item["on"], item["reason"]) for item in reversed(items)]

    return run


@ON_BOTH
def test_every_act_is_listed_with_who_did_it_to_what_and_why(
    stage: Stage, send: Any, cli: Cli, audited: Any, now: datetime, tmp_path: Path
) -> None:
    stage.vbot.template("HELLO", {"cfkey": "code"})
    send()
    stage.send_body(b"{", now)
    stage.decide(now)
    broken = next(item["id"] for item in stage.deliveries() if item["state"] == "failed")
    people, more = tmp_path / "list.csv", tmp_path / "more.yaml"
    people.write_text("phone,code\n0912345671,A1\n", encoding="utf-8")
    more.write_text("rules: [{rule: more, template: CONFIRM, on: [order.paid]}]\n", encoding="utf-8")
    for words in (
        ("pause", "--reason", "wrong script"),
        ("resume", "--rule", "confirm"),
        ("resume", "--reason", "mended"),
        ("cancel", "DH-1", "--reason", "the customer asked"),
        ("dnc", "add", PHONE, "--reason", "asked"),
        ("deliveries", "--ack", broken, "--reason", "a test"),
        ("replay", "1"),
        ("replay", "--since", "1h", "--dry-run"),
        ("replay", "--since", "1h", "--yes"),
        ("call", "--phone", "0912345670", "--template", "HELLO", "--set", "code=A", "--window", "always"),
        ("batch", people, "--template", "HELLO", "--window", "always", "--yes"),
        ("apply", more),
        ("fields", "HELLO", "--forget"),
        ("forget", PHONE, "--yes"),
    ):
        cli(*words)
    assert audited() == [
        ("pause", "all", "wrong script"),
        ("resume", "all", "mended"),
        ("cancel", "call:1", "the customer asked"),
        ("dnc add", "dnc", "asked"),
        ("acknowledge", f"delivery:{broken}", "a test"),
        ("replay", "delivery:1", ""),
        ("replay", "deliveries: 2, since 1h", ""),
        ("call", "call:2", ""),
        ("batch", "batch:list.csv", "1 number(s), template HELLO"),
        ("apply", "rule more", "more.yaml"),
        ("fields forget", "template:HELLO", ""),
        ("forget", "person", "1 order(s), 1 delivery(ies), 1 call(s)"),
    ]


def test_whole_phones_are_shown_to_nobody_unrecorded(send: Any, cli: Cli, audited: Any) -> None:
    send()
    for words in (("calls",), ("explain", "DH-1"), ("dnc", "list")):
        cli(*words)
        assert cli(*words, "--show-phones").returncode == 0
    assert audited() == [
        ("show phones", "calls", ""),
        ("show phones", "order:shop:id-1", ""),
        ("show phones", "dnc", ""),
    ]


def test_the_audit_is_read_by_pages_by_person_and_by_time(cli: Cli, listed: Any) -> None:
    for n in range(3):
        cli("pause", "--reason", f"no {n}")
    first = listed("audit", "--limit", 2)
    assert [item["reason"] for item in first["items"]] == ["no 2", "no 1"]
    second = listed("audit", "--limit", 2, "--cursor", first["next"])
    assert ([item["reason"] for item in second["items"]], second["next"]) == (["no 0"], None)
    assert listed("audit", "--who", "somebody") == {"items": [], "next": None}
    assert len(listed("audit", "--who", USER, "--since", "1h")["items"]) == 3
    table = cli("audit", "--lang", "vi").stdout
    assert "lý do" in table and "no 2" in table and USER in table


@pytest.mark.parametrize(
    ("language", "says"), [("vi", f"{USER} đã hủy cuộc gọi: khách nhắn tin"), ("en", f"{USER} cancelled the call: ")]
)
def test_a_story_shows_what_a_person_did_and_why(send: Any, cli: Cli, language: str, says: str) -> None:
    send()
    cli("cancel", "DH-1", "--reason", "khách nhắn tin")
    told = cli("explain", "DH-1", "--lang", language).stdout
    assert says in told and "khách nhắn tin" in told


def test_a_reason_that_holds_a_number_is_erased_with_its_person(send: Any, cli: Cli, audited: Any) -> None:
    send()
    cli("cancel", "DH-1", "--reason", f"{PHONE} asked")
    cli("forget", PHONE, "--yes")
    assert all(PHONE not in reason for _, _, reason in audited())
