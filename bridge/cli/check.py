"""check: lint configuration files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from bridge.cli.shared.command import command, option
from bridge.cli.shared.configuration import files_argument, read_configuration
from bridge.cli.shared.database import now, open_bridge
from bridge.cli.shared.language import current_language, say
from bridge.cli.shared.rules.together import rules_not_together
from bridge.cli.shared.template_fields import check_fields
from bridge.configuration.files import Configuration
from bridge.configuration.lint import Finding
from bridge.configuration.rule_flaws import Seen
from bridge.configuration.source_flaws import SHARED, flaws_of, shared_secrets
from bridge.core.model import BadSetting, Source, StoreDown
from bridge.decide.seen import documents_seen
from bridge.settings import named_generation, read_config
from bridge.store import open_store

GROUP = "configure"
KINDS = {"sources": "nguồn", "hotlines": "đầu số", "rules": "quy tắc"}
HELP = (
    "Kiểm tra tệp cấu hình. In ra file:dòng:cột: đường dẫn: thông báo; kết thúc với mã 1 nếu có lỗi.",
    "Lint configuration files. Prints file:line:col: path: message; exit 1 if there is an error.",
)


@command("check", HELP)
@files_argument
@option(
    "--live",
    is_flag=True,
    help=("Hỏi cả VBot về trường tùy chỉnh của từng kịch bản.", "Also ask VBot for each template's custom fields."),
)
def run(files: tuple[Path, ...], live: bool) -> int:
    configuration, findings = read_configuration(files, seen=_seen())
    for finding in findings:
        click.echo(finding.said(current_language()))
    failed = any(not finding.warning for finding in findings)
    account = named_generation()
    for finding in _flaws(configuration):
        click.echo(finding.said(current_language()))
    found = check_fields(read_config(), configuration) if live else rules_not_together(configuration, account)
    for finding in found:
        failed = failed or not finding.warning
        click.echo(finding.said(current_language()))
    if not failed:
        counted = ", ".join(f"{len(getattr(configuration, kind))} {kind}" for kind in ("sources", "hotlines", "rules"))
        vietnamese = ", ".join(f"{len(getattr(configuration, kind))} {word}" for kind, word in KINDS.items())
        say(f"tốt: {vietnamese}", f"ok: {counted}")
    return 1 if failed else 0


def _seen() -> Seen | None:
    """What the stored orders of each source hold; None where no database is at hand: none is needed to check a file."""
    try:
        file = open_store(read_config().database_url).path  # connects only when it is used
        if file is not None and not file.is_file():
            return None
        opened = open_bridge()
        with opened.store.read() as conn:
            return documents_seen(conn, opened.catalogs.read(conn))
    except (BadSetting, StoreDown):
        return None


def _flaws(configuration: Configuration) -> Iterator[Finding]:
    sources = [
        (
            Source(entry["id"], entry["platform"], tuple(entry.get("secrets", ())), entry.get("settings", {})),
            entry,
            spot,
        )
        for entry, spot in configuration.each("sources")
    ]
    shared = dict(shared_secrets(source for source, _, _ in sources))
    for source, entry, spot in sources:
        if source.id in shared:
            yield spot.below("secrets").finding(SHARED.format(other=shared[source.id]), warning=True)
        for where, flaw in flaws_of(source, now()):
            yield (spot.below(*where) if where[0] in entry else spot).finding(flaw, warning=True)
