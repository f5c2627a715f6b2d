import pytest

from bridge.core.duplicates import duplicate_mark


@pytest.mark.parametrize("tag", ["Đơn trùng", "ĐƠN TRÙNG", "don-trung", "Trùng đơn", "duplicate", "Duplicate Order"])
def test_a_shop_says_that_an_order_was_placed_twice(tag: str) -> None:
    assert duplicate_mark(["vip", tag, "khác"]) == tag


@pytest.mark.parametrize("tag", ["Trung", "Không trùng", "Đơn trùng khớp", "duplicate-check ok", "đơn", "", "đơn nháp"])
def test_other_tags_say_nothing_of_it(tag: str) -> None:
    assert duplicate_mark([tag]) is None


def test_without_tags_nothing_is_said() -> None:
    assert duplicate_mark([]) is None
