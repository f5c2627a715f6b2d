"""Read YAML or JSON text into a document, and remember where each value stands; write a document as YAML.

YAML by the core rules of YAML 1.2, made narrower: what looks like a phone number, a time, a date or a word of
YAML 1.1 (`no`, `on`) stays text. Anchors, aliases and tags are refused.
"""

from __future__ import annotations

import contextlib
import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import yaml

from bridge.core.model import Json
from bridge.lib.jsonschema import pointer

Place = tuple[int, int]
Path = tuple[str | int, ...]


class BadText(Exception):
    """The text cannot be read. Line and column are 1-based; `at` is the JSON pointer that was being read."""

    def __init__(self, line: int, column: int, problem: str, at: str = "") -> None:
        super().__init__(f"{line}:{column}: {problem}")
        self.line = line
        self.column = column
        self.problem = problem
        self.at = at


@dataclass(frozen=True, repr=False)
class Marked:
    """A document and its places, by JSON pointer: where each value begins, and where its key begins.

    Lines and columns are 1-based and count characters. `blocks` are the texts written below a `|`.
    """

    lines: tuple[str, ...]
    document: Json = None
    marks: dict[str, Place] = field(default_factory=dict)
    keys: dict[str, Place] = field(default_factory=dict)
    blocks: set[str] = field(default_factory=set)


def read_text(text: str, filename: str) -> Marked:
    """One document, a mapping at the top. `.json` is read as JSON, every other name as YAML.

    Numbers are int, or Decimal where they have a point or an exponent; keys are text. Raises BadText.
    """
    text = text.removeprefix("\ufeff")
    if filename.lower().endswith(".json"):
        marked = Marked(tuple(text.split("\n")))
        document = _read_json(text, marked)
    else:
        marked = Marked(tuple(_LINE_END.split(text)))
        document = _read_yaml(text, marked)
    if document is None:
        raise BadText(1, 1, "the file is empty: write sources:, hotlines:, holidays: or rules:")
    if not isinstance(document, dict):
        raise BadText(*marked.marks[""], "the file must be a mapping: write sources:, hotlines:, holidays: or rules:")
    return Marked(marked.lines, document, marked.marks, marked.keys, marked.blocks)


def place_in_text(marked: Marked, at: str, text: str, line: int, column: int) -> Place:
    """Where a place inside a text value stands in the file.

    Exact for one line, quoted or not, and below `|`; where escapes or folding move columns, where the value begins.
    """
    row, start = marked.marks[at]
    rows = text.split("\n")
    if not 1 <= line <= len(rows):
        return row, start
    if at in marked.blocks and row + line <= len(marked.lines):
        raw = marked.lines[row + line - 1]
        if raw.endswith(rows[line - 1]):
            return row + line, len(raw) - len(rows[line - 1]) + column
    raw = marked.lines[row - 1]
    quote = raw[start - 1 : start] if raw[start - 1 : start] in ("'", '"') else ""
    if len(rows) == 1 and raw.startswith(f"{quote}{text}{quote}", start - 1):
        return row, start + len(quote) + column - 1
    return row, start


# Where libyaml and PyYAML's own parser differ: tabs that separate, byte order marks inside, rare line ends, and "|#".
_READ_OTHERWISE = re.compile("[\t\ufeff\x85\u2028\u2029]|[|>][-+0-9]*#")
# The line ends that PyYAML counts.
_LINE_END = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
_DEEPEST = 50
_WORDS: dict[str, bool | None] = {"": None, "~": None, "null": None, "Null": None, "NULL": None}
_WORDS |= dict.fromkeys(("true", "True", "TRUE"), True) | dict.fromkeys(("false", "False", "FALSE"), False)
_INTEGER = re.compile("-?(0|[1-9][0-9]{0,999})")
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]{0,999})?(\.[0-9]{1,999})?([eE][-+]?[0-9]{1,3})?")
_BRACES = re.compile(r"""^(?:[^"'#]*[:\-\[,]\s)?\s*(\{[{%])""")


def _read_yaml(text: str, marked: Marked) -> Json:
    if yaml.__with_libyaml__ and not _READ_OTHERWISE.search(text):
        # libyaml takes an eighth of the time; what is wrong is said in the words of the parser below.
        with contextlib.suppress(BadText, yaml.YAMLError, UnicodeEncodeError):
            return _read_events(text, marked, yaml.CBaseLoader)
        for read in (marked.marks, marked.keys, marked.blocks):
            read.clear()
    return _read_events(text, marked, yaml.BaseLoader)


def _read_events(text: str, marked: Marked, loader: type[yaml.BaseLoader | yaml.CBaseLoader]) -> Json:
    try:
        events: Iterator[yaml.Event] = yaml.parse(text, Loader=loader)
        document = None
        documents = 0
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise BadText(*_mark(event.start_mark), "a second document: write one file for each")
                document = _value(next(events), events, marked, ())
        return document
    except yaml.reader.ReaderError as error:
        before = _LINE_END.split(text[: error.position])
        raise BadText(len(before), len(before[-1]) + 1, "a control character: take it out") from None
    except yaml.MarkedYAMLError as error:
        raise _yaml_problem(error, marked) from None


def _value(event: yaml.Event, events: Iterator[yaml.Event], marked: Marked, path: Path) -> Json:
    at = pointer(path)
    marked.marks[at] = _mark(event.start_mark)
    _refuse_extras(event, path)
    if isinstance(event, yaml.ScalarEvent):
        if event.style == "|":
            marked.blocks.add(at)
        text = _whole_text(event.value, marked.marks[at], at)
        return text if event.style else _resolve(text)
    if isinstance(event, yaml.SequenceStartEvent):
        found: list[Json] = []
        while not isinstance(event := next(events), yaml.SequenceEndEvent):
            found.append(_value(event, events, marked, (*path, len(found))))
        return found
    return _mapping(events, marked, path)


def _mapping(events: Iterator[yaml.Event], marked: Marked, path: Path) -> dict[str, Json]:
    found: dict[str, Json] = {}
    while not isinstance(event := next(events), yaml.MappingEndEvent):
        place = _mark(event.start_mark)
        if isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            raise _not_a_key(marked, place, path)
        _refuse_extras(event, path)
        key = _new_key(getattr(event, "value", ""), found, place, marked, path)
        found[key] = _value(next(events), events, marked, (*path, key))
    return found


def _refuse_extras(event: yaml.Event, path: Path) -> None:
    place = _mark(event.start_mark)
    if len(path) > _DEEPEST:
        raise BadText(*place, "nested too deeply", pointer(path))
    if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
        raise BadText(
            *place, "anchors (&) and aliases (*) are not read: write the value out, or quote it", pointer(path)
        )
    if getattr(event, "tag", None):
        raise BadText(*place, "tags (!) are not read: take it away, or quote the value", pointer(path))


def _resolve(text: str) -> Json:
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _DECIMAL.fullmatch(text) and re.search("[0-9]", text) and text[:1] not in ("e", "E"):
        return Decimal(text)
    return text


_QUOTE_BRACES = 'a value that begins with {{ or {% must stand in quotes: "{{ … }}", or below a |'
_HINTS = (
    ("mapping values are not allowed here", 'a text that holds ": " must stand in quotes'),
    ("found unexpected end of stream", "the quote that begins here is never closed"),
    ("found unknown escape character", "an unknown \\ escape: write \\\\, or use single quotes"),
    ("found undefined tag handle", "tags (!) are not read: take it away, or quote the value"),
    ("found duplicate anchor", "anchors (&) and aliases (*) are not read: write the value out"),
)


def _yaml_problem(error: yaml.MarkedYAMLError, marked: Marked) -> BadText:
    at = next(reversed(marked.keys), "")
    problem = error.problem or "cannot be read"
    place = _mark(error.problem_mark or error.context_mark)
    opened = _mark(error.context_mark or error.problem_mark)
    for line in (place[0], opened[0]):
        braces = _BRACES.search(marked.lines[line - 1]) if line <= len(marked.lines) else None
        if braces:
            return BadText(line, braces.start(1) + 1, _QUOTE_BRACES, at)
    row = marked.lines[place[0] - 1] if place[0] <= len(marked.lines) else ""
    if row[place[1] - 1 : place[1]] == "\t" or ("\t" in row[: len(row) - len(row.lstrip())]):
        return BadText(place[0], row.index("\t") + 1, "a tab: indent with blanks", at)
    for words, hint in _HINTS:
        if problem.startswith(words):
            return BadText(*(opened if "end of stream" in words else place), hint, at)
    if "cannot start any token" in problem:
        return BadText(*place, "a value cannot begin with this character: put it in quotes", at)
    return BadText(*place, f"cannot be read as YAML ({problem}): check the indentation, brackets and quotes", at)


def _not_a_key(marked: Marked, place: Place, path: Path) -> BadText:
    # The outer brace of `{{` stands just before the inner one, which is where the key begins.
    row, column = place
    if marked.lines[row - 1].startswith("{{", column - 2):
        return BadText(row, column - 1, _QUOTE_BRACES, pointer(path))
    return BadText(row, column, "a key must be text", pointer(path))


def _mark(mark: Any) -> Place:
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)


def _new_key(key: str, found: dict[str, Json], place: Place, marked: Marked, path: Path) -> str:
    at = pointer((*path, key))
    if key in found:
        raise BadText(*place, f"'{key}' is written twice; first on line {marked.keys[at][0]}", at)
    marked.keys[at] = place
    return _whole_text(key, place, at)


def _whole_text(text: str, place: Place, at: str) -> str:
    # JSON writes what lies beyond U+FFFF as two escapes; PyYAML leaves them apart.
    try:
        return text.encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError:
        raise BadText(*place, "half of a surrogate pair: write the character itself", at) from None


# Of text that json.loads has accepted; what lies between these is blank, comma or colon.
_JSON_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]]|[^\s,:{}\[\]"]+')
_JSON_EVENTS: dict[str, Any] = {
    "{": lambda mark: yaml.MappingStartEvent(None, None, True, mark),
    "}": yaml.MappingEndEvent,
    "[": lambda mark: yaml.SequenceStartEvent(None, None, True, mark),
    "]": yaml.SequenceEndEvent,
}


def _read_json(text: str, marked: Marked) -> Json:
    if not text.strip():
        return None
    try:
        json.loads(text, parse_int=str, parse_float=str)
    except json.JSONDecodeError as error:
        raise BadText(error.lineno, error.colno, f"cannot be read as JSON ({error.msg})") from None
    except RecursionError:
        raise BadText(1, 1, "nested too deeply") from None
    events = _json_events(text)
    return _value(next(events), events, marked, ())


def _json_events(text: str) -> Iterator[yaml.Event]:
    for token in _JSON_TOKEN.finditer(text):
        line, column = text.count("\n", 0, token.start()), token.start() - text.rfind("\n", 0, token.start()) - 1
        mark, word = yaml.Mark("", token.start(), line, column, None, 0), token[0]
        if word in _JSON_EVENTS:
            yield _JSON_EVENTS[word](mark)
        elif word.startswith('"'):
            yield yaml.ScalarEvent(None, None, (False, True), json.loads(word), mark, style='"')
        elif word in ("NaN", "Infinity", "-Infinity"):
            raise BadText(line + 1, column + 1, "is not a number that JSON knows")
        else:
            yield yaml.ScalarEvent(None, None, (True, False), word, mark)


def write_yaml(document: Json) -> str:
    """The document as YAML that `read_text` reads back as the same."""
    root = yaml.representer.SafeRepresenter(default_flow_style=False, sort_keys=False).represent_data(document)
    _quote(root)
    text: str = yaml.serialize(root, Dumper=yaml.SafeDumper, allow_unicode=True, width=math.inf)
    return text


def _quote(node: yaml.Node) -> None:
    """PyYAML leaves bare what is text by YAML 1.1 but a number by YAML 1.2, such as 1e3, and some line ends."""
    if isinstance(node, yaml.ScalarNode):
        if node.tag == "tag:yaml.org,2002:str" and not (node.value[:1].isalpha() and node.value.isprintable()):
            node.style = "|" if _is_block(node.value) else '"'
    elif isinstance(node, yaml.SequenceNode):
        for part in node.value:
            _quote(part)
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            _quote(key)
            _quote(value)


def _is_block(text: str) -> bool:
    lines = text.split("\n")
    return len(lines) > 1 and all(line.isprintable() for line in lines)
