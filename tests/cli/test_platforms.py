"""platforms: every platform, in two languages, for people, for scripts and for the READMEs."""

from __future__ import annotations

import json
import re
import unicodedata

import pytest

from bridge.core.platform import MATURITY, Platform
from bridge.platforms import list_platforms
from tests.cli.conftest import Cli

NAMES = [platform.name for platform in list_platforms()]
KEYS = {"name", "title", "maturity", "maturity_said", "proof", "needs", "again", "traps", "topics"}


@pytest.mark.parametrize("language", ["vi", "en"])
def test_it_lists_every_platform_with_what_it_proves_needs_and_does(cli: Cli, language: str) -> None:
    listed = cli("platforms", "--json", "--lang", language)
    assert (listed.returncode, listed.stderr) == (0, "")
    items = json.loads(listed.stdout)["items"]
    assert [item["name"] for item in items] == NAMES
    for item in items:
        assert item.keys() == KEYS
        assert all(item.values())
        assert item["maturity"] in MATURITY


def test_people_read_it_in_vietnamese_without_settings_and_without_a_database(cli: Cli) -> None:
    listed = cli("platforms", BRIDGE_SECRET_KEY=None, DATABASE_URL=None)
    assert (listed.returncode, listed.stderr) == (0, "")
    heads = re.findall(r"(?m)^([a-z_]+)  \(", listed.stdout)
    assert heads == NAMES
    assert listed.stdout.count("\n  chỗ dễ vấp") == len(NAMES)
    assert "`" not in listed.stdout
    assert max(map(len, listed.stdout.splitlines())) <= 110


@pytest.mark.parametrize("platform", list_platforms(), ids=lambda platform: platform.name)
def test_both_languages_name_the_same_words_of_code(platform: Platform) -> None:
    about = platform.about
    for vietnamese, english in (about.proof, about.needs, about.resends, about.traps):
        words = [set(re.findall(r"`([^`]+)`", text)) for text in (vietnamese, english)]
        assert words[0] == words[1]
        assert unicodedata.is_normalized("NFC", vietnamese)
        for text in (vietnamese, english):
            assert text and "|" not in text and "\n" not in text and not text.endswith(".")
