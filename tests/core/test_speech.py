"""Vietnamese as a voice says it. The number words were written down by hand."""

from __future__ import annotations

import unicodedata
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.core.speech import (
    address_vi,
    clean,
    code_spell,
    date_vi,
    decimal_words,
    item_list,
    money_words,
    name_vi,
    number_words,
    vnd,
    vnd_words,
)

NUMBERS = {
    0: "không",
    1: "một",
    4: "bốn",
    5: "năm",
    10: "mười",
    11: "mười một",
    14: "mười bốn",
    15: "mười lăm",
    20: "hai mươi",
    21: "hai mươi mốt",
    24: "hai mươi tư",
    25: "hai mươi lăm",
    31: "ba mươi mốt",
    44: "bốn mươi tư",
    55: "năm mươi lăm",
    99: "chín mươi chín",
    100: "một trăm",
    101: "một trăm lẻ một",
    104: "một trăm lẻ bốn",
    105: "một trăm lẻ năm",
    110: "một trăm mười",
    111: "một trăm mười một",
    115: "một trăm mười lăm",
    121: "một trăm hai mươi mốt",
    1000: "một nghìn",
    1001: "một nghìn không trăm lẻ một",
    1005: "một nghìn không trăm lẻ năm",
    1010: "một nghìn không trăm mười",
    1100: "một nghìn một trăm",
    10000: "mười nghìn",
    15000: "mười lăm nghìn",
    21000: "hai mươi mốt nghìn",
    100000: "một trăm nghìn",
    105000: "một trăm lẻ năm nghìn",
    1000000: "một triệu",
    1000005: "một triệu không trăm lẻ năm",
    1005000: "một triệu không trăm lẻ năm nghìn",
    1250000: "một triệu hai trăm năm mươi nghìn",
    21000000: "hai mươi mốt triệu",
    2000000000: "hai tỷ",
    2000000005: "hai tỷ không trăm lẻ năm",
    1050000000: "một tỷ không trăm năm mươi triệu",
    1000000000000: "một nghìn tỷ",
    1005000000000: "một nghìn không trăm lẻ năm tỷ",
    1000000000000000: "một triệu tỷ",
    -1: "âm một",
    -1250000: "âm một triệu hai trăm năm mươi nghìn",
}


@pytest.mark.parametrize(("number", "words"), NUMBERS.items())
def test_a_number_is_said_as_a_person_says_it(number: int, words: str) -> None:
    assert number_words(number) == words


def test_a_number_that_nobody_says_is_refused() -> None:
    for number in (10**18, -(10**18)):
        with pytest.raises(ValueError, match="below"):
            number_words(number)
    assert number_words(10**18 - 1).startswith("chín trăm chín mươi chín triệu")


@given(st.integers(min_value=0, max_value=10**18 - 1))
def test_number_words_read_back_to_the_number(number: int) -> None:
    assert _read(number_words(number)) == number


def _read(words: str) -> int:
    """A reader of its own, from words to number, that knows nothing of how they were made."""
    ones = {"không": 0, "một": 1, "mốt": 1, "hai": 2, "ba": 3, "bốn": 4, "tư": 4, "năm": 5, "lăm": 5}
    ones |= {"sáu": 6, "bảy": 7, "tám": 8, "chín": 9, "lẻ": 0}
    total = below = group = digit = 0
    for word in words.split():
        if word in ones:
            group, digit = group + digit, ones[word]
        elif word == "trăm":
            group, digit = group + digit * 100, 0
        elif word == "mươi":
            group, digit = group + digit * 10, 0
        elif word == "mười":
            group, digit = group + 10, 0
        elif word in ("nghìn", "triệu"):
            below, group, digit = below + (group + digit) * {"nghìn": 10**3, "triệu": 10**6}[word], 0, 0
        else:
            assert word == "tỷ"
            total, below, group, digit = (total + below + group + digit) * 10**9, 0, 0, 0
    return total + below + group + digit


@pytest.mark.parametrize(
    ("amount", "digits", "words"),
    [
        ("1250000", "1.250.000 đồng", "một triệu hai trăm năm mươi nghìn đồng"),
        ("1250000.00", "1.250.000 đồng", "một triệu hai trăm năm mươi nghìn đồng"),
        ("1.5E+4", "15.000 đồng", "mười lăm nghìn đồng"),
        ("0", "0 đồng", "không đồng"),
        ("-0", "0 đồng", "không đồng"),
        ("999.5", "1.000 đồng", "một nghìn đồng"),
        ("999.49", "999 đồng", "chín trăm chín mươi chín đồng"),
        ("-50000", "âm 50.000 đồng", "âm năm mươi nghìn đồng"),
    ],
)
def test_an_amount_is_said_in_whole_dong(amount: str, digits: str, words: str) -> None:
    assert vnd(Decimal(amount)) == digits
    assert vnd_words(Decimal(amount)) == words


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "-Infinity", "1E+18", "1E+999999"])
def test_an_amount_without_a_spoken_form_is_refused(amount: str) -> None:
    for speak in (vnd, vnd_words):
        with pytest.raises(ValueError, match="below"):
            speak(Decimal(amount))


@pytest.mark.parametrize(
    ("value", "zone", "spoken"),
    [
        ("2026-11-05T08:00:00+07:00", "Asia/Ho_Chi_Minh", "thứ Năm, ngày 5 tháng 11"),
        ("2026-11-05T17:00:00Z", "Asia/Ho_Chi_Minh", "thứ Sáu, ngày 6 tháng 11"),
        ("2026-11-05T16:59:59Z", "Asia/Ho_Chi_Minh", "thứ Năm, ngày 5 tháng 11"),
        ("2026-11-06T00:30:00+07:00", "America/New_York", "thứ Năm, ngày 5 tháng 11"),
        ("2026-12-31T23:30:00+00:00", "Asia/Ho_Chi_Minh", "thứ Sáu, ngày 1 tháng 1"),
        ("2026-11-05T23:30:00", "Asia/Ho_Chi_Minh", "thứ Năm, ngày 5 tháng 11"),
        ("2026-11-08", "America/New_York", "chủ Nhật, ngày 8 tháng 11"),
        (datetime(2026, 11, 5, 17, 0, tzinfo=UTC), "Asia/Ho_Chi_Minh", "thứ Sáu, ngày 6 tháng 11"),
        (date(2026, 11, 7), "Asia/Ho_Chi_Minh", "thứ Bảy, ngày 7 tháng 11"),
    ],
)
def test_a_time_is_seen_in_the_zone_before_its_day_is_taken(value: str | date, zone: str, spoken: str) -> None:
    assert date_vi(value, zone) == spoken


@pytest.mark.parametrize("value", ["05/11/2026", "now", "", "2026-13-01", "20261105", "2026-11-05T99:00"])
def test_what_is_no_iso_time_is_refused_without_being_quoted(value: str) -> None:
    with pytest.raises(ValueError, match=r"^needs a time as ISO 8601, such as 2026-11-05T08:00:00"):
        date_vi(value, "Asia/Ho_Chi_Minh")


def test_a_decomposed_name_is_the_same_name() -> None:
    decomposed = unicodedata.normalize("NFD", "NGUYỄN thị hồng")
    assert decomposed != "NGUYỄN thị hồng"
    assert name_vi(decomposed) == "Nguyễn Thị Hồng"
    assert clean(decomposed) == "NGUYỄN thị hồng"


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("1️⃣ hàng", "1 hàng"),
        ("áo\u200b thun\ufeff", "áo thun"),
        ("hàng🔥hot", "hàng hot"),
        ("👨‍👩‍👧 nhà 👍🏽 ơi 🇻🇳", "nhà ơi"),
        ("một\r\n\thai\x00ba", "một hai ba"),
        ("\u202eđảo\u202c", "đảo"),
        ("5.000₫ ở 30°C, số № 7", "5.000₫ ở 30°C, số № 7"),
        ("\u3164 \u2800", ""),
        ("\ud83d", ""),
    ],
)
def test_only_what_can_be_said_stays(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("chị lan", "Chị Lan"),
        ("ANH TUẤN", "Anh Tuấn"),
        ("𝓛𝓪𝓷 ✨", "Lan"),
        ("Ｌａｎ", "Lan"),
        ("đỗ văn đức", "Đỗ Văn Đức"),
        ("mary-jane o'neil", "Mary-Jane O'neil"),
        ("Lan 0912 345 678", "Lan"),
        ("Lan lan@example.test", "Lan"),
        ("Lan™", "Lan"),
        ("Lan (0912345678)", "Lan"),
        ("Lan )", "Lan"),
        ("( Lan", "Lan"),
        ("Lan - SĐT: 0912 345 678", "Lan"),
        ("Lan (gọi giờ hành chính)", "Lan"),
        ("(chị Hoa)", "Chị Hoa"),
        ("Trần Thu &amp;amp; Hà", "Trần Thu & Hà"),
        ("<b>trần thu hà</b>", "Trần Thu Hà"),
        ("Ng. Văn An", "Nguyễn Văn An"),
        ("N.V.A", "N V A"),
        ("CTY TNHH MINH LONG", "Công ty trách nhiệm hữu hạn Minh Long"),
        ("Cty TNHH MTV TM-DV Hoàng Gia", "Công ty trách nhiệm hữu hạn một thành viên thương mại dịch vụ Hoàng Gia"),
        ("CÔNG TY CỔ PHẦN FPT", "Công ty cổ phần ép pê tê"),
        ("Công ty T.N.H.H An Phát", "Công ty trách nhiệm hữu hạn An Phát"),
        ("CTY CP SX & TM VIỆT TIẾN", "Công ty cổ phần sản xuất và thương mại Việt Tiến"),
        ("DNTN Thành Công (0903111222)", "Doanh nghiệp tư nhân Thành Công"),
        ('"Lan"', "Lan"),
        ("“Chị Lan”", "Chị Lan"),
        ("null", None),
        ("undefined", None),
        ("{{ name }}", None),
        ("Khách lẻ", None),
        ("N/A", None),
        ("0912345678", None),
        ("+84 912.345.678", None),
        ("0912***678", None),
        ("@lan.shop", None),
        ("lan@example.test", None),
        ("https://example.test/lan", None),
        ("🔥🔥", None),
        (".", None),
        ("", None),
    ],
)
def test_a_name_is_spoken_as_a_name_or_not_at_all(text: str, name: str | None) -> None:
    assert name_vi(text) == name


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("12 ngõ 5, P. Nghĩa Tân, Q. Cầu Giấy, TP. HN", "12 ngõ 5, phường Nghĩa Tân, quận Cầu Giấy, Hà Nội"),
        ("45/6 Đ.Lê Lợi, P5, Q.10, TP.HCM", "45/6 đường Lê Lợi, phường 5, quận 10, thành phố Hồ Chí Minh"),
        ("ấp 3, X. Tân Phú, H.Đức Hòa, T. Long An", "ấp 3, xã Tân Phú, huyện Đức Hòa, tỉnh Long An"),
        ("Tp Đà Nẵng", "thành phố Đà Nẵng"),
        ("KCN Tân Bình, VN", "khu công nghiệp Tân Bình, Việt Nam"),
        ("Số 5 Quang Trung", "Số 5 Quang Trung"),
        ("🔥", None),
    ],
)
def test_the_abbreviations_of_an_address_are_opened(text: str, spoken: str | None) -> None:
    assert address_vi(text) == spoken


@pytest.mark.parametrize(
    ("code", "spoken"),
    [
        ("DH-2068", "đê hát, hai không sáu tám"),
        ("#1001", "một không không một"),
        ("đh2068", "đê hát, hai không sáu tám"),
        ("A1B2", "a, một, bê, hai"),
        ("１２", "một hai"),
        ("Ế", "e"),
        ("--", None),
        ("", None),
    ],
)
def test_a_code_is_spelt(code: str, spoken: str | None) -> None:
    assert code_spell(code) == spoken


def test_goods_are_listed_and_the_rest_is_counted() -> None:
    goods = [{"title": f"Áo {size}", "quantity": Decimal(index)} for index, size in enumerate("SMLX", 1)]
    assert item_list(goods[:1]) == "1 Áo S"
    assert item_list(goods[:3]) == "1 Áo S, 2 Áo M, 3 Áo L"
    assert item_list(goods) == "1 Áo S, 2 Áo M, 3 Áo L và 1 sản phẩm khác"
    assert item_list(goods, 1) == "1 Áo S và 3 sản phẩm khác"
    assert item_list([]) is None


@pytest.mark.parametrize(
    ("item", "spoken"),
    [
        ({"title": "Gạo", "quantity": Decimal("2.50")}, "2,5 Gạo"),
        ({"title": "Gạo", "quantity": Decimal("10.0")}, "10 Gạo"),
        ({"title": "Gạo", "quantity": Decimal("1E+1")}, "10 Gạo"),
        ({"name": "Gạo 🔥", "quantity": 2}, "2 Gạo"),
        ({"title": "Gạo"}, "Gạo"),
        ({"title": "Gạo", "quantity": Decimal(0)}, None),
        ({"title": "🔥", "quantity": 1}, None),
        ({"title": "Áo len &#8211; M &amp;amp; L", "quantity": 1}, "1 Áo len – M & L"),
        ({"title": "<b>Áo</b> len [vc_row]", "quantity": 1}, "1 Áo len"),
        ({"title": "ÁO LEN NAM CAO CẤP SIZE XL", "quantity": 1}, "1 Áo len nam cao cấp size XL"),
        ({"title": "Tai nghe SONY WH-1000XM4", "quantity": 1}, "1 Tai nghe SONY WH-1000XM4"),
        ({"title": "COMBO 2 ÁO, USB LED A4", "quantity": 1}, "1 Combo 2 áo, USB LED A4"),
        ({"title": "Áo thun M", "quantity": 1}, "1 Áo thun M"),
    ],
)
def test_a_line_is_quantity_and_title(item: dict[str, object], spoken: str | None) -> None:
    assert item_list([item]) == spoken


@pytest.mark.parametrize("item", ["áo", {"title": "áo", "quantity": "2"}, {"title": "áo", "quantity": Decimal("NaN")}])
def test_what_is_no_line_of_an_order_is_refused(item: object) -> None:
    with pytest.raises(ValueError, match=r"^needs"):
        item_list([item])


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("1.5", "một phẩy năm"),
        ("1.50", "một phẩy năm"),
        ("0.05", "không phẩy không năm"),
        ("-2.25", "âm hai phẩy hai năm"),
        ("1.00", "một"),
        ("-0.0", "không"),
    ],
)
def test_decimals_are_said_one_by_one(number: str, words: str) -> None:
    assert decimal_words(Decimal(number)) == words


@pytest.mark.parametrize(
    ("amount", "currency", "words"),
    [
        ("1250000", "VND", "một triệu hai trăm năm mươi nghìn đồng"),
        ("1999.50", "USD", "một nghìn chín trăm chín mươi chín phẩy năm đô la Mỹ"),
        ("268000.00", "IDR", "hai trăm sáu mươi tám nghìn rupiah Indonesia"),
        ("20", "EUR", "hai mươi euro"),
        ("5", "XAF", "năm ích a ép"),
    ],
)
def test_an_amount_is_said_with_the_name_of_its_currency(amount: str, currency: str, words: str) -> None:
    assert money_words(Decimal(amount), currency) == words
