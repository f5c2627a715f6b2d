"""What a voice speaks in Vietnamese: amounts, dates, codes, names, lists of goods.

Pure text work: no I/O, no clock. A value that cannot be spoken raises ValueError with a sentence that never quotes it.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from bridge.core.folding import fold, shorten
from bridge.core.markup import plain_text
from bridge.core.model import Json
from bridge.core.vietnamese.abbreviations import is_acronym, is_company, is_syllable, open_address, open_company
from bridge.core.vietnamese.units import unit_of

DIGITS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
WEEKDAYS = ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "chủ Nhật")
LETTER_NAMES = (
    *("a", "bê", "xê", "đê", "e", "ép", "giê", "hát", "i", "gi", "ca", "lờ", "mờ", "nờ"),  # D as in "ĐH", not "dê"
    *("o", "pê", "quy", "rờ", "ét", "tê", "u", "vê", "vê kép", "ích", "i dài", "dét", "đê"),
)
LETTERS = dict(zip("abcdefghijklmnopqrstuvwxyzđ", LETTER_NAMES, strict=True))
CURRENCIES = {
    "AUD": "đô la Úc",
    "CAD": "đô la Canada",
    "CHF": "phrăng Thụy Sĩ",
    "CNY": "nhân dân tệ",
    "EUR": "euro",
    "GBP": "bảng Anh",
    "HKD": "đô la Hồng Kông",
    "IDR": "rupiah Indonesia",
    "INR": "rupee Ấn Độ",
    "JPY": "yên Nhật",
    "KHR": "riel Campuchia",
    "KRW": "won Hàn Quốc",
    "LAK": "kíp Lào",
    "MMK": "kyat Myanmar",
    "MYR": "ringgit Malaysia",
    "NZD": "đô la New Zealand",
    "PHP": "peso Philippines",
    "RUB": "rúp Nga",
    "SGD": "đô la Singapore",
    "THB": "bạt Thái",
    "TWD": "đô la Đài Loan",
    "USD": "đô la Mỹ",
}
# What each region says instead of nghìn and lẻ.
REGIONS = {"bac": {"lẻ": "linh"}, "nam": {"nghìn": "ngàn"}}
WORDS_LIMIT = Decimal(10) ** 18
# More than any of these can be, and few enough that no text takes long: NFKC makes 18 letters of one.
MAX_NAME = 300
MAX_CODE = 300
MAX_ADDRESS = 2_000
MAX_TITLE = 500

HONORIFICS = frozenset({"anh", "chị", "ông", "bà", "cô", "chú", "bác", "dì", "cậu", "em", "bạn", "quý"})

# Letters that show nothing (Hangul fillers, grapheme joiner), marks that only shape an emoji, and the keycap frame.
UNSEEN = frozenset("\u034f\u115f\u1160\u3164\uffa0\u20e3") | {chr(code) for code in range(0xFE00, 0xFE10)}
SKIN_TONES = frozenset("🏻🏼🏽🏾🏿")
SPOKEN_SYMBOLS = frozenset("°№")
BRACKETED = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|\{[^{}]*\}")
BRACKETS = re.compile(r"[()\[\]{}\"“”«»]")
PHONE_LIKE = re.compile(r"(?i:(?<!\w)(?:sđt|sdt|đt|dt|tel|phone|zalo|số|so)[ .:]*)?\+?\(?\d(?:[\s.()*-]*[\d*]){7,}")
NAME_EDGES = " ,;:/.-–'‘’"
# What programs write where they know no name, folded, and what a counter calls whoever comes in.
NO_NAMES = frozenset(
    (
        *("null", "undefined", "none", "nan", "n a", "no name", "noname", "unknown", "anonymous", "name", "full name"),
        *("khong ten", "khong co ten", "chua co ten", "ho ten", "ho va ten", "khach", "khach le", "khach hang"),
        *("guest", "customer"),
    )
)
CLOCK = re.compile(r"([01]?\d|2[0-4])\s*(?:[:h]|giờ)\s*([0-5]\d)?(?:\s*(?:phút|:00))?")
SPAN = re.compile(r"\s*(?:-|–|—|~|đến|tới|to)\s*")
ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def clean(text: str) -> str:
    """The text in NFC without markup, controls, unseen characters and emoji; every run of spaces is one space.

    A keycap keeps its digit; a zero-width character leaves no gap, an emoji leaves a space.
    """
    kept = (_kept(char) for char in unicodedata.normalize("NFC", plain_text(shorten(text))))
    return unicodedata.normalize("NFC", " ".join("".join(kept).split()))


def _kept(char: str) -> str:
    if char in UNSEEN:
        return ""
    if char in SPOKEN_SYMBOLS:
        return char
    category = unicodedata.category(char)
    if category in ("Cf", "Cs", "Co", "Cn"):
        return ""
    if category in ("Cc", "So") or char in SKIN_TONES:
        return " "
    return char


def name_vi(text: str) -> str | None:
    """A person's or a company's name as spoken: each word with one capital, styled letters folded; None for nobody.

    A phone number, an e-mail address, a link or an @handle is not a name, nor is a text without a letter or of more
    than MAX_NAME characters, nor a remark in brackets behind one. "chị", "anh" and their like in front of the name
    stay. A company's abbreviations are opened (CTY TNHH), and what cannot be said as a word is spelt (FPT).
    """
    plain = clean(text)
    if len(plain) > MAX_NAME:
        return None
    plain = clean(unicodedata.normalize("NFKC", plain))
    plain = PHONE_LIKE.sub(" ", " ".join(word for word in plain.split() if "@" not in word and "://" not in word))
    bare = BRACKETED.sub(" ", plain)
    words = BRACKETS.sub(" ", bare if any(char.isalpha() for char in bare) else plain).split()
    if is_company(words):
        name = " ".join(_company_word(word) for word in open_company(words))
        name = name[:1].upper() + name[1:]
    else:
        name = " ".join(_capital(word) for word in " ".join(map(_open_initials, words)).split())
    name = name.strip(NAME_EDGES)
    return None if fold(name) in NO_NAMES else name if any(char.isalpha() for char in name) else None


def _capital(word: str) -> str:
    return "-".join(part[:1].upper() + part[1:].lower() for part in word.split("-"))


def _company_word(word: str) -> str:
    if is_acronym(word):
        return code_spell(word) or word
    return word if " " in word or word == "và" else _capital(word)


def _open_initials(word: str) -> str:
    """N.V.A as three letters; Ng. as Nguyễn."""
    parts = word.split(".")
    if len(parts) == 1 or not all(part.isalpha() or not part for part in parts):
        return word
    return " ".join("Nguyễn" if part.lower() == "ng" else part for part in parts if part)


def vnd(amount: Decimal) -> str:
    """The amount in digits, "1.250.000 đồng". There is no coin below one đồng: half a đồng is rounded up."""
    whole = _whole_dong(amount)
    digits = f"{abs(whole):,}".replace(",", ".")
    return f"{'âm ' if whole < 0 else ''}{digits} đồng"


def vnd_words(amount: Decimal, region: str | None = None) -> str:
    """The amount in words, "một triệu hai trăm năm mươi nghìn đồng", rounded like `vnd`; below 10^18.

    `region`: "bắc" (nghìn, linh) or "nam" (ngàn, lẻ); without it nghìn and lẻ, which all understand.
    """
    return f"{in_region(number_words(_whole_dong(amount)), region)} đồng"


def vnd_short(amount: Decimal) -> str:
    """The amount as short as it can be said exactly: "1,25 triệu đồng", "495 nghìn đồng"; else as `vnd`."""
    whole = _whole_dong(amount)
    for size, step, unit in ((10**9, 10**6, "tỷ"), (10**6, 10**3, "triệu"), (10**3, 10**3, "nghìn")):
        if size <= abs(whole) < 1000 * size and whole % step == 0:
            digits = f"{Decimal(abs(whole)) / size:f}"
            short = digits.rstrip("0").rstrip(".") if "." in digits else digits
            return f"{'âm ' if whole < 0 else ''}{short.replace('.', ',')} {unit} đồng"
    return vnd(amount)


def in_region(words: str, region: str | None) -> str:
    """Number words as a region says them: "bắc" or "nam"; ValueError for another."""
    if region is None:
        return words
    spoken = REGIONS.get(fold(region))
    if spoken is None:
        raise ValueError('takes a region after the colon: "bắc" or "nam"')
    return " ".join(spoken.get(word, word) for word in words.split(" "))


def money_words(amount: Decimal, currency: str) -> str:
    """The amount in words with the name of its currency: "mười chín phẩy năm đô la Mỹ"; VND as `vnd_words`.

    `currency` is ISO 4217; one without a Vietnamese name here is spelt.
    """
    if currency == "VND":
        return vnd_words(amount)
    name = CURRENCIES.get(currency) or code_spell(currency) or ""
    return f"{decimal_words(amount)} {name}".strip()


def decimal_words(number: Decimal) -> str:
    """A number in words, its decimals one by one: 1.05 is "một phẩy không năm"; below 10^18."""
    if not number.is_finite() or abs(number) >= WORDS_LIMIT:
        raise ValueError("needs a number below 10^18")
    whole, _, decimals = f"{abs(number):f}".partition(".")
    spoken = number_words(int(whole))
    if decimals.strip("0"):
        spoken += f" phẩy {' '.join(DIGITS[int(digit)] for digit in decimals.rstrip('0'))}"
    return f"âm {spoken}" if number < 0 else spoken


def _whole_dong(amount: Decimal) -> int:
    if not amount.is_finite() or abs(amount) >= WORDS_LIMIT:
        raise ValueError("needs an amount below 10^18")
    return int(amount.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def number_words(number: int) -> str:
    """A whole number below 10^18 in words. An empty ten is "lẻ" (in the North "linh"), a thousand "nghìn"."""
    if abs(number) >= WORDS_LIMIT:
        raise ValueError("needs a number below 10^18")
    if number < 0:
        return f"âm {number_words(-number)}"
    return " ".join(_words(number)) if number else DIGITS[0]


def _words(number: int) -> list[str]:
    billions, rest = divmod(number, 1_000_000_000)
    words = [*_words(billions), "tỷ"] if billions else []
    for size, unit in ((1_000_000, "triệu"), (1_000, "nghìn"), (1, "")):
        group, rest = divmod(rest, size)
        if group:
            words += _group_words(group, padded=bool(words)) + ([unit] if unit else [])
    return words


def _group_words(group: int, *, padded: bool) -> list[str]:
    hundreds, rest = divmod(group, 100)
    tens, ones = divmod(rest, 10)
    words = [DIGITS[hundreds], "trăm"] if hundreds or padded else []
    if tens == 0:
        if ones:
            words += ["lẻ", DIGITS[ones]] if words else [DIGITS[ones]]
        return words
    words += ["mười"] if tens == 1 else [DIGITS[tens], "mươi"]
    if ones:
        after_tens = {1: "mốt", 4: "tư", 5: "lăm"} if tens > 1 else {5: "lăm"}
        words.append(after_tens.get(ones, DIGITS[ones]))
    return words


def date_vi(value: str | date, timezone: str) -> str:
    """The day as spoken, "thứ Năm, ngày 5 tháng 11", of an instant seen in that zone, or of a date without a time.

    `value` is ISO 8601; a time without an offset is taken as the zone's own.
    """
    day = _parse_iso(value) if isinstance(value, str) else value
    if isinstance(day, datetime):
        day = day.astimezone(ZoneInfo(timezone)) if day.tzinfo else day
    return f"{WEEKDAYS[day.weekday()]}, ngày {day.day} tháng {day.month}"


def time_vi(value: str | datetime, timezone: str) -> str:
    """The time of day as spoken, "14 giờ", "8 giờ 30", of an instant seen in that zone, or of 14:30, 14h30 or 14h."""
    clock = CLOCK.fullmatch(value.strip().lower()) if isinstance(value, str) else None
    if clock:
        return _clock(int(clock[1]), int(clock[2] or 0))
    at = _local(value, timezone)
    return _clock(at.hour, at.minute)


def span_vi(value: str | datetime, end: str | datetime | None, timezone: str) -> str:
    """A span as spoken: "từ 14 giờ đến 16 giờ" of "14:00-16:00"; of two instants with the day, or both days."""
    if end is None:
        parts = SPAN.split(str(value).strip())
        if len(parts) != 2:
            raise ValueError("needs a span such as 14:00-16:00, or a second time after the colon")
        return f"từ {time_vi(parts[0], timezone)} đến {time_vi(parts[1], timezone)}"
    begins, ends = _local(value, timezone), _local(end, timezone)
    first, last = _clock(begins.hour, begins.minute), _clock(ends.hour, ends.minute)
    if begins.date() == ends.date():
        return f"từ {first} đến {last}, {date_vi(begins, timezone)}"
    return f"từ {first} {date_vi(begins, timezone)} đến {last} {date_vi(ends, timezone)}"


def _clock(hour: int, minute: int) -> str:
    if hour > 24 or minute > 59 or (hour == 24 and minute):
        raise ValueError("needs a time of day, such as 14:30")
    return f"{hour} giờ {minute}" if minute else f"{hour} giờ"


def _local(value: str | datetime, timezone: str) -> datetime:
    at = _parse_iso(value) if isinstance(value, str) else value
    if not isinstance(at, datetime):
        raise ValueError("needs a time, and the value is a day without one")
    return at.astimezone(ZoneInfo(timezone)) if at.tzinfo else at


def _parse_iso(value: str) -> date:
    try:
        if not ISO_DATE.match(value):
            raise ValueError
        return datetime.fromisoformat(value) if len(value) > len("2026-11-05") else date.fromisoformat(value)
    except ValueError:
        raise ValueError("needs a time as ISO 8601, such as 2026-11-05T08:00:00+07:00") from None


def code_spell(text: str) -> str | None:
    """Letters and digits one by one: "DH-2068" is "đê hát, hai không sáu tám"; None without any.

    A pause stands where letters meet digits and where signs part them; accents are not spoken.
    """
    if len(text) > MAX_CODE:
        raise ValueError(f"spells codes of at most {MAX_CODE} characters")
    folded = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text).lower())
    runs = re.findall(r"[a-zđ]+|[0-9]+", "".join(char for char in folded if not unicodedata.combining(char)))
    return ", ".join(" ".join(LETTERS.get(char) or DIGITS[int(char)] for char in run) for run in runs) or None


def phone_spell(digits: str) -> str:
    """A national phone number digit by digit, in groups as people say them: 4-3-3, one of 11 digits 4-3-4."""
    if not digits.isascii() or not digits.isdigit():
        raise ValueError("spells phone numbers in digits; put phone_vn before it")
    groups = [digits[:4], digits[4:7], digits[7:]] if len(digits) in (10, 11) else re.findall(".{1,3}", digits)
    return ", ".join(" ".join(DIGITS[int(digit)] for digit in group) for group in groups)


def honorific(name: str, word: str) -> str:
    """The name after the word for a person, such as "chị"; a name that has one already stays as it is."""
    first, _, rest = name.partition(" ")
    return name if first.lower() in HONORIFICS and rest else f"{word} {name}"


def address_vi(text: str) -> str | None:
    """An address as spoken, its abbreviations opened; None where nothing is left."""
    if len(text) > MAX_ADDRESS:
        raise ValueError(f"speaks addresses of at most {MAX_ADDRESS} characters")
    return open_address(clean(text)) or None


def item_list(items: list[Json], limit: int = 3, *, units: bool = False) -> str | None:
    """The goods as spoken, "2 Áo thun cổ tròn, 1 Nón"; past `limit` lines "và 4 sản phẩm khác" counts the lines left.

    An item is a mapping with `title` (or `name`) and `quantity`; lines without a title or with quantity 0 are left out.
    `units`: "2 chiếc áo thun", "1 đôi giày" where the title begins with goods that have one unit beyond doubt.
    """
    lines: list[str] = []
    left = 0
    for item in items:
        if len(lines) == limit:  # what is only counted is not read: an order can have thousands of long titles
            left += _is_bought(item)
        elif line := _item(item, units=units):
            lines.append(line)
    if not lines:
        return None
    spoken = ", ".join(lines)
    return f"{spoken} và {left} sản phẩm khác" if left > 0 else spoken


def _is_bought(item: Json) -> bool:
    return bool(_title(item).strip()) and item.get("quantity") != 0


def _title(item: Json) -> str:
    if not isinstance(item, dict):
        raise ValueError("needs the lines of an order, each with title and quantity")
    return str(item.get("title") or item.get("name") or "")[:MAX_TITLE]


def _item(item: Json, *, units: bool) -> str | None:
    title, quantity = _calm(clean(_title(item))), item.get("quantity")
    if not title or quantity == 0:
        return None
    if quantity is None:
        return title
    unit = unit_of(title) if units else None
    return f"{_quantity(quantity)} {unit} {title[:1].lower()}{title[1:]}" if unit else f"{_quantity(quantity)} {title}"


def _calm(title: str) -> str:
    """A title without SHOUTING: words in capitals that can be said are small, XL, USB and A4 stay."""
    shouts = title.upper() == title
    words = [word.lower() if word.isupper() and _is_said(word, shouts) else word for word in title.split()]
    calm = " ".join(words)
    return calm[:1].upper() + calm[1:] if words and words[0].islower() else calm  # iPhone stays


def _is_said(word: str, shouts: bool) -> bool:
    letters = word.strip(",.;:!?()[]\"'")
    if not letters.isalpha() or len(letters) < 2 or is_acronym(letters):
        return False
    return is_syllable(letters) or len(letters) > (3 if shouts else 4)


def _quantity(quantity: Json) -> str:
    if isinstance(quantity, bool) or not isinstance(quantity, int | Decimal):
        raise ValueError("needs quantities that are numbers")
    count = Decimal(quantity)
    if not count.is_finite() or abs(count) >= WORDS_LIMIT:
        raise ValueError("needs quantities below 10^18")
    if count == count.to_integral_value():
        return str(int(count))
    return f"{count:f}".rstrip("0").replace(".", ",")
