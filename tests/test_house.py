"""What a stranger, a hosting platform and the next developer find around the code."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import bridge
from bridge import settings
from bridge.core.call_states import CallState

ROOT = Path(__file__).parents[1]
LOCKS = ["requirements.txt", "tests/requirements.txt"]

# Folders whose files are one list: a command, a platform, a revision, a page each.
LISTS_OF_EQUALS = {"bridge/cli", "bridge/platforms", "bridge/migrations/versions", "bridge/web/console/pages"}
# Where a word that is also a state of a call means something else: a shop's own words, an order, an attempt, a reason.
OTHER_WORDS = ("bridge/core/call_states.py", "bridge/core/model/", "bridge/core/reasons/")
OTHER_WORDS += ("bridge/platforms/", "bridge/migrations/", "bridge/core/words.py")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The build files alone, in a folder whose name has a space."""
    folder = tmp_path / "a shop"
    folder.mkdir()
    for name in ("Makefile", "requirements.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    return folder


def test_the_procfile_has_release_web_and_worker() -> None:
    assert _text("Procfile").splitlines() == [
        "release: python -m bridge migrate && python -m bridge apply --release",
        "web: gunicorn",
        "worker: python -m bridge worker",
    ]


def test_the_deploy_button_makes_the_secrets_a_database_and_both_processes() -> None:
    app = json.loads(_text("app.json"))
    generated = {name for name, entry in app["env"].items() if entry.get("generator") == "secret"}
    assert generated >= {"BRIDGE_SECRET_KEY", "API_TOKEN", "VBOT_WEBHOOK_AUTH"}
    assert not [name for name, entry in app["env"].items() if "generator" in entry and "value" in entry]
    assert set(app["env"]) <= settings.BY_NAME.keys()  # it promises only what is there
    assert app["success_url"] == "/readyz"
    assert {setting.name for setting in settings.SETTINGS if setting.needed} <= app["env"].keys()
    assert all(settings.BY_NAME[name].secret for name in generated & settings.BY_NAME.keys())
    assert all(entry["description"] for entry in app["env"].values())
    assert [addon["plan"].partition(":")[0] for addon in app["addons"]] == ["heroku-postgresql"]
    processes = {line.partition(":")[0] for line in _text("Procfile").splitlines()}
    assert set(app["formation"]) == processes - {"release"}


@pytest.mark.parametrize("lock", LOCKS)
def test_every_requirement_is_locked_with_hashes_and_names_no_host(lock: str) -> None:
    text = _text(lock)
    assert not re.search(r"://|--(index|extra-index|find-links|trusted-host)", text)
    for requirement in _requirements(lock):
        assert re.match(r"[A-Za-z0-9._-]+(\[[a-z,]+\])?==[^ ]+ ", requirement), requirement
        assert " --hash=sha256:" in requirement, requirement


def test_the_locks_hold_what_is_asked_for_and_agree() -> None:
    product, tools = (_versions(lock) for lock in LOCKS)
    assert _asked("requirements.in") <= set(product)
    assert _asked("tests/requirements.in") <= set(tools)
    assert product.items() <= tools.items()


def test_one_package_manager_and_one_python_version_are_named() -> None:
    others = ["uv.lock", "poetry.lock", "Pipfile", "Pipfile.lock", "runtime.txt", "setup.py"]
    assert [name for name in others if (ROOT / name).exists()] == []
    about = tomllib.loads(_text("pyproject.toml"))
    tools, oldest = about["tool"], about["project"]["requires-python"].removeprefix(">=")
    assert f"export PYENV_VERSION={oldest}  #" in _text(".ci/run")
    assert tools["mypy"]["python_version"] == oldest
    assert tools["ruff"]["target-version"] == "py" + oldest.replace(".", "")


def test_the_changelog_begins_with_unreleased_and_its_newest_release_is_the_code() -> None:
    headings = re.findall(r"^## \[?([^\]\s]+)", _text("CHANGELOG.md"), re.MULTILINE)
    assert headings[0] == "Unreleased"
    assert headings[1:2] in ([], [bridge.__version__])


def test_the_root_of_the_bridge_holds_its_rooms_and_three_files() -> None:
    assert {path.name for path in (ROOT / "bridge").glob("*.py")} == {"__init__.py", "__main__.py", "settings.py"}


def test_a_room_holds_at_most_15_files_at_one_level() -> None:
    folders = {path.parent.relative_to(ROOT).as_posix() for path in ROOT.glob("bridge/**/*.py")} - LISTS_OF_EQUALS
    files = {folder: len(list((ROOT / folder).glob("*.py"))) for folder in folders}
    assert {folder: count for folder, count in files.items() if count > 15} == {}


def test_a_function_has_at_most_40_lines() -> None:
    # A migration is one list of statements, and is never read again once it has run.
    files = [path for path in ROOT.glob("bridge/**/*.py") if path.parent.name != "versions"]
    assert [name for path in files for name in _long_functions(path)] == []


def test_no_state_of_a_call_is_written_as_text_outside_the_table_of_states() -> None:
    files = [path.relative_to(ROOT).as_posix() for path in ROOT.glob("bridge/**/*.py")]
    judged = [name for name in files if not name.startswith(OTHER_WORDS)]
    assert [found for name in judged for found in _literal_states(name, _text(name))] == []


@pytest.mark.parametrize(
    "line", ['call.state == "queued"', 'x = {"state": "unsure"}', 'Held("waiting")', 'f(state="cancelled")']
)
def test_a_state_of_a_call_that_is_written_as_text_is_found(line: str) -> None:
    assert len(list(_literal_states("bridge/place/attempt.py", line))) == 1


@pytest.mark.parametrize("line", ['"""The call is queued."""', 'alarm = "unsure"', 'reason = "hotline_rate"'])
def test_a_word_that_only_looks_like_a_state_of_a_call_is_none(line: str) -> None:
    assert list(_literal_states("bridge/place/attempt.py", line)) == []


def test_make_alone_lists_its_targets(copy: Path) -> None:
    listed = _make(copy)
    assert listed.returncode == 0
    targets = ["help", "demo", "run", "test", "proof", "judges", "lint", "docs", "screenshots", "lock"]
    assert re.findall(r"^  ([a-z]+)\t", listed.stdout, re.MULTILINE) == targets


def test_make_says_which_python_it_needs(copy: Path) -> None:
    refused = _make(copy, "demo", f"PYTHON={_program(copy, 'exit 1')}")
    assert refused.returncode != 0
    assert "Python 3.11 or newer" in refused.stderr


def test_make_names_the_package_that_a_python_without_venv_lacks(copy: Path) -> None:
    python = _program(copy, 'case "$*" in *venv*) mkdir .venv; exit 1;; esac')
    refused = _make(copy, "demo", f"PYTHON={python}")
    assert refused.returncode != 0
    assert "python3-venv" in refused.stderr
    assert not (copy / ".venv").exists()


def test_make_passes_the_size_of_the_demo_on(copy: Path) -> None:
    venv = copy / ".venv" / "bin"
    venv.mkdir(parents=True)
    _program(venv, 'echo "$@" orders=$DEMO_ORDERS exit=$DEMO_EXIT').rename(venv / "python")
    (copy / ".venv" / "installed").touch()
    assert _make(copy, "demo", "DEMO_ORDERS=20", "DEMO_EXIT=1").stdout == "-m bridge demo orders=20 exit=1\n"


def test_ci_runs_what_a_developer_runs() -> None:
    assert os.access(ROOT / ".ci/run", os.X_OK)
    assert _text(".ci/run").splitlines()[-1] == "exec make test"


def _long_functions(path: Path, most: int = 40) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        is_function = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        if is_function and (node.end_lineno or 0) - node.lineno >= most:
            yield f"{path.relative_to(ROOT).as_posix()}: {node.name}"


def _text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def _requirements(lock: str) -> list[str]:
    lines = _text(lock).replace("\\\n", " ").splitlines()
    return [re.sub(r"\s+", " ", line) for line in lines if line.strip() and not line.lstrip().startswith("#")]


def _versions(lock: str) -> dict[str, str]:
    pins = (re.match(r"([A-Za-z0-9._-]+)[^=]*==(\S+)", line) for line in _requirements(lock))
    return {pin[1].lower(): pin[2] for pin in pins if pin}


def _asked(name: str) -> set[str]:
    return {line.partition("[")[0].strip() for line in _text(name).splitlines() if line.strip() and line[0] not in "-#"}


def _make(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS", "DEMO_"))
    }
    return subprocess.run(
        ["make", *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def _program(folder: Path, script: str) -> Path:
    """A stand-in for Python; its path has no space, as a command's name in make cannot."""
    path = folder.parent / "python-of-this-test" if " " in folder.name else folder / "python-of-this-test"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


_OF_A_STATE = re.compile(r"""\bstate["'\])]*\s*(==|!=|=|:|in\b|not in\b)""")


def _literal_states(name: str, text: str) -> Iterator[str]:
    """Each state of a call that stands in the code as text; a word that means other things only beside `state`."""
    tree, lines = ast.parse(text), text.splitlines()
    sentences = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and node.value in list(CallState) and id(node) not in sentences:
            is_ambiguous = node.value in (CallState.UNSURE, CallState.REFUSED, CallState.CANCELLED)
            if not is_ambiguous or _OF_A_STATE.search(lines[node.lineno - 1]):
                yield f"{name}:{node.lineno}: {node.value}"
