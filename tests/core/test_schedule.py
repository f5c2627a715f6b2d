from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.core.schedule import (
    ALWAYS,
    HORIZON,
    Window,
    is_permitted,
    local_day,
    next_permitted,
    parse_duration,
    parse_windows,
    permitted_until,
    promise,
    redial_at,
)

VIETNAM = "Asia/Ho_Chi_Minh"
# Ordinary DST; DST of half an hour; clocks that change at midnight; none at all.
ZONES = ["America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Africa/Cairo", "America/Santiago", VIETNAM]
DAYTIME = parse_windows(None)
EVERY_DAY = frozenset(range(7))
MINUTE = timedelta(minutes=1)

windows = st.lists(
    st.builds(
        lambda days, ends: Window(frozenset(days), min(ends), max(ends)),
        st.sets(st.integers(0, 6), min_size=1),
        st.sets(st.integers(0, 1440) | st.sampled_from([0, 60, 90, 120, 150, 180, 1440]), min_size=2, max_size=2),
    ),
    min_size=1,
    max_size=3,
)
# Weighted towards the days on which the clocks of these zones change.
instants = st.one_of(
    st.datetimes(datetime(2026, 1, 1), datetime(2028, 12, 31)),
    st.datetimes(datetime(2026, 3, 7), datetime(2026, 3, 10)),
    st.datetimes(datetime(2026, 10, 24), datetime(2026, 11, 3)),
    st.datetimes(datetime(2026, 4, 3), datetime(2026, 4, 7)),
).map(lambda naive: naive.replace(tzinfo=UTC))
holidays = st.sets(st.dates(date(2026, 1, 1), date(2028, 12, 31)), max_size=3)


def local(text: str, zone: str = VIETNAM) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def is_inside(at: datetime, opened: list[Window], zone: str, closed: set[date]) -> bool:
    """The promise in other words: what the clock on the wall shows lies between two times of a window."""
    wall = at.astimezone(ZoneInfo(zone))
    shown = wall.strftime("%H:%M")
    return wall.date() not in closed and any(
        wall.weekday() in window.days
        and f"{window.from_minute // 60:02}:{window.from_minute % 60:02}"
        <= shown
        < f"{window.to_minute // 60:02}:{window.to_minute % 60:02}"
        for window in opened
    )


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("30s", 30), ("10m", 600), ("2h", 7200), ("7d", 604800), ("365d", 31536000), ("0", 0), (0, 0), (" 5m ", 300)],
)
def test_a_duration_is_a_number_and_its_unit(text, seconds):
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text", ["", "10", "m", "-5m", "1.5h", "10 m", "10M", "1w", "٣m", "10m5s", 10, 1.5, True, False, None, [], "366d"]
)
def test_another_duration_is_refused_with_what_to_write(text):
    with pytest.raises(ValueError, match=r"write .*(10m|365d)"):
        parse_duration(text)


@given(st.text() | st.integers().map(lambda number: f"{number}d"))
def test_no_text_breaks_the_reading_of_durations(text):
    try:
        assert timedelta(0) <= parse_duration(text) <= timedelta(days=365)
    except ValueError as error:
        assert "write" in str(error)


def test_a_rule_without_windows_rings_every_day_from_eight_to_eight():
    assert parse_windows(None) == (Window(EVERY_DAY, 480, 1200),)
    assert parse_windows({}) == parse_windows(None)


@pytest.mark.parametrize(
    ("days", "numbers"),
    [
        ("mon-sun", range(7)),
        ("mon-fri", range(5)),
        ("mon,wed,sat", (0, 2, 5)),
        ("sat-mon", (5, 6, 0)),
        ("sun", (6,)),
        ("tue-tue", (1,)),
        ("Mon - Wed, fri", (0, 1, 2, 4)),
    ],
)
def test_days_are_spans_and_lists_that_may_wrap_around_the_week(days, numbers):
    assert parse_windows({"days": days})[0].days == frozenset(numbers)


def test_several_windows_a_day_are_a_list():
    document = [{"from": "08:00", "to": "11:30"}, {"days": "sat", "from": "13:00", "to": "24:00"}]
    assert parse_windows(document) == (Window(EVERY_DAY, 480, 690), Window(frozenset({5}), 780, 1440))


WRONG_WINDOWS = [
    ({"from": "20:00", "to": "08:00"}, "over midnight is two"),
    ({"from": "08:00", "to": "08:00"}, "from must be before to"),
    ({"from": "24:00", "to": "24:00"}, "from must be before to"),
    ({"from": "08:00", "to": "24:01"}, "not a time of day"), ({"from": "08:60"}, "not a time of day"),
    ({"from": "8"}, "not a time of day"), ({"from": 480}, "not a time of day"), ({"to": None}, "not a time of day"),
    ({"days": "mon-tue-wed"}, "not days"), ({"days": "monday"}, "not days"), ({"days": ""}, "not days"),
    ({"days": ["mon"]}, "not days"), ({"day": "mon"}, "days, from and to"), (["mon-sun"], "days, from and to"),
    ([], "not a window"), ("08:00-20:00", "not a window"), (8, "not a window"),
]  # fmt: skip


@pytest.mark.parametrize(("document", "said"), WRONG_WINDOWS)
def test_another_window_is_refused_with_what_to_write(document, said):
    with pytest.raises(ValueError, match=said):
        parse_windows(document)


@pytest.mark.parametrize(
    ("at", "rings"),
    [
        ("2026-11-05 07:59:59.999999", "2026-11-05 08:00"),
        ("2026-11-05 08:00", "2026-11-05 08:00"),
        ("2026-11-05 12:34:56.789", "2026-11-05 12:34:56.789"),
        ("2026-11-05 19:58:59.999999", "2026-11-05 19:58:59.999999"),
        ("2026-11-05 19:59", "2026-11-06 08:00"),
        ("2026-11-05 19:59:30", "2026-11-06 08:00"),
        ("2026-11-05 20:00", "2026-11-06 08:00"),
        ("2026-12-31 23:00", "2027-01-01 08:00"),
    ],
)
def test_a_call_rings_in_its_window_and_not_in_the_last_minute(at, rings):
    assert next_permitted(local(at), DAYTIME, VIETNAM, ()) == local(rings)


def test_two_windows_over_midnight_ring_through_midnight():
    night = parse_windows([{"from": "22:00", "to": "24:00"}, {"from": "00:00", "to": "02:00"}])
    for text in ("2026-11-05 23:59:30", "2026-11-06 00:00:00", "2026-11-06 01:58:59"):
        assert next_permitted(local(text), night, VIETNAM, ()) == local(text)
    assert next_permitted(local("2026-11-06 01:59:30"), night, VIETNAM, ()) == local("2026-11-06 22:00")


def test_a_window_that_follows_on_at_once_lifts_the_last_minute():
    halves = parse_windows([{"from": "08:00", "to": "12:00"}, {"from": "12:00", "to": "13:00"}])
    gap = parse_windows([{"from": "08:00", "to": "12:00"}, {"from": "12:01", "to": "13:00"}])
    at = local("2026-11-05 11:59:30")
    assert next_permitted(at, halves, VIETNAM, ()) == at
    assert next_permitted(at, gap, VIETNAM, ()) == local("2026-11-05 12:01")


def test_before_a_holiday_the_last_minute_of_the_day_is_quiet():
    feast = {date(2027, 2, 6), date(2027, 2, 7)}
    eve = local("2027-02-05 23:59:30")
    assert next_permitted(eve, ALWAYS, VIETNAM, ()) == eve
    assert next_permitted(eve, ALWAYS, VIETNAM, feast) == local("2027-02-08 00:00")
    assert next_permitted(local("2027-02-05 20:00"), DAYTIME, VIETNAM, feast) == local("2027-02-08 08:00")


def test_a_holiday_is_a_day_of_the_shop_and_not_of_utc():
    at = datetime(2027, 2, 5, 18, tzinfo=UTC)  # 01:00 on the 6th in Vietnam
    assert not is_permitted(at, ALWAYS, VIETNAM, {date(2027, 2, 6)})
    assert is_permitted(at, ALWAYS, VIETNAM, {date(2027, 2, 5)})


def test_in_spring_a_window_that_begins_in_the_lost_hour_begins_after_it():
    early = parse_windows({"from": "02:30", "to": "05:00"})
    at = local("2026-03-08 01:00", "America/New_York")
    assert next_permitted(at, early, "America/New_York", ()) == datetime(2026, 3, 8, 7, tzinfo=UTC)  # 03:00 EDT


def test_in_spring_a_window_inside_the_lost_hour_does_not_open_that_day():
    early = parse_windows({"from": "02:10", "to": "02:50"})
    at = local("2026-03-08 01:00", "America/New_York")
    assert next_permitted(at, early, "America/New_York", ()) == local("2026-03-09 02:10", "America/New_York")


def test_in_autumn_a_window_of_the_repeated_hour_opens_twice():
    early = parse_windows({"from": "01:00", "to": "01:30"})
    zone = "America/New_York"
    first = datetime(2026, 11, 1, 5, tzinfo=UTC)  # 01:00 EDT
    assert next_permitted(first - MINUTE, early, zone, ()) == first
    assert next_permitted(first + 40 * MINUTE, early, zone, ()) == first + 60 * MINUTE  # 01:00 EST
    assert next_permitted(first + 100 * MINUTE, early, zone, ()) == local("2026-11-02 01:00", zone)


def test_a_daytime_window_keeps_its_hours_on_both_sides_of_a_change():
    zone = "Europe/Berlin"
    assert next_permitted(local("2026-03-28 21:00", zone), DAYTIME, zone, ()) == datetime(2026, 3, 29, 6, tzinfo=UTC)
    assert next_permitted(local("2026-10-24 21:00", zone), DAYTIME, zone, ()) == datetime(2026, 10, 25, 7, tzinfo=UTC)


def test_a_window_that_never_opens_is_none():
    at = local("2026-11-05 12:00")
    assert next_permitted(at, (Window(EVERY_DAY, 480, 481),), VIETNAM, ()) is None
    days = {at.date() + timedelta(days=number) for number in range(402)}
    assert next_permitted(at, DAYTIME, VIETNAM, days) is None
    assert next_permitted(at, DAYTIME, VIETNAM, days - {at.date() + timedelta(days=401)}) is None
    assert next_permitted(at, DAYTIME, VIETNAM, days - {date(2027, 11, 1)}) == local("2027-11-01 08:00")


@given(instants, windows, st.sampled_from(ZONES), holidays)
def test_no_instant_lies_outside_its_window_or_in_its_last_minute(at, opened, zone, closed):
    found = next_permitted(at, opened, zone, closed)
    if found is not None:
        assert found >= at
        assert found.utcoffset() == timedelta(0)
        assert found - at <= HORIZON
        assert all(is_inside(found + seconds * MINUTE / 60, opened, zone, closed) for seconds in range(0, 61, 5))
        assert is_permitted(found, opened, zone, closed)


@settings(max_examples=40)
@given(instants, windows, st.sampled_from(ZONES), holidays)
def test_no_earlier_minute_would_have_been_permitted(at, opened, zone, closed):
    found = next_permitted(at, opened, zone, closed)
    minute = at.replace(second=0, microsecond=0) + MINUTE
    until = min(found or at + timedelta(days=3), at + timedelta(days=3))
    while minute < until:
        assert not (is_inside(minute, opened, zone, closed) and is_inside(minute + MINUTE, opened, zone, closed))
        minute += MINUTE


@given(instants, st.timedeltas(timedelta(0), timedelta(days=9)), windows, st.sampled_from(ZONES), holidays)
def test_a_later_question_never_has_an_earlier_answer(at, step, opened, zone, closed):
    first, second = (next_permitted(moment, opened, zone, closed) for moment in (at, at + step))
    if first is not None and second is not None:
        assert first == second if at + step <= first else first <= second


@given(instants, windows, st.sampled_from(ZONES), holidays)
def test_what_is_permitted_now_is_its_own_answer(at, opened, zone, closed):
    found = next_permitted(at, opened, zone, closed)
    assert is_permitted(at, opened, zone, closed) == (found == at)


def test_within_counts_from_the_creation_of_a_new_order_and_else_from_the_event():
    created, paid, now = local("2026-11-05 09:00"), local("2026-11-05 15:00"), local("2026-11-05 15:01")
    day, none = timedelta(hours=24), timedelta(0)
    rest = (now, none, day, DAYTIME, VIETNAM, ())
    assert promise(created, paid, *rest) == (now, created + day)
    assert promise(paid, paid, *rest) == (now, paid + day)


def test_after_counts_from_the_event_and_an_outage_does_not_start_it_anew():
    event = local("2026-11-05 09:00")
    for now, rings in (("05 09:00:02", "05 09:10"), ("05 09:30", "05 09:30"), ("05 19:59:10", "06 08:00")):
        at, due = local(f"2026-11-{now}"), local(f"2026-11-{rings}")
        assert promise(event, event, at, 10 * MINUTE, HORIZON, DAYTIME, VIETNAM, ())[0] == due


def test_a_promise_that_cannot_be_kept_begins_after_its_end():
    event = local("2026-11-05 19:00")
    found = promise(event, event, event, timedelta(0), 30 * MINUTE, DAYTIME, VIETNAM, {event.date()})
    assert found == (local("2026-11-06 08:00"), local("2026-11-05 19:30"))


def test_a_window_that_never_opens_promises_nothing():
    at = local("2026-11-05 12:00")
    shut = (Window(EVERY_DAY, 480, 481),)
    not_before, not_after = promise(at, at, at, timedelta(0), timedelta(days=365), shut, VIETNAM, ())
    assert not_before > not_after


def test_a_shop_whose_clock_is_ahead_wins_no_time():
    now = local("2026-11-05 12:00")
    future = now + timedelta(days=3650)
    found = promise(future, future, now, 10 * MINUTE, 60 * MINUTE, DAYTIME, VIETNAM, ())
    assert found == (now + 10 * MINUTE, now + 60 * MINUTE)


@given(instants, instants, instants, windows, st.sampled_from(ZONES), st.sampled_from(["order.created", "order.paid"]))
def test_a_promised_ring_is_permitted_and_neither_past_nor_before_its_delay(at, event, now, opened, zone, topic):
    not_before, not_after = promise(at, event, now, 10 * MINUTE, timedelta(days=1), opened, zone, ())
    assert not_after <= now + timedelta(days=1)
    assert not_before >= now
    if not_before <= not_after:
        assert is_permitted(not_before, opened, zone, ())
        assert not_before >= min(event, now) + 10 * MINUTE


def test_the_local_day_turns_at_the_shops_midnight():
    at = datetime(2026, 11, 5, 17, tzinfo=UTC)
    assert local_day(at, VIETNAM) == date(2026, 11, 6)
    assert local_day(at - timedelta(microseconds=1), VIETNAM) == date(2026, 11, 5)
    assert local_day(at, "America/New_York") == date(2026, 11, 5)


spans = st.integers(0, 40 * 86_400).map(lambda seconds: timedelta(seconds=seconds))


@given(
    instants, spans, spans, spans, windows, st.sampled_from(ZONES), holidays, st.booleans()
)  # fmt: skip
def test_a_redial_is_in_a_window_after_its_rest_and_within_the_promise(
    ended: datetime,
    told_later: timedelta,
    every: timedelta,
    left: timedelta,
    opened: list[Window],
    zone: str,
    closed: set[date],
    next_day: bool,
) -> None:
    now = ended + told_later
    not_after = ended + left
    at = redial_at(ended, now, every, not_after, opened, zone, closed, next_day=next_day)
    if at is None:
        first = next_permitted(max(ended + every, now), opened, zone, closed)
        assert next_day or first is None or first > not_after
        return
    assert is_permitted(at, opened, zone, closed)
    assert is_inside(at, opened, zone, closed)
    assert max(ended + every, now) <= at <= not_after
    assert not next_day or local_day(at, zone) > local_day(ended, zone)


def test_a_call_that_ended_in_the_future_counts_as_now() -> None:
    now = local("2026-11-23T10:00")
    end = local("2026-11-24T10:00")
    assert redial_at(end, now, 5 * MINUTE, end, DAYTIME, VIETNAM) == now + 5 * MINUTE


def test_a_redial_moves_to_the_next_morning_and_not_beyond_the_promise() -> None:
    ended, morning = local("2026-11-23T19:50"), local("2026-11-24T08:00")
    assert redial_at(ended, ended, 30 * MINUTE, morning, DAYTIME, VIETNAM) == morning
    assert redial_at(ended, ended, 30 * MINUTE, morning - MINUTE, DAYTIME, VIETNAM) is None


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31)),
    st.integers(0, 3 * 86400),
    windows,
    st.sampled_from(ZONES),
)
def test_until_then_a_call_may_start_at_any_instant_and_no_later_if_the_window_ends(
    start: datetime, seconds: int, given_windows: list[Window], zone: str
) -> None:
    begun = start.replace(tzinfo=UTC)
    end = begun + timedelta(seconds=seconds)
    until = permitted_until(begun, end, given_windows, zone)
    if not is_permitted(begun, given_windows, zone):
        assert until == begun
        return
    assert begun <= until <= end
    if zone == VIETNAM:
        steps = [begun + n * timedelta(minutes=7) for n in range((until - begun) // timedelta(minutes=7) + 1)]
        assert all(is_permitted(at, given_windows, zone) for at in [*steps, until])
        assert until == end or not is_permitted(until + timedelta(seconds=1), given_windows, zone)


def test_a_holiday_ends_what_else_goes_over_midnight() -> None:
    start = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
    whole = start + timedelta(days=2)
    assert permitted_until(start, whole, ALWAYS, VIETNAM) == whole
    midnight = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
    assert permitted_until(start, whole, ALWAYS, VIETNAM, [date(2026, 11, 24)]) == midnight - timedelta(seconds=61)
