"""The best hour: never outside a call's own span, moved only on evidence, and an interval that keeps its promise."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.reports.best_hour import (
    AHEAD,
    HOLD_OUT,
    LEFT_OVER,
    Cell,
    Learned,
    choose,
    is_held_out,
    measure,
    part_of_day,
    read_learned,
)
from bridge.core.schedule import is_permitted, parse_windows

ZONE = "Asia/Ho_Chi_Minh"
LOCAL = ZoneInfo(ZONE)
HUE = ("Huế", "morning")
EIGHT_TO_TWENTY = parse_windows(None)
AT_NINE = datetime(2026, 11, 23, 9, 5, tzinfo=LOCAL)
EVENING = {9: (400, 200), 18: (400, 320)}
HOURS = st.dictionaries(
    st.integers(0, 23), st.integers(0, 300).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n))), max_size=12
)


def chosen(cells: dict[tuple[str, str], dict[int, Cell]], who: tuple[str, str] = HUE, hours: float = 12) -> int | None:
    span = (AT_NINE, AT_NINE + timedelta(hours=hours))
    found = choose(Learned(cells), who, span, EIGHT_TO_TWENTY, ZONE, (), "DH-1")
    return found.at.astimezone(LOCAL).hour if found else None


@given(
    st.dictionaries(st.sampled_from([HUE, ("", "evening"), ("Hà Nội", "night")]), HOURS, max_size=3),
    st.integers(0, 7 * 24 * 60),
    st.integers(0, 72 * 60),
    st.sampled_from([(8, 20), (0, 24), (12, 13), (20, 24)]),
    st.booleans(),
    st.text(max_size=5),
)
def test_a_call_is_never_moved_outside_its_window_its_span_or_a_day(
    cells: dict[tuple[str, str], dict[int, Cell]],
    start: int,
    length: int,
    hours: tuple[int, int],
    free: bool,
    order: str,
) -> None:
    windows = parse_windows({"from": f"{hours[0]:02}:00", "to": f"{hours[1]:02}:00"})
    holidays = {date(2026, 11, 24)} if free else set()
    first = AT_NINE + timedelta(minutes=start)
    last = first + timedelta(minutes=length)
    found = choose(Learned(cells), HUE, (first, last), windows, ZONE, holidays, order)
    if found is not None:
        assert first < found.at <= min(last - LEFT_OVER, first + AHEAD)
        assert is_permitted(found.at, windows, ZONE, holidays)
        assert found.at.astimezone(LOCAL).hour == found.hour and found.share > found.usual


def test_a_call_moves_to_the_hour_at_which_such_people_answer() -> None:
    assert chosen({HUE: EVENING}) == 18
    assert chosen({HUE: EVENING}, hours=8) is None  # it would be too late by then
    assert chosen({HUE: EVENING}, hours=10) is None  # an hour that leaves no time for a limit or a retry
    assert chosen({HUE: EVENING}, hours=11) == 18
    assert chosen({HUE: {9: (400, 320), 18: (400, 200)}}) is None
    others = {("Hà Nội", "morning"): EVENING, HUE: {9: (100, 90), 18: (100, 20)}}
    assert (chosen(others), chosen(others, ("Hà Nội", "morning"))) == (None, 18)
    assert chosen({("Hà Nội", "morning"): EVENING}, ("Cà Mau", "night")) == 18  # strangers are as all people are


@pytest.mark.parametrize("rings", [1, 5, 29])
def test_a_few_lucky_rings_move_nobody(rings: int) -> None:
    assert chosen({HUE: {9: (400, 200), 18: (rings, rings)}}) is None
    crowd: dict[int, Cell] = {9: (400, 200), 18: (400, 200)}
    assert chosen({("Hà Nội", "morning"): crowd, HUE: {18: (3, 3)}}) is None


def test_an_hour_of_which_nothing_is_known_is_neither_left_nor_chosen() -> None:
    assert chosen({HUE: {18: (400, 320)}}) is None
    assert chosen({}) is None


def test_the_same_order_moves_to_the_same_minute_and_others_to_others() -> None:
    span = (AT_NINE, AT_NINE + timedelta(hours=12))
    found = [choose(Learned({HUE: EVENING}), HUE, span, EIGHT_TO_TWENTY, ZONE, (), f"DH-{n // 2}") for n in range(100)]
    moments = [choice.at for choice in found if choice]
    assert moments[::2] == moments[1::2] and len(set(moments)) > 20


def test_a_fifth_is_held_out_whatever_is_known_of_it() -> None:
    held = [is_held_out("shop", f"id-{n}") for n in range(10_000)]
    assert held == [is_held_out("shop", f"id-{n}") for n in range(10_000)]
    assert abs(sum(held) / 100 - HOLD_OUT) < 1.2  # three standard deviations


def test_what_is_learnt_survives_being_stored() -> None:
    learned = Learned({HUE: {9: (4, 2)}, ("", "night"): {}})
    assert read_learned(learned.as_json()) == learned and learned.calls == 4
    assert read_learned(None).calls == 0


def test_the_interval_is_newcombes() -> None:
    """The first example of his paper: 56 of 70 beside 48 of 80, method 10: 0.0524 to 0.3339."""
    found = measure((70, 56), (80, 48))
    assert found.gain == pytest.approx(0.2)
    assert (found.low, found.high) == (pytest.approx(0.0524, abs=5e-5), pytest.approx(0.3339, abs=5e-5))
    assert measure((0, 0), (5, 5)).gain is None


@pytest.mark.parametrize(("moved", "held"), [(0.7, 0.6), (0.95, 0.9), (0.5, 0.5)])
def test_the_interval_holds_the_truth_19_times_in_20(moved: float, held: float) -> None:
    dice, runs, inside = random.Random(1), 1500, 0
    for _ in range(runs):
        sides = [(n, sum(dice.random() < share for _ in range(n))) for n, share in ((80, moved), (20, held))]
        found = measure(*sides)
        assert found.low is not None and found.high is not None
        inside += found.low <= moved - held <= found.high
    assert 0.935 < inside / runs < 0.985


@pytest.mark.parametrize(
    ("hour", "part"), [(0, "night"), (4, "night"), (5, "morning"), (11, "midday"), (14, "afternoon"), (23, "evening")]
)
def test_a_day_has_its_parts(hour: int, part: str) -> None:
    assert part_of_day(datetime(2026, 11, 23, hour, 30, tzinfo=LOCAL).astimezone(UTC), LOCAL) == part
