"""What decided: the parts of `when` that are not so, with their values, and where the phone comes from. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal

from bridge.core.model import Json
from bridge.core.reasons import cause

_QUOTED = re.compile(r"('[^']*'|\"[^\"]*\")")
_LONG_NUMBER = re.compile(r"(?<![\w.-])\d{4,}(?:\.\d+)?(?![\w.])")


def evidence_lines(decision: Mapping[str, Json], language: str) -> Iterator[str]:
    """The lines below a decision's sentence; none where its reason needs none."""
    for part in decision.get("unmet") or ():
        yield f"{part_text(part, language)}: {'không' if language == 'vi' else 'no'}"
    passed = [f"{each['path']} ({cause(each['reason'], language)})" for each in decision.get("passed") or ()]
    given, skipped = decision.get("phone_from"), "; ".join(passed)
    if given and language == "vi":
        yield f"số gọi lấy từ {given}" + (f"; bỏ qua {skipped}" if passed else "")
    elif given:
        yield f"the number is that of {given}" + (f"; passed over: {skipped}" if passed else "")
    elif passed:
        yield skipped
    hour = decision.get("hour" if language == "vi" else "hour_en")
    if hour:
        yield str(hour)
    origins = decision.get("datas_from") or {}
    if origins:
        default = "giá trị ghi sẵn trong quy tắc" if language == "vi" else "a value of the rule itself"
        yield "; ".join(f"{key} ← {origin or default}" for key, origin in origins.items())


def part_text(part: Mapping[str, Json], language: str) -> str:
    """A part of a condition as it is written, each path followed by its value: order.total (85.000) >= 100.000."""
    pieces = _QUOTED.split(str(part["text"]))
    return "".join(
        _with_values(piece, part["values"], language) if n % 2 == 0 else piece for n, piece in enumerate(pieces)
    )


def _with_values(piece: str, values: list[Mapping[str, Json]], language: str) -> str:
    piece = _LONG_NUMBER.sub(lambda found: grouped(found[0], language), piece)
    for each in values:
        path, shown = str(each["path"]), _shown(each, language)
        here = re.compile(rf"(?<![\w.]){re.escape(path)}(?![\w.\[])")
        piece = here.sub(lambda found, shown=shown: f"{found[0]} ({shown})", piece)  # type: ignore[misc]
    return piece


def grouped(number: str, language: str) -> str:
    """A number with separators between thousands, as the language writes it."""
    english = f"{Decimal(number):,f}"
    return english.translate(str.maketrans(",.", ".,")) if language == "vi" else english


def _shown(value: Mapping[str, Json], language: str) -> str:
    kind, written = value["kind"], str(value["value"])
    if kind == "number":
        return grouped(written, language)
    if kind == "nothing":
        return "trống" if language == "vi" else "blank"
    if kind == "list":
        return f"{written} mục" if language == "vi" else f"{written} item(s)"
    return f"“{written}”" if kind == "text" else written
