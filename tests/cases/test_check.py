"""Settings that can never work are refused where they are written."""

from __future__ import annotations

from bridge.configuration.files import read_files
from bridge.platforms import list_platforms
from bridge.rules.rule import parse_rule
from tests.cases.cases import FOLDER


def findings_in(name: str, text: str) -> list[tuple[str, bool, str]]:
    """(path, is it a warning, message) of all that is wrong with this file."""
    _, findings = read_files([(name, text)], parse_rule, [one.name for one in list_platforms()])
    return [(finding.path, finding.warning, finding.message) for finding in findings]


def test_a_header_that_never_arrives_is_refused_and_one_with_hyphens_is_not() -> None:
    found = findings_in("f", (FOLDER / "underscore-header.yaml").read_text(encoding="utf-8"))
    errors = {path: message for path, warning, message in found if not warning}
    assert errors.keys() == {"sources[0].settings.token_header", "sources[2].settings.header"}
    assert all("drop" in message for message in errors.values())


def test_the_shops_of_the_cases_are_right() -> None:
    found = findings_in("f", (FOLDER / "shops.yaml").read_text(encoding="utf-8"))
    assert [message for _, warning, message in found if not warning] == []
    assert [path for path, _, message in found if "updated_at" in message] == ["sources[13].settings.topics"]
