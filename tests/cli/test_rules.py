"""rules log, show, diff, rollback, and what apply does with what was changed elsewhere."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from bridge.configuration.revisions import Act, roll_back
from bridge.core.model import Json
from bridge.store import Store
from bridge.store.configuration.revisions import find_revision
from bridge.store.operation.alarms import list_alarms
from tests.cli.conftest import ALWAYS, Cli

RULE: dict[str, Json] = {"rule": "confirm", "template": "CONFIRM", "on": ["order.created"], "window": ALWAYS}


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def run(*rules: dict[str, Json]) -> Path:
        shop = {"id": "shop", "platform": "generic", "secrets": ["s" * 32]}
        path = tmp_path / "shops.json"
        path.write_text(json.dumps({"sources": [shop], "rules": list(rules)}), encoding="utf-8")
        return path

    return run


@pytest.fixture
def applied(cli: Cli, write: Callable[..., Path]) -> None:
    """Two revisions of one rule."""
    assert cli("apply", write(RULE), "--reason", "Bắt đầu").returncode == 0
    changed = cli("apply", write({**RULE, "after": "5m"}))
    assert (changed.returncode, changed.stdout.splitlines()[:2]) == (
        0,
        ["~ rule confirm (after)", "    after: – → 5m"],
    )


@pytest.mark.usefixtures("applied")
def test_log_shows_each_revision_newest_first(cli: Cli, listed: Callable[..., Any]) -> None:
    answer = listed("rules", "log")
    newest, first = answer["items"]
    assert answer["next"] is None
    assert {name: newest[name] for name in ("revision", "reason", "rules", "diff")} == {
        "revision": 2,
        "reason": "shops.json",
        "rules": ["confirm"],
        "diff": "~ rule confirm (after)\n    after: – → 5m",
    }
    assert (first["revision"], first["reason"], first["rules"]) == (1, "Bắt đầu", ["confirm"])
    assert first["by"] and first["at"]
    page = listed("rules", "log", "--limit", 1)
    assert (page["items"], page["next"]) == ([newest], "2")
    assert listed("rules", "log", "--cursor", page["next"])["items"] == [first]
    assert ": Bắt đầu\n" in cli("rules", "log").stdout


@pytest.mark.usefixtures("applied")
def test_show_prints_rules_that_apply_accepts(cli: Cli, tmp_path: Path) -> None:
    shown = cli("rules", "show", 1).stdout
    assert yaml.safe_load(shown) == {"rules": [RULE]}
    (tmp_path / "old.yaml").write_text(shown, encoding="utf-8")
    assert cli("apply", tmp_path / "old.yaml").returncode == 0
    assert json.loads(cli("rules", "show", "--json").stdout)["rules"] == [RULE]


@pytest.mark.usefixtures("applied")
def test_diff_compares_two_revisions_or_one_with_the_one_before(cli: Cli) -> None:
    newest = "~ rule confirm (after)\n    after: – → 5m\n"
    assert cli("rules", "diff").stdout == cli("rules", "diff", 2).stdout == cli("rules", "diff", 1, 2).stdout == newest
    assert cli("rules", "diff", 2, 1).stdout == "~ rule confirm (after)\n    after: 5m → –\n"
    assert json.loads(cli("rules", "diff", "--json").stdout) == {
        "from": 1,
        "to": 2,
        "rules": ["confirm"],
        "diff": newest.strip(),
    }


@pytest.mark.usefixtures("applied")
def test_rollback_brings_older_rules_back_and_the_files_then_drift(
    cli: Cli, write: Callable[..., Path], listed: Callable[..., Any]
) -> None:
    back = cli("rules", "rollback", 1, "--reason", "khách phàn nàn")
    assert (back.returncode, back.stderr) == (0, "")
    assert "    after: 5m → –\nthe rules are those of revision 1 again; this is revision 3\n" in back.stdout
    newest = listed("rules", "log")["items"][0]
    assert (newest["revision"], newest["reason"], newest["origin"]) == (3, "khách phàn nàn", "rollback")
    file = write({**RULE, "after": "5m"})
    plan = cli("apply", file, "--plan")
    assert plan.returncode == 3
    assert plan.stdout.startswith("changed elsewhere: ~ rule confirm (after)\n    after: 5m → –\n")
    refused = cli("apply", file)
    assert refused.returncode == 1
    assert "nothing was done; change the files too, or add --force" in refused.stderr
    assert json.loads(cli("rules", "show", "--json").stdout)["rules"] == [RULE]
    assert cli("apply", file, "--force").returncode == 0
    assert cli("apply", file, "--plan").returncode == 0
    again = cli("rules", "rollback", 4, "--reason", "x")
    assert (again.returncode, again.stdout) == (0, "nothing differs\n")


@pytest.mark.usefixtures("applied")
def test_a_release_leaves_what_drifted_raises_an_alarm_and_goes_on(
    cli: Cli, write: Callable[..., Path], store: Store, now: Any
) -> None:
    with store.write() as conn:
        first = find_revision(conn, 1)
        assert first is not None
        roll_back(conn, first, Act("page", "lan", "x"), None, now)
    file = write({**RULE, "after": "5m"}, {**RULE, "rule": "second", "on": ["order.paid"]})
    done = cli("apply", "--release", BRIDGE_CONFIG=str(file))
    assert done.returncode == 0
    assert "changed elsewhere: ~ rule confirm (after)" in done.stdout
    assert [each["rule"] for each in json.loads(cli("rules", "show", "--json").stdout)["rules"]] == [
        "confirm",
        "second",
    ]
    with store.read() as conn:
        (alarm,) = [alarm for alarm in list_alarms(conn) if alarm["key"] == "drift"]
    assert alarm["facts"] == {"entries": ["rule confirm"]}
    assert cli("apply", file, "--force").returncode == 0
    with store.read() as conn:
        assert [alarm for alarm in list_alarms(conn) if alarm["key"] == "drift"] == []


@pytest.mark.parametrize(
    ("words", "code", "line"),
    [
        (("show", "7"), 1, "there is no revision 7; the newest is 2"),
        (("diff", "1", "7"), 1, "there is no revision 7; the newest is 2"),
        (("rollback", "7", "--reason", "x"), 1, "there is no revision 7; the newest is 2"),
        (("rollback", "1"), 2, "Missing option '--reason'"),
        (("rollback", "1", "--reason", "  "), 2, "write why: --reason TEXT"),
        (("show", "x"), 2, "'x' is not a valid integer"),
        (("log", "--limit", "0"), 2, "--limit"),
    ],
)
@pytest.mark.usefixtures("applied")
def test_a_wrong_revision_is_one_line(cli: Cli, words: tuple[str, ...], code: int, line: str) -> None:
    done = cli("rules", *words)
    assert (done.returncode, len(done.stderr.splitlines())) == (code, 1)
    assert line in done.stderr


def test_before_the_first_apply_there_is_nothing_and_that_is_said(cli: Cli, listed: Callable[..., Any]) -> None:
    assert listed("rules", "log") == {"items": [], "next": None}
    assert "no revision yet" in cli("rules", "log").stdout
    assert cli("rules", "show").returncode == 1


@pytest.fixture
def stored(stage: Any, send: Callable[..., None]) -> None:
    """Two orders that the stage's rule has decided."""
    send(1)
    send(2, total="50000")


@pytest.mark.usefixtures("stored")
def test_simulate_counts_what_other_rules_would_have_done(
    cli: Cli, write: Callable[..., Path], stage: Any, tmp_path: Path
) -> None:
    before = stage.calls()
    file = write({**RULE, "when": "order.total > 100000"})
    done = cli("rules", "simulate", file, "--since", "1d")
    assert (done.returncode, done.stderr) == (0, "")
    lines = [line.split(None, 1) for line in done.stdout.splitlines()[1:6]]
    assert [(count, words.split()[-1]) for count, words in lines] == [
        ("0", "added"),
        ("1", "dropped"),
        ("0", "time"),
        ("1", "words"),
        ("0", "before"),
    ]
    answer = json.loads(cli("rules", "simulate", file, "--since", "1d", "--json").stdout)
    assert {name: answer[name] for name in ("events", "added", "dropped", "moved", "changed", "same")} == {
        "events": 2,
        "added": 0,
        "dropped": 1,
        "moved": 0,
        "changed": 1,
        "same": 0,
    }
    dropped, changed = answer["samples"]
    assert (dropped["kind"], dropped["order_number"], dropped["reason"]) == ("dropped", "DH-2", "condition_false")
    assert (dropped["before"]["phone"], dropped["after"]) == ("09••••••02", None)
    assert (changed["before"]["datas"], changed["after"]["datas"]) == ({"customer": "Trần Thử Nghiệm"}, {})
    out = tmp_path / "all.csv"
    assert cli("rules", "simulate", file, "--since", "1d", "--csv", out, "--show-phones").returncode == 0
    written = out.read_text(encoding="utf-8-sig").splitlines()
    assert len(written) == 3
    assert "0900000002" in "".join(written)
    assert stage.calls() == before


@pytest.mark.parametrize(
    ("words", "code", "line"),
    [
        (("--since", "yesterday"), 2, "--since"),
        (("--source", "nobody"), 1, "no source is called nobody"),
        (("--csv", "/no/such/folder/x.csv"), 1, "cannot be written"),
    ],
)
@pytest.mark.usefixtures("stored")
def test_a_wrong_simulation_is_one_line(
    cli: Cli, write: Callable[..., Path], words: tuple[str, ...], code: int, line: str
) -> None:
    done = cli("rules", "simulate", write(RULE), *words)
    assert (done.returncode, len(done.stderr.splitlines())) == (code, 1)
    assert line in done.stderr


@pytest.mark.usefixtures("stored")
def test_a_mistake_in_the_file_is_told_with_its_place(cli: Cli, write: Callable[..., Path]) -> None:
    done = cli("rules", "simulate", write({**RULE, "when": "order.totl > 5"}))
    assert done.returncode == 1
    assert "rules[0].when" in done.stderr
    assert "1 error(s) in the files" in done.stderr


def test_new_prints_a_rule_that_check_accepts(cli: Cli, tmp_path: Path) -> None:
    english = cli("rules", "new", "--from", "confirm-cod", PORT="8123").stdout
    assert english.startswith(
        "# yaml-language-server: $schema=http://127.0.0.1:8123/schemas/config.schema.json\n# Calls"
    )
    assert "# Gọi xác nhận" in cli("rules", "new", "--from", "confirm-cod", "--lang", "vi").stdout
    file = tmp_path / "new.yaml"
    written = cli("rules", "new", "--from", "feedback", "--output", file)
    assert (written.returncode, f"next: python -m bridge check {file}" in written.stdout) == (0, True)
    assert cli("check", file).stdout == "ok: 0 sources, 0 hotlines, 1 rules\n"
    again = cli("rules", "new", "--from", "confirm-cod", "--output", file)
    assert (again.returncode, "nothing was written" in again.stderr) == (1, True)
    unknown = cli("rules", "new", "--from", "nothing")
    assert (unknown.returncode, "confirm-cod" in unknown.stderr) == (2, True)


@pytest.mark.usefixtures("stored")
def test_compare_shows_two_rules_side_by_side(cli: Cli, stage: Any) -> None:
    stage.apply(RULE, {**RULE, "rule": "other", "sample": "10%"})
    answer = json.loads(cli("rules", "compare", "confirm", "other", "--json").stdout)
    assert [item["rule"] for item in answer["items"]] == ["confirm", "other"]
    assert answer["items"][0] | {"calls": 2, "called": 0, "confirmed": 0} == answer["items"][0]
    assert answer["next"] is None
    shown = cli("rules", "compare", "confirm", "other")
    assert shown.stdout.splitlines()[0].split()[:3] == ["rule", "calls", "called"]
    assert "too few calls to compare" in shown.stdout
    unknown = cli("rules", "compare", "confirm", "othr")
    assert (unknown.returncode, "did you mean other?" in unknown.stderr) == (1, True)
    assert cli("rules", "compare", "confirm", "confirm").returncode == 2
