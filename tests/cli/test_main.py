from __future__ import annotations

import importlib
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bridge import __version__
from bridge.cli.main import main
from bridge.cli.shared import database, registry
from bridge.cli.shared.command import Command
from bridge.store import Store, open_store
from tests.contract import COMMANDS

NAMES = [entry.name for entry in registry.list_entries()]

ROOT = Path(__file__).parents[2]
PLAIN = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    def run(*words: str) -> str:
        monkeypatch.setattr(sys, "argv", ["bridge", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        assert (ended.value.code, err) == (0, "")
        return out

    return run


def test_help_lists_every_command_and_no_promised_one_is_lost(said: Callable[..., str]) -> None:
    listed = said("--help").partition("Commands:")[2].splitlines()
    names = [line.split()[0] for line in listed if line.startswith("  ") and line[2] != " "]
    assert sorted(names) == sorted(NAMES)
    assert set(COMMANDS) - set(names) == set()


def test_each_command_stands_in_a_file_of_its_name_with_what_the_list_shows_of_it() -> None:
    for entry in registry.list_entries():
        found = registry.load(entry.name)
        assert isinstance(found, Command)
        assert (found.name, found.texts) == (entry.name, entry.help)
        assert all(found.texts) and found.texts[0] != found.texts[1]


@pytest.mark.parametrize("words", ["calls", "check shops.yaml", "doctor", "sample generic"])
def test_a_command_closes_the_database_that_it_opened(
    words: str, migrated_sqlite: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stores: list[Store] = []

    def opened(*given: Any, **named: Any) -> Store:
        stores.append(open_store(*given, **named))
        return stores[-1]

    shutil.copy(migrated_sqlite, tmp_path / "bridge.db")
    rule = '{rule: a, template: A, on: [order.created], datas: {gift: "{{ raw.gift }}"}}'  # stored orders are looked at
    (tmp_path / "shops.yaml").write_text(f"sources: [{{id: a, platform: generic, secrets: ['…']}}]\nrules: [{rule}]\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BRIDGE_SECRET_KEY", "k" * 32)
    monkeypatch.setattr(database, "open_store", opened)
    monkeypatch.setattr(sys, "argv", ["bridge", *words.split()])
    with pytest.raises(SystemExit):
        main()
    assert [store.is_closed for store in stores] == [True]


def test_a_command_imports_no_other_command() -> None:
    for path in registry.FOLDER.glob("*.py"):
        if path.stem in registry.NO_COMMANDS:
            continue
        text = path.read_text(encoding="utf-8")
        imported = set(re.findall(r"bridge\.cli(?: import |\.)(\w+)", text)) - {"shared"}
        assert imported == ({"migrate", "worker"} if path.stem == "run" else set()), path.name


@pytest.mark.parametrize("word", ["__init__", "main", "shared", "try_", "../cli/calls", "lost"])
def test_a_word_that_names_no_command_loads_nothing(word: str) -> None:
    assert registry.load(word) is None


def test_the_version_is_that_of_the_code(said: Callable[..., str]) -> None:
    assert said("--version") == f"VBot Bridge {__version__}\n"


def test_the_installed_command_is_this_one_under_its_own_name(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    module, _, function = project["scripts"]["bridge"].partition(":")
    monkeypatch.setattr(sys, "argv", ["/somewhere/.venv/bin/bridge", "calls", "--help"])
    with pytest.raises(SystemExit) as ended:
        getattr(importlib.import_module(module), function)()
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith("Usage: bridge calls [OPTIONS]")


@pytest.mark.parametrize("command", NAMES)
def test_every_command_has_help_that_says_what_it_does(said: Callable[..., str], command: str) -> None:
    usage, what = said(command, "--help").split("\n\n")[:2]
    assert usage.startswith(f"Usage: python -m bridge {command}")
    assert what.strip()


@pytest.mark.parametrize(
    ("words", "code"), [("--help", 0), ("calls --state lost", 2), ("lost", 2), ("", 2), ("calls", 1)]
)
def test_the_module_itself_ends_with_the_commands_exit_code(words: str, code: int) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bridge", *words.split()],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code
    if words and code:
        assert done.stderr.startswith("error: ") and done.stderr.count("\n") == 1


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_gets_what_completes_the_command_bridge(shell: str) -> None:
    program = "from bridge.cli.main import console; console()"
    done = subprocess.run(
        [sys.executable, "-c", program, "completion", shell], capture_output=True, text=True, check=True, env=PLAIN
    )
    assert "_BRIDGE_COMPLETE" in done.stdout and f"{shell}_complete" in done.stdout


@pytest.mark.parametrize(
    ("words", "word", "found"),
    [
        ("bridge exp", 1, ["explain", "export"]),
        ("bridge calls --sh", 2, ["--show-phones"]),
        ("bridge dnc l", 2, ["list"]),
    ],
)
def test_names_of_commands_and_options_are_completed(words: str, word: int, found: list[str]) -> None:
    asked = {"_BRIDGE_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(word)}
    done = subprocess.run(
        [sys.executable, "-c", "from bridge.cli.main import console; console()"],
        capture_output=True,
        text=True,
        check=True,
        env={**PLAIN, **asked},
    )
    assert [line.partition(",")[2] for line in done.stdout.splitlines()] == found
