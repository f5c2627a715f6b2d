"""What rules and orders that mean harm cost before they are stopped: python -m tests.bench.hostile

Processor time, the best of three rounds, since a shared machine stretches the others. The slowest are printed, and how
many there are. Asserts nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import suppress

from bridge.core.model import BadRule, Json
from bridge.rules.filters import FILTERS
from bridge.rules.liquid import Script, evaluate, parse_path, parse_text, parse_when
from tests.rules.hostile import CONDITIONS, DOCUMENT, PATHS, RANGES, TEXTS, VALUES

ROUNDS = 3
SHOWN = 12


def main() -> None:
    times = sorted(((_milliseconds(work), name) for name, work in _attacks()), reverse=True)
    print(f"attacks: {len(times)}; the slowest, in milliseconds of processor time")
    for milliseconds, name in times[:SHOWN]:
        print(f"{name:60}{milliseconds:>8.1f}")


def _attacks() -> Iterator[tuple[str, Callable[[], Json]]]:
    for kind, parse, table in (
        ("text", parse_text, {name: text for name, (text, _) in TEXTS.items()}),
        ("text", parse_text, {text: text for text in RANGES}),
        ("condition", parse_when, {name: text for name, (text, _) in CONDITIONS.items()}),
        ("path", parse_path, {name: text for name, (text, _) in PATHS.items()}),
    ):
        for name, text in table.items():
            yield f"{kind}: {name}", lambda parse=parse, text=text: evaluate(parse(text, "x"), DOCUMENT)
    for each in FILTERS.values():
        for name, value in VALUES.items():
            yield (
                f"filter {each.name}: {name}",
                lambda each=each, value=value: evaluate(_script(each.name), {**DOCUMENT, "raw": {"v": value}}),
            )


def _script(name: str) -> Script:
    needed = [one for one in FILTERS[name].parameters[1:] if one.default is one.empty]
    return parse_text(f"{{{{ raw.v | {name}{': ' if needed else ''}{', '.join(['raw.v'] * len(needed))} }}}}", "x")


def _milliseconds(work: Callable[[], Json]) -> float:
    best = float("inf")
    for _ in range(ROUNDS):
        begun = time.process_time()
        with suppress(BadRule):
            work()
        best = min(best, time.process_time() - begun)
    return best * 1000


if __name__ == "__main__":
    main()
