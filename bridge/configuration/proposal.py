"""What was learnt of a captured request, as a file that `check` accepts; each line says how sure it is, and why."""

from __future__ import annotations

import json

from bridge.core.model import Json
from bridge.core.model.texts import Language
from bridge.platforms.generic.learn import Proposal
from bridge.platforms.generic.learn.choice import Finding

SURE = {"sure": ("chắc chắn", "sure"), "likely": ("có lẽ", "likely"), "guess": ("phỏng đoán", "a guess")}
NO_ID = (
    "thiếu id: không trường nào là mã đơn; nếu đúng là không có thì hãy yêu cầu bên gửi thêm một mã",
    "id is missing: nothing is the order's id; where there is none, ask the sender for one",
)


def write_proposal(proposal: Proposal, source_id: str, language: Language) -> str:
    """The text of the file; personal values are masked."""
    side = 0 if language == "vi" else 1
    variable = "".join(sign if sign.isalnum() else "_" for sign in source_id.upper())
    lines = [
        "sources:",
        f"  - id: {source_id}",
        "    platform: generic",
        f'    secrets: ["${{{variable if variable[0].isalpha() else f"SHOP_{variable}"}_SECRET}}"]',
        "    settings:",
    ]
    fields = proposal.settings["fields"]
    for finding in proposal.findings:
        if finding.field in proposal.settings:
            lines.append(f"      {_line(finding, side)}")
        elif finding.field not in fields:
            lines.append(f"      # {_line(finding, side)}")
    if fields:
        lines.append("      fields:")
        lines += [f"        {_line(finding, side)}" for finding in proposal.findings if finding.field in fields]
    if "id" not in fields:
        lines.append(f"      # {NO_ID[side]}")
    return "\n".join([*lines, ""])


def describe_findings(proposal: Proposal) -> list[dict[str, Json]]:
    """The findings as JSON: `field, proposed, sure, why, why_en, example`."""
    return [
        {
            "field": one.field,
            "proposed": one.proposed,
            "sure": one.sure,
            "why": one.why[0],
            "why_en": one.why[1],
            "example": one.example,
        }
        for one in proposal.findings
    ]


def _line(finding: Finding, side: int) -> str:
    example = f" ({finding.example})" if finding.example else ""
    said = f"{SURE[finding.sure][side]}: {finding.why[side]}{example}"
    return f"{finding.field}: {json.dumps(finding.proposed, ensure_ascii=False)}   # {' '.join(said.split())}"
