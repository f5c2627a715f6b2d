"""What is left to be spoken of a text that was written for a screen: no markup, no entities, no shortcodes. Pure."""

from __future__ import annotations

import html
import re

# A shop's text may be escaped once by the shop and once by each program on its way.
MOST_ESCAPES = 4

_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
# Elements of HTML, so that "size <L>" and "a < b" stay.
_INLINE = (
    "a|abbr|b|bdi|bdo|big|cite|code|data|del|em|font|i|ins|kbd|mark|q|s|samp|small|span|strike|strong|sub|sup|tt|u|var"
)
_BLOCK = (
    "article|aside|audio|blockquote|body|br|button|caption|center|col|colgroup|dd|div|dl|dt|embed|fieldset|figcaption"
    "|figure|footer|form|h[1-6]|head|header|hr|html|iframe|img|input|label|li|link|main|meta|nav|noscript|object|ol"
    "|option|p|param|picture|pre|section|select|source|svg|path|table|tbody|td|textarea|tfoot|th|thead|title|tr|ul"
    "|video|wbr"
)
_HIDDEN = re.compile(
    r"<(script|style|template)\b[^<>]*>.*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)", re.DOTALL | re.IGNORECASE
)
# The letter is asked first: a text of nothing but < would try every name at each of them.
_INLINE_TAG = re.compile(rf"<(?=[/a-z])/?(?:{_INLINE})(?:\s[^<>]*)?/?>", re.IGNORECASE)
_BLOCK_TAG = re.compile(rf"<(?=[/a-z!?])(?:/?(?:{_BLOCK})(?:\s[^<>]*)?/?>|[!?][^<>]*>)", re.IGNORECASE)
# WordPress: [gallery ids="1,2"], [/caption], [vc_row]; "[Mua 1 tặng 1]" and "[sale]" are a shop's own words.
_SHORTCODE = re.compile(
    r"\[/?[a-z][a-z0-9]*[_-][a-z0-9_-]*(?:\s[^\[\]]*)?/?\]"
    r"|\[[a-z][a-z0-9]*(?:\s+[a-z][\w-]*=(?:\"[^\"\[\]]*\"|'[^'\[\]]*'|[^\s\[\]]+))+\s*/?\]"
    r"|\[/[a-z][a-z0-9]*\]|\[(?:gallery|caption|audio|video|embed|playlist)\]"
)


def spoken_text(text: str) -> str:
    """The text as `plain_text` gives it, in one line of single blanks where anything was taken out."""
    plain = plain_text(text)
    return text if plain == text else " ".join(plain.split())


def plain_text(text: str) -> str:
    """The text without markup, with its entities decoded, however often they were escaped; blanks stay as they are."""
    for _ in range(MOST_ESCAPES if "&" in text else 0):
        decoded = _ENTITY.sub(lambda found: html.unescape(found[0]), text)
        if decoded == text:
            break
        text = decoded
    if "<" in text:
        text = _BLOCK_TAG.sub(" ", _INLINE_TAG.sub("", _HIDDEN.sub(" ", text)))
    return _SHORTCODE.sub(" ", text) if "[" in text else text
