"""What erases, ends calls or rings many asks on a terminal, and is refused elsewhere without --yes."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Cli
from tests.stage import Stage

PHONE = "0900000001"
NO_RULES = "rules: []\n"


@pytest.fixture
def waiting(stage: Stage, send: Any) -> Stage:
    """One order of PHONE, whose call waits."""
    send()
    assert stage.call()["state"] == "waiting"
    return stage


@pytest.fixture
def removing(tmp_path: Path) -> Path:
    path = tmp_path / "none.yaml"
    path.write_text(NO_RULES, encoding="utf-8")
    return path


@pytest.fixture
def people(tmp_path: Path, stage: Stage) -> Path:
    stage.vbot.template("HELLO", {"cfkey": "code"})
    path = tmp_path / "list.csv"
    path.write_text("phone,code\n0912345671,A1\n0912345672,A2\n", encoding="utf-8")
    return path


@pytest.fixture
def wishes(removing: Path, people: Path) -> Callable[[str], tuple[str, ...]]:
    """Each act that asks, by name, as a person would write it."""
    acts = {
        "forget": ("forget", PHONE),
        "apply": ("apply", "--prune", str(removing)),
        "batch": ("batch", str(people), "--template", "HELLO", "--window", "always"),
        "replay": ("replay", "--since", "1h"),
    }
    return lambda name: acts[name]


SAYS = {
    "forget": "erases 1 order(s), 1 delivery(ies) and 1 call(s) for good",
    "apply": "removes source other, source shop, rule confirm and cancels 1 waiting call(s)",
    "batch": "rings 2 number(s) with the template HELLO",
    "replay": "decides 1 delivery(ies) again, and may ring",
}
ACTS = pytest.mark.parametrize("act", SAYS)


def everything(stage: Stage) -> Any:
    return stage.calls(), stage.deliveries(), stage.rung()


@ACTS
@pytest.mark.parametrize("stdin", ["", "n\n", "y\n"])
def test_where_nobody_can_be_asked_it_is_refused_and_nothing_is_done(
    waiting: Stage, wishes: Any, cli: Cli, act: str, stdin: str
) -> None:
    before = everything(waiting)
    done = cli(*wishes(act), stdin=stdin)
    assert done.returncode == 2
    assert (
        done.stderr == f"error: this {SAYS[act]}: nothing was done, for nobody can be asked here; add --yes to agree\n"
    )
    assert everything(waiting) == before


@ACTS
@pytest.mark.parametrize("typed", ["n\n", "\n", "what\n"])
def test_on_a_terminal_it_is_asked_and_only_a_yes_is_one(
    waiting: Stage, wishes: Any, cli: Cli, act: str, typed: str
) -> None:
    before = everything(waiting)
    done = cli(*wishes(act), typed=typed)
    assert done.returncode == 1
    assert f"This {SAYS[act]}. Go on? [y/N] " in done.stderr
    assert "error: you did not agree: nothing was done" in done.stderr
    assert everything(waiting) == before


@ACTS
@pytest.mark.parametrize(("language", "typed"), [("en", "y\n"), ("en", "Yes\n"), ("vi", "c\n"), ("vi", "Có\n")])
def test_after_a_yes_it_is_done(waiting: Stage, wishes: Any, cli: Cli, act: str, language: str, typed: str) -> None:
    before = everything(waiting)
    done = cli(*wishes(act), typed=typed, BRIDGE_LANG=language)
    assert done.returncode == 0, done.stderr
    assert ("Làm không? [c/K] " if language == "vi" else "Go on? [y/N] ") in done.stderr
    assert act == "replay" or everything(waiting) != before


@ACTS
def test_yes_is_written_where_nobody_is_asked(waiting: Stage, wishes: Any, cli: Cli, act: str) -> None:
    assert cli(*wishes(act), "--yes").returncode == 0


def test_an_end_of_input_is_no_yes(waiting: Stage, cli: Cli) -> None:
    before = everything(waiting)
    assert cli("forget", PHONE, typed="\x04").returncode == 1
    assert everything(waiting) == before


def test_a_replay_shows_on_the_terminal_what_it_would_lead_to_before_it_asks(waiting: Stage, cli: Cli) -> None:
    shown = cli("replay", "--since", "1h", typed="n\n").stderr
    assert shown.index("1  skip") < shown.index("Go on?")


def test_the_plan_says_how_many_waiting_calls_end_and_asks_nothing(waiting: Stage, removing: Path, cli: Cli) -> None:
    plan = cli("apply", "--plan", "--prune", removing)
    assert (plan.returncode, plan.stderr) == (3, "")
    assert plan.stdout.splitlines()[-1] == "1 waiting call(s) will be cancelled"
    assert waiting.call()["state"] == "waiting"


def test_a_plan_is_json_for_programs(waiting: Stage, removing: Path, cli: Cli, error: Any) -> None:
    plan = cli("apply", "--plan", "--prune", "--json", removing)
    document = json.loads(plan.stdout)
    assert (plan.returncode, document["next"], document["cancelled"]) == (3, None, 1)
    assert [(item["sign"], item["kind"], item["name"]) for item in document["items"]] == [
        ("-", "source", "other"),
        ("-", "source", "shop"),
        ("-", "rule", "confirm"),
    ]
    assert "--json goes with --plan" in error(2, "apply", "--json", removing)


def test_a_rule_that_is_switched_off_ends_calls_and_so_asks(waiting: Stage, tmp_path: Path, cli: Cli) -> None:
    path = tmp_path / "off.yaml"
    path.write_text(
        "rules: [{rule: confirm, template: CONFIRM, on: [order.created], enabled: false}]\n", encoding="utf-8"
    )
    refused = cli("apply", path)
    assert (refused.returncode, "this cancels 1 waiting call(s): nothing was done" in refused.stderr) == (2, True)
    assert cli("apply", path, "--yes").returncode == 0
    assert waiting.call()["state"] == "cancelled"


def test_the_release_step_is_consent_and_logs_its_plan(waiting: Stage, removing: Path, cli: Cli) -> None:
    done = cli("apply", "--release", BRIDGE_CONFIG=str(removing))
    assert done.returncode == 0, done.stderr
    assert "- rule confirm\n1 waiting call(s) will be cancelled\napplied" in done.stdout
    assert waiting.call()["state"] == "cancelled"


def test_what_neither_ends_nor_removes_nor_rings_asks_nothing(
    waiting: Stage, tmp_path: Path, people: Path, cli: Cli, now: datetime
) -> None:
    path = tmp_path / "more.yaml"
    path.write_text("rules: [{rule: more, template: CONFIRM, on: [order.paid]}]\n", encoding="utf-8")
    assert cli("apply", path).returncode == 0
    assert cli("replay", "--since", (now + timedelta(hours=1)).isoformat()).returncode == 0
    words = ("batch", people, "--template", "HELLO", "--window", "always")
    assert cli(*words, "--dry-run").returncode == 0
    assert cli(*words, "--yes").returncode == 0
    assert cli(*words).returncode == 0
