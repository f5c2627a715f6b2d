"""apply: make the database hold what the configuration files say."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from bridge.cli.shared.command import command, option
from bridge.cli.shared.configuration import read_configuration
from bridge.cli.shared.consent import need_consent, yes_option
from bridge.cli.shared.database import Opened, now, open_database
from bridge.cli.shared.language import say
from bridge.cli.shared.template_fields import fetch_fields
from bridge.configuration import apply
from bridge.configuration.files import expand
from bridge.core.model import BadSetting
from bridge.settings import Config, read_config
from bridge.store.configuration.documents import read_documents

GROUP = "configure"
HELP = (
    "Đưa các nguồn, đầu số và quy tắc trong tệp vào cơ sở dữ liệu. "
    "In kế hoạch trước; hỏi lại nếu có gì bị gỡ bỏ hoặc có cuộc gọi đang chờ bị hủy.",
    "Make the database hold these sources, hotlines and rules. "
    "Prints the plan first, and asks where it removes something or ends waiting calls.",
)

WOULD_CHANGE = 3


@command("apply", HELP)
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@option(
    "--plan",
    "only_plan",
    is_flag=True,
    help=(
        "Chỉ in những gì sẽ thay đổi; kết thúc với mã 3 nếu có.",
        "Only print what would change; exit 3 if something would.",
    ),
)
@option("--prune", is_flag=True, help=("Bỏ những gì các tệp không còn nêu.", "Remove what the files no longer name."))
@option(
    "--release",
    is_flag=True,
    help=(
        "Áp dụng các tệp trong BRIDGE_CONFIG, với --prune, không hỏi lại; không đặt thì không làm gì.",
        "Apply the files that BRIDGE_CONFIG names, with --prune, without asking; nothing if unset.",
    ),
)
@yes_option
def run(files: tuple[Path, ...], only_plan: bool, prune: bool, release: bool, yes: bool) -> int:
    if release == bool(files):
        raise click.UsageError("name one or more FILEs, or --release alone")
    if release:
        return apply_release(read_config(), only_plan=only_plan)
    return _apply(open_database(), files, only_plan=only_plan, prune=prune, yes=yes)


def apply_release(config: Config, *, only_plan: bool = False) -> int:
    """The release step: the files of BRIDGE_CONFIG, with --prune; nothing when it is unset."""
    if not config.config_files:
        click.echo("BRIDGE_CONFIG is not set: no configuration applied")
        return 0
    files = tuple(Path(name) for name in config.config_files)
    missing = next((path for path in files if not path.is_file()), None)
    if missing is not None:
        raise BadSetting(f"BRIDGE_CONFIG names {missing}, which is no file here; write paths from the project's folder")
    return _apply(open_database(), files, only_plan=only_plan, prune=True, yes=True)


def _apply(opened: Opened, files: tuple[Path, ...], *, only_plan: bool, prune: bool, yes: bool) -> int:
    with opened.store.read() as conn:
        known = [document["id"] for document in read_documents(conn)["sources"]]
    written, findings = read_configuration(files, [] if prune else known)
    expanded, missing = expand(written, opened.config.environment)
    wrong = [finding for finding in [*findings, *missing] if not finding.warning]
    for finding in [*findings, *missing]:
        click.echo(str(finding), err=not finding.warning)
    if wrong:
        raise click.ClickException(f"{len(wrong)} error(s) in the files; nothing was changed")
    with opened.store.read() as conn:
        wanted = apply.want(conn, opened.catalogs.seal, written, expanded)
        changes = apply.plan(conn, opened.catalogs.seal, wanted, prune=prune)
        ended = apply.count_ended(conn, wanted, prune=prune) if changes else 0
    for change in changes:
        click.echo(str(change))
    if not changes:
        click.echo("nothing changes")
    if ended:
        say(f"{ended} cuộc gọi đang chờ sẽ bị hủy", f"{ended} waiting call(s) will be cancelled")
    if only_plan:
        return WOULD_CHANGE if changes else 0
    _need_consent(changes, ended, yes=yes)
    if changes:
        with opened.store.write() as conn:
            cancelled = apply.carry_out(conn, opened.catalogs.seal, wanted, now(), prune=prune)
        click.echo(f"applied; {cancelled} waiting call(s) cancelled" if cancelled else "applied")
    fetch_fields(opened)
    return 0


def _need_consent(changes: Sequence[apply.Change], ended: int, *, yes: bool) -> None:
    removed = [f"{change.kind} {change.name}" for change in changes if change.sign == "-"]
    if not removed and not ended:
        return
    parts = [(f"gỡ bỏ {', '.join(removed)}", f"removes {', '.join(removed)}")] if removed else []
    if ended:
        parts.append((f"hủy {ended} cuộc gọi đang chờ", f"cancels {ended} waiting call(s)"))
    vietnamese, english = zip(*parts, strict=True)
    need_consent(f"lệnh này {' và '.join(vietnamese)}", f"this {' and '.join(english)}", yes=yes)
