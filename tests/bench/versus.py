"""This tree against a commit, each scene in turn: python -m tests.bench.versus BASE [SCENE…] [--rounds 3]

    python -m tests.bench.versus v1.0 placing backlog --kind SQLite --gate 0.9

BASE is unpacked from git; both builds run with this environment's packages, from outside (`tests.bench.scenes`).
Rounds are interleaved, medians count, and a ratio above 1 means that this tree is better. `--gate`: exit 1 when a
ratio falls below it.
"""

from __future__ import annotations

import argparse
import io
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path

from tests.bench.scenes import SCENES, THIS, Build, Figures
from tests.bench.stand import medians, open_stand

MORE_IS_BETTER = ("orders/s", "calls/s")
NO_RATIO = ("waiting",)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.versus")
    parser.add_argument("base", help="a git commit")
    parser.add_argument("scenes", nargs="*", metavar="SCENE", help=f"of {', '.join(SCENES)} (default: all)")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--orders", type=int, default=1000, help="of each round; `sustain` spreads them over 25 s")
    parser.add_argument("--kind", help="SQLite or Postgres only")
    parser.add_argument("--gate", type=float, help="exit 1 when a ratio falls below this")
    parser.add_argument("--folder", help="where SQLite's files are; in memory they would be flattered")
    options = parser.parse_args(arguments)
    worst = float("inf")
    with open_stand(options.folder) as stand:
        base = _unpack(options.base, stand.folder / "base")
        for scene in options.scenes or SCENES:
            for kind in stand.kinds if options.kind is None else (options.kind,):
                rounds: dict[str, list[Figures]] = {"base": [], "this": []}
                for number in range(options.rounds):
                    for name, tree in (("base", base), ("this", THIS)):
                        found = SCENES[scene](
                            stand, Build(tree, kind), f"{scene}-{kind}-{name}-{number}", options.orders
                        )
                        rounds[name].append(found)
                worst = min(worst, _print(f"{scene}, {kind}", medians(rounds["base"]), medians(rounds["this"])))
    if options.gate is not None and worst < options.gate:
        sys.exit(f"a ratio of {worst:.2f} is below {options.gate}")


def _unpack(commit: str, folder: Path) -> Path:
    words = ["git", "archive", "--format=zip", commit]
    archive = subprocess.run(words, cwd=THIS, capture_output=True, check=True).stdout
    with zipfile.ZipFile(io.BytesIO(archive)) as found:
        found.extractall(folder)
    return folder


def _print(title: str, base: Figures, this: Figures) -> float:
    """The lowest ratio of them."""
    print(f"\n{title:28}{'base':>10}{'this':>10}{'ratio':>8}")
    ratios = []
    for name in base:
        before, after = base[name], this[name]
        line = f"{name:28}{before:>10.1f}{after:>10.1f}"
        if name not in NO_RATIO and before and after:
            ratios.append(after / before if name in MORE_IS_BETTER else before / after)
            line += f"{ratios[-1]:>8.2f}"
        print(line, flush=True)
    return min(ratios)


if __name__ == "__main__":
    main()
