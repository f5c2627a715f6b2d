"""Starts: complete rules to begin with, one YAML file each, commented in Vietnamese and English.

A line of comment begins with `#vi` or `#en`, whatever its indent, and is printed in its language alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from bridge.core.model.texts import Text
from bridge.core.platform import Platform

FOLDER = Path(__file__).parent
_COMMENT = re.compile(r"^( *)#(vi|en) (.*)$")


TITLES: Mapping[str, Text] = {
    "confirm-cod": ("Xác nhận đơn thu tiền khi nhận hàng", "Confirm a cash-on-delivery order"),
    "delivery-today": ("Báo hôm nay giao hàng", "Tell that it is delivered today"),
    "failed-delivery": ("Giao không thành công: hẹn giao lại", "A failed delivery: arrange another"),
    "payment-reminder": ("Nhắc thanh toán", "Remind of a payment"),
    "feedback": ("Hỏi ý kiến sau khi nhận hàng", "Ask for an opinion afterwards"),
    "abandoned": ("Giỏ hàng bỏ dở", "An abandoned cart"),
}


def list_starts() -> list[str]:
    """Their names, as `rules new --from` takes them."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


def write_start(name: str, language: str, schema_url: str) -> str:
    """The start as a file that `check` accepts, with its comments in one language and the schema for editors."""
    lines = (FOLDER / f"{name}.yaml").read_text(encoding="utf-8").splitlines()
    kept = [line for line in (_in_language(line, language) for line in lines) if line is not None]
    return "\n".join([f"# yaml-language-server: $schema={schema_url}", *kept, ""])


def propose_write_back(text: str, platform: Platform, language: str) -> str:
    """The start with what its rules write back to a shop of this platform: the safest thing that staff see there.

    A rule without `answers` has no result to tell; a platform that takes nothing back has its reason as a comment.
    """
    lines: list[str] = []
    for line in text.splitlines():
        lines.append(line)
        if line.startswith("    answers:"):
            lines += _proposal(platform, language)
    return "\n".join([*lines, ""])


def _proposal(platform: Platform, language: str) -> list[str]:
    place, back = int(language != "vi"), platform.write_back
    if back is None:
        return [f"    # {platform.title}: {platform.no_write_back[place]}"]
    if back.proposes is None:
        return []
    what = back.does[back.proposes][place]
    actions = _TAGS if back.proposes == "tag" else _NOTES
    return [
        f"    # {platform.title}: {what}; {back.scopes[place]}",
        "    write_back:",
        *(f"      {result}: [{{{back.proposes}: {word}}}]" for result, word in actions.items()),
    ]


_TAGS = {
    "confirmed": "vbot-confirmed",
    "declined": "vbot-declined",
    "agent": "vbot-agent",
    "unreachable": "vbot-unreachable",
}
_NOTES = {
    "confirmed": '"Khách bấm phím xác nhận: ĐÃ XÁC NHẬN"',
    "declined": '"Khách bấm phím từ chối: KHÔNG NHẬN ĐƠN. Đơn chưa bị hủy."',
    "agent": '"Khách muốn gặp nhân viên: cần gọi lại"',
    "unreachable": '"Không liên lạc được với khách"',
}


def _in_language(line: str, language: str) -> str | None:
    found = _COMMENT.match(line)
    if found is None:
        return line
    return f"{found[1]}# {found[3]}" if found[2] == language else None
