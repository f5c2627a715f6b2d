"""migrate: bring the database to the newest schema."""

from __future__ import annotations

import click

from bridge.cli.shared.command import command
from bridge.lib.logs import start_logging
from bridge.settings import Config, read_config
from bridge.store import Schema, make_seal, migrate, open_store

GROUP = "start"
HELP = (
    "Đưa cơ sở dữ liệu lên lược đồ mới nhất; chạy lại không sao. Mã hóa lại các bí mật bằng khóa đầu tiên.",
    "Bring the database to the newest schema; safe to repeat. Re-encrypts secrets with the first key.",
)


@command("migrate", HELP)
def run() -> None:
    config = read_config()
    start_logging(config.log_level)
    schema = _migrate(config)
    if schema.standing == "newer_compatible":
        click.echo(f"schema {schema.revision} is newer and compatible with this code: left alone")
    else:
        click.echo(f"schema {schema.revision} is the newest")


def _migrate(config: Config) -> Schema:
    store = open_store(config.database_url)
    schema = migrate(store, make_seal(config.secret_keys))
    store.close()
    if schema.standing == "newer":
        raise click.ClickException(
            f"the database's schema {schema.revision} is newer than this code can use; deploy the newer release"
        )
    return schema
