"""What the write-backs of several platforms share: what a status means, and how an order's state is read from a text.

Nothing is sent here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from bridge.core.model import BadPayload, Json, Order, Reading, Request, Source, Write
from bridge.core.platform import ApiRequest, Refusal
from bridge.lib.strictjson import parse_json
from bridge.platforms.shared.texts import entries, members, skip_blanks
from bridge.platforms.shared.values import find_text

_SHORT_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,63}")
_STATUSES = {
    401: "write_credentials",
    403: "write_scope",
    404: "write_order_gone",
    409: "write_locked",
    410: "write_order_gone",
    423: "write_locked",
    429: "write_rate_limited",
}
_AGAIN = frozenset({408, 425})  # the shop wants the same request once more
_FINAL = frozenset({501, 505})  # the host's refusal, which no later try mends
UNREAD = datetime(1970, 1, 1, tzinfo=UTC)  # when an order that was asked for came: its own times count


def judge_status(status: int, headers: Mapping[str, str], body: bytes) -> Refusal | None:
    """What an HTTP status means for a write; None for 2xx."""
    if 200 <= status < 300:
        return None
    if 300 <= status < 400:
        return Refusal("write_redirected")
    if status in _AGAIN or (status >= 500 and status not in _FINAL):
        return Refusal("write_no_answer", str(status), rest_of(headers))
    return Refusal(_STATUSES.get(status, "write_refused"), short_word(body) or str(status), rest_of(headers))


def judge_json(status: int, headers: Mapping[str, str], body: bytes) -> Refusal | None:
    """As `judge_status`; a 2xx whose body is no JSON is no answer: a page that says that the shop is being mended."""
    refusal = judge_status(status, headers, body)
    if refusal is not None or not body:
        return refusal
    try:
        json.loads(body)  # read strictly by whoever looks into it
    except (ValueError, RecursionError):
        return Refusal("write_bad_answer", "not JSON")
    return None


def rest_of(headers: Mapping[str, str]) -> timedelta:
    """How long the shop wants to be left alone; Retry-After may hold a decimal fraction."""
    after, reset = headers.get("retry-after", ""), headers.get("x-rate-limit-time-reset-ms", "")
    seconds = float(after) if re.fullmatch("[0-9]{1,6}([.][0-9]{1,6})?", after) else 0.0
    return timedelta(seconds=max(seconds, int(reset) / 1000 if re.fullmatch("[0-9]{1,9}", reset) else 0.0))


def short_word(body: bytes) -> str | None:
    """The shop's error code, if it is one word: nothing that may hold a name or a number."""
    try:
        document = parse_json(body)
    except BadPayload:
        return None
    for path in (("code",), ("error",), ("error", "code"), ("errors", 0, "code")):
        found = find_text(document, *path) if isinstance(document, dict) else None
        if found and _SHORT_WORD.fullmatch(found):
            return found
    return None


def order_of(
    read: Callable[[Request, Source, datetime], Reading],
    deliver: Callable[[Source, str, str], Request],
    topic: str,
    source: Source,
    text: str,
) -> Order:
    """The order that the shop's API answered, as its platform reads it. BadPayload: none can be read."""
    for event in read(deliver(source, text, topic), source, UNREAD).events:
        if event.order is not None:
            return event.order
    raise BadPayload("", "holds no order")


def member_text(body: bytes, *names: str | int) -> str:
    """The text of a part of a JSON document, as the shop wrote it. BadPayload: there is none."""
    parse_json(body)
    text = body.decode("utf-8-sig")
    at = skip_blanks(text, 0)
    for name in names:
        if text[at] == "{" and isinstance(name, str):
            at = next((start for key, start in members(text, at) if key == name), -1)
        else:
            found = list(entries(text, at)) if text[at] == "[" else []
            if not isinstance(name, int) or name >= len(found):
                raise BadPayload("", f"holds no {name}")
            text, at = found[name], 0
        if at < 0:
            raise BadPayload("", f"holds no {name}")
    return text[at : json.JSONDecoder().raw_decode(text, at)[1]]


def json_request(method: str, url: str, headers: Mapping[str, str], body: Json) -> ApiRequest:
    """A request with a JSON body."""
    return ApiRequest(method, url, {"Content-Type": "application/json", **headers}, json.dumps(body).encode())


def has_marker(note: Json, write: Write) -> bool:
    return isinstance(note, str) and write.marker in note


def with_line(note: Json, write: Write) -> str:
    """The note as it stands, and our line below it."""
    kept = note.rstrip() if isinstance(note, str) else ""
    return f"{kept}\n{write.text}" if kept else write.text


def tag_key(tag: str) -> str:
    """What two spellings of one tag have in common: shops trim blanks, and show a tag in the case of its first use."""
    return " ".join(tag.split()).casefold()


def has_tag(tags: Json, tag: str, key: Callable[[str], str] = tag_key) -> bool:
    """Whether these tags, of any form that `split_tags` takes, hold this one in any spelling."""
    return key(tag) in map(key, split_tags(tags))


def is_tagged(tags: Json, write: Write, key: Callable[[str], str] = tag_key) -> bool:
    """Whether the tag stands there, and those that it takes the place of do not."""
    gone = [tag for tag in write.instead if key(tag) != key(write.text)]
    return has_tag(tags, write.text, key) and not any(has_tag(tags, tag, key) for tag in gone)


def split_tags(tags: Json) -> list[str]:
    """The tags of a list, whose entries may be {name}, or of a text with commas between them."""
    found = tags.split(",") if isinstance(tags, str) else tags if isinstance(tags, list) else []
    names = (str(one.get("name") or "") if isinstance(one, dict) else str(one) for one in found)
    return [name.strip() for name in names if name.strip()]


def merge_tags(tags: Json, new: str, instead: tuple[str, ...]) -> list[str]:
    """The tags as they are to be: the new one beside those of others, ours of an earlier result gone."""
    gone = {tag_key(tag) for tag in instead} - {tag_key(new)}
    kept = [tag for tag in split_tags(tags) if tag_key(tag) not in gone]
    return kept if has_tag(kept, new) else [*kept, new]
