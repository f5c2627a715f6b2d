"""check: lint configuration files."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import click

from bridge.cli.shared.command import command, option
from bridge.cli.shared.configuration import files_argument, read_configuration
from bridge.cli.shared.language import current_language, say
from bridge.cli.shared.rules.together import rules_not_together
from bridge.configuration.files import Configuration
from bridge.configuration.lint import Finding
from bridge.configuration.source_flaws import SHARED, flaws_of, shared_secrets
from bridge.core.model import Source
from bridge.settings import named_generation, read_config

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
    configuration, findings = _read(files)
    for finding in findings:
        click.echo(finding.said(current_language()))
    failed = any(not finding.warning for finding in findings)
    account = named_generation()
    for finding in _flaws(configuration):
        click.echo(finding.said(current_language()))
    for finding in _at_vbot(configuration) if live else rules_not_together(configuration, account):
        failed = failed or not finding.warning
        click.echo(finding.said(current_language()))
    if not failed:
        counted = ", ".join(f"{len(getattr(configuration, kind))} {kind}" for kind in ("sources", "hotlines", "rules"))
        vietnamese = ", ".join(f"{len(getattr(configuration, kind))} {word}" for kind, word in KINDS.items())
        say(f"tốt: {vietnamese}", f"ok: {counted}")
    return 1 if failed else 0


def _read(files: tuple[Path, ...]) -> tuple[Configuration, list[Finding]]:
    """The files, and what is wrong in them by what stored orders hold too, where that may change what is found.

    More samples take a finding away, and add none; but of `raw` only they know what is there.
    """
    configuration, findings = read_configuration(files)
    if findings or "raw" in repr(configuration.rules):
        from bridge.cli.shared.rules.seen import read_seen  # noqa: PLC0415  the ledger, which most files do not need

        configuration, findings = read_configuration(files, seen=read_seen())
    return configuration, findings


def _at_vbot(configuration: Configuration) -> Iterator[Finding]:
    from bridge.cli.shared.template_fields import check_fields  # noqa: PLC0415

    return check_fields(read_config(), configuration)


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
        for where, flaw in flaws_of(source, datetime.now(UTC)):
            yield (spot.below(*where) if where[0] in entry else spot).finding(flaw, warning=True)
