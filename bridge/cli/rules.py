"""rules: what the rules were, who changed them and why, the way back, and what others would have done."""

from __future__ import annotations

from bridge.cli.shared.command import group
from bridge.cli.shared.rules.log import diff_command, log_command, rollback_command, show_command
from bridge.cli.shared.rules.simulate import simulate_command

GROUP = "configure"
HELP = (
    "Quy tắc theo thời gian: các bản đã lưu, quay lại bản cũ, và thử quy tắc khác trên những tin đã lưu.",
    "The rules over time: their revisions, the way back, and what other rules would have made of stored deliveries.",
)

run = group("rules", HELP)
for part in (log_command, show_command, diff_command, rollback_command, simulate_command):
    run.add_command(part)
