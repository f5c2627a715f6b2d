"""A real PgBouncer in front of a test's Postgres, with its defaults but for the mode of pooling."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from tests import postgres

START_SECONDS = 30


@contextlib.contextmanager
def serve(program: str, url: str, mode: str, **settings: object) -> Iterator[str]:
    """Yield the URL of this database through a PgBouncer that pools by `mode`: session or transaction."""
    parts = urlsplit(url)
    port = postgres.free_port()
    own = {"listen_addr": "127.0.0.1", "listen_port": port, "unix_socket_dir": "", "auth_type": "any"}
    server = f"host={parts.hostname} port={parts.port or 5432} user={parts.username}"
    lines = ["[databases]", f"* = {server}", "[pgbouncer]", f"pool_mode = {mode}"]
    lines += [f"{name} = {value}" for name, value in {**own, **settings}.items()]
    user = postgres.user_who_may_serve()
    with tempfile.TemporaryDirectory(prefix="bridge-pgbouncer-", ignore_cleanup_errors=True) as folder:
        file = Path(folder, "pgbouncer.ini")
        file.write_text("\n".join([*lines, ""]))
        if user:
            shutil.chown(folder, user)
            shutil.chown(file, user)
        quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        running = subprocess.Popen([program, str(file)], user=user, cwd=folder, start_new_session=True, **quiet)
        try:
            _wait_until_it_answers(port, running)
            yield parts._replace(netloc=f"{parts.username}@127.0.0.1:{port}").geturl()
        finally:
            running.terminate()
            running.wait()


def _wait_until_it_answers(port: int, running: subprocess.Popen[bytes]) -> None:
    for _ in range(START_SECONDS * 20):
        assert running.poll() is None, "pgbouncer ended"
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise AssertionError("pgbouncer does not answer")
