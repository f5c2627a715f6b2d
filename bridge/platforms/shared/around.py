"""Reading around what is odd: a part that no call depends on costs no order, and an unreadable order no other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache, partial

from bridge.core.folding import MAX_ENTRIES
from bridge.core.model import BadPayload, Event, Json, Note
from bridge.core.platform import Needs
from bridge.lib import jsonschema as schema
from bridge.platforms.shared.values import OddPart, collect_odd, find, is_amount_text

MAX_NESTED_TYPES = 4
MOST_LEFT_OUT = 50  # each that the schema does not find costs one more reading
MOST_READINGS = 4  # of a message with several orders, each without those that could not be read before

Path = tuple[str | int, ...]

_UNKNOWN = object()


def read_around(
    document: Json, platform: str, needs: Needs, read: Callable[[], tuple[Event, ...]], place: str = ""
) -> tuple[Event, ...]:
    """What `read` reads in the document, whatever is odd in parts of it that no call depends on.

    What another program wrote in another type without losing anything is put right in the document itself; what
    cannot be read and is not needed becomes null there, or is passed over. Each such place is a note of the first
    event.
    place    the pointer to this document in the whole message
    Errors   BadPayload: something that is needed is missing or cannot be read
    """
    around = _Around(document, needs)
    try:
        around.judge(f"platforms/{platform}")
        events = around.read(read)
        around.require_phone(events)
    except BadPayload as error:
        raise BadPayload(place + error.pointer, error.problem) from None
    notes = tuple(Note(place + one.pointer, one.problem) for one in (*around.put_right, *around.left_out))
    if not notes or not events:
        return events
    return (replace(events[0], notes=(*notes, *events[0].notes)), *events[1:])


@dataclass(frozen=True)
class Several:
    """What was read at which places, and what is wrong with the first order that cannot be read."""

    events: tuple[Event, ...]
    places: tuple[Path, ...]
    failed: str | None = None


def read_each(
    document: Json,
    platform: str,
    needs: Callable[[list[Path]], Needs],
    places: Iterable[Path],
    read: Callable[[Path], tuple[Event, ...]],
    also: Callable[[Path], tuple[Path, ...]] = lambda place: (),
) -> Several:
    """What `read` reads at each place, read around as one message.

    An order that cannot be read becomes null in the document, with what stands for it elsewhere.
    needs    those of the orders at these places
    also     where else in the document something stands about the order at a place, as an answer of the shop's API
    Errors   BadPayload: no order can be read, what fails belongs to none of them, or they are so many that the list
             may have been cut
    """
    left: list[Path] = list(places)
    if len(left) >= MAX_ENTRIES:
        raise BadPayload("", f"holds more than {MAX_ENTRIES - 1} orders: send them in several requests")
    failures: list[BadPayload] = []
    while True:
        needed = needs(left)
        try:
            events = read_around(document, platform, needed, partial(_read_all, read, left))
            return Several(events, tuple(left), str(failures[0]) if failures else None)
        except BadPayload as error:
            failures.append(error)
            parts = {place: (place, *also(place)) for place in left}
            bad = [at for at in left if _is_within(error.pointer, parts[at]) or _is_unreadable(read, at, needs)]
            if not bad or len(bad) == len(left) or len(failures) == MOST_READINGS:
                raise failures[0] from None
        left = [place for place in left if place not in bad]
        for part in (part for place in bad for part in parts[place]):
            if find(document, *part) is not None:
                find(document, *part[:-1])[part[-1]] = None


def _read_all(read: Callable[[Path], tuple[Event, ...]], places: list[Path]) -> tuple[Event, ...]:
    return tuple(event for place in places for event in read(place))


def _is_unreadable(
    read: Callable[[Path], tuple[Event, ...]], place: Path, needs: Callable[[list[Path]], Needs]
) -> bool:
    """Whether the order at this place alone fails at something that is needed."""
    try:
        with collect_odd():
            read(place)
    except BadPayload as error:
        needed = needs([place])
        return _concerns(error.pointer, (*needed.always, *needed.deciding))
    return False


class _Around:
    """One document, and what of it was put right and left out."""

    def __init__(self, document: Json, needs: Needs) -> None:
        self.document = document
        self.needs = needs
        self.put_right: list[Note] = []
        self.left_out: list[Note] = []

    def judge(self, name: str) -> None:
        """Put types right, then leave out what the schema finds odd."""
        # A usual document is judged once: this is asked at deciding and again at each dialling.
        errors = schema.find_errors(self.document, name)
        # What stands inside a list that was an object is judged only once it is a list.
        for _ in range(MAX_NESTED_TYPES):
            put_right = _put_types_right(self.document, schema.mistyped(errors))
            if not put_right:
                break
            self.put_right += put_right
            errors = schema.find_errors(self.document, name)
        problems = schema.in_words(errors)
        for key in self.needs.always:
            if find(self.document, *_split(key)) is None:
                raise BadPayload(key, "is missing")
        for problem in problems:
            # Nothing, where something is usual, is left to who reads it.
            if problem.pointer == "" or find(self.document, *_path(self.document, problem.pointer)) is not None:
                self._leave_out(BadPayload(problem.pointer, problem.problem))

    def read(self, read: Callable[[], tuple[Event, ...]]) -> tuple[Event, ...]:
        while True:
            try:
                with collect_odd() as odd:
                    events = read()
            except BadPayload as error:
                if len(self.left_out) >= MOST_LEFT_OUT:
                    raise
                self._leave_out(error)
                continue
            self._pass_over(odd)
            return events

    def require_phone(self, events: tuple[Event, ...]) -> None:
        """A number that cannot be read is needed where no other is left."""
        if any(event.order is not None and event.order.phone is None for event in events):
            odd = next((note for note in self.left_out if _concerns(note.pointer, self.needs.phones)), None)
            if odd is not None:
                raise BadPayload(odd.pointer, odd.problem)

    def _leave_out(self, odd: BadPayload) -> None:
        """Make null what is odd at this place, and note it. BadPayload: it is needed, or nothing is there."""
        path = _path(self.document, odd.pointer)
        if not path or find(self.document, *path) is None or self._is_needed(odd.pointer):
            raise odd
        find(self.document, *path[:-1])[path[-1]] = None
        self.left_out.append(Note(odd.pointer, odd.problem))

    def _pass_over(self, odd: list[OddPart]) -> None:
        """Note the places that were read as if nothing stood there. BadPayload: one of them is needed."""
        paths = dict(_paths_of({id(part.parent) for part in odd}, self.document)) if odd else {}
        for part in odd:
            if id(part.parent) in paths:
                pointer = schema.pointer((*paths[id(part.parent)], part.key))
                if self._is_needed(pointer):
                    raise BadPayload(pointer, part.problem)
                self.left_out.append(Note(pointer, part.problem))
        self.left_out = list(dict.fromkeys(self.left_out))

    def _is_needed(self, pointer: str) -> bool:
        return _concerns(pointer, (*self.needs.always, *self.needs.deciding))


def _is_within(found: str, parts: tuple[Path, ...]) -> bool:
    return any(f"{found}/".startswith(f"{schema.pointer(part)}/") for part in parts)


def _paths_of(wanted: set[int], document: Json, path: Path = ()) -> Iterator[tuple[int, Path]]:
    """Where in the document the lists and objects with these ids stand."""
    if id(document) in wanted:
        yield id(document), path
    for key, value in document.items() if isinstance(document, dict) else enumerate(document):
        if value and isinstance(value, dict | list):
            yield from _paths_of(wanted, value, (*path, key))


def _path(document: Json, pointer: str) -> tuple[str | int, ...]:
    """The keys and positions of a JSON pointer into this document."""
    path: list[str | int] = []
    for step in _split(pointer):
        is_position = isinstance(find(document, *path), list) and step.isdecimal()
        path.append(int(step) if is_position else step)
    return tuple(path)


@lru_cache(maxsize=500)
def _split(pointer: str) -> tuple[str, ...]:
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:])


def _concerns(pointer: str, wanted: tuple[str, ...]) -> bool:
    """Whether what stands at the pointer is, holds or belongs to one of the places that are wanted."""
    steps = _split(pointer)
    return any(all(map(_fits, _split(one), steps)) for one in wanted)


def _fits(key: str, step: str) -> bool:
    return step.startswith(key[:-1]) if key.endswith("*") else key == step


def _put_types_right(document: Json, mistyped: Iterable[tuple[Path, frozenset[str]]]) -> list[Note]:
    notes: list[Note] = []
    # The deepest first: the paths of the others stay what they are.
    for path, types in sorted(mistyped, key=lambda place: len(place[0]), reverse=True):
        if not path:
            continue
        parent = find(document, *path[:-1])
        meant = _meant(parent[path[-1]], types)
        if meant is not _UNKNOWN:
            parent[path[-1]] = meant
            notes.append(Note(schema.pointer(path), "has another type than documented"))
    return notes


def _meant(value: Json, types: frozenset[str]) -> Json:
    """The value in one of these types, where nothing of it is lost; else _UNKNOWN.

    PHP writes an empty object as [], a list with a gap in its positions as an object, and false or an empty text for
    what is not there (WooCommerce's plug-ins do all of it).
    """
    if value is False or value == "":
        return None if "null" in types else _UNKNOWN
    if isinstance(value, dict | list):
        return _meant_parts(value, types)
    if "boolean" in types:
        return {"true": True, "1": True, "false": False, "0": False}.get(str(value).strip().lower(), _UNKNOWN)
    if isinstance(value, str) and types & {"number", "integer"} and is_amount_text(value):
        return Decimal(value)
    if isinstance(value, int | Decimal) and not isinstance(value, bool) and "string" in types:
        return f"{value:f}" if isinstance(value, Decimal) else str(value)
    return _UNKNOWN


def _meant_parts(value: dict[str, Json] | list[Json], types: frozenset[str]) -> Json:
    if isinstance(value, dict) and "array" in types and all(key.isdecimal() for key in value):
        return list(value.values())
    return {} if value == [] and "object" in types else _UNKNOWN
