"""The unit of goods, where it is beyond doubt by the first words of a title. Pure."""

from __future__ import annotations

from collections.abc import Mapping

# The classifier of what a title begins with; a title that begins with a unit of its own (hộp, chai, bộ) has none here.
_UNITS: Mapping[str, str] = {
    "chiếc": "áo, quần, váy, đầm, mũ, nón, túi xách, ba lô, balo, khăn, ví da, thắt lưng, điện thoại, đồng hồ, "
    "nồi, chảo, bàn, ghế, quạt, xe, máy, đèn, vali, nhẫn, vòng tay",
    "đôi": "giày, dép, tất, vớ, găng tay, bông tai, hoa tai, khuyên tai",
    "cuốn": "sách, truyện, vở, sổ tay, tiểu thuyết, từ điển",
    "cây": "bút, son, dù, mascara",
}
_BY_START = {start: unit for unit, starts in _UNITS.items() for start in starts.split(", ")}
_LONGEST = max(len(start.split()) for start in _BY_START)


def unit_of(title: str) -> str | None:
    """The unit of this title's goods, "chiếc", "đôi", "cuốn" or "cây"; None where there is doubt."""
    words = title.lower().split()
    return next((_BY_START[start] for n in range(_LONGEST, 0, -1) if (start := " ".join(words[:n])) in _BY_START), None)
