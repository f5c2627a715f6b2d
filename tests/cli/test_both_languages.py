"""Every command in both languages: nothing that it says is only in the other one."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from bridge.cli.main import bridge
from bridge.cli.shared.registry import list_entries
from tests.cli.conftest import Cli
from tests.stage import SECRET, Stage

PHONE = "0900000001"
# Words without which no English sentence is one; what a rule, a name of VBot's or a command says is none.
ENGLISH = re.compile(r"\b(the|is|are|was|were|of|to|and|not|no|this|that|it|its|for|with|from|by|on|at)\b")
VIETNAMESE = re.compile("[àáảãạăằắẳẵặâầấẩẫậèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵđ]", re.IGNORECASE)
# What a file's or VBot's own text says is quoted as it is.
QUOTED = ("is not JSON (line 1, column 2)", "is not known")
CODE = re.compile(r"“[^”]*”|python -m bridge [\w -]*|\S*[/.=]\S*|--?\w[\w-]*|\[[^\]]*\]|\w+_\w+")

# What only starts something, or serves: their words are their help's.
SILENT = {"run", "worker", "demo", "completion", "init", "backup", "restore", "rules", "migrate"}
LOOKS = [
    "balance",
    "calls",
    "calls --batch list.csv",
    "deliveries",
    "deliveries --show 1",
    "deliveries --show 3",
    "explain DH-1",
    "explain DH-2",
    "explain call:2",
    f"explain --phone {PHONE}",
    "explain DH-99",
    "explain call:99",
    "sources",
    "batches",
    "report --by rule",
    "report --html report.html",
    "audit",
    "webhooks list",
    "webhooks test crm",
    "notify list",
    "users list",
    "notify test nobody",
    "dnc list",
    "tokens add one --scope read --scope metrics",
    "tokens list",
    "tokens revoke one",
    "tokens add Two --scope read",
    "tokens add two --scope read --expires 0",
    "doctor",
    "fields HELLO",
    "fields LOST",
    "vbot hotlines",
    "vbot templates",
    "vbot branches HELLO",
    "vbot balance",
    "vbot records --phone 0900000001",
    "vbot records",
    "platforms",
    "sample shopify",
    "sample woocommerce",
    "sample result",
    "sample lost",
    "sample tiki",
    "try lost nothing.json",
    "try confirm nothing.json",
    "try confirm",
    "try confirm --delivery 99",
    "try confirm --delivery 3",
    "check nothing.yaml",
    "check {more}",
    "apply nothing.yaml",
    "apply",
    "apply --release",
    "apply --plan {more}",
    "apply {more}",
    "apply --prune {none}",
    "apply --prune --yes {none}",
    "export",
    "replay",
    "replay 99",
    "replay 1",
    "replay 3",
    "replay --since 1h",
    "replay --since yesterday",
    "tell 99 --reason x",
    "tell DH-1 --reason x",
    "tell call:1 --reason x",
    "resolve 99 --rang --reason x",
    "resolve 2 --rang --reason x",
    "resolve --all --since 1h --rang --reason x --yes",
    "resolve",
    "cancel DH-99 --reason x",
    "cancel DH-1 --reason x",
    "cancel --batch list.csv --reason x --yes",
    "cancel --batch lost --reason x",
    "cancel",
    "pause --reason x",
    "pause --rule lost",
    "resume",
    "resume --hotline lost",
    "dnc add 0900000009 --reason x",
    "dnc add 12",
    "dnc remove 0900000009",
    "dnc import nothing.csv",
    "call --phone 0900000001 --template HELLO --set code=A --window always",
    "call --phone 12 --template HELLO",
    "call --phone 0900000001 --template HELLO --window never",
    "batch {list} --template HELLO --window always --dry-run",
    "batch {list} --template HELLO --window always",
    "batch nothing.csv --template HELLO",
    "forget 0900000001",
    "forget 0900000001 --yes",
    # What click refuses.
    "lost",
    "calls --lost",
    "calls --state lost",
    "calls --limit 0",
    "calls --limit many",
    "calls more",
    "deliveries --show x",
    "deliveries --ack",
    "forget",
    "dnc",
    "dnc lost",
    "calls --lang fr",
]


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    named = {"more": "more.yaml", "none": "none.yaml", "list": "list.csv"}
    found = {name: tmp_path / file for name, file in named.items()}
    found["more"].write_text("rules: [{rule: more, template: HELLO, on: [order.paid]}]\n", encoding="utf-8")
    found["none"].write_text("rules: []\n", encoding="utf-8")
    found["list"].write_text("phone,code\n0912345671,A1\n", encoding="utf-8")
    return found


@pytest.fixture
def ledger(stage: Stage, send: Any, cli: Cli, now: datetime, files: dict[str, Path]) -> Stage:
    """An order that was called, one that its condition skipped, a delivery that cannot be read, a list, a pause."""
    stage.vbot.template("HELLO", {"cfkey": "code", "isRequired": False})
    rule = {"rule": "confirm", "template": "CONFIRM", "on": ["order.created"], "when": "order.total > 1000"}
    always = {"from": "00:00", "to": "24:00"}
    sources = [{"id": name, "platform": "generic", "secrets": [SECRET]} for name in ("shop", "other")]
    stage.apply({**rule, "window": always}, sources=sources)
    cli("batch", files["list"], "--template", "HELLO", "--window", "always", "--yes")
    send(1, note="x")
    stage.dial(now)
    send(2, total="5", note="x")
    stage.send_body(b"{", now)
    stage.decide(now)
    cli("pause", "--rule", "confirm", "--reason", "x")
    return stage


def spoken(text: str) -> str:
    """What is said, without what is code, a name, or JSON."""
    lines = [line for line in text.splitlines() if not re.match(r'\s*[\[\]{}"]', line) and not line.startswith("  -")]
    said = "\n".join(lines).replace("error:", "")
    for quoted in QUOTED:
        said = said.replace(quoted, "")
    return CODE.sub(" ", said)


def test_what_is_said_in_one_language_holds_no_sentence_of_the_other(
    ledger: Stage, cli: Cli, files: dict[str, Path]
) -> None:
    mixed = []
    for look in LOOKS:
        words = look.format(**files).split()
        for language in ("en", "vi"):
            done = cli(*words, BRIDGE_LANG=language, stdin="")
            text = unicodedata.normalize("NFC", spoken(done.stdout + done.stderr))
            other = (VIETNAMESE if language == "en" else ENGLISH).findall(text)
            if words[0] in ("export", "sample") and language == "vi":
                other = ENGLISH.findall(spoken(done.stderr))
            if words[0] == "platforms" and language == "en":
                other = []  # it names what stands in a shop's Vietnamese pages
            mixed += [f"{language} {look}: {sorted(set(other))} in {text.strip()}"] if other else []

    assert mixed == []


def test_every_command_is_among_them() -> None:
    walked = {look.split()[0] for look in LOOKS}
    assert {entry.name for entry in list_entries()} - walked - SILENT == set()
    assert bridge.name == "bridge"


def test_the_help_of_every_command_holds_no_word_of_the_other(cli: Cli) -> None:
    for entry in list_entries():
        vietnamese = cli(entry.name, "--help", "--lang", "vi").stdout
        english = cli(entry.name, "--help", "--lang", "en").stdout
        assert VIETNAMESE.findall(english) == [], entry.name
        assert ENGLISH.findall(spoken(vietnamese)) == [], (entry.name, vietnamese)
