"""Many calls at once: the lists that were called, what waits of one, and the unsure calls since a time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Cli
from tests.stage import Stage

ON_BOTH = pytest.mark.parametrize("migrated_url", ["sqlite", "postgres"], indirect=True)
A, B, C = "0912345671", "0912345672", "0912345673"


@pytest.fixture
def give(stage: Stage, cli: Cli, tmp_path: Path) -> Callable[..., None]:
    """A list of this name with these phones; its calls wait for a worker, that there is."""
    stage.vbot.template("HELLO", {"cfkey": "code"})
    stage.vbot.template("BYE", {"cfkey": "code"})

    def run(name: str, *phones: str, template: str = "HELLO") -> None:
        file = tmp_path / name
        file.write_text("phone,code\n" + "".join(f"{phone},A\n" for phone in phones), encoding="utf-8")
        done = cli("batch", file, "--template", template, "--window", "always", "--yes")
        assert done.returncode == 0, done.stderr

    return run


@ON_BOTH
@pytest.mark.usefixtures("worker_beats")
def test_lists_are_listed_with_their_lines_by_state(
    stage: Stage, give: Any, listed: Any, cli: Cli, now: datetime
) -> None:
    give("a.csv", A, B)
    stage.dial(now + timedelta(minutes=1))
    give("a.csv", A, B, C)
    give("a.csv", A, template="BYE")
    items = listed("batches")["items"]
    assert [(item["name"], item["template"], item["lines"], item["by_state"]) for item in items] == [
        ("a.csv", "BYE", 1, {"waiting": 1}),
        ("a.csv", "HELLO", 3, {"placed": 2, "waiting": 1}),
    ]
    first = listed("batches", "--limit", 1)
    assert (first["items"], listed("batches", "--cursor", first["next"])["items"]) == (items[:1], items[1:])
    assert "2 đã gửi VBot, 1 đang chờ" in cli("batches", "--lang", "vi").stdout
    assert "2 placed, 1 waiting" in cli("batches").stdout
    assert len(listed("calls", "--batch", "a.csv")["items"]) == 4
    assert len(listed("calls", "--batch", "a.csv", "--state", "placed")["items"]) == 2


@ON_BOTH
@pytest.mark.usefixtures("worker_beats")
def test_what_waits_of_a_list_is_cancelled_after_a_yes(
    stage: Stage, give: Any, listed: Any, cli: Cli, now: datetime
) -> None:
    give("a.csv", A)
    stage.dial(now + timedelta(minutes=1))
    give("a.csv", A, B)
    give("b.csv", C)
    words = ("cancel", "--batch", "a.csv", "--reason", "wrong list")
    refused = cli(*words)
    assert (refused.returncode, "this cancels 1 waiting call(s) of the list a.csv" in refused.stderr) == (2, True)
    assert cli(*words, typed="n\n").returncode == 1
    assert [call["state"] for call in stage.calls()] == ["placed", "waiting", "waiting"]
    done = cli(*words, typed="y\n")
    assert (done.returncode, done.stdout) == (0, "cancelled: 1 call(s)\n")
    assert [call["state"] for call in stage.calls()] == ["placed", "cancelled", "waiting"]
    assert "reason: wrong list" in cli("explain", "call:2", "--lang", "en").stdout
    assert ("cancel", "batch:a.csv") in [(act["what"], act["on"]) for act in listed("audit")["items"]]
    assert cli(*words).stdout == "cancelled: 0 call(s)\n"


def test_a_list_that_is_not_there_is_named_with_its_nearest(give: Any, error: Any) -> None:
    give("customers.csv", A)
    assert "did you mean customers.csv" in error(1, "cancel", "--batch", "customer.csv", "--reason", "x")
    assert "did you mean customers.csv" in error(1, "calls", "--batch", "customer.csv")


@pytest.mark.parametrize(
    "words", ["", "7 --batch a.csv", "--batch a.csv --source shop", "--batch a.csv --rule confirm"]
)
def test_cancel_takes_one_call_one_order_or_one_list(wrong: Any, words: str) -> None:
    assert "--batch NAME" in wrong("cancel", *words.split(), "--reason", "x")


@pytest.fixture
def unsure(stage: Stage, send: Any, now: datetime) -> Stage:
    """Three calls whose answers were lost; a person has seen the first."""
    stage.vbot.fault("reset_after", times=3)
    for n in (1, 2, 3):
        send(n)
    for _ in range(3):
        stage.dial(now)
    assert [call["state"] for call in stage.calls()] == ["unsure"] * 3
    return stage


@ON_BOTH
def test_all_unsure_calls_since_a_time_are_settled_after_a_yes(unsure: Stage, cli: Cli) -> None:
    cli("resolve", 1, "--leave", "--reason", "nobody knows")
    words = ("resolve", "--all", "--since", "1h", "--rang", "--reason", "seen in VBot's list")
    refused = cli(*words)
    assert (refused.returncode, "this settles 2 unsure call(s): placed: it rang" in refused.stderr) == (2, True)
    assert [call["state"] for call in unsure.calls()] == ["unsure"] * 3
    done = cli(*words, "--yes")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "2 of 2 call(s) settled")
    assert [call["state"] for call in unsure.calls()] == ["unsure", "placed", "placed"]
    assert cli(*words).stdout == "0 of 0 call(s) settled\n"


def test_those_that_may_not_ring_again_are_named_and_left(unsure: Stage, cli: Cli, send: Any) -> None:
    send(2, topic="order.cancelled")
    done = cli("resolve", "--all", "--since", "1h", "--again", "--reason", "VBot has none", "--yes")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (1, "2 of 3 call(s) settled")
    assert "the shop took the order of call 2 back" in done.stderr
    assert [call["state"] for call in unsure.calls()] == ["waiting", "unsure", "waiting"]


@pytest.mark.parametrize("words", ["--rang", "--all --rang", "7 --all --since 1h --rang", "7 --since 1h --rang"])
def test_resolve_takes_one_call_or_all_since_a_time(wrong: Any, words: str) -> None:
    assert "--all with --since SPAN" in wrong("resolve", *words.split(), "--reason", "x")
