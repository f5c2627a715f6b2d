"""backup: the whole ledger in one file."""

from __future__ import annotations

import os
from pathlib import Path

import click

from bridge.cli.shared.acts import record
from bridge.cli.shared.command import command
from bridge.cli.shared.database import now, open_database
from bridge.cli.shared.language import failure, misuse, say
from bridge.store import database_now
from bridge.store.operation.backup import BadBackup, check_backup, write_backup

GROUP = "act"
HELP = (
    "Ghi toàn bộ sổ vào một tệp, như tại một thời điểm, trong lúc bridge vẫn chạy. Tệp được đọc lại để kiểm tra.\n\n"
    "Tệp có tên, số điện thoại và đơn hàng của khách, cùng các khóa bí mật đã mã hóa; không có BRIDGE_SECRET_KEY. "
    "Hãy cất khóa ở một nơi khác.",
    "Write the whole ledger into one file, as it is at one moment, while the bridge runs. The file is read again to "
    "check it.\n\n"
    "It holds names, phone numbers and orders, and the encrypted secrets; not BRIDGE_SECRET_KEY. Keep that in another "
    "place.",
)


@command("backup", HELP)
@click.argument("file", type=click.Path(path_type=Path))
def run(file: Path) -> None:
    if file.exists():
        raise misuse(f"{file} đã có: hãy viết tên khác", f"{file} exists already: write another name")
    opened = open_database()
    with opened.store.read() as conn:
        at = database_now(conn, now())
    part = file.with_name(f"{file.name}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as output:
            backup = write_backup(opened.store, output, at)
            output.flush()
            os.fsync(output.fileno())
        check_backup(part)
        part.rename(file)
    except (OSError, BadBackup) as error:
        part.unlink(missing_ok=True)
        vietnamese, english = (
            (error.vietnamese, str(error)) if isinstance(error, BadBackup) else (error.strerror, error.strerror)
        )
        raise failure(f"không ghi được {file}: {vietnamese}", f"{file} cannot be written: {english}") from None
    record(opened, "backup", "all")
    rows = sum(backup.rows.values())
    key = backup.sealed_with or "?"
    say(f"đã ghi {file}: {rows} dòng; khóa {key}", f"{file} is written and checked: {rows} rows; the key is {key}")
