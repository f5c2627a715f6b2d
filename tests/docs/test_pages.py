"""The pages: not stale, no dead link, nothing left out, and the README short."""

from __future__ import annotations

import re
import unicodedata

import pytest

from bridge.cli.shared.registry import list_entries
from bridge.cli.shared.unexplained import ACTS
from bridge.core.reasons import SENTENCES
from bridge.monitor.alarms import ALARMS
from bridge.platforms import find_platform, list_platforms
from bridge.rules.filters import FILTERS
from bridge.settings import SETTINGS
from docs.generate.pages import ROOT, stale_pages
from tests.docs.pages import PAGES, PAIRS, READMES, anchors, blocks, code_words, links, prose, read

MOST_LINES, MOST_WORDS = 150, 1100

each_page = pytest.mark.parametrize("page", PAGES)
each_readme = pytest.mark.parametrize("readme", READMES)
each_pair = pytest.mark.parametrize(("english", "vietnamese"), PAIRS)


def test_no_generated_part_is_stale() -> None:
    stale = [path.relative_to(ROOT).as_posix() for path in stale_pages()]
    assert stale == [], "renew the generated parts of the documentation: make docs"


@each_page
def test_every_link_leads_to_a_file_and_a_heading(page: str) -> None:
    dead = []
    for target, anchor in links(page):
        known = anchors(target.relative_to(ROOT).as_posix()) if target.suffix == ".md" and target.exists() else set()
        if not target.exists() or (anchor and anchor not in known):
            dead.append(f"{target}#{anchor}")
    assert dead == []


def test_the_changelog_tells_nothing_twice() -> None:
    first_words = [line[:60] for line in read("CHANGELOG.md").splitlines() if line.startswith("- ")]
    assert [words for words in set(first_words) if first_words.count(words) > 1] == []


@each_readme
def test_the_readme_is_short_enough_to_be_read(readme: str) -> None:
    text = read(readme)
    assert len(text.splitlines()) <= MOST_LINES
    assert len(re.findall(r"\S+", text)) <= MOST_WORDS


@each_readme
def test_the_readme_has_both_commands_at_its_top_level(readme: str) -> None:
    commands = blocks(readme, "sh")[0]
    assert re.findall(r"^make (\w+)", commands, re.MULTILINE) == ["demo", "test"]
    assert "make demo DEMO_ORDERS=20 DEMO_EXIT=1" in code_words(readme)


@each_readme
def test_the_readme_makes_all_seven_promises(readme: str) -> None:
    promises = re.findall(r"^(\d)\. \*\*", prose(readme), re.MULTILINE)
    assert promises == list("1234567")


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached, waiting = set(), ["README.md"]
    while waiting:
        page = waiting.pop()
        reached.add(page)
        found = {target.relative_to(ROOT).as_posix() for target, _ in links(page) if target.suffix == ".md"}
        waiting += sorted(found - reached - set(waiting))
    assert set(PAGES) - reached == set()


def test_every_command_and_every_filter_is_documented() -> None:
    commands = {entry.name for entry in list_entries()}
    for folder in ("docs", "docs/vi"):
        assert commands - set(re.findall(r"^## (\w+)", read(f"{folder}/commands.md"), re.MULTILINE)) == set()
        assert set(FILTERS) - set(re.findall(r"^\| `(\w+)", read(f"{folder}/filters.md"), re.MULTILINE)) == set()


@pytest.mark.parametrize("page", [page for page in PAGES if page.endswith("/settings.md")])
def test_the_table_of_settings_names_every_one_with_its_default(page: str) -> None:
    rows = dict(re.findall(r"^\| `([A-Z0-9_]+)` \| ([^|]+) \|", read(page), re.MULTILINE))
    assert list(rows) == [setting.name for setting in SETTINGS]
    assert [name for name, default in rows.items() if "`" in default] == [one.name for one in SETTINGS if one.default]


@pytest.mark.parametrize("page", [page for page in PAGES if re.search("/(fields|configuration).md", page)])
def test_every_key_is_described_in_the_language_of_the_page(page: str) -> None:
    rows = re.findall(r"^\| `[^`]+` \| [^|]+ \| ([^|]+) \|", read(page), re.MULTILINE)
    assert len(rows) > 40
    if "/vi/" in page:
        assert [row for row in rows if row.isascii()] == []


@pytest.mark.parametrize("folder", ["docs/connect", "docs/vi/connect"])
def test_every_platform_has_a_page_and_no_page_is_of_none(folder: str) -> None:
    pages = {path.stem for path in (ROOT / folder).glob("*.md")} - {"README"}
    assert pages == {platform.name for platform in list_platforms()}


@pytest.mark.parametrize("page", [page for page in PAGES if page.endswith("/reasons.md")])
def test_every_reason_is_documented(page: str) -> None:
    assert set(re.findall(r"^\| `(\w+)`", read(page), re.MULTILINE)) == set(SENTENCES)


@pytest.mark.parametrize("page", [page for page in PAGES if page.endswith("/operate.md")])
def test_every_alarm_and_every_kind_of_unexplained_thing_has_its_row(page: str) -> None:
    rows = re.findall(r"^\| `([a-z_]+)` \|", read(page), re.MULTILINE)
    assert sorted(rows) == sorted([*ACTS, *(alarm.key for alarm in ALARMS)])


@pytest.mark.parametrize("page", [page for page in PAGES if re.search("connect/(shopify|haravan).md", page)])
def test_every_topic_that_a_shop_shall_send_is_one_that_its_platform_reads(page: str) -> None:
    platform = find_platform(page.rpartition("/")[2].removesuffix(".md"))
    assert platform is not None
    assert set(re.findall(r"`(orders/[a-z]+)`", read(page))) - platform.topics.keys() == set()


@each_page
def test_every_file_that_it_names_exists(page: str) -> None:
    named = [
        word
        for word in code_words(page)
        if re.fullmatch(r"(?:tests|bridge|schemas|docs)/[\w./-]*|gunicorn\.conf\.py", word)
    ]
    present = [word for word in named if not re.search(r"[A-Z]{4}", word)]
    assert [word for word in present if not (ROOT / word).exists()] == []


@each_pair
def test_both_languages_say_the_same_in_their_code(english: str, vietnamese: str) -> None:
    for language in ("sh", "yaml", "ini", "nginx", "caddy", "json"):
        one, other = ([_bare(block) for block in blocks(page, language)] for page in (english, vietnamese))
        assert one == other
    words = [{word for word in code_words(page) if not word.startswith("python")} for page in (english, vietnamese)]
    assert words[0] ^ words[1] == set()


@each_pair
def test_both_languages_have_the_same_sections_tables_and_links(english: str, vietnamese: str) -> None:
    counts = [
        [
            (part.count("\n- "), part.count("\n| "), len(re.findall(r"\n\d\. ", part)), part.count("\n```"))
            for part in read(page).split("\n## ")
        ]
        for page in (english, vietnamese)
    ]
    assert counts[0] == counts[1]


@pytest.mark.parametrize("page", [vietnamese for _, vietnamese in PAIRS])
def test_a_vietnamese_page_is_written_with_its_accents_and_composed(page: str) -> None:
    text = read(page)
    assert unicodedata.is_normalized("NFC", text)
    words = re.findall(r"[^\W\d_]+", re.sub(r"`[^`\n]*`", "", prose(page)))
    accented = [word for word in words if not word.isascii()]
    assert len(accented) > len(words) / 3


def _bare(block: str) -> str:
    """Without comments, and without what one says in one's own language."""
    lines = (re.sub(r"\s+#.*$|^#.*$", "", line).rstrip() for line in block.splitlines())
    return re.sub(r'(--reason |-m )"[^"]*"', r'\1"…"', "\n".join(lines))
