"""A command imports what it needs, when it needs it: modules are counted, for time depends on the machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Collection
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bridge.platforms import list_names
from bridge.store import make_seal, open_store
from bridge.store.configuration.documents import write_source

KEY = "k" * 32
HEAVY = ("flask", "werkzeug", "requests", "jsonschema", "liquid", "alembic", "procrastinate", "cryptography", "dotenv")
# By a look-up on SQLite: SQLAlchemy would take them along, or what few look-ups do.
UNUSED = ("asyncio", "ssl", "email", "zipfile", "importlib.resources", "difflib")
DRIVERS = ("psycopg", "sqlalchemy.dialects.postgresql")
SENDERS = ("requests", "urllib3", "bridge.shop_api")
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
    environment = {"PATH": os.environ["PATH"], "BRIDGE_SECRET_KEY": KEY, **settings}
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
    assert heavy(found, [*HEAVY, *DRIVERS, *UNUSED, "phonenumbers"]) == set()
    assert {name for name in found if name.startswith("bridge.platforms.")} == set()
    # To name a platform is not to know what one is; who reckons nothing need not know how long a text takes to say.
    assert "bridge.core.platform" not in found
    assert words[0] == "report" or "bridge.core.vietnamese.hearing" not in found


@pytest.mark.parametrize("words", [("sources",), ("sources", "--json"), ("export",), ("platforms",)], ids=" ".join)
def test_who_lists_shops_and_kinds_of_shops_reads_none_of_their_orders(
    words: tuple[str, ...], migrated_sqlite: Path, tmp_path: Path
) -> None:
    shutil.copy(migrated_sqlite, tmp_path / "bridge.db")
    url = f"sqlite:///{tmp_path / 'bridge.db'}"
    with closing(open_store(url)) as store, store.write() as conn:
        for number, name in enumerate(list_names()):
            source = {"id": f"shop-{number}", "platform": name, "secrets": ["…"]}
            write_source(conn, make_seal((KEY,)), source, ["a-secret-of-the-shop"], datetime.now(UTC))
    found = modules(*words, DATABASE_URL=url)
    assert ("bridge.platforms.saleor.reading" in found) == (words == ("platforms",))
    assert words == ("platforms",) or "bridge.core.platform" not in found
    assert (
        heavy(
            found, [*DRIVERS, *UNUSED[:2], "flask", "requests", "cryptography", "jsonschema", "liquid", "phonenumbers"]
        )
        == set()
    )


@pytest.mark.parametrize("words", [("doctor",), ("check", "shops.yaml")], ids=" ".join)
def test_who_compiles_rules_but_asks_nobody_loads_no_client_and_no_other_driver(
    words: tuple[str, ...], migrated_sqlite: Path, tmp_path: Path
) -> None:
    """Nor does a file that is well, and asks for nothing of a shop's own document, need the orders that are stored."""
    shutil.copy(migrated_sqlite, tmp_path / "bridge.db")
    rule = '{rule: a, template: A, on: [order.created], datas: {number: "{{ order.number }}"}}'
    source = "{id: a, platform: generic, secrets: [a-secret-of-the-shop]}"
    (tmp_path / "shops.yaml").write_text(f"sources: [{source}]\nrules: [{rule}]\n")
    named = [str(tmp_path / word) if word == "shops.yaml" else word for word in words]
    found = modules(*named, DATABASE_URL=f"sqlite:///{tmp_path / 'bridge.db'}")
    assert "bridge.rules.rule" in found
    assert ("sqlalchemy" in found) == (words == ("doctor",))
    assert heavy(found, [*DRIVERS, *SENDERS, "flask", "alembic", "jsonschema"]) == set()
    # Of the other kinds of shops only the names are looked at.
    assert heavy(found, ["bridge.platforms.shopify", "bridge.platforms.saleor"]) == set()


def test_what_a_command_imports_is_not_searched_for_garbage() -> None:
    """That took a fifth of a look-up's time. What it does afterwards is searched as ever."""
    program = (
        "import atexit, gc, sys\n"
        "from bridge.cli.main import main\n"
        "from bridge.cli.shared import registry\n"
        "count = lambda: sum(one['collections'] for one in gc.get_stats())\n"
        "load = registry.load\n"
        "def counted(name):\n"
        "    before = count()\n"
        "    found = load(name)\n"
        "    print('while loading', count() - before)\n"
        "    return found\n"
        "registry.load = counted\n"
        "atexit.register(lambda: print('enabled', gc.isenabled(), 'kept', gc.get_freeze_count() > 10_000))\n"
        "sys.argv = ['bridge', 'calls', '--help']\n"
        "main()\n"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True)
    assert "while loading 0\n" in done.stdout
    assert "enabled True kept True\n" in done.stdout


@pytest.mark.parametrize("words", [("explain", "DH-1"), ("calls",), ("deliveries",), ("balance",)], ids=" ".join)
def test_what_there_is_to_show_takes_no_more(words: tuple[str, ...], send: Any, migrated_url: str) -> None:
    send()
    found = modules(*words, DATABASE_URL=migrated_url)
    assert "bridge.core.reasons" in found
    assert heavy(found, [*HEAVY, *DRIVERS, "phonenumbers"]) == set()
    assert {name for name in found if name.startswith("bridge.platforms.")} == set()


def test_a_worker_beside_sqlite_needs_no_driver_of_postgres(tmp_path: Path) -> None:
    found = modules("worker", DATABASE_URL=f"sqlite:///{tmp_path / 'bridge.db'}")
    assert {"bridge.worker.loop", "bridge.engine.embedded"} <= found
    assert heavy(found, [*DRIVERS, "procrastinate"]) == set()
