"""export: print the live configuration."""

from __future__ import annotations

import click

from bridge.cli.shared.command import command
from bridge.cli.shared.database import open_database
from bridge.lib.yamltext import write_yaml
from bridge.store.configuration.documents import read_documents

GROUP = "configure"
HELP = (
    "In cấu hình đang chạy thành một tệp mà apply nhận lại được; bí mật không hiện ra.",
    "Print the live configuration as one file that apply accepts; secrets stay hidden.",
)


@command("export", HELP)
def run() -> None:
    with open_database().store.read() as conn:
        documents = read_documents(conn)
    click.echo(write_yaml(documents), nl=False)
