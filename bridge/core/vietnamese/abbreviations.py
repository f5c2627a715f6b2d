"""Vietnamese abbreviations opened, as a person reads them aloud: of companies, of addresses. Pure."""

from __future__ import annotations

import re
from itertools import pairwise

from bridge.core.folding import fold

# Of companies, without accents.
_COMPANY = {
    "cty": "công ty",
    "ctcp": "công ty cổ phần",
    "tnhh": "trách nhiệm hữu hạn",
    "cp": "cổ phần",
    "mtv": "một thành viên",
    "tmcp": "thương mại cổ phần",
    "dntn": "doanh nghiệp tư nhân",
    "hkd": "hộ kinh doanh",
    "htx": "hợp tác xã",
    "vpdd": "văn phòng đại diện",
    "tm": "thương mại",
    "tmdv": "thương mại dịch vụ",
    "dv": "dịch vụ",
    "sx": "sản xuất",
    "sxtm": "sản xuất thương mại",
    "xnk": "xuất nhập khẩu",
    "xd": "xây dựng",
    "dt": "đầu tư",
    "pt": "phát triển",
    "vn": "Việt Nam",
    "hn": "Hà Nội",
    "hcm": "Hồ Chí Minh",
    "tphcm": "Thành phố Hồ Chí Minh",
    "&": "và",
}
_MARKERS = frozenset({"cty", "ctcp", "tnhh", "dntn", "htx", "vpdd", "hkd"})
# What a company is and does, written in small letters.
_PHRASES = re.compile(
    r"(?<!\w)(?:"
    + "|".join(
        [opened for opened in _COMPANY.values() if opened.islower() and " " in opened]
        + ["chi nhánh", "tập đoàn", "doanh nghiệp", "ngân hàng"]
    )
    + r")(?!\w)",
    re.IGNORECASE,
)
_LETTERS = re.compile(r"(?:[^\W\d_]\.){2,}[^\W\d_]?")
# What a syllable of Vietnamese can be, without accents.
_SYLLABLE = re.compile(
    r"(?:b|ch?|d|g[hi]?|h|kh?|l|m|n|ngh?|nh|ph?|qu?|r|s|th?|tr|v|x)?[aeiouy]{1,3}(?:ch?|m|ng?|nh|p|t)?"
)

_PLACES = (
    (re.compile(r"(?<!\w)(?:TP\.? ?HCM|TP\.? ?Hồ Chí Minh|Tp\.? ?HCM)(?!\w)"), "thành phố Hồ Chí Minh"),
    (re.compile(r"(?<!\w)(?:HCM|SG)(?!\w)"), "Hồ Chí Minh"),
    (re.compile(r"(?<!\w)(?:TP\.? ?|Tp\.? ?)?HN(?!\w)"), "Hà Nội"),
    (re.compile(r"(?<!\w)VN(?!\w)"), "Việt Nam"),
    (re.compile(r"(?<!\w)(?:TP|Tp|tp)(?:\. ?| )(?=\w)"), "thành phố "),
    (re.compile(r"(?<!\w)(?:TX|Tx|tx)\. ?(?=\w)"), "thị xã "),
    (re.compile(r"(?<!\w)(?:TT|Tt|tt)\. ?(?=\w)"), "thị trấn "),
    (re.compile(r"(?<!\w)[Qq](?:\. ?(?=\w)| ?(?=\d))"), "quận "),
    (re.compile(r"(?<!\w)[Pp](?:\. ?(?=\w)| ?(?=\d))"), "phường "),
    (re.compile(r"(?<!\w)[Hh]\. ?(?=\w)"), "huyện "),
    (re.compile(r"(?<!\w)[Xx]\. ?(?=\w)"), "xã "),
    (re.compile(r"(?<!\w)[Tt]\. ?(?=\w)"), "tỉnh "),
    (re.compile(r"(?<!\w)[Đđ]\. ?(?=\w)"), "đường "),
    (re.compile(r"(?<!\w)[Kk][Pp]\.? ?(?=\d)"), "khu phố "),
    (re.compile(r"(?<!\w)KCN(?!\w)\.? ?"), "khu công nghiệp "),
    (re.compile(r"(?<!\w)K[ĐD]T(?!\w)\.? ?"), "khu đô thị "),
    (re.compile(r"(?<!\w)(?:CC|cc)\. ?(?=\w)"), "chung cư "),
    (re.compile(r"(?<!\w)(?:BR ?- ?VT|BRVT)(?!\w)"), "Bà Rịa - Vũng Tàu"),
    (re.compile(r"(?<!\w)CMT8(?!\w)"), "Cách Mạng Tháng Tám"),
    (re.compile(r"(?<!\w)XVNT(?!\w)"), "Xô Viết Nghệ Tĩnh"),
    (re.compile(r"(?<!\w)NTMK(?!\w)"), "Nguyễn Thị Minh Khai"),
    (re.compile(r"(?<!\w)(?:TDP|Tdp|tdp)\.? ?(?=\d)"), "tổ dân phố "),
    (re.compile(r"(?<!\w)KDC(?!\w)\.? ?"), "khu dân cư "),
    (re.compile(r"(?<!\w)ĐK\. ?(?=\w)"), "đặc khu "),
    (re.compile(r"(?<!\w)QL\.? ?(?=\d)"), "quốc lộ "),
    (re.compile(r"(?<!\w)TL\.? ?(?=\d)"), "tỉnh lộ "),
    (re.compile(r"(?<!\w)TTTM(?!\w)"), "trung tâm thương mại"),
    (re.compile(r"(?<!\w)UBND(?!\w)"), "ủy ban nhân dân"),
    (re.compile(r"(?<!\w)BV\.? (?=\w)"), "bệnh viện "),
    (re.compile(r"(?<!\w)KTX(?!\w)"), "ký túc xá"),
    (re.compile(r"(?<!\w)THPT(?!\w)"), "trung học phổ thông"),
    (re.compile(r"(?<!\w)THCS(?!\w)"), "trung học cơ sở"),
)


def is_company(words: list[str]) -> bool:
    """Whether these words of a name are a company's: one of them says so, in short or in full."""
    folded = [_key(word) for word in words]
    pairs = set(pairwise(folded))
    return bool(_MARKERS & set(folded)) or ("cong", "ty") in pairs or ("doanh", "nghiep") in pairs


def open_company(words: list[str]) -> list[str]:
    """The words of a company's name with its abbreviations opened; what it is and does is one small text each.

    CTY TNHH FPT is "công ty", "trách nhiệm hữu hạn", "FPT".
    """
    found: list[str] = []
    text, end = " ".join(opened for word in words for opened in _open_word(word)), 0
    for phrase in _PHRASES.finditer(text):
        found += [*text[end : phrase.start()].split(), phrase[0].lower()]
        end = phrase.end()
    return [*found, *text[end:].split()]


def open_address(text: str) -> str:
    """An address with its abbreviations opened: "P. 5, Q.3, TP.HCM" is "phường 5, quận 3, thành phố Hồ Chí Minh"."""
    for pattern, opened in _PLACES:
        text = pattern.sub(opened, text)
    return " ".join(text.split())


def is_syllable(word: str) -> bool:
    """Whether the word can be said as one syllable of Vietnamese."""
    return _SYLLABLE.fullmatch(fold(word)) is not None


def is_acronym(word: str) -> bool:
    """Whether a word of capitals is spelt: it has no vowel, or is short and no syllable."""
    if not word.isalpha() or not word.isupper() or len(word) < 2:
        return False
    return not re.search("[aeiouy]", fold(word)) or (len(word) <= 3 and not is_syllable(word))


def _key(word: str) -> str:
    return word if word == "&" else fold(word).replace(" ", "")


def _open_word(word: str) -> list[str]:
    if _LETTERS.fullmatch(word):
        word = word.replace(".", "")
    key = _key(word)
    if key in _COMPANY:
        return [_COMPANY[key]]
    return [word]
