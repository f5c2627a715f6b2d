from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bridge.core.silence import DAYS, LEAST, LEAST_DAYS, Gaps, remember, usual_gap

START = datetime(2026, 11, 1, 1, 0, tzinfo=UTC)


def learn(instants: list[datetime], gaps: Gaps | None = None) -> Gaps:
    known, last = gaps or {}, None
    for at in instants:
        known, last = remember(known, last, at), at
    return known


def days(count: int, hours: tuple[int, ...] = (0, 1, 9)) -> list[datetime]:
    return [START + timedelta(days=day, hours=hour) for day in range(count) for hour in hours]


def test_a_new_source_has_no_usual_gap() -> None:
    assert usual_gap({}) is None
    assert usual_gap(learn(days(LEAST_DAYS - 1))) is None


def test_the_usual_gap_is_twice_the_longest_silence_and_a_night_is_one() -> None:
    assert usual_gap(learn(days(LEAST_DAYS))) == timedelta(hours=30)


def test_a_busy_source_may_always_be_silent_for_an_hour() -> None:
    instants = [START + timedelta(minutes=n) for n in range(LEAST_DAYS * 1440)]
    assert usual_gap(learn(instants)) == LEAST


def test_a_weekend_counts_on_the_day_on_which_it_ends() -> None:
    gaps = learn([*days(3), START + timedelta(days=6)])
    assert gaps["2026-11-07"] == timedelta(days=4, hours=-9).total_seconds()


def test_what_is_longer_than_usual_counts_as_the_usual() -> None:
    before = learn(days(7))
    last = START + timedelta(days=6, hours=9)
    after = remember(before, last, last + timedelta(days=3))
    assert usual_gap(before) == timedelta(hours=30)
    assert usual_gap(after) == timedelta(hours=60)


def test_days_long_past_are_forgotten() -> None:
    gaps = learn([*days(5), *(START + timedelta(days=20 + day, hours=hour) for day in range(5) for hour in range(24))])
    assert min(gaps) >= "2026-11-11"
    assert len(learn(days(60))) == DAYS


@given(st.lists(st.timedeltas(timedelta(0), timedelta(days=9)), max_size=40))
def test_whatever_comes_the_gaps_stay_few_and_never_below_zero(steps: list[timedelta]) -> None:
    at, instants = START, []
    for step in steps:
        at += step
        instants.append(at)
    gaps = learn(instants)
    assert len(gaps) <= DAYS
    assert all(seconds >= 0 for seconds in gaps.values())
    usual = usual_gap(gaps)
    assert usual is None or usual >= LEAST


def test_instants_out_of_order_are_no_negative_silence() -> None:
    assert remember({}, START, START - timedelta(seconds=5)) == {"2026-11-01": 0}
