from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.schedule import backoff, gcra, retry_at

NOON = datetime(2026, 11, 5, 12, tzinfo=UTC)


def test_the_first_retry_comes_five_to_ten_seconds_later_and_doubles_to_ten_minutes():
    shortest = [backoff(attempt, 0.0).total_seconds() for attempt in range(1, 10)]
    longest = [backoff(attempt, 1.0).total_seconds() for attempt in range(1, 10)]
    assert shortest == [5, 10, 20, 40, 80, 160, 300, 300, 300]
    assert longest == [10, 20, 40, 80, 160, 320, 600, 600, 600]


@given(st.integers(), st.floats(0, 1, exclude_max=True))
def test_no_number_of_attempts_rests_longer_than_ten_minutes(attempt, jitter):
    assert timedelta(seconds=5) <= backoff(attempt, jitter) <= timedelta(minutes=10)


@pytest.mark.parametrize(
    ("requested", "seconds"),
    [(None, 5), (0, 5), (-3, 5), (2, 5), (7.5, 7.5), (3600, 3600), (float("nan"), 5), (float("inf"), 365 * 86400)],
)
def test_retry_after_is_kept_and_never_shortens_the_rest(requested, seconds):
    now = NOON
    assert retry_at(now, 1, 0.0, requested) == now + timedelta(seconds=seconds)


@given(
    st.integers(1, 600),
    st.lists(st.tuples(st.floats(0, 20), st.integers(0, 40)), min_size=1, max_size=80),
)
def test_a_hotlines_rate_holds_in_any_sixty_seconds(per_minute, requested):
    now, next_at, started = NOON, None, []
    for seconds, count in requested:
        now += timedelta(seconds=seconds)
        granted, next_at = gcra(next_at, now, per_minute, count)
        assert 0 <= granted <= count
        started += [now] * granted
    for first, beyond in zip(started, started[per_minute:], strict=False):
        # 1.5 s may pass between a grant and its request without two minutes running into one.
        assert beyond - first > timedelta(seconds=61.5) - timedelta(microseconds=1)


@pytest.mark.parametrize("per_minute", [1, 7, 30, 600, 3000])
def test_who_asks_twice_a_second_is_served_at_nearly_the_full_rate(per_minute):
    now, next_at, total = NOON, None, 0
    for _ in range(2 * 60 * 60):
        granted, next_at = gcra(next_at, now, per_minute, 10_000)
        total += granted
        now += timedelta(seconds=0.5)
    assert 0.95 * per_minute * 60 <= total <= per_minute * 60


def test_an_idle_night_saves_nothing_up():
    evening = NOON
    _, next_at = gcra(None, evening, 30, 1)
    granted, next_at = gcra(next_at, evening + timedelta(hours=13), 30, 1000)
    assert granted == 1
    assert next_at > evening + timedelta(hours=13)


def test_who_was_refused_is_served_at_the_instant_that_was_named():
    now, next_at = NOON, None
    times = []
    for _ in range(40):
        granted, next_at = gcra(next_at, now, 30, 1)
        assert granted == 1
        times.append(now)
        assert gcra(next_at, next_at - timedelta(microseconds=1), 30, 1)[0] == 0
        now = next_at
    assert len({later - earlier for earlier, later in pairwise(times)}) == 1


def test_a_clock_that_went_back_does_not_stop_the_line_for_hours():
    now = NOON
    granted, next_at = gcra(now + timedelta(hours=5), now, 30, 1)
    assert granted == 0
    assert next_at <= now + timedelta(seconds=3)
    assert gcra(next_at, next_at, 30, 1)[0] == 1
