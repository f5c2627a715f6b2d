"""A command imports what it needs, when it needs it: modules are counted, for time depends on the machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pytest

HEAVY = ("flask", "werkzeug", "requests", "jsonschema", "liquid", "alembic", "procrastinate", "cryptography", "dotenv")
DRIVERS = ("psycopg",)
LOOKUPS = (
    ("explain", "DH-1"),
    ("explain", "call:1"),
    ("calls",),
    ("deliveries",),
    ("balance",),
    ("batches",),
    ("audit",),
    ("dnc", "list"),
    ("sources",),
    ("rules", "log"),
    ("report",),
    ("tokens", "list"),
    ("pause", "--reason", "a test"),
)


def modules(*words: str, **settings: str) -> set[str]:
    """What `python -m bridge` with these words imports."""
    environment = {"PATH": os.environ["PATH"], "BRIDGE_SECRET_KEY": "k" * 32, **settings}
    command = [sys.executable, "-X", "importtime", "-m", "bridge", *words]
    root = Path(__file__).parents[2]
    done = subprocess.run(
        command, cwd=root, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    lines = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    return {line.rpartition("|")[2].strip() for line in lines}


def heavy(found: Collection[str], names: Collection[str]) -> set[str]:
    return {name for name in found if any(name == one or name.startswith(f"{one}.") for one in names)}


@pytest.mark.parametrize("words", [("--help",), ("--version",), ("calls", "--help")])
def test_help_needs_neither_database_nor_web(words: tuple[str, ...]) -> None:
    found = modules(*words)
    assert "bridge.cli.main" in found
    assert heavy(found, [*HEAVY, *DRIVERS, "phonenumbers", "bridge.platforms"]) == set()
    assert words[0] == "calls" or heavy(found, ["sqlalchemy"]) == set()


@pytest.mark.parametrize("words", LOOKUPS, ids=" ".join)
def test_a_lookup_loads_no_rule_no_platform_and_no_client(
    words: tuple[str, ...], migrated_sqlite: Path, tmp_path: Path
) -> None:
    """The stop button must not keep anybody waiting either."""
    shutil.copy(migrated_sqlite, tmp_path / "bridge.db")
    found = modules(*words, DATABASE_URL=f"sqlite:///{tmp_path / 'bridge.db'}")
    assert "sqlalchemy" in found
    assert heavy(found, [*HEAVY, *DRIVERS, "phonenumbers"]) == set()
    assert {name for name in found if name.startswith("bridge.platforms.")} == set()


@pytest.mark.parametrize("words", [("explain", "DH-1"), ("calls",), ("deliveries",), ("balance",)], ids=" ".join)
def test_what_there_is_to_show_takes_no_more(words: tuple[str, ...], send: Any, migrated_url: str) -> None:
    send()
    found = modules(*words, DATABASE_URL=migrated_url)
    assert "bridge.core.reasons" in found
    assert heavy(found, [*HEAVY, *DRIVERS, "phonenumbers"]) == set()
    assert {name for name in found if name.startswith("bridge.platforms.")} == set()
