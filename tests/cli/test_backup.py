from __future__ import annotations

from pathlib import Path
from typing import Any

from bridge.store.db.encryption import fingerprint
from tests.cli.conftest import Cli
from tests.stage import Stage

OTHER = "n" * 32


def test_a_backup_is_written_once_checked_and_restored_elsewhere(
    cli: Cli, send: Any, stage: Stage, listed: Any, error: Any, tmp_path: Path
) -> None:
    send()
    cli("migrate")
    file, elsewhere = tmp_path / "ledger.backup", f"sqlite:///{tmp_path / 'elsewhere.db'}"
    done = cli("backup", file)
    assert (done.returncode, done.stderr) == (0, "")
    assert fingerprint("k" * 32) in done.stdout
    assert file.stat().st_mode & 0o777 == 0o600
    assert "exists already" in error(2, "backup", file)
    assert "whole" in cli("restore", "--check", file, DATABASE_URL=elsewhere).stdout
    assert not (tmp_path / "elsewhere.db").exists()
    restored = cli("restore", file, DATABASE_URL=elsewhere)
    assert (restored.returncode, restored.stderr) == (0, "")
    assert "all calls are paused: 1 wait" in restored.stdout
    (call,) = listed("calls", DATABASE_URL=elsewhere)["items"]
    assert call["order_number"] == "DH-1"
    assert {act["what"] for act in listed("audit")["items"]} >= {"backup"}


def test_what_is_there_is_not_erased_unasked(cli: Cli, send: Any, stage: Stage, tmp_path: Path) -> None:
    file = tmp_path / "ledger.backup"
    cli("backup", file)
    send()
    refused = cli("restore", file)
    assert refused.returncode == 2 and "erases the 2 source(s), 1 deliveries and 1 calls" in refused.stderr
    assert cli("restore", file, typed="n\n").returncode == 1
    assert len(stage.calls()) == 1
    assert cli("restore", file, "--yes").returncode == 0
    assert stage.calls() == []


def test_another_key_is_a_warning_that_names_the_right_one(cli: Cli, stage: Stage, tmp_path: Path) -> None:
    file, elsewhere = tmp_path / "ledger.backup", f"sqlite:///{tmp_path / 'elsewhere.db'}"
    cli("migrate")
    cli("backup", file)
    done = cli("restore", file, DATABASE_URL=elsewhere, BRIDGE_SECRET_KEY=OTHER)
    assert done.returncode == 0
    assert fingerprint("k" * 32) in done.stderr and fingerprint(OTHER) in done.stderr
    assert fingerprint("k" * 32) in cli("worker", DATABASE_URL=elsewhere, BRIDGE_SECRET_KEY=OTHER).stderr


def test_a_file_that_is_none_is_one_line(error: Any, tmp_path: Path) -> None:
    (tmp_path / "text").write_text("hello")
    said = error(1, "restore", tmp_path / "text", "--yes")
    assert "is no backup of the bridge" in said


def test_a_place_that_cannot_be_written_is_one_line_and_leaves_nothing(
    error: Any, stage: Stage, tmp_path: Path
) -> None:
    assert "cannot be written" in error(1, "backup", tmp_path / "no-such-folder" / "ledger.backup")
    assert list(tmp_path.glob("*.part")) == []
