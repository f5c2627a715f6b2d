"""Filters that make what a voice says in Vietnamese."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal

from bridge.core import speech
from bridge.core.model import DEFAULT_ZONE, Json
from bridge.core.phone import read_phone
from bridge.rules.filters.filter import Filter
from bridge.rules.filters.values import Unfit, is_blank, items_of, number_of, short, text_of, whole_of

# Nobody hears more lines of goods.
MAX_LINES = 50


def _spoken(value: Json, speak: Callable[[str], str | None]) -> str | None:
    return None if is_blank(value) else speak(text_of(value)) or None


def clean(value: Json) -> str | None:
    return _spoken(value, speech.clean)


def address_vi(value: Json) -> str | None:
    return _spoken(value, speech.address_vi)


def code_spell(value: Json) -> str | None:
    return _spoken(value, speech.code_spell)


def name_vi(value: Json) -> str | None:
    return _spoken(value, speech.name_vi)


def date_vi(value: Json, timezone: Json = None, *, source: Mapping[str, Json] | None) -> str | None:
    if is_blank(value):
        return None
    if not isinstance(value, str | date):
        raise ValueError("needs a time as ISO 8601, such as 2026-11-05T08:00:00+07:00")
    return speech.date_vi(value, timezone or (source or {}).get("timezone") or DEFAULT_ZONE)


def phone_vn(value: Json, *, source: Mapping[str, Json] | None) -> str | None:
    return read_phone(value, (source or {}).get("country") or "VN").number


def time_vi(value: Json, timezone: Json = None, *, source: Mapping[str, Json] | None) -> str | None:
    return None if is_blank(value) else speech.time_vi(_time(value), _zone(timezone, source))


def span_vi(value: Json, end: Json = None, *, source: Mapping[str, Json] | None) -> str | None:
    if is_blank(value):
        return None
    return speech.span_vi(_time(value), None if is_blank(end) else _time(end), _zone(None, source))


def _time(value: Json) -> str | datetime:
    if not isinstance(value, str | datetime):
        raise ValueError("needs a time as ISO 8601, or as 14:30")
    return value


def _zone(timezone: Json, source: Mapping[str, Json] | None) -> str:
    return str(timezone or (source or {}).get("timezone") or DEFAULT_ZONE)


def phone_spell(value: Json, *, source: Mapping[str, Json] | None) -> str | None:
    number = phone_vn(value, source=source)
    return None if number is None else speech.phone_spell(number)


def honorific(value: Json, word: Json) -> str | None:
    return None if is_blank(value) else short(speech.honorific(text_of(value), text_of(word)))


def vnd_short(value: Json, *, currency: Json = None) -> str:
    return speech.vnd_short(_dong(value, currency))


def item_list(value: Json, limit: Json = 3, units: Json = False) -> str | None:
    return speech.item_list(items_of(value), min(max(1, whole_of(limit)), MAX_LINES), units=units is True)


def vnd(value: Json, *, currency: Json = None) -> str:
    return speech.vnd(_dong(value, currency))


def vnd_words(value: Json, region: Json = None, *, currency: Json = None) -> str:
    return speech.vnd_words(_dong(value, currency), None if region is None else text_of(region))


def money_words(value: Json, *, currency: Json = None) -> str:
    return speech.money_words(number_of(value), currency or "VND")


def _dong(value: Json, currency: Json) -> Decimal:
    number = number_of(value)
    if currency not in (None, "VND"):
        problem = f"takes amounts in VND, and this order's are in {currency}; write money_words"
        raise Unfit(problem, "mapping_currency", currency=str(currency)[:3])
    return number


FILTERS = (
    Filter(
        name="address_vi",
        work=address_vi,
        takes="text",
        returns="words",
        vi="Địa chỉ để đọc: mở các chữ viết tắt như P., Q., TP., Đ.",
        en="An address as spoken: abbreviations such as P., Q., TP. and Đ. are opened.",
        example=(
            "{{ 'Đ. Lê Lợi, P.5, Q.3, TP.HCM' | address_vi }}",
            "đường Lê Lợi, phường 5, quận 3, thành phố Hồ Chí Minh",
        ),
        weight=10,
    ),
    Filter(
        name="clean",
        work=clean,
        takes="text",
        returns="text",
        vi="Bỏ thẻ HTML, mã ký tự như &amp;amp;, shortcode, emoji, ký tự ẩn và khoảng trắng thừa.",
        en="Leaves out HTML, entities such as &amp;amp;, shortcodes, emoji, unseen characters and needless blanks.",
        example=("{{ shipping.name | clean }}", "TRẦN thu hà"),
        weight=10,
    ),
    Filter(
        name="code_spell",
        work=code_spell,
        takes="text",
        returns="words",
        vi="Đọc từng chữ cái và chữ số của một mã.",
        en="Spells a code, letter by letter and digit by digit.",
        example=("{{ order.number | code_spell }}", "đê hát, một không năm ba"),
        weight=10,
    ),
    Filter(
        name="date_vi",
        work=date_vi,
        takes="time",
        returns="words",
        vi="Ngày để đọc, theo múi giờ của cửa hàng hoặc múi giờ ghi thêm.",
        en="The day as spoken, in the source's time zone or in the one that is named.",
        example=("{{ order.created_at | date_vi }}", "thứ Năm, ngày 5 tháng 11"),
    ),
    Filter(
        name="item_list",
        work=item_list,
        takes="list",
        returns="words",
        vi="Danh sách hàng để đọc, tối đa chừng ấy dòng, rồi “và … sản phẩm khác”. Thêm units: true để đọc "
        "“2 chiếc áo…”, “1 đôi giày…” với những món có đơn vị rõ ràng.",
        en="The goods as spoken: so many lines at most, then how many are left. With units: true, “2 chiếc áo …”, "
        "“1 đôi giày …” for goods whose unit is beyond doubt.",
        example=("{{ items | item_list }}", "2 Áo len, 1 Khăn"),
    ),
    Filter(
        name="money_words",
        work=money_words,
        takes="number",
        returns="words",
        vi="Số tiền bằng chữ, theo loại tiền của đơn hàng (đồng, đô la Mỹ, euro…).",
        en="An amount in words, in the order's own currency (đồng, đô la Mỹ, euro and so on).",
        example=("{{ order.total | money_words }}", "một triệu hai trăm năm mươi nghìn đồng"),
    ),
    Filter(
        name="name_vi",
        work=name_vi,
        takes="text",
        returns="words",
        vi="Tên người hoặc công ty để đọc: mỗi chữ viết hoa chữ đầu, mở chữ viết tắt của công ty (CTY TNHH); trống nếu "
        "không phải tên (số điện thoại, e-mail, liên kết).",
        en="A person's or a company's name as spoken: each word with one capital, a company's abbreviations opened "
        "(CTY TNHH); blank for what is no name (a phone, e-mail, link).",
        example=("{{ shipping.name | name_vi }}", "Trần Thu Hà"),
        weight=10,
    ),
    Filter(
        name="phone_vn",
        work=phone_vn,
        takes="phone",
        returns="text",
        vi="Số điện thoại ở dạng trong nước; trống nếu không gọi được.",
        en="A phone number in national form; blank if it cannot be dialled.",
        example=("{{ order.phone | phone_vn }}", "0912345678"),
    ),
    Filter(
        name="vnd",
        work=vnd,
        takes="number",
        returns="words",
        vi="Số tiền bằng chữ số, kèm “đồng”; chỉ nhận đơn hàng bằng tiền Việt (VND).",
        en="An amount in digits, with “đồng”; only of an order in VND.",
        example=("{{ order.total | vnd }}", "1.250.000 đồng"),
    ),
    Filter(
        name="vnd_words",
        work=vnd_words,
        takes="number",
        returns="words",
        vi="Số tiền bằng chữ, kèm “đồng”; chỉ nhận đơn hàng bằng tiền Việt (VND). Thêm 'nam' để đọc “ngàn”, 'bắc' để "
        "đọc “linh”.",
        en="An amount in words, with “đồng”; only of an order in VND. With 'nam' it says “ngàn”, with 'bắc' “linh”.",
        example=("{{ order.total | vnd_words }}", "một triệu hai trăm năm mươi nghìn đồng"),
    ),
    Filter(
        name="honorific",
        work=honorific,
        takes="text",
        returns="words",
        vi="Thêm từ xưng hô trước tên; tên đã có từ xưng hô thì giữ nguyên.",
        en="Puts a word such as “chị” before a name; a name that has one already stays.",
        example=("{{ shipping.name | name_vi | honorific: 'chị' }}", "chị Trần Thu Hà"),
    ),
    Filter(
        name="phone_spell",
        work=phone_spell,
        takes="phone",
        returns="words",
        vi="Số điện thoại đọc từng chữ số, theo nhóm 4-3-3; trống nếu không gọi được.",
        en="A phone number digit by digit, in groups of 4-3-3; blank if it cannot be dialled.",
        example=("{{ order.phone | phone_spell }}", "không chín một hai, ba bốn năm, sáu bảy tám"),
    ),
    Filter(
        name="span_vi",
        work=span_vi,
        takes="time",
        returns="words",
        vi="Khoảng giờ để đọc: của chữ như 14:00-16:00, hoặc đến một giờ khác ghi sau dấu hai chấm.",
        en="A span of time as spoken: of a text such as 14:00-16:00, or to another time after the colon.",
        example=("{{ '14:00-16:30' | span_vi }}", "từ 14 giờ đến 16 giờ 30"),
    ),
    Filter(
        name="time_vi",
        work=time_vi,
        takes="time",
        returns="words",
        vi="Giờ trong ngày để đọc, theo múi giờ của cửa hàng hoặc múi giờ ghi thêm.",
        en="The time of day as spoken, in the source's time zone or in the one that is named.",
        example=("{{ order.created_at | time_vi }}", "8 giờ 30"),
    ),
    Filter(
        name="vnd_short",
        work=vnd_short,
        takes="number",
        returns="words",
        vi="Số tiền nói gọn mà vẫn đúng: “1,25 triệu đồng”, “495 nghìn đồng”; số lẻ thì như vnd.",
        en="An amount as short as it can be said exactly: “1,25 triệu đồng”, “495 nghìn đồng”; else as vnd.",
        example=("{{ order.total | vnd_short }}", "1,25 triệu đồng"),
    ),
)
