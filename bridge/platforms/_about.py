"""What a person who connects a shop has to know of its platform, in Vietnamese and English: one line for each thing.

The command `platforms` and the table in the READMEs are made of it. The facts are those that each platform's module
names its sources for.
"""

from __future__ import annotations

from dataclasses import dataclass

from bridge.platforms._about_abroad import ABROAD
from bridge.platforms._about_vietnam import VIETNAM
from bridge.platforms.shared.patience import patience_of

# (Vietnamese, English)
Text = tuple[str, str]


@dataclass(frozen=True)
class About:
    """proof: what is verified. needs: what to set up, here and there. again: retries and times. traps: what bites."""

    proof: Text
    needs: Text
    again: Text
    traps: Text


MATURITY: dict[str, Text] = {
    "documented": ("theo tài liệu", "documented"),
    "captured": ("theo tin thật", "captured"),
    "live": ("đang dùng thật", "live"),
}

# Platforms whose name is no proper name.
TITLES: dict[str, Text] = {"generic": ("Mọi nơi gửi webhook", "Any sender of webhooks")}


def _about(name: str, proof: Text, needs: Text, again: Text, traps: Text) -> About:
    """`again` may hold {after} and {resends}: the numbers are those that a source's health is measured by."""
    patience = patience_of(name)
    after = patience.after if patience else 0
    vietnamese, english = (text.format(after=after, resends=after - 1) for text in again)
    return About(proof, needs, (vietnamese, english), traps)


ABOUT = {name: _about(name, *texts) for name, texts in {**ABROAD, **VIETNAM}.items()}
