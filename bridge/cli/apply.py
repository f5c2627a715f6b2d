"""apply: make the database hold what the configuration files say."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from bridge.cli.shared.command import command, option
from bridge.cli.shared.configuration import read_configuration
from bridge.cli.shared.consent import need_consent, yes_option
from bridge.cli.shared.database import Opened, now, open_database
from bridge.cli.shared.language import say, text
from bridge.cli.shared.template_fields import fetch_fields
from bridge.configuration import apply
from bridge.configuration.files import expand
from bridge.core.model import BadSetting
from bridge.settings import Config, read_config
from bridge.store.configuration.documents import read_documents
from bridge.store.configuration.keys import locked_sources, need_any_key, note_key

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
@option(
    "--new-key",
    is_flag=True,
    help=(
        "Nhập lại mọi khóa bí mật bằng BRIDGE_SECRET_KEY này, dù không khóa nào mở được những gì đã lưu.",
        "Give all secrets anew under this BRIDGE_SECRET_KEY, though no key opens what is stored.",
    ),
)
def run(files: tuple[Path, ...], only_plan: bool, prune: bool, release: bool, yes: bool, new_key: bool) -> int:
    if release == bool(files):
        raise click.UsageError("name one or more FILEs, or --release alone")
    if release:
        return apply_release(read_config(), only_plan=only_plan, new_key=new_key)
    return _apply(open_database(), files, only_plan=only_plan, prune=prune, yes=yes, new_key=new_key)


def apply_release(config: Config, *, only_plan: bool = False, new_key: bool = False) -> int:
    """The release step: the files of BRIDGE_CONFIG, with --prune; nothing when it is unset."""
    if not config.config_files:
        click.echo("BRIDGE_CONFIG is not set: no configuration applied")
        return 0
    files = tuple(Path(name) for name in config.config_files)
    missing = next((path for path in files if not path.is_file()), None)
    if missing is not None:
        raise BadSetting(f"BRIDGE_CONFIG names {missing}, which is no file here; write paths from the project's folder")
    return _apply(open_database(), files, only_plan=only_plan, prune=True, yes=True, new_key=new_key)


def _apply(opened: Opened, files: tuple[Path, ...], *, only_plan: bool, prune: bool, yes: bool, new_key: bool) -> int:
    seal = opened.catalogs.seal
    with opened.store.read() as conn:
        if not new_key:
            need_any_key(conn, seal)
        known = [document["id"] for document in read_documents(conn)["sources"]]
    written, findings = read_configuration(files, [] if prune else known)
    expanded, missing = expand(written, opened.config.environment)
    wrong = [finding for finding in [*findings, *missing] if not finding.warning]
    for finding in [*findings, *missing]:
        click.echo(str(finding), err=not finding.warning)
    if wrong:
        raise click.ClickException(f"{len(wrong)} error(s) in the files; nothing was changed")
    with opened.store.read() as conn:
        wanted = apply.want(conn, seal, written, expanded)
        changes = apply.plan(conn, seal, wanted, prune=prune)
        ended = apply.count_ended(conn, wanted, prune=prune) if changes else 0
        if new_key and not prune:
            _need_all(locked_sources(conn, seal), wanted)
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
            cancelled = apply.carry_out(conn, seal, wanted, now(), prune=prune)
            note_key(conn, seal)
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


def _need_all(locked: list[str], wanted: apply.Wanted) -> None:
    """With a new key the files give every secret that it does not open."""
    absent = ", ".join(name for name in locked if name not in wanted.credentials)
    if absent:
        raise click.ClickException(
            text(
                "--new-key: các tệp không nêu nguồn {absent}, mà khóa này không mở được khóa bí mật của chúng; hãy nêu "
                "chúng kèm khóa bí mật, hoặc bỏ chúng bằng --prune",
                "--new-key: the files do not name the sources {absent}, whose secrets this key does not open; name "
                "them with their secrets, or remove them with --prune",
                absent=absent,
            )
        )
