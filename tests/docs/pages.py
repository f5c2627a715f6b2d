"""Pages as the tests read them."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import click

from bridge.cli.main import bridge
from bridge.cli.shared.command import Group
from docs.generate.pages import ROOT, list_pages

CONTEXT = click.Context(bridge)
COMMANDS = bridge.list_commands(CONTEXT)

PAGES = [path.relative_to(ROOT).as_posix() for path in list_pages() if path.name != "CHANGELOG.md"]
READMES = ["README.md", "README.vi.md"]
# English page, Vietnamese page.
PAIRS = [
    ("README.md", "README.vi.md"),
    *((page.replace("docs/vi/", "docs/"), page) for page in PAGES if page.startswith("docs/vi/")),
]


@cache
def read(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", read(page), re.MULTILINE | re.DOTALL)


@cache
def prose(page: str) -> str:
    """The page without its blocks of code and without its comments."""
    text = re.sub(r"^```.*?^```$", "", read(page), flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)


def code_words(page: str) -> list[str]:
    return re.findall(r"`([^`\n]+)`", prose(page))


@cache
def anchors(page: str) -> set[str]:
    """The names that a link into this page may use, as forges make them of headings."""
    text = prose(page)
    found = set(re.findall(r'<a id="([^"]+)">', text))
    for title in re.findall(r"^#+ (.+)$", text, re.MULTILINE):
        plain = re.sub(r"<[^>]+>|\[([^\]]*)\]\([^)]*\)|`", r"\1", title)
        found.add(re.sub(r"[^\w\- ]", "", plain.strip().lower()).replace(" ", "-"))
    return found


def links(page: str) -> list[tuple[Path, str]]:
    """File and anchor of each link inside the repository."""
    found = re.findall(r"\]\((?!https?:|mailto:)([^)#]*)(?:#([^)]*))?\)", prose(page))
    here = ROOT / page
    return [((here.parent / target).resolve() if target else here, anchor) for target, anchor in found]


def options(command: str) -> set[str]:
    found = bridge.get_command(CONTEXT, command)
    assert found is not None
    if isinstance(found, Group):
        return {name for part in found.parts.values() for option in part.params for name in option.opts}
    return {name for option in found.params if isinstance(option, click.Option) for name in option.opts} | {"--help"}
