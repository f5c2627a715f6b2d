"""The two languages that the bridge speaks, and a text in both."""

from __future__ import annotations

from typing import Literal

Language = Literal["vi", "en"]
Text = tuple[str, str]  # (Vietnamese, English)
