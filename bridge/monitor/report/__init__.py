"""The report as a person reads it: its words, its numbers as text, and one page that needs nothing but itself."""

from __future__ import annotations

from bridge.monitor.report.page import Picture, draw, take_picture

__all__ = ["Picture", "draw", "take_picture"]
