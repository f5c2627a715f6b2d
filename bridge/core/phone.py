"""Read what a shop wrote as a phone number: which number may be dialled, or why none.

VBot dials Vietnam's mobile and fixed lines. No I/O, no clock. The number plan is that of `phonenumbers`; the move
of the 11-digit mobile prefixes is the one of 2018-09-15 (only the prefix changed, the last seven digits stayed).
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberType

# Most telling first: the reason of an order of which no number can be dialled.
REASONS = (
    "phone_foreign",
    "phone_premium",
    "phone_voip",
    "phone_extension",
    "phone_other",
    "phone_masked",
    "phone_rounded",
    "phone_impossible",
    "phone_missing",
)


_NOT_WHOLE = frozenset({"phone_masked", "phone_rounded", "phone_impossible", "phone_missing"})


@dataclass(frozen=True, repr=False)
class Phone:
    """A number that may be dialled, or the reason code why there is none: always one of the two."""

    number: str | None = None
    reason: str | None = None


def read_phone(value: object, country: str, abroad: bool = False) -> Phone:
    """Return the first number in `value` that may be dialled, else the most telling reason.

    Shapes   value: anything a shop's document may hold: text, a JSON or spreadsheet number, None, a list.
             country: ISO 3166 alpha-2, how a number without a country is read. abroad: dial foreign numbers too.
             number: Vietnamese national form (`0` and 9 or 10 digits); E.164 for a foreign one.
    Errors   none, whatever the value: each failure is a reason.
    Choices  An extension is not dialled: nobody would press it, and a switchboard would get a customer's order.
             A mask anywhere in a number means that it is not the number. Digits glued to a code are not a phone.
             A prefix of before 2018 is moved only where written in full: a bare 1234567890 rings nobody.
             8.4912345678E10 is the number that it means, or phone_rounded where digits may be lost.
    """
    if isinstance(value, str):
        return _read_text(value[:_LONGEST_TEXT], country, abroad)
    return _read(value, country, abroad)


def _read(value: object, country: str, abroad: bool) -> Phone:
    text = _plain_text(value)
    if text is None:
        return Phone(reason="phone_impossible")
    if text.casefold() in _NOTHING or not any(letter.isalnum() or letter in _MASKS for letter in text):
        return Phone(reason="phone_missing")
    return _first_dialled(_readings(text, country, abroad), "phone_impossible")


# An order is asked for the same number by its platform, its phones, and each of its rules.
_read_text = lru_cache(maxsize=512)(_read)


def read_phones(value: object, country: str, abroad: bool = False) -> tuple[str, ...]:
    """All numbers in `value` that may be dialled, each once, in their order: the first is that of `read_phone`."""
    readings = _readings(_plain_text(value) or "", country, abroad)
    return tuple(dict.fromkeys(phone.number for phone in readings if phone.number))


def first_phone(values: Iterable[object], country: str, abroad: bool = False) -> Phone:
    """Return the first number of all the values that may be dialled, else the most telling reason."""
    return _first_dialled((read_phone(value, country, abroad) for value in values), "phone_missing")


@dataclass(frozen=True, repr=False)
class Choice:
    """Of several fields the one to be called, as given, and the reason code of each before it that is not."""

    given: str | None = None
    passed: tuple[str, ...] = ()


def choose_phone(candidates: Iterable[str], country: str, abroad: bool = False) -> Choice:
    """Return the first of the fields in which a number can be dialled, else the first, as given.

    Where none can be dialled and the first is masked, a later one that is a whole number counts for more.
    """
    passed: list[str] = []
    found = list(candidates)
    for given in found:
        reason = read_phone(given, country, abroad).reason
        if reason is None:
            return Choice(given, tuple(passed))
        passed.append(reason)
    is_masked = passed[:1] == ["phone_masked"]
    whole = next((n for n, reason in enumerate(passed) if reason not in _NOT_WHOLE), 0) if is_masked else 0
    return Choice(found[whole], tuple(passed[:whole])) if found else Choice()


def _readings(text: str, country: str, abroad: bool) -> Iterator[Phone]:
    return (_judge(written, country.upper(), abroad) for written in _written_numbers(text, country.upper()))


def _first_dialled(readings: Iterable[Phone], otherwise: str) -> Phone:
    reasons = set()
    for phone in readings:
        if phone.number:
            return phone
        reasons.add(phone.reason)
    return Phone(reason=next((reason for reason in REASONS if reason in reasons), otherwise))


_NOTHING = frozenset({"n/a", "na", "none", "null", "nil", "nan", "undefined", "không", "không có", "khong co"})
_MASKS = "*•●○◦∙∗█■▪"
_INVISIBLE = frozenset({"Cf", "Cc", "Cs", "Co", "Mn", "Me"})
_LONGEST_TEXT = 500  # a note may hold a number; what is longer is not read to its end


def _plain_text(value: object) -> str | None:
    """Return the value with ASCII digits and without invisible marks, "" for nothing, None for no number at all."""
    if value is None:
        return ""
    if isinstance(value, (int, float, Decimal)):
        return _digits(value)
    if not isinstance(value, str):
        return None
    text = unicodedata.normalize("NFKC", value[:_LONGEST_TEXT])
    kept = (letter for letter in text if unicodedata.category(letter) not in _INVISIBLE or letter in "\t\n\r")
    return "".join(str(unicodedata.decimal(letter, letter)) for letter in kept).strip()


def _digits(value: int | float | Decimal) -> str | None:
    if isinstance(value, bool):
        return None
    if value.is_nan() if isinstance(value, Decimal) else isinstance(value, float) and math.isnan(value):
        return ""
    # The bound comes before int(): one huge number would take all memory.
    if isinstance(value, Decimal) and value.is_finite() and value.as_tuple().exponent > 0:  # type: ignore[operator]
        return str(value)  # 8.49123E+10 as JSON writes it: read as text, for digits may be lost
    return str(int(value)) if 0 <= value < 10**15 and value == int(value) else None


_ROUNDED = "\x1e"  # stands for a number of which digits are lost
_NOTATION = re.compile(r"(?<![\w.,])(\d{1,15})(?:[.,](\d{1,15}))?[eE]([+-]?)(\d{1,3})(?!\w)")


def _open_notation(found: re.Match[str]) -> str:
    """Return the digits that 8.4912345678E10 means, or the mark of a rounded number.

    A number's last digits are lost where its exponent wants more than are written. Only Java, which writes no sign
    before the exponent, leaves out zeros alone, so there 8.49123457E10 ends in 00; a spreadsheet rounds to 8.49E+10.
    """
    whole, decimals, sign, power = found[1], found[2] or "", found[3], int(found[4])
    missing = power - len(decimals)
    digits = (whole + decimals).lstrip("0")
    if sign == "-" or missing < 0 or len(digits) + missing > 15:
        return _ROUNDED if len(digits) >= 6 else found[0]
    if len(digits) + missing < 8:
        return found[0]
    if missing and (sign or len(digits) < 8):
        return _ROUNDED
    return digits + "0" * missing


_EXTENSION = "\x1f"  # stands for an extension in prepared text, which holds no control characters
_REWRITES = (
    # A spreadsheet's 912345678.0
    (re.compile(r"(?<!\d)(?<!\d[.\- ])(\d{8,15})[.,]0{1,6}(?!\d)"), r"\1"),
    (
        re.compile(
            # A run of blanks and signs is tried once, from its beginning: else a long one takes quadratic time.
            r"(?<![ \t,;.(])[ \t,;.(]*+(?<![^\W\d])"
            r"(?:ext(?:ension|n)?|máy\s*lẻ|may\s*le|số\s*lẻ|lẻ|(?:số\s*)?nội\s*bộ|nhánh)"
            r"[ \t.:=]*\d{1,6}(?!\d)",
            re.IGNORECASE,
        ),
        _EXTENSION,
    ),
    (re.compile(r"(\d(?:[ .\-()]*\d){8,})[ \t]*[xX#][ \t]*\d{1,5}(?![\dxX*#])"), r"\1" + _EXTENSION),
    (re.compile(f"[{_MASKS}]"), "*"),
    (re.compile(r"(?<![^\W\d_])(?:[xX×]{2,}|(?<=[\d*])[xX×]|[xX×](?=[\d*]))(?![^\W\d_])"), "*"),
    (re.compile(r"#{2,}|(?<=\d)#|(?<=\d)[?_]{2,}|[?_]{2,}(?=\d)|(?<=\d)\.{3,}(?=\d)"), "*"),
    # Dates: 2031-01-15, 15/1/2031
    (
        re.compile(
            r"(?<![\d+])(?<!\d[.\-/])(?:(?:19|20)\d\d([.\-/])(?:0?[1-9]|1[0-2])\1(?:0?[1-9]|[12]\d|3[01])"
            r"|(?:0?[1-9]|[12]\d|3[01])([.\-/])(?:0?[1-9]|1[0-2])\2(?:19|20)\d\d)(?!\d)(?![.\-/]\d)"
        ),
        "\n",
    ),
)
_THOUSANDS = re.compile(r"\+?\d{1,4}(?:,\d{3}){2,3}(?:\.0{1,2})?")
_NEARLY_DIGITS = re.compile(r"(?<!\w)[+(]*[\dOolI](?:[.\-()]*[\dOolI])*(?!\w)")
_RUN = re.compile(rf"{_ROUNDED}|[+(]*[\d*][\d*+()\t .·\-‐–—−]*{_EXTENSION}?")
_APART = re.compile(r"[ \t]+[\-‐–—−][ \t]+")
_GROUP = re.compile(rf"(?:\+[\t (]*)?[\d*]+|{_EXTENSION}")


def _written_numbers(text: str, country: str) -> Iterator[str]:
    """Yield each number of the text as digits, with a leading `+`, `*` for a mask and a mark for an extension."""
    text = _NOTATION.sub(_open_notation, text)
    text = text.partition(".")[0].replace(",", "") if _THOUSANDS.fullmatch(text) else text
    text = _NEARLY_DIGITS.sub(lambda found: _with_digits(found[0]), text)
    for pattern, replacement in _REWRITES:
        text = pattern.sub(replacement, text)
    for run in _RUN.finditer(text):
        pieces = [_ROUNDED] if run[0] == _ROUNDED else _pieces(run[0], country)
        first = 1 if _is_code(text[: run.start()]) else 0
        yield from pieces[first : -1 if text.startswith("@", run.end()) else None]


def _with_digits(word: str) -> str:
    """O912345678 and 09l2: letters typed for digits, where digits prevail."""
    letters = sum(letter.isalpha() for letter in word)
    digits = sum(letter.isdigit() for letter in word)
    return word.translate(str.maketrans("OolI", "0011")) if digits >= 2 * letters else word


_LABELS = {
    "SDT", "SĐT", "DT", "ĐT", "DD", "DĐ", "TEL", "PHONE", "MOBILE", "MOB", "CELL", "CALL", "ZALO", "VIBER",
    "HOTLINE", "SO", "SỐ", "M", "T", "P", "H",
}  # fmt: skip


def _is_code(before: str) -> bool:
    """Whether digits after this text belong to a code: #…, DH…, ord_…; a label (SDT) or a name (Nam) is none."""
    found = re.search(r"(\w+)-?\Z", before)
    if not found:
        return before.endswith("#")
    word = found[1]
    return not word.isalpha() or (word.isascii() and word.isupper() and word not in _LABELS)


def _pieces(run: str, country: str) -> list[str]:
    """Return the run as one number if it is one, else cut where another number seems to begin."""
    found = list(_GROUP.finditer(run))
    groups = [re.sub(r"[^\d*+\x1f]", "", group[0]) for group in found]
    whole = "".join(groups)
    if _parse(whole.rstrip(_EXTENSION), country):
        return [whole]
    if len(groups) > 1 and _follows_house(groups) and _parse("".join(groups[1:]), country):
        return [groups[0], "".join(groups[1:])]
    pieces: list[list[str]] = []
    for index, group in enumerate(groups):
        gap = run[found[index - 1].end() : found[index].start()] if index else ""
        piece = "".join(pieces[-1]) if pieces else ""
        # 0912 345 678 - 79: a second number, of which only the end is written
        is_apart = _APART.fullmatch(gap) is not None and _parse(piece, country) is not None
        is_solid = bool(pieces) and len(pieces[-1]) == 1 and gap.strip() != "."
        if not pieces or is_apart or _begins(group, piece, is_solid, country):
            pieces.append([group])
        else:
            pieces[-1].append(group)
    return list(_clear(pieces, country))


def _begins(group: str, piece: str, is_solid: bool, country: str) -> bool:
    if "*" in group or group == _EXTENSION:
        return group.startswith(("0", "+")) and len(piece) >= 9
    if group[0] == "+" or (group[0] == "0" and len(group) >= 10):
        return True
    return len(piece) >= 9 and (is_solid or group[0] == "0" or _parse(group, country) is not None)


def _follows_house(groups: list[str]) -> bool:
    """34 0912 345 678: what stands before the number is not of it."""
    return groups[0].isdigit() and groups[0][0] != "0" and groups[1][0] == "0" and len(groups[1]) >= 4


def _clear(pieces: list[list[str]], country: str) -> Iterator[str]:
    """Yield each piece that is one number, and not parts of two: what begins with 0 or + always is."""
    for n, groups in enumerate(pieces):
        whole, before = "".join(groups), "".join(pieces[n - 1]) if n else None
        is_bare = whole[0] != "0" and whole.isdigit()
        follows_noise = before is not None and _parse(before, country) is None
        if not is_bare or not (follows_noise or _may_be_parts(groups, n == 0, n == len(pieces) - 1)):
            yield whole


def _may_be_parts(groups: list[str], is_first: bool, is_last: bool) -> bool:
    """Whether a number without 0 and + may hold digits of another.

    Of 34 0912 345 04 the first nine digits would be a stranger's, without his 0; of 841294826 779 too, without his
    +84; and 83 84 169 98 07 begins with a house number.
    """
    if len(groups) == 1:
        return not is_last and len(groups[0]) == 9 and groups[0].startswith(str(VIETNAM))
    has_zero_within = any(group[0] == "0" for group in groups[1:])
    return not (is_first and is_last) or (has_zero_within and len("".join(groups)) <= 10)


VIETNAM = 84
# MobiFone and VinaPhone 012x, Viettel 016x, Vietnamobile 018x, Gmobile 0199.
_MOVED = {
    "120": "70", "121": "79", "122": "77", "126": "76", "128": "78",
    "123": "83", "124": "84", "125": "85", "127": "81", "129": "82",
    "162": "32", "163": "33", "164": "34", "165": "35", "166": "36", "167": "37", "168": "38", "169": "39",
    "186": "56", "188": "58", "199": "59",
}  # fmt: skip


def _parse(written: str, country: str) -> PhoneNumber | None:
    """Return the number if the plan of its country holds it, with a moved prefix already moved."""
    number = _parse_any(written, country)
    return number if number and phonenumbers.is_valid_number(number) else None


def _parse_any(written: str, country: str) -> PhoneNumber | None:
    if not re.fullmatch(r"\+?\d{4,20}", written):
        return None
    try:
        number = phonenumbers.parse(written, country)
    except phonenumbers.NumberParseException:
        return None
    national = str(number.national_number)
    moved = _MOVED.get(national[:3]) if number.country_code == VIETNAM and len(national) == 10 else None
    if moved and written.startswith(("0", "+", "84")):
        number.national_number = int(moved + national[3:])
    return number


_REFUSED_KINDS = {
    PhoneNumberType.PREMIUM_RATE: "phone_premium",
    PhoneNumberType.SHARED_COST: "phone_premium",
    PhoneNumberType.TOLL_FREE: "phone_premium",
    PhoneNumberType.VOIP: "phone_voip",
}
_DIALLED_KINDS = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE, PhoneNumberType.FIXED_LINE_OR_MOBILE)


def _judge(written: str, country: str, abroad: bool) -> Phone:
    if "*" in written or written == _ROUNDED:
        return Phone(reason="phone_masked" if "*" in written else "phone_rounded")
    number = _parse_any(written.rstrip(_EXTENSION), country)
    if number is None or not phonenumbers.is_possible_number(number):
        return Phone(reason="phone_impossible")
    if number.country_code != VIETNAM and not abroad:
        return Phone(reason="phone_foreign")
    reason = _refusal(number) or ("phone_extension" if written.endswith(_EXTENSION) else None)
    if reason:
        return Phone(reason=reason)
    if number.country_code == VIETNAM:
        return Phone(number=f"0{number.national_number}")
    return Phone(number=phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def _refusal(number: PhoneNumber) -> str | None:
    if not phonenumbers.is_valid_number(number):
        return "phone_impossible"
    kind = phonenumbers.number_type(number)
    if kind not in _DIALLED_KINDS:
        return _REFUSED_KINDS.get(kind, "phone_other")
    # The plan still calls 0121 and 014, 016 mobile (machines' and leftover ranges): no customer answers there.
    if number.country_code == VIETNAM and str(number.national_number)[0] == "1":
        return "phone_other"
    return None
