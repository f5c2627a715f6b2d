"""Times as senders write them: ISO 8601, Unix time, and the ways of Vietnam, of spreadsheets and of programs."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.platforms.shared.times import parse_time

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
AFTERNOON = datetime(2026, 11, 25, 7, 5, 33, tzinfo=UTC)
MINUTE = datetime(2026, 11, 25, 7, 5, tzinfo=UTC)
DAY = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "instant"),
    [
        ("25/11/2026 14:05:33", AFTERNOON),
        ("14:05:33 25/11/2026", AFTERNOON),
        ("14:05 25/11/2026", MINUTE),
        ("25/11/2026", DAY),
        ("25-11-2026 14:05", MINUTE),
        ("25.11.2026 14:05", MINUTE),
        ("25/11/2026 - 14:05", MINUTE),
        ("25/11/2026, 14:05:33", AFTERNOON),
        ("25/11/2026T14:05:33", AFTERNOON),
        ("14:05:33, 25/11/2026", AFTERNOON),
        ("14h05 25/11/2026", MINUTE),
        ("14h05' ngày 25/11/2026", MINUTE),
        ("14 giờ 05 phút, ngày 25/11/2026", MINUTE),
        ("25/11/2026 lúc 14:05", MINUTE),
        ("Thứ Tư, 25/11/2026 14:05", MINUTE),
        ("Ngày 25 tháng 11 năm 2026 14:05", MINUTE),
        ("25 tháng 11, 2026 14:05", MINUTE),
        ("25 thg 11, 2026", DAY),
        ("25/11/2026 2:05:33 CH", AFTERNOON),
        ("25/11/2026 02:05:33 PM", AFTERNOON),
        ("11/25/2026 2:05 pm", MINUTE),  # no month is the 25th
        ("25/11/2026 14:05:33 +07:00", AFTERNOON),
        ("25/11/2026 07:05:33 UTC", AFTERNOON),
        ("25/11/2026 14:05:33 (GMT+7)", AFTERNOON),
        ("2026-11-25T14:05:33+07:00", AFTERNOON),
        ("2026-11-25T07:05:33Z", AFTERNOON),
        ("2026-11-25T07:05:33.000000000Z", AFTERNOON),
        ("2026-11-25T07:05:33+0000", AFTERNOON),
        ("2026-11-25T14:05:33+07", AFTERNOON),
        ("2026-11-25 14:05:33 +0700", AFTERNOON),
        ("2026-11-25 14:05", MINUTE),
        ("2026/11/25 14:05:33", AFTERNOON),
        ("2026.11.25 14:05:33", AFTERNOON),
        ("14:05:33 2026-11-25", AFTERNOON),
        ("20261125T140533", AFTERNOON),
        ("20261125T070533Z", AFTERNOON),
        ("20261125140533", AFTERNOON),
        ("Wed, 25 Nov 2026 14:05:33 +0700", AFTERNOON),
        ("Wed, 25 Nov 2026 07:05:33 GMT", AFTERNOON),
        ("Wed Nov 25 2026 14:05:33 GMT+0700 (Indochina Time)", AFTERNOON),
        ("Nov 25, 2026, 2:05:33 PM", AFTERNOON),
        ("25-Nov-2026 14:05:33", AFTERNOON),
        ("November 25th, 2026 14:05", MINUTE),
        (1795590333, AFTERNOON),
        ("1795590333", AFTERNOON),
        (1795590333000, AFTERNOON),
        (Decimal("1795590333.0"), AFTERNOON),
        ("/Date(1795590333000)/", AFTERNOON),
        ("/Date(1795590333000+0700)/", AFTERNOON),
        ("\\/Date(1795590333000)\\/", AFTERNOON),
        ("05/11/2026 14:05:33", datetime(2026, 11, 5, 7, 5, 33, tzinfo=UTC)),
        ("5/11/2026", datetime(2026, 11, 4, 17, 0, tzinfo=UTC)),
        ("25/11/2026 12:05 SA", datetime(2026, 11, 24, 17, 5, tzinfo=UTC)),
        ("25/11/2026 12:05 CH", datetime(2026, 11, 25, 5, 5, tzinfo=UTC)),
    ],
)
def test_a_time_of_a_shop_in_vietnam_is_read_day_first_and_in_its_zone(value: Any, instant: datetime) -> None:
    assert parse_time(value, HANOI, day_first=True) == instant


@pytest.mark.parametrize("value", ["05/11/2026 14:05:33", "14:05 5/11/2026", "11-05-2026", "05.11.2026"])
def test_where_no_country_says_which_comes_first_two_meanings_are_refused(value: str) -> None:
    with pytest.raises(ValueError, match="may mean two days"):
        parse_time(value, HANOI)


@pytest.mark.parametrize("value", ["25/11/2026", "11/25/2026", "2026-11-25", "25 Nov 2026"])
def test_what_can_mean_one_day_only_needs_no_country(value: str) -> None:
    assert parse_time(value, HANOI) == DAY


def test_the_same_number_for_day_and_month_means_one_day() -> None:
    assert parse_time("11/11/2026", HANOI) == datetime(2026, 11, 10, 17, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    [
        "25/11/26",  # 2025-11-26 as well
        "25/13/2026 x",
        "31/02/2026",
        "2026-02-30",
        "32/11/2026",
        "25/11/2026 25:05",
        "25/11/2026 14:65",
        "14:05",
        "25/11",
        "11/2026",
        "20261125",
        "hôm qua",
        "tomorrow",
        "giao ngày 25/11/2026 cho chị Lan",
        "25/11/2026 26/11/2026",
        "125/11/2026",
        "25/11/20261",
        "25/11/2026 14:05 +99:00",
        "/Date(abc)/",
        "/Date(99999999999999999999)/",
        True,
        [1],
        {},
        -1,
        10**20,
        "1" * 5000,
        "25/11/2026 " + " " * 50_000 + "x",
    ],
)
def test_what_is_no_time_for_sure_is_refused(value: Any) -> None:
    begun = time.process_time()
    with pytest.raises(ValueError, match=r"\w"):
        parse_time(value, HANOI, day_first=True)
    assert time.process_time() - begun < 0.2


@pytest.mark.parametrize(
    "value",
    ["", "  ", 0, "0", "0001-01-01T00:00:00Z", "0000-00-00 00:00:00", "0000-00-00T00:00:00", "01/01/0001 00:00:00"],
)
def test_what_programs_write_for_no_time_is_none(value: Any) -> None:
    assert parse_time(value, HANOI, day_first=True) is None


@given(st.datetimes(datetime(1970, 1, 2), datetime(2100, 1, 1)), st.booleans())
def test_day_month_and_year_are_read_back(moment: datetime, day_first: bool) -> None:
    moment = moment.replace(microsecond=0)
    for form in ("%d/%m/%Y %H:%M:%S", "%H:%M:%S %d-%m-%Y", "%Y/%m/%d %H:%M:%S", "%d %b %Y %H:%M:%S"):
        text = moment.strftime(form)
        try:
            found = parse_time(text, HANOI, day_first=day_first)
        except ValueError:
            assert not day_first and moment.day <= 12
            continue
        assert found == moment.replace(tzinfo=HANOI)
