"""restore: the ledger from a backup."""

from __future__ import annotations

from pathlib import Path

import click

from bridge.cli.shared.acts import current_user
from bridge.cli.shared.command import command, option
from bridge.cli.shared.consent import need_consent, yes_option
from bridge.cli.shared.database import now, open_for_command
from bridge.cli.shared.language import failure, say
from bridge.cli.shared.printing import local_time
from bridge.lib.logs import start_logging
from bridge.settings import read_config
from bridge.store import database_now, make_seal, migrate
from bridge.store.operation.backup import Backup, BadBackup, Held, check_backup, count_held, restore_backup

GROUP = "act"
HELP = (
    "Khôi phục sổ từ tệp của lệnh backup, trên SQLite hoặc Postgres. Mọi cuộc gọi tạm dừng cho đến lệnh resume.\n\n"
    "Bản sao lưu không biết những gì đã gọi sau lúc sao lưu: hãy xem trên VBot trước khi chạy resume. "
    "Những gì cơ sở dữ liệu đang có sẽ bị xóa: lệnh hỏi lại, hoặc cần --yes. Hãy dừng web và worker trước.",
    "Restore the ledger from a file of backup, on SQLite or Postgres. All calls are paused until resume.\n\n"
    "A backup does not know what was called after it was made: look at VBot before you run resume. "
    "What the database holds is erased: that is asked, or wants --yes. Stop web and workers first.",
)


@command("restore", HELP)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@option("--check", is_flag=True, help=("Chỉ kiểm tra tệp.", "Only check the file."))
@yes_option
def run(*, file: Path, check: bool, yes: bool) -> None:
    try:
        backup = check_backup(file)
        _describe(file, backup)
        if not check:
            _restore(file, backup, yes=yes)
    except BadBackup as error:
        raise failure(error.vietnamese, str(error)) from None


def _describe(file: Path, backup: Backup) -> None:
    made, rows = local_time(backup.made_at), sum(backup.rows.values())
    key = backup.sealed_with or "?"
    say(
        f"{file}: nguyên vẹn; sao lưu lúc {made}; {rows} dòng, {backup.rows.get('calls', 0)} cuộc gọi; khóa {key}",
        f"{file}: whole; made at {made}; {rows} rows, {backup.rows.get('calls', 0)} calls; its key is {key}",
    )


def _restore(file: Path, backup: Backup, *, yes: bool) -> None:
    config = read_config()
    start_logging(config.log_level, config.log_format)
    store, seal = open_for_command(config).patient, make_seal(config.secret_keys)
    with store.read() as conn:
        held = count_held(conn)
        at = database_now(conn, now())
    if held != Held():
        counts = (held.sources, held.deliveries, held.calls)
        need_consent(
            "lệnh này xóa {} nguồn, {} tin và {} cuộc gọi đang có, rồi thay bằng bản sao lưu".format(*counts),
            "this erases the {} source(s), {} deliveries and {} calls that are there, for the backup's".format(*counts),
            yes=yes,
        )
    left = restore_backup(store, file, backup, at, who=current_user())
    if backup.sealed_with is None or backup.sealed_with in seal.fingerprints:
        migrate(store, seal)
    else:
        migrate(store)
        given = ", ".join(seal.fingerprints)
        say(
            f"chú ý: các khóa bí mật được mã hóa bằng khóa {backup.sealed_with}, còn khóa của bạn là {given}: hãy đặt "
            "khóa kia làm BRIDGE_SECRET_KEY, hoặc chạy apply --new-key",
            f"warning: the secrets were sealed with the key {backup.sealed_with}, and yours is {given}: set that one "
            "as BRIDGE_SECRET_KEY, or run apply --new-key",
            err=True,
        )
    say(
        f"đã khôi phục, mọi cuộc gọi đang tạm dừng: {left.waiting} cuộc chờ, {left.unsure} cuộc chưa rõ. Hãy xem trên "
        "VBot những gì đã gọi sau lúc sao lưu, hủy những cuộc đó (cancel), rồi chạy: python -m bridge resume",
        f"restored, and all calls are paused: {left.waiting} wait, {left.unsure} are unsure. See at VBot what was "
        "called after the backup was made, cancel those (cancel), then run: python -m bridge resume",
    )
