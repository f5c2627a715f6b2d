"""A backup is the whole ledger at one moment; restored on either engine it is the same, and rings nobody by itself."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import inspect, text

from bridge.core.breaker import Breaker
from bridge.fake_vbot import FakeVBot
from bridge.place.checks import Checking
from bridge.place.dial import check_and_dial
from bridge.place.queue import admit
from bridge.settle.results import settle_stored
from bridge.store import Store, migrate, open_store
from bridge.store.db.migrate import head_revision, upgrade_to
from bridge.store.db.tables import state
from bridge.store.db.upsert import upsert
from bridge.store.operation.backup import BadBackup, check_backup, restore_backup, write_backup
from bridge.store.operation.workers import beat
from bridge.store.results import store_result
from tests import postgres
from tests.stage import NOW, Stage, later, order

DAY = {"rule": "confirm", "template": "CONFIRM", "on": ["order.created"], "cooldown": 0}
DAY |= {"window": {"from": "00:00", "to": "24:00"}, "datas": {"note": "{{ order.note }}", "total": "{{ order.total }}"}}


@pytest.fixture
def stage(store: Store, vbot: FakeVBot) -> Stage:
    """A ledger with a call in each state that a restore meets, odd texts, and raw bytes."""
    stage = Stage(store, vbot, DAY)
    for number in range(1, 6):
        stage.send("order.created", order(number, note="Nguyễn “Ví Dụ” 🐘 \\ \n tab\t"))
    stage.send_body(b'{"topic": "order.created", \xff\xfe')
    stage.decide()
    queued = admit(store, stage.catalogs, NOW, 3, stage.client.account_id)
    stage.advance(queued[0])
    told = {"externalCallId": vbot.calls[-1]["external_call_id"], "disposition": "ANSWER", "inputLog": "1"}
    with store.write() as conn:
        store_result(conn, json.dumps(told).encode(), later(1))
        catalog = stage.catalogs.read(conn)
        assert check_and_dial(conn, Checking(catalog, Breaker(), NOW), queued[1], "under-way") is not None
        beat(conn, "a-worker", NOW)
    settle_stored(store, stage.catalogs, stage.client.account_id, later(1))
    return stage


@pytest.fixture(params=["sqlite", "postgres"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A new database without a schema."""
    with contextlib.ExitStack() as stack:
        url = f"sqlite:///{tmp_path / 'target.db'}"
        if request.param == "postgres":
            url = stack.enter_context(postgres.database(request.getfixturevalue("postgres_server")))
        store = open_store(url)
        stack.callback(store.close)
        yield store


def backup_of(store: Store, path: Path) -> Path:
    with path.open("wb") as file:
        write_backup(store, file, NOW)
    return path


def rows(path: Path) -> list[Any]:
    return [document for document in map(json.loads, gzip.decompress(path.read_bytes()).splitlines()[1:-1])]


def test_it_comes_back_as_it_was_on_either_engine_and_nothing_rings(
    stage: Stage, target: Store, vbot: FakeVBot, tmp_path: Path
) -> None:
    first = backup_of(stage.store, tmp_path / "first")
    left = restore_backup(target, first, check_backup(first), NOW, who="test")
    assert (left.waiting, left.unsure) == (3, 1)
    second = rows(backup_of(target, tmp_path / "second"))
    changed = [row for row in second if row not in rows(first)]
    assert {row[0] for row in changed} == {"state", "calls", "attempts", "pauses", "actions"}
    moved = [(row[1]["state"], row[1]["reason"]) for row in changed if row[0] == "calls"]
    assert sorted(moved) == [("unsure", "lease_over"), ("waiting", None)]
    missing = [row for row in rows(first) if row not in second]
    assert {row[0] for row in missing} == {"state", "calls", "attempts"}
    restored = Stage.__new__(Stage)
    restored.__dict__ |= {**stage.__dict__, "store": target}
    before = len(vbot.calls)
    restored.dial(later(5))
    assert len(vbot.calls) == before


def test_new_rows_go_on_behind_the_restored_ones(stage: Stage, target: Store, tmp_path: Path) -> None:
    first = backup_of(stage.store, tmp_path / "first")
    restore_backup(target, first, check_backup(first), NOW, who="test")
    migrate(target)
    restored = Stage.__new__(Stage)
    restored.__dict__ |= {**stage.__dict__, "store": target}
    before = {call["id"] for call in restored.calls()}
    restored.send("order.created", order(77), later(2))
    restored.decide(later(2))
    (new,) = [call for call in restored.calls() if call["id"] not in before]
    assert new["id"] > max(before)


def test_a_running_process_sees_the_restored_configuration(stage: Stage, tmp_path: Path) -> None:
    """Its catalog has a number, which must not come again with other rules."""
    first = backup_of(stage.store, tmp_path / "first")
    stage.apply({**DAY, "rule": "other"})
    with stage.store.read() as conn:
        assert stage.catalogs.read(conn).rule("confirm") is None
    restore_backup(stage.store, first, check_backup(first), later(minutes=10), who="test")
    with stage.store.read() as conn:
        assert stage.catalogs.read(conn).rule("confirm") is not None


def test_while_a_worker_runs_nothing_is_restored(stage: Stage, tmp_path: Path) -> None:
    first = backup_of(stage.store, tmp_path / "first")
    with pytest.raises(BadBackup, match="a worker runs"):
        restore_backup(stage.store, first, check_backup(first), NOW, who="test")
    assert len(stage.calls()) == 5


@pytest.mark.parametrize("kind", ["cut", "cut inside", "one byte", "a row less", "text", "another gzip"])
def test_what_is_cut_changed_or_another_file_is_refused_before_anything_is_touched(
    stage: Stage, tmp_path: Path, kind: str
) -> None:
    path = backup_of(stage.store, tmp_path / "first")
    whole = path.read_bytes()
    lines = gzip.decompress(whole).splitlines(keepends=True)
    path.write_bytes(
        {
            "cut": whole[: len(whole) // 2],
            "cut inside": gzip.compress(b"".join(lines[:-1])),
            "one byte": gzip.compress(b"".join(lines).replace(b"0900000001", b"0900000009", 1)),
            "a row less": gzip.compress(b"".join(lines[:3] + lines[4:])),
            "text": b"not a backup",
            "another gzip": gzip.compress(b'{"a": 1}\n'),
        }[kind]
    )
    with pytest.raises(BadBackup):
        check_backup(path)


def test_a_backup_of_a_newer_release_is_refused(stage: Stage, target: Store, tmp_path: Path) -> None:
    path = backup_of(stage.store, tmp_path / "first")
    backup = check_backup(path)
    newer = type(backup)("9999", backup.made_at, backup.sealed_with, backup.rows)
    with pytest.raises(BadBackup, match="newer than this code"):
        restore_backup(target, path, newer, NOW, who="test")


def test_a_schema_that_another_release_made_is_not_written_in_part(stage: Stage, tmp_path: Path) -> None:
    """This code does not know its columns, and would leave them out."""
    with stage.store.write() as conn:
        conn.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        upsert(conn, state, {"key": "compatible_from"}, {"value": "0001"})
    try:
        with pytest.raises(BadBackup, match="of another release"):
            backup_of(stage.store, tmp_path / "first")
    finally:
        with stage.store.write() as conn:
            conn.execute(text("UPDATE alembic_version SET version_num = :head"), {"head": head_revision()})


@pytest.mark.parametrize("revision", ["0008", "0014"])
def test_a_backup_of_an_older_release_comes_back_in_an_empty_database(
    stage: Stage, target: Store, tmp_path: Path, revision: str
) -> None:
    older = as_of(revision, backup_of(stage.store, tmp_path / "today"), tmp_path)
    left = restore_backup(target, older, check_backup(older), NOW, who="test")
    assert (left.waiting, left.unsure) == (3, 1)
    restored = Stage.__new__(Stage)
    restored.__dict__ |= {**stage.__dict__, "store": target}
    assert [call["id"] for call in restored.calls()] == [call["id"] for call in stage.calls()]
    restored.send("order.created", order(77), later(2))
    restored.decide(later(2))
    assert len(restored.calls()) == len(stage.calls()) + 1


def as_of(revision: str, backup: Path, folder: Path) -> Path:
    """The same backup without the tables and columns that came after this revision."""
    scratch = open_store(f"sqlite:///{folder / 'scratch.db'}")
    with scratch.write() as conn:
        upgrade_to(conn, revision)
        seen = inspect(conn)
        columns = {name: {one["name"] for one in seen.get_columns(name)} for name in seen.get_table_names()}
    scratch.close()
    head, *_ = map(json.loads, gzip.decompress(backup.read_bytes()).splitlines()[:1])
    kept = [
        [name, {key: value for key, value in row.items() if key in columns[name]}]
        for name, row in rows(backup)
        if name in columns
    ]
    lines = [json.dumps(one).encode() + b"\n" for one in ({**head, "schema": revision}, *kept)]
    counted: dict[str, int] = {}
    for name, _ in kept:
        counted[name] = counted.get(name, 0) + 1
    end = {"end": {"rows": counted, "sha256": hashlib.sha256(b"".join(lines)).hexdigest()}}
    older = folder / "older"
    older.write_bytes(gzip.compress(b"".join(lines) + json.dumps(end).encode() + b"\n"))
    return older
