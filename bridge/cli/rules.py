"""rules: what the rules were, who changed them and why, the way back, and what others would have done."""

from __future__ import annotations

from bridge.cli.shared.command import group
from bridge.cli.shared.rules.log import diff_command, log_command, rollback_command, show_command

GROUP = "configure"
HELP = (
    "Quy tắc: bắt đầu từ quy tắc viết sẵn, các bản đã lưu, quay lại bản cũ, thử quy tắc mới trên những tin đã lưu.",
    "Rules: complete ones to begin with, their revisions, the way back, and what others would have done.",
)

run = group("rules", HELP)
for part in (log_command, show_command, diff_command, rollback_command):
    run.add_command(part)
# They compile rules, read with platforms, or reckon.
run.later = {
    "compare": "bridge.cli.shared.rules.compare:compare_command",
    "new": "bridge.cli.shared.rules.new:new_command",
    "simulate": "bridge.cli.shared.rules.simulate:simulate_command",
}
