"""A key that opens nothing is refused before it seals anything: a slip in a second terminal costs nobody an order."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bridge.store import Store, make_seal
from bridge.store.db.encryption import fingerprint
from bridge.store.db.tables import sources, state
from bridge.store.notify.receivers import find_receiver
from tests.cli.conftest import Cli
from tests.stage import SECRET, Stage

KEY, OTHER = "k" * 32, "n" * 32
HOOK = "whsec_" + "bmV3LXNlY3JldC1vZi10aGUtY3JtLXdlYmhvb2s="
BOTH = pytest.mark.parametrize("migrated_url", ["sqlite", "postgres"], indirect=True)


def shops(*names: str) -> str:
    return json.dumps({"sources": [{"id": name, "platform": "generic", "secrets": ["${SHOP}"]} for name in names]})


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def run(*names: str) -> Path:
        path = tmp_path / "shops.json"
        path.write_text(shops(*names))
        return path

    return run


def sealed(store: Store) -> dict[str, str]:
    with store.read() as conn:
        return {row.id: row.sealed for row in conn.execute(select(sources))}


@BOTH
def test_another_key_is_refused_by_what_would_seal_or_start_and_both_keys_are_named(
    cli: Cli, write: Any, store: Store, error: Any
) -> None:
    path = write("lan", "minh")
    assert cli("apply", path, SHOP=SECRET).returncode == 0
    before = sealed(store)
    for command in (("apply", path), ("apply", path, "--plan"), ("migrate",), ("worker",)):
        line = error(1, *command, SHOP=SECRET, BRIDGE_SECRET_KEY=OTHER)
        assert "BRIDGE_SECRET_KEY opens none" in line and "source lan, source minh" in line
        assert fingerprint(KEY) in line and fingerprint(OTHER) in line and "--new-key" in line
        assert KEY not in line and OTHER not in line
    assert sealed(store) == before
    assert cli("apply", path, SHOP=SECRET, BRIDGE_SECRET_KEY=f"{OTHER},{KEY}").returncode == 0


def test_the_refusal_is_in_vietnamese_too(cli: Cli, write: Any, error: Any) -> None:
    cli("apply", write("lan"), SHOP=SECRET)
    line = error(1, "--lang", "vi", "migrate", BRIDGE_SECRET_KEY=OTHER)
    assert "không mở được khóa bí mật đã lưu" in line and fingerprint(KEY) in line


def test_a_database_from_before_fingerprints_is_refused_too(cli: Cli, write: Any, store: Store, error: Any) -> None:
    cli("apply", write("lan"), SHOP=SECRET)
    with store.write() as conn:
        conn.execute(state.delete().where(state.c.key == "sealed_with"))
    line = error(1, "apply", write("lan"), SHOP=SECRET, BRIDGE_SECRET_KEY=OTHER)
    assert fingerprint(OTHER) in line and fingerprint(KEY) not in line


@BOTH
def test_new_key_gives_every_secret_anew(cli: Cli, write: Any, store: Store, error: Any) -> None:
    cli("apply", write("lan", "minh"), SHOP=SECRET)
    new = {"SHOP": SECRET, "BRIDGE_SECRET_KEY": OTHER}
    assert "do not name source minh" in error(1, "apply", "--new-key", write("lan"), **new)
    assert cli("apply", "--new-key", write("lan", "minh"), **new).returncode == 0
    seal = make_seal((OTHER,))
    assert {name: seal.open(text, name)["secrets"] for name, text in sealed(store).items()} == {
        "lan": [SECRET],
        "minh": [SECRET],
    }
    for command in (("migrate",), ("sources",), ("apply", write("lan", "minh"))):
        assert cli(*command, **new).returncode == 0
    assert fingerprint(OTHER) in error(1, "migrate")


def test_new_key_with_prune_removes_what_it_cannot_open(cli: Cli, write: Any) -> None:
    cli("apply", write("lan", "minh"), SHOP=SECRET)
    new = {"SHOP": SECRET, "BRIDGE_SECRET_KEY": OTHER}
    assert cli("apply", "--new-key", "--prune", "--yes", write("lan"), **new).returncode == 0
    assert cli("migrate", **new).returncode == 0


def test_a_fresh_database_takes_any_key_and_remembers_it_once_something_is_sealed(cli: Cli, error: Any) -> None:
    assert cli("migrate").returncode == 0
    assert cli("migrate", BRIDGE_SECRET_KEY=OTHER).returncode == 0


def test_one_lost_secret_is_named_and_the_others_go_on(stage: Stage, cli: Cli, error: Any) -> None:
    with stage.store.write() as conn:
        lost = make_seal((OTHER,)).close({"secrets": [SECRET], "settings": {}})
        conn.execute(sources.update().where(sources.c.id == "other").values(sealed=lost))
    line = error(1, "migrate")
    assert "source other" in line and "source shop" not in line


@BOTH
def test_doctor_names_the_key_and_the_one_that_is_missing(cli: Cli, stage: Stage) -> None:
    cli("migrate")
    assert f"BRIDGE_SECRET_KEY ({fingerprint(KEY)}) opens all" in cli("doctor").stdout
    said = cli("doctor", BRIDGE_SECRET_KEY=OTHER).stdout
    assert "bad   secrets: BRIDGE_SECRET_KEY opens none" in said
    assert fingerprint(KEY) in said and fingerprint(OTHER) in said


@BOTH
def test_a_webhooks_secret_follows_the_keys(cli: Cli, tmp_path: Path, store: Store, error: Any) -> None:
    path = tmp_path / "hooks.json"
    hook = {"name": "crm", "url": "https://crm.example.test", "secrets": [HOOK], "events": ["call.*"]}
    path.write_text(json.dumps({"webhooks": [hook]}))
    assert cli("apply", path).returncode == 0
    assert "webhook crm" in error(1, "migrate", BRIDGE_SECRET_KEY=OTHER)
    empty = tmp_path / "empty.json"
    empty.write_text('{"rules": []}')
    assert "do not name webhook crm" in error(1, "apply", "--new-key", empty, BRIDGE_SECRET_KEY=OTHER)
    assert cli("migrate", BRIDGE_SECRET_KEY=f"{OTHER},{KEY}").returncode == 0
    with store.read() as conn:
        found = find_receiver(conn, "webhook", "crm")
    assert found is not None and found.open(make_seal((OTHER,)))["secrets"] == [HOOK]
