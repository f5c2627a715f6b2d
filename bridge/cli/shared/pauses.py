"""What `pause`, `resume` and `cancel` share: all calls, or those of one rule, hotline or source."""

from __future__ import annotations

import click

from bridge.cli.shared.arguments import need_known
from bridge.cli.shared.command import option
from bridge.cli.shared.database import Opened
from bridge.cli.shared.language import text
from bridge.cli.shared.printing import clean
from bridge.store import Connection
from bridge.store.configuration.outline import Outline
from bridge.store.reports.counts import hotlines_in_use

of_rule = option("--rule", metavar="NAME", help=("Chỉ những cuộc gọi của quy tắc này.", "Only the calls of this rule."))
of_hotline = option(
    "--hotline", metavar="CODE", help=("Chỉ những cuộc gọi qua đầu số này.", "Only the calls through this hotline.")
)
of_source = option(
    "--source", metavar="ID", help=("Chỉ những cuộc gọi của nguồn này.", "Only the calls of this source.")
)


def chosen_scope(rule: str | None, hotline: str | None, source: str | None) -> tuple[str, str]:
    given = [
        (kind, name) for kind, name in (("rule", rule), ("hotline", hotline), ("source", source)) if name is not None
    ]
    if len(given) > 1:
        raise click.UsageError(
            text(
                "hãy viết một trong --rule, --hotline và --source, hoặc không viết gì để chỉ mọi cuộc gọi",
                "write one of --rule, --hotline and --source, or none for all calls",
            )
        )
    return given[0] if given else ("all", "")


def need_known_scope(conn: Connection, opened: Opened, outline: Outline, kind: str, name: str) -> None:
    if kind == "rule":
        need_known(kind, name, outline.rules)
    elif kind == "source":
        need_known(kind, name, outline.sources)
    elif kind == "hotline":
        named = [rule.get("hotline") for rule in outline.rules.values()]
        need_known(kind, name, hotlines_in_use(conn, [opened.config.hotline, *named]))


def scope_name(kind: str, name: str) -> str:
    kinds = {"rule": "quy tắc", "source": "nguồn", "hotline": "đầu số"}
    if not name:
        return text("mọi cuộc gọi", "all calls")
    return f"{text(kinds[kind], kind)} {clean(name)}"
