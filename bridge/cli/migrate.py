"""migrate: bring the database to the newest schema."""

from __future__ import annotations

from bridge.cli.shared.command import command
from bridge.cli.shared.database import bring_up
from bridge.cli.shared.language import say
from bridge.lib.logs import start_logging
from bridge.settings import read_config

GROUP = "start"
HELP = (
    "Đưa cơ sở dữ liệu lên lược đồ mới nhất; chạy lại không sao. Mã hóa lại các bí mật bằng khóa đầu tiên.",
    "Bring the database to the newest schema; safe to repeat. Re-encrypts secrets with the first key.",
)


@command("migrate", HELP)
def run() -> None:
    config = read_config()
    start_logging(config.log_level, config.log_format)
    schema = bring_up(config)
    if schema.standing == "newer_compatible":
        say(
            f"lược đồ {schema.revision} mới hơn và tương thích với phiên bản này: giữ nguyên",
            f"schema {schema.revision} is newer and compatible with this code: left alone",
        )
    else:
        say(f"lược đồ {schema.revision} là mới nhất", f"schema {schema.revision} is the newest")
