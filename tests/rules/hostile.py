"""Rules and orders that mean harm, for tests/rules/test_hostile.py and for the benchmark that times them."""

from __future__ import annotations

from decimal import Decimal

from bridge.core.model import Json
from bridge.rules.liquid import MAX_LENGTH

DOCUMENT: dict[str, Json] = {
    "event": {"topic": "order.created"},
    "source": {"id": "shop", "timezone": "Asia/Ho_Chi_Minh", "country": "VN"},
    "order": {
        "number": "#DH-2068",
        "total": Decimal("1250000.00"),
        "note": None,
        "tags": ["vip", "gấp"],
        "payment": {"cod": True, "paid": False},
        "created_at": "2026-11-05T20:00:00+00:00",
    },
    "customer": {"name": "Nguyễn Thị Hồng"},
    "shipping": {},
    "billing": {},
    "items": [{"title": "Áo", "quantity": Decimal("2.0")}, {"title": "Nón", "quantity": Decimal(1)}],
    "raw": {
        "total_price": "1250000.00",
        "secret": "kín-0912345678",
        "many": list(range(1_500)),
        "endless": list(range(100_000)),
        "long": "x" * 40_000,
        "none": "",
        "limit": 5,
        "exponent": Decimal("1E+999999"),
        "nested": [{"lines": [{"n": n, "text": "x" * 20} for n in range(200)]} for _ in range(20)],
        "twin": [{"lines": [{"n": n, "text": "x" * 20} for n in range(200)]} for _ in range(20)],
    },
}

RANGES = [
    "{{ (1..1000000000) | join: ',' }}",
    "{{ 'a' | append: (1..3) }}",
    "{{ 'a' | default: 'b', allow_false: (1..3) }}",
    "{% for i in (1..1000000000) %}x{% endfor %}",
    "{% for i in items limit: (1..2) %}x{% endfor %}",
    "{% for i in items offset: (1..2) %}x{% endfor %}",
    "{% assign a = (1..1000000000) %}",
    "{% if (1..3) contains 2 %}x{% endif %}",
    "{% if order %}{% elsif order == (1..3) %}x{% endif %}",
    "{% unless (1..3) %}x{% endunless %}",
    "{% case (1..3) %}{% when 1 %}x{% endcase %}",
    "{% case order.total %}{% when (1..3) %}x{% endcase %}",
    "{% capture a %}{{ (1..3) | size }}{% endcapture %}",
    "{% for i in items %}{% if i %}{{ (order.total..5) | first }}{% endif %}{% endfor %}",
    "{{ order[(1..3)] }}",
]

NESTED = "has more than 20 parentheses and nots inside each other"
# Texts of rules that want too much, and words of the error that each ends with.
TEXTS = {
    "a long loop": ("{% for i in raw.endless %}{% endfor %}", "loop iteration limit"),
    "loops in loops": (
        "{% for i in raw.many %}{% for j in raw.many %}{% endfor %}{% endfor %}",
        "loop iteration limit",
    ),
    "lists looked at again": ("{{ raw.endless | size }}" * 6, "too much work"),
    "a doubled text": ("{% assign a = 'xxxxxxxxxx' %}" + "{% assign a = a | append: a %}" * 40, "at most 50000"),
    "a doubled list": ("{% assign a = raw.many %}" + "{% assign a = a | concat: a %}" * 40, "at most 5000"),
    "many long variables": (
        "{% assign a = raw.long | slice: 0, 9999 %}"
        + "".join(f"{{% capture a{n} %}}{{{{ a }}}}{{% endcapture %}}" for n in range(30)),
        "local namespace limit",
    ),
    "a text put into itself": ("{{ raw.long | replace: 'x', raw.long }}", "more than 50000"),
    "a filter in a loop": ("{% for i in raw.many %}{{ raw.long | upcase | size }}{% endfor %}", "too much work"),
    "a search in a loop": (
        "{% for i in raw.many %}{% if raw.long contains 'y' %}{% endif %}{% endfor %}",
        "too much work",
    ),
    "a long output": ("{% for i in raw.many %}một câu dài hơn mười hai chữ{% endfor %}", "output stream limit"),
    "a long captured text": (
        "{% capture a %}{% for i in raw.many %}một câu khá dài đấy{% endfor %}{% endcapture %}",
        "output stream limit",
    ),
    "many variables": (
        "{% for i in raw.many %}" + "".join(f"{{% assign a{n} = i %}}" for n in range(150)) + "{% endfor %}",
        "too much work",
    ),
    "deep blocks": ("{% if true %}" * 100 + "{% endif %}" * 100, "block nesting limit"),
    "deep parentheses": ("{% if " + "(" * 500 + "true" + ")" * 500 + " %}{% endif %}", NESTED),
    "many nots": ("{% if " + "not " * 500 + "true %}{% endif %}", NESTED),
    "deep brackets": ("{{ order" + "[order" * 500 + "]" * 500 + " }}", "simpler"),
    "open brackets": ("{{ " + "['" * 1_900 + " }}", "brackets inside each other"),
    "open strings": ("{{ " + "'" * 3_901 + " }}", "not readable"),
    "open ranges": ("{{ " + "(" * 3_900 + ".. }}", "simpler"),
    "open tags": ("{%a" * 1_300, "not closed"),
    "braces": ("{" * 5_000, "at most 4000"),
    "braces within the length": ("{" * MAX_LENGTH, "not closed"),
    "a search in a large document": (
        "{{ raw.nested" + " | reverse" * 20 + " }}",
        "too much work",
    ),
    "a long list sorted again": ("{{ raw.many" + " | sort" * 400 + " | size }}", "too much work"),
    "markup taken out again": ("{{ raw.long | clean | size }}{{ raw.long | clean | size }}", "too much work"),
    "a gap": ("{{" + " " * 3_900 + "}}", "100 spaces"),
    "a large number": ("{{ order.total | plus: " + "9" * 3_900 + " }}", "at most 100 digits"),
    "a power": ("{{ order.total" + " | times: 1000000000000" * 100 + " }}", "at most 100 digits"),
}

# Conditions, and words of the error.
CONDITIONS = {
    "large documents compared": ("raw.nested != raw.twin" + " or raw.nested != raw.twin" * 150, "too much work"),
    "long texts searched": ("raw.long contains 'y'" + " or raw.long contains 'y'" * 150, "too much work"),
    "open parentheses": ("(" * 3_900, NESTED),
    "nots": ("not " * 900 + "true", NESTED),
    "a huge number": ("order.total > " + "9" * 3_900, "at most 100 digits"),
    "an exponent": ("raw.exponent > 1", "at most 100 digits"),
    "an unclosed text": ("order.number == '" + "x" * 3_900, "write"),
}

# Paths, and words of the error.
PATHS = {
    "brackets": ("order" + "[order" * 500 + "]" * 500, "brackets inside each other"),
    "quotes": ("raw" + "['" * 1_900, "brackets inside each other"),
    "dots": ("order" + "." * 3_900, "write"),
}

_DEEP: Json = "x"
for _ in range(900):
    _DEEP = [_DEEP]

# Values of an order, each as large as a delivery of a megabyte lets it be, or as a text of a rule may still work on.
VALUES: dict[str, Json] = {
    "digits": "1" * 50_000,
    "points": "1." * 25_000,
    "blanks": " " * 50_000,
    "wide blanks": "\u00a0" * 50_000,
    "opening angles": "<" * 50_000,
    "open tags": "<p " * 16_000,
    "attributes": "<a " + "b=c " * 12_000,
    "ampersands": "&" * 50_000,
    "entities": "&amp;" * 10_000,
    "entities of entities": "&" + "amp;" * 12_000,
    "brackets": "[" * 50_000,
    "shortcodes": "[a_ " * 12_500,
    "shortcodes with a name": "[" + "a_" * 25_000,
    "shortcodes with values": "[a a=b " * 7_000,
    "open quotes": '[a b="' * 8_000,
    "scripts": "<script>" * 6_000,
    "remarks": "<!--" * 12_000,
    "parentheses": "(" * 50_000,
    "empty parentheses": "()" * 25_000,
    "what may be a phone": "0 " * 25_000,
    "starred phones": "+(" * 25_000,
    "words before a phone": "so.:" * 12_000,
    "abbreviations": "TP." * 16_000,
    "initials": "a." * 25_000,
    "marks on one letter": "a" + "\u0301" * 49_000,
    "unseen letters": "\u3164" * 50_000,
    "emoji": "\N{CHERRY BLOSSOM}" * 50_000,
    "a letter that becomes eighteen": "\ufdfa" * 50_000,
    "half a pair": "\ud800" * 50_000,
    "zeros": "\0" * 50_000,
    "company words": "CTY " * 12_000,
    "digits of another script": "\u0661" * 50_000,
    "a megabyte": "x" * 1_000_000,
    "a long list": list(range(100_000)),
    "a deep list": _DEEP,
    "many long titles": [{"title": "<" * 200, "quantity": 1}] * 4_000,
    "no titles": [{"title": "", "quantity": Decimal(1)}] * 5_000,
    "huge quantities": [{"title": "x", "quantity": Decimal("1E+999999")}] * 100,
    "a huge exponent": Decimal("1E+999999"),
    "a tiny exponent": Decimal("1E-999999"),
    "no number": Decimal("NaN"),
    "a signalling no number": Decimal("sNaN"),
    "endless": float("inf"),
    "a huge whole number": 10**4_000,
    "a large group": {f"k{n}": "x" for n in range(50_000)},
}
