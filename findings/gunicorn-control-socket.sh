#!/usr/bin/env bash
# gunicorn 27.0.1: two servers of one user share one control socket by default, and the last to start takes it.
#
# Its place depends on the user, not on the application or its address. The second server replaces the first one's socket
# without a word in either log, gunicornc then steers the second, and when that stops the file is gone, though the first
# still runs: `gunicornc -c "show all"` cannot reach it any more. Write control_socket for each server, or switch it off.
# Guess that is wrong: the second server refuses, warns, or takes a name of its own.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check gunicorn==27.0.1 2>/dev/null
cat >"$folder/application.py" <<'APPLICATION'
def application(environment, start_response):
    start_response("200 OK", [])
    return [b"ok"]
APPLICATION
cat >"$folder/expected" <<'EXPECTED'
one server: the first is steered: True
two servers: the second is steered: True
the second stopped: the first runs: True | is steered: False
warnings: 0
EXPECTED
"$folder/venv/bin/python" - >"$folder/seen" 2>"$folder/errors" <<'PROGRAM' || { cat "$folder/errors" >&2; exit 1; }
import os
import pathlib
import subprocess
import sys
import time

folder = pathlib.Path(sys.prefix).parent
gunicorn, gunicornc = (pathlib.Path(sys.prefix) / "bin" / name for name in ("gunicorn", "gunicornc"))
environment = {name: value for name, value in os.environ.items() if name != "XDG_RUNTIME_DIR"} | {"HOME": str(folder)}


def start(port):
    log = folder / f"{port}.log"
    command = [gunicorn, "--bind", f"127.0.0.1:{port}", "application:application"]
    server = subprocess.Popen(command, cwd=folder, env=environment, stdout=log.open("w"), stderr=subprocess.STDOUT)
    for _ in range(100):
        if "Control socket listening" in log.read_text():
            return server
        time.sleep(0.1)
    raise SystemExit("no control socket")


def steered():
    asked = subprocess.run([gunicornc, "-c", "show all"], env=environment, capture_output=True, text=True)
    pids = [line.split()[1] for line in asked.stdout.splitlines() if "PID:" in line]
    return int(pids[0]) if pids else None


first = start(8797)
print("one server: the first is steered:", steered() == first.pid)
second = start(8798)
print("two servers: the second is steered:", steered() == second.pid)
second.terminate()
second.wait()
print("the second stopped: the first runs:", first.poll() is None, "| is steered:", steered() is not None)
warned = [line for port in (8797, 8798) for line in (folder / f"{port}.log").read_text().splitlines() if "WARN" in line]
print("warnings:", len(warned))
first.terminate()
first.wait()
PROGRAM
diff "$folder/expected" "$folder/seen" && echo "as stated: gunicorn-control-socket"
