"""worker: decide and place."""

from __future__ import annotations

import os
import threading

from bridge.cli.shared.command import command, option
from bridge.cli.shared.database import need_one_database, open_bridge, open_client
from bridge.engine import open_engine
from bridge.monitor.observe import start_observing
from bridge.store import WORKER_CONNECTIONS
from bridge.worker.loop import run_worker, stop_on_signals

GROUP = "start"
HELP = (
    "Quyết định và gọi, cho đến khi được bảo dừng. Trên Postgres có thể chạy bao nhiêu worker cũng được.",
    "Decide and place, until told to stop. On Postgres any number of workers may run.",
)


@command("worker", HELP)
@option(
    "--supervised",
    is_flag=True,
    hidden=True,
    help=("Dừng khi đầu vào chuẩn kết thúc.", "End when standard input does."),
)
def run(supervised: bool) -> int:
    opened = open_bridge(WORKER_CONNECTIONS)
    start_observing(opened.config)
    opened.store.need_sessions()
    need_one_database(opened.config)
    engine = open_engine(opened.config.direct_url)
    client = open_client(opened)
    stop = threading.Event()
    stop_on_signals(stop)
    if supervised:
        threading.Thread(target=_stop_with_parent, args=(stop,), daemon=True).start()
    ended = run_worker(opened.config, opened.store.hurried, opened.catalogs, engine, client, stop)
    return 0 if ended else 1


def _stop_with_parent(stop: threading.Event) -> None:
    os.read(0, 1)
    stop.set()
