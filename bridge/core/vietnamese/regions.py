"""The provinces of Vietnam as they are since 1 July 2025, found by a new or an old name, in any spelling. Pure.

34 provinces and cities by Resolution 202/2025/QH15 of 12 June 2025, of which 23 were made of several.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import chain

from bridge.core.folding import fold

# Each province of today, and those of before that are part of it.
PROVINCES: Mapping[str, tuple[str, ...]] = {
    "An Giang": ("Kiên Giang",),
    "Bắc Ninh": ("Bắc Giang",),
    "Cà Mau": ("Bạc Liêu",),
    "Cần Thơ": ("Sóc Trăng", "Hậu Giang"),
    "Cao Bằng": (),
    "Đà Nẵng": ("Quảng Nam",),
    "Đắk Lắk": ("Phú Yên",),
    "Điện Biên": (),
    "Đồng Nai": ("Bình Phước",),
    "Đồng Tháp": ("Tiền Giang",),
    "Gia Lai": ("Bình Định",),
    "Hà Nội": (),
    "Hà Tĩnh": (),
    "Hải Phòng": ("Hải Dương",),
    "Hồ Chí Minh": ("Bình Dương", "Bà Rịa - Vũng Tàu"),
    "Huế": ("Thừa Thiên Huế",),
    "Hưng Yên": ("Thái Bình",),
    "Khánh Hòa": ("Ninh Thuận",),
    "Lai Châu": (),
    "Lâm Đồng": ("Đắk Nông", "Bình Thuận"),
    "Lạng Sơn": (),
    "Lào Cai": ("Yên Bái",),
    "Nghệ An": (),
    "Ninh Bình": ("Hà Nam", "Nam Định"),
    "Phú Thọ": ("Vĩnh Phúc", "Hòa Bình"),
    "Quảng Ngãi": ("Kon Tum",),
    "Quảng Ninh": (),
    "Quảng Trị": ("Quảng Bình",),
    "Sơn La": (),
    "Tây Ninh": ("Long An",),
    "Thái Nguyên": ("Bắc Kạn",),
    "Thanh Hóa": (),
    "Tuyên Quang": ("Hà Giang",),
    "Vĩnh Long": ("Bến Tre", "Trà Vinh"),
}
# What people and shops write besides.
_ALIASES = {
    "Hồ Chí Minh": ("hcm", "hcmc", "tphcm", "sai gon", "sg", "saigon", "ho chi minh city", "thu dau mot", "vung tau"),
    "Hà Nội": ("hn", "hanoi", "ha noi city"),
    "Hải Phòng": ("hp", "haiphong"),
    "Đà Nẵng": ("dn", "danang"),
    "Huế": ("tt hue", "thua thien hue"),
    "Đắk Lắk": ("dac lac", "daklak", "dak lac"),
    "Lâm Đồng": ("dac nong", "daknong", "da lat"),
    "Quảng Ngãi": ("kontum",),
    "Khánh Hòa": ("nha trang",),
    "Thái Nguyên": ("bac can",),
}
_WORDS = re.compile(r"^(?:tinh|thanh pho|tp|t|province of)\s+|\s+(?:city|province)$")
_LONGEST = 100


def _names() -> Iterator[tuple[str, str]]:
    for province, parts in PROVINCES.items():
        for name in chain((province,), parts, _ALIASES.get(province, ())):
            yield fold(name).replace(" ", ""), province


_BY_NAME = dict(_names())


def find_region(text: str | None) -> str | None:
    """The province of today that this text names: "Bình Dương" and "TP. HCM" are "Hồ Chí Minh"; None for none."""
    if not text or len(text) > _LONGEST:
        return None
    name = _WORDS.sub("", fold(text))
    return _BY_NAME.get(name.replace(" ", ""))


def region_of(province: str | None, city: str | None, text: str | None) -> str | None:
    """The province of an address: its own, else its city, else the last part of its text that names one."""
    parts = [part for part in re.split(r"[,;\n]", (text or "")[-300:]) if part.strip()]
    return next((found for part in (province, city, *reversed(parts)) if (found := find_region(part))), None)
