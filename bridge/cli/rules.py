"""rules: what the rules were, who changed them and why, and the way back."""

from __future__ import annotations

from bridge.cli.shared.command import group
from bridge.cli.shared.rules.log import diff_command, log_command, rollback_command, show_command

GROUP = "configure"
HELP = (
    "Quy tắc theo thời gian: mỗi lần đổi là một bản, xem được, so sánh được, quay lại được.",
    "The rules over time: each change is a revision that can be shown, compared and gone back to.",
)

run = group("rules", HELP)
for part in (log_command, show_command, diff_command, rollback_command):
    run.add_command(part)
