"""Is the order paid on delivery? Payment methods are free text in most shops, so their words decide.

A name is read as clauses of folded words. What means payment on delivery is found wherever it stands and in whatever
order its words are; a negation beside it ("no-cod", "không nhận COD", "converted from COD") makes it the opposite.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from bridge.core.folding import fold
from bridge.core.model import Source

METHOD_CHARACTERS = 300  # a name is shorter; a note of a page is no name


def is_cod(texts: Iterable[str | None], source: Source) -> bool:
    """Whether one of the texts names payment on delivery and none denies it.

    A name in the source's `cod_names` wins over every word that is read here.
    """
    given = [text[:METHOD_CHARACTERS] for text in texts if text]
    own = [name for name in map(fold, source.settings.get("cod_names", ())) if name]
    if any(_has(fold(text), name) for text in given for name in own):
        return True
    answers = [_means_cod(text) for text in given]
    return True in answers and False not in answers


def _has(text: str, name: str) -> bool:
    """Whether the name is in the text, by whole words if it is short, and not denied there."""
    if text == name:
        return True
    place = f" {text} ".find(f" {name} ") if len(name) <= 6 and name.isascii() else text.find(name)
    return place >= 0 and not _is_denied(text, place, place + len(name))


@lru_cache(maxsize=4096)
def _means_cod(text: str) -> bool | None:
    """True where the text names payment on delivery, False where it denies it, None where it does neither."""
    words = _clauses(text)
    found = [*_LITERAL.finditer(words)]
    if not _LATER.search(words):
        found += [match for pattern in _PHRASES for match in pattern.finditer(words)]
    if not found:
        return None
    return not any(_is_denied(words, *match.span()) for match in found)


def _is_denied(words: str, start: int, end: int) -> bool:
    return bool(_DENIED_BEFORE.search(words[:start].rstrip()) or _DENIED_AFTER.match(words[end:]))


def _clauses(text: str) -> str:
    """The text folded, with " , " where a sign parts two clauses: "COD (không áp dụng)" is "cod , khong ap dung"."""
    text = _LETTERS_APART.sub("cod", text)
    text = _CAMEL.sub(" ", text)
    text = _ARROW.sub(" sang ", text)
    parts = (fold(part) for part in _SIGNS.split(text))
    return " , ".join(part for part in parts if part)


_LETTERS_APART = re.compile(r"(?<!\w)c\W{1,2}o\W{1,2}d(?!\w)", re.IGNORECASE)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_ARROW = re.compile(r"[-=–]+>|→|⇒")
_SIGNS = re.compile(r"[,;:|()\[\]{}/.!?\n>•·]|\s[-–—]+(?=\s|\w)|[-–—]\s")


def _any(*words: str) -> str:
    return f"(?:{'|'.join(words)})"


# What names it by itself, also in other languages of shops that ship to or from Vietnam.
_LITERAL = re.compile(
    r"(?<!\w)"
    + _any(
        *(r"(?:ship ?)?cod", "codfee", r"cash(?: ,)? ?on ?deliv\w+", r"pay(?:ment)? ?on ?delivery", "cashondelivery"),
        *(r"(?<!phi )thu ho", "nachnahme", "contre remboursement", r"contra ?re?embolso", "contra ?entrega"),
        *("contrassegno", "bayar di tempat", "货到付款", "貨到付款", "代金引換", "代引き", "เกบเงนปลายทาง"),
    )
    + r"(?!\w)"
)
# Bought now and paid some day: no money is collected at the door.
_LATER = re.compile(
    r"(?<!\w)"
    + _any(
        *("klarna", "afterpay", "clearpay", "riverty", "atome", "fundiin", "kredivo", r"\w*pay ?later", "tra gop"),
        *("installments?", "tra sau", r"\d+ (?:ngay|thang|days?|months?)", "in3", "muadee"),
    )
    + r"(?!\w)"
)

_PAY = _any(
    *("thanh toan", "tra", "chi tra", "thu", "nop tien", "dong tien", "dua tien", "giao tien", "gui tien", "tinh tien"),
    *("nhan tien", "tien mat", "tien", "quet the", "ca the", "chuyen khoan", "ck", "tt", "con lai"),
)
_GOODS = _any(
    *("don hang", "hang", "don", "san pham", "sp", "do", "kien", "buu kien", "buu pham", "may", "xe", "banh", "hoa"),
    *("qua", "sach", "thuoc", "mon", "do an"),
)
_RECEIVED = _any(
    rf"(?<!xac )(?<!tiep )nhan(?: duoc| du)?(?: {_GOODS}(?!\w)|(?= ,|$| tai nha| tan noi))",
    rf"giao(?: nhan)?(?: (?:{_GOODS}|toi|den|tan|xong|thanh cong)(?!\w)|(?= ,|$))",
    rf"(?:kiem|kiem tra|xem|dong kiem) {_GOODS}(?!\w)",
    r"hang (?:ve|den|toi)(?!\w)",
    r"(?:shipper|buu ta|nhan vien) (?:giao|toi|den)(?!\w)",
)
_WHO = r"(?: (?:da|duoc|quy|khach|hang|ban|nguoi|mua|ma|kiem tra|xem|va|roi|ngay))*"
_DOOR = _any(
    *("tan noi", "tai nha", "tan nha", "tan cua", "tai (?:noi|dia chi|dia diem|chanh xe)(?: (?:nhan|giao))?"),
    r"cho (?:shipper|nguoi giao|nhan vien(?: giao)?|buu ta|buu dien|ben giao|ben van chuyen|giao hang|don vi \w+)",
)
# Words between the parts of a phrase; "trước" (before) and a channel mean that it is paid elsewhere.
_SAID = r"(?: (?!(?:truoc|online|qua|vi|truc tuyen|khong|chua|,)(?!\w))[^ ]+)"
_BEFORE_EN = r"(?: (?!(?:before|prior|advance|online|now|later|,)(?!\w))[^ ]+)"
_PHRASES = (
    # thanh toán trực tiếp khi giao hàng, trả tiền lúc nhận hàng, thu tiền sau khi khách kiểm hàng
    re.compile(rf"(?<!\w){_PAY}{_SAID}{{0,6}}? (?:khi|luc|sau|ngay)(?: khi| luc)?{_WHO} {_RECEIVED}"),
    # tiền mặt (khi nhận hàng)
    re.compile(rf"(?<!\w)(?:thanh toan|tra tien|thu tien|tien mat) , (?:ngay )?(?:sau )?(?:khi|luc){_WHO} {_RECEIVED}"),
    # nhận hàng rồi thanh toán, giao hàng thu tiền, kiểm tra hàng trước khi thanh toán
    re.compile(
        rf"(?<!\w)(?:(?<!xac )nhan|giao|ship|xem|kiem|kiem tra|dong kiem)(?: duoc| du)? {_GOODS}"
        r"(?: (?:tan noi|tai nha|tan nha|toan quoc|xong|ra \w+ \w+|roi|moi|thi|va|sau do|dong thoi|truoc khi|khach"
        r"|se))*"
        r" (?:thanh toan|tra(?: tien)?|thu tien|dua tien|tinh tien|nhan tien|lay tien|giao tien)(?!\w)"
        r"(?! (?:online|truc tuyen|truoc|qua|chuyen khoan|gop|lai|hang|sau|tai (?:cua hang|shop|quay)))"
    ),
    # thanh toán tại nhà, trả tiền cho shipper
    re.compile(rf"(?<!\w)(?:thanh toan|tra tien|thu tien|giao tien|dua tien|tien mat){_SAID}{{0,3}}? {_DOOR}(?!\w)"),
    # kiểm tra hàng trước, thanh toán sau; giao hàng trước trả tiền sau
    re.compile(rf"(?<!\w)(?:xem|kiem|kiem tra|nhan|giao) {_GOODS} truoc (?:, )?(?:thanh toan|tra tien) sau(?!\w)"),
    # pay when you receive your order, card on delivery, payment upon receipt
    re.compile(
        rf"(?<!\w)(?:cash|pay(?:s|ing|able)?|paid|payments?|cards?|money|collect|collected|cheque){_BEFORE_EN}{{0,4}}?"
        rf" (?:on|upon|at|after|when|during|against|until|once){_BEFORE_EN}{{0,3}}?"
        r" (?:deliver(?:y|ed|ies|s)?|receipt|receiv\w+|arriv\w+|door|doorstep)(?!\w)"
        r"(?! (?:of )?(?:the )?(?:invoice|quote|payment|funds|money|confirmation))"
    ),
)

_FILLERS = _any(
    *("nhan", "ho tro", "ap dung", "co", "su dung", "dung", "phai", "la", "duoc", "cho", "cho phep", "thu", "ship"),
    *("giao", "qua", "bang", "hinh thuc", "phuong thuc", "don", "chap nhan", "dich vu", "thanh toan", "hang", "lam"),
    *("the", "a", "an", "any", "via", "supports?", "accept(?:ed|ing|s)?", "allow(?:ed|s)?", "available", "for", "use"),
    *("using", "with", "to", "methods?", "orders?", "payments?", "longer", "more", "on", "yet"),
)
_DENIED_BEFORE = re.compile(
    r"(?:^| )(?:no|non|not|without|except|excluding|never|instead of|rather than|formerly|previously|was|ex|from|anti"
    r"|disabled?|khong|ko|kg|hok|chua|ngoai|tru|thay vi|thay cho|thay the|tu|ngung|cam|huy|tat|(?<!\d )k)"
    rf"(?: {_FILLERS})*$"
)
_DENIED_AFTER = re.compile(
    r" ?(?:,)?(?: ?(?:is|are|was|hien|dang|tam|tam thoi|da|bi|se|payments?|orders?|don))*"
    + _any(
        r"(?<=da) (?:chuyen khoan|ck|thanh toan|tra truoc)(?= ,|$)",
        r" (?:khong|ko|chua|not)(?: duoc)? (?:ap dung|kha dung|ho tro|nhan|su dung|chap nhan|duoc|con|available"
        r"|supported|accepted|allowed|applicable|possible)"
        r"(?: (?:nua|hien tai|tam thoi|(?:cho|for|voi|tai|o) .*))?(?= ,|$)",
        r" (?:unavailable|disabled|cancell?ed|rejected|refused|converted|ngung|tam ngung|tat|huy|khong|no|n a)(?= ,|$)",
        r" (?:converted|switched|changed|chuyen|doi)?(?: ?(?:to|sang|thanh)) (?:prepaid|online|bank\w*|cards?|transfer"
        r"|chuyen khoan|ck|tra truoc|truc tuyen|vnpay|momo|zalo ?pay|pay ?pal|pay ?os|viet ?qr|qr|vi dien tu)(?!\w)",
        r"(?: nhung| but)? (?:prepaid|already paid|paid online)(?= ,|$)",
        r" 0(?: ?(?:d|dong|vnd|k))?(?= ,|$)",
    )
)
