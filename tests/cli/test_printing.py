"""Tables that fit a terminal, colours there, plain whole cells elsewhere; ids as they are shown."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bridge.cli.shared import printing
from bridge.cli.shared.printing import coloured, cut, fit, print_table
from tests.cli.conftest import Cli

HEADS = (("mã", "id"), ("trạng thái", "state"), ("lý do", "reason"))
ROWS = [(7, "failed", "a reason that is rather long, and goes on for a while"), (8, "placed", "x")]


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Standard output is a terminal of 40 columns that can have colours."""
    monkeypatch.setattr(printing, "is_terminal", lambda: True)
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    return monkeypatch


@pytest.mark.parametrize(
    ("widths", "columns", "fitted"),
    [
        ([2, 6, 53], 40, [2, 6, 28]),
        ([2, 6, 53], 80, [2, 6, 53]),
        ([30, 30, 2], 40, [17, 17, 2]),
        ([30, 30, 30], 10, [6, 6, 6]),
        ([3], 1, [3]),
    ],
)
def test_the_widest_columns_are_made_less_until_all_fit(widths: list[int], columns: int, fitted: list[int]) -> None:
    assert fit(widths, columns) == fitted


def test_a_cell_that_is_cut_says_so() -> None:
    assert (cut("waiting", 7), cut("waiting", 6)) == ("waiting", "waiti…")


def test_in_a_pipe_every_cell_is_whole_and_plain(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(HEADS, ROWS)
    out = capsys.readouterr().out
    assert out.splitlines()[1] == "7   failed  a reason that is rather long, and goes on for a while"
    assert "\x1b" not in out


def test_a_very_long_cell_moves_no_other_line(capsys: pytest.CaptureFixture[str]) -> None:
    """An order's number of 5 kB made every line of the list as long."""
    print_table(HEADS, [*ROWS, (9, "x" * 5000, "y")])
    lines = capsys.readouterr().out.splitlines()
    assert lines[2] == "8   placed  x"
    assert lines[3] == f"9   {'x' * 5000}  y"


def test_on_a_terminal_a_table_fits_and_states_have_their_colour(
    terminal: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert coloured("refused", "refused") == "\x1b[31mrefused\x1b[0m"
    assert coloured("x", "x") == "x"
    terminal.setenv("NO_COLOR", "1")
    print_table(HEADS, ROWS)
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == "7   failed  a reason that is rather lon…"
    assert max(map(len, lines)) <= 40 and "\x1b" not in "".join(lines)


@pytest.mark.parametrize("name", ["NO_COLOR", "TERM"])
def test_colours_are_left_out_where_they_are_not_wanted_or_not_known(terminal: pytest.MonkeyPatch, name: str) -> None:
    terminal.setenv(name, "dumb")
    assert coloured("refused", "refused") == "refused"


@pytest.mark.parametrize("written", ["1", "#1", "delivery:1"])
def test_a_delivery_is_found_by_its_id_as_it_is_shown(send: Any, cli: Cli, written: str) -> None:
    send()
    assert json.loads(cli("deliveries", "--show", written, "--json").stdout)["id"] == 1
    assert cli("replay", written).returncode == 0


@pytest.mark.parametrize("written", ["1", "#1", "call:1"])
def test_a_call_is_found_by_its_id_as_it_is_shown(send: Any, cli: Cli, error: Any, written: str) -> None:
    send()
    assert "the call 1 is waiting" in error(1, "resolve", written, "--rang", "--reason", "x")
    assert "cancelled: call 1" in cli("cancel", written, "--reason", "x").stdout


@pytest.mark.parametrize("written", ["7031550", "#7031550"])
def test_an_order_is_found_by_its_number_with_and_without_its_hash(send: Any, listed: Any, written: str) -> None:
    send(number="#7031550")
    assert [item["order_number"] for item in listed("explain", written)["items"]] == ["#7031550"]
    assert (
        len(listed("calls", "--order", written)["items"]) == len(listed("deliveries", "--order", written)["items"]) == 1
    )
