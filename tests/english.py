"""What is left in English of a finding that is said in Vietnamese."""

from __future__ import annotations

import re

from bridge.core.reasons.problems import finding_vi

# What a finding names is as the configuration writes it; a library's own words stand in parentheses.
_NAMED = re.compile(r"""'[^']*'|`[^`]*`|"[^"]*"|\([^)]*\)|\{[^}]*\}*""")
_ENGLISH = re.compile(r"\b(the|is|must|write|such|which|cannot|nothing|between|this|needs|takes|stands?|of|has)\b")


def english_left(message: str) -> list[str]:
    """The words of English that are left, in their order."""
    return _ENGLISH.findall(_NAMED.sub("", finding_vi(message)))
