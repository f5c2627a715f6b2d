"""Rules as people break them: each is one line with file:line:col, the path, what is wrong and what to write."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from bridge.configuration.files import read_files
from bridge.configuration.rule_flaws import find_rule_flaws
from bridge.platforms import list_platforms
from bridge.rules.rule import parse_rule

TABLE = yaml.safe_load((Path(__file__).parent / "broken-rules.yaml").read_text(encoding="utf-8"))
HEAD = "sources: [{id: lan-shop, platform: shopify}]\nrules:\n  - rule: confirm-cod\n    template: CONFIRM_ORDER\n"
LINE = re.compile(r"shops\.yaml:[5-9]:\d+: rules\[0\]\.[\w.\[\]]+: .+")


@pytest.mark.parametrize("case", TABLE, ids=lambda case: case["rule"].split("\n")[-2].strip())
def test_a_broken_rule_is_one_line_in_both_languages(case: dict[str, str]) -> None:
    lines = [line if line.startswith("\t") else f"    {line}" for line in case["rule"].splitlines()]
    text = HEAD + "".join(f"{line}\n" for line in lines)
    read, findings = read_files([("shops.yaml", text)], parse_rule, [platform.name for platform in list_platforms()])
    (found,) = [*findings, *find_rule_flaws(read)]
    assert (found.said("en"), found.said("vi")) == (case["en"], case["vi"])
    assert LINE.fullmatch(case["en"]) and LINE.fullmatch(case["vi"])


def test_the_table_holds_at_least_twenty() -> None:
    assert len({case["en"].split(": ", 2)[2] for case in TABLE}) >= 20
