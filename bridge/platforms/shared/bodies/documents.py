"""The documents in a request's body: JSON or a form, known by what they look like more than by what they are called."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import parse_qsl

from bridge.core.folding import fold, shorten
from bridge.core.model import BadPayload, Json, Request
from bridge.lib.strictjson import parse_json

MOST_FIELDS = 1000
MOST_DOCUMENTS = 500
DEEPEST_NAME = 10  # levels of "a[b][c]"

# The one field of a form that may hold the whole document as JSON.
WRAPPERS = ("payload", "data", "json", "body")

_FORM = re.compile(rb"[^\s=&{}<>\"]{1,200}=|%7[Bb]|%5[Bb]")
_MULTIPART = re.compile(rb"--([^\r\n]{1,200})\r?\nContent-Disposition:", re.IGNORECASE)
_BOUNDARY = re.compile(r'boundary="?([^";]{1,200})"?', re.IGNORECASE)
_NAME = re.compile(r'content-disposition:[^\r\n]*?;\s*name="?((?:[^"\\;\r\n]|\\.)*)"?', re.IGNORECASE)
_BRACKETS = re.compile(r"\[([^\[\]]*)\]")


def parse_documents(request: Request) -> list[Json]:
    """Return the documents in the body: the entries of a list, or the one document that is the whole body.

    Shapes   A form's fields are one document, its values text; a name that comes twice has its last value, "a[]" is a
             list, "a[b]" an object. A field `payload`, `data`, `json` or `body` with JSON in it is the document, and so
             is a single name that is JSON itself.
    Errors   BadPayload: neither JSON nor a form in UTF-8, an empty list, more than 500 documents
    """
    found = _parse(request)
    if not isinstance(found, list):
        return [found]
    if not found:
        raise BadPayload("", "is an empty list: it holds no order")
    if len(found) > MOST_DOCUMENTS:
        raise BadPayload("", f"holds more than {MOST_DOCUMENTS} orders: send them in several requests")
    return found


def _parse(request: Request) -> Json:
    body, kind = request.body.removeprefix(b"\xef\xbb\xbf").lstrip(), (request.header("content-type") or "").lower()
    if body[:1] in (b"{", b"["):
        return parse_json(body)
    looks_multipart = _MULTIPART.match(body)
    if looks_multipart or kind.startswith("multipart/"):
        named = _BOUNDARY.search(request.header("content-type") or "")
        boundary = looks_multipart[1] if looks_multipart else (named[1] if named else "").encode("latin-1", "replace")
        return _document_of(_multipart_pairs(request.body, boundary.strip()))
    if kind.startswith("application/x-www-form-urlencoded") or _FORM.match(body):
        return _document_of(_form_pairs(body))
    found = parse_json(request.body)
    # Some programs write JSON into a JSON text.
    return parse_json(found.encode("utf-8")) if isinstance(found, str) and found.lstrip()[:1] in ("{", "[") else found


def _form_pairs(body: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(
            body.decode("utf-8").strip(), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict"
        )
    except ValueError:
        raise BadPayload("", f"is not a form in UTF-8 of at most {MOST_FIELDS} fields") from None


def _multipart_pairs(body: bytes, boundary: bytes) -> list[tuple[str, str]]:
    """The fields of multipart/form-data (RFC 7578); files are left out."""
    parts = body.split(b"--" + boundary)[1:] if boundary else []
    if not parts or len(parts) > MOST_FIELDS + 1:
        raise BadPayload("", f"is not multipart/form-data of at most {MOST_FIELDS} fields")
    pairs = []
    for part in parts:
        if part.startswith(b"--"):
            break
        head, _, content = part.replace(b"\r\n", b"\n").partition(b"\n\n")
        try:
            lines, value = head.decode("utf-8"), content.removesuffix(b"\n").decode("utf-8")
        except UnicodeDecodeError:
            if b"filename=" in head:
                continue
            raise BadPayload("", "is not multipart/form-data in UTF-8") from None
        name = _NAME.search(lines)
        if name and "filename=" not in lines.lower():
            pairs.append((name[1].replace('\\"', '"'), value))
    return pairs


def _document_of(pairs: Iterable[tuple[str, str]]) -> Json:
    found: dict[str, Json] = {}
    pairs = list(pairs)
    if len(pairs) == 1 and not pairs[0][1]:
        whole = _parse_inner(pairs[0][0])  # JSON that was encoded as if it were a form: a name without a value
        if whole is not None:
            return whole
    for name, value in pairs:
        text = value.replace("\x00", "")
        _put(found, name.replace("\x00", ""), text if text.lstrip()[:1] in ("{", "[") else shorten(text))
    found = {name: as_lists(value) for name, value in found.items()}
    wrapped = [name for name in found if fold(name) in WRAPPERS or len(found) == 1]
    for name in wrapped:
        inner = _parse_inner(found[name])
        if inner is not None:
            return {**found, name: inner, **inner} if isinstance(inner, dict) else inner
    return found


def _put(document: dict[str, Json], name: str, value: str) -> None:
    """The value under its name; "items[0][title]" is a member of an object in an object, "items[]" one more of them."""
    base, _, _ = name.partition("[")
    steps = _BRACKETS.findall(name[len(base) :])
    if (
        not base
        or not steps
        or len(steps) > DEEPEST_NAME
        or "".join(f"[{step}]" for step in steps) != name[len(base) :]
    ):
        document[name] = value
        return
    *path, last = [base, *steps]
    place = document
    for step in path:
        inner = place.setdefault(step or str(len(place)), {})
        if not isinstance(inner, dict):
            document[name] = value
            return
        place = inner
    place[last or str(len(place))] = value


def as_lists(value: Json) -> Json:
    """A list where PHP's names are 0, 1, 2 …; values inside too."""
    if not isinstance(value, dict):
        return value
    inner = {name: as_lists(part) for name, part in value.items()}
    return list(inner.values()) if list(inner) == [str(number) for number in range(len(inner))] else inner


def _parse_inner(value: Json) -> Json:
    if not isinstance(value, str) or value.lstrip()[:1] not in ("{", "["):
        return None
    try:
        return parse_json(value.encode("utf-8"))
    except BadPayload:
        return None
