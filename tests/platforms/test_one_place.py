"""A new platform is its folder, its schema and its fixtures: nothing else in the project names it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bridge.core.platform import Platform
from bridge.lib.jsonschema import list_schemas
from bridge.platforms import has_api, list_platforms, title_of
from tests.platforms.wire import FOLDER

ROOT = Path(__file__).parents[2]
PLATFORMS = list_platforms()
NAMES = {platform.name for platform in PLATFORMS}

EXCEPTIONS = {
    "bridge/core/marketplace.py": "a shop's order says, in the words of other software, that a marketplace sold it",
    "bridge/demo/process.py": "the demo sells through four platforms, whatever others there are",
    "bridge/demo/shop.py": "the demo sells through four platforms, whatever others there are",
    "bridge/rules/filters/filter.py": "the source in the examples of the filters is of some platform",
}
LISTS = {
    "tests/hookshop.py": "fake shops that list webhooks, each with the API of its own platform",
    "tests/receive/test_poll.py": "how the order of each fake shop says that it is cancelled",
    "tests/shops.py": "fake shops that list changed orders, each with the API of its own platform",
}
# A test may take a platform as an example of a shop; the demo sells through four.
MOST_EXAMPLES = 4


def test_each_platform_has_a_schema_and_fixtures() -> None:
    schemas = {name.partition("/")[2] for name in list_schemas() if name.startswith("platforms/")}
    assert schemas == NAMES
    assert {path.name for path in FOLDER.iterdir() if any(path.glob("*.http"))} == NAMES


def test_no_code_outside_its_folder_names_a_platform() -> None:
    paths = [ROOT / "gunicorn.conf.py", *sorted(ROOT.glob("bridge/**/*.py"))]
    outside = [path for path in paths if ROOT / "bridge/platforms" not in path.parents]
    named = {str(path.relative_to(ROOT)): list(_named(path.read_text(encoding="utf-8"))) for path in outside}
    found = {path: names for path, names in named.items() if names}
    assert found.keys() == EXCEPTIONS.keys(), found


@pytest.mark.parametrize("platform", PLATFORMS, ids=lambda platform: platform.name)
def test_no_platform_reads_from_the_folder_of_another(platform: Platform) -> None:
    others = "|".join(NAMES - {platform.name})
    for path in (ROOT / "bridge/platforms" / platform.name).glob("**/*.py"):
        assert not re.findall(rf"bridge\.platforms\.(?:{others})\b", path.read_text(encoding="utf-8")), path


def test_no_shared_code_names_a_platform_by_its_id() -> None:
    for path in (ROOT / "bridge/platforms/shared").glob("**/*.py"):
        assert not re.findall(rf"\"(?:{'|'.join(NAMES)})\"", path.read_text(encoding="utf-8")), path


def test_no_test_of_all_platforms_holds_a_list_of_them() -> None:
    outside = [path for path in sorted(ROOT.glob("tests/**/*.py")) if path.parent.name != "platforms"]
    found = {str(path.relative_to(ROOT)): names for path in outside if (names := _longest_list(path))}
    assert found.keys() == LISTS.keys(), found


def _named(text: str) -> Iterator[str]:
    """The platforms that a text names, by id or title. "generic" is an English word: it counts in quotes only."""
    for platform in PLATFORMS:
        spellings = {platform.name, platform.name.replace("_", " "), platform.title}
        words = (
            "|".join(map(re.escape, spellings - {"generic"})) if platform.name != "generic" else "[\"'`]generic[\"'`]"
        )
        if re.search(rf"(?<![a-z])(?:{words})(?![a-z])", text, re.IGNORECASE):
            yield platform.name


def _longest_list(path: Path) -> list[str]:
    """The names in a literal of this file that names more platforms than an example needs."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        parts = node.keys if isinstance(node, ast.Dict) else getattr(node, "elts", [])
        words = {part.value for part in parts if isinstance(part, ast.Constant)}
        if len(words & NAMES) > MOST_EXAMPLES:
            return sorted(words & NAMES)
    return []


def test_what_is_read_of_a_platform_without_importing_it_is_what_it_says() -> None:
    for platform in PLATFORMS:
        assert title_of(platform.name) == platform.title
        assert has_api(platform.name) == (platform.api is not None), platform.name
    assert (title_of("of_a_later_version"), has_api("of_a_later_version")) == ("of_a_later_version", False)
