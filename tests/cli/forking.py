"""Runs commands, each in a process of its own, and imports the bridge once for all of them: fork, then main.

One JSON document a line comes in: {words, environment, folder, files: [stdin, stdout, stderr]}; its exit code goes out.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
import warnings
from typing import Any

import click

from bridge.cli.main import bridge, main

SECONDS = 120


def serve() -> None:
    context = click.Context(bridge)
    for name in bridge.list_commands(context):
        bridge.get_command(context, name)  # imports it
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _become(json.loads(line))
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


def _become(order: dict[str, Any]) -> None:
    signal.alarm(SECONDS)
    os.chdir(order["folder"])  # not where a developer may have an .env
    os.environ.clear()
    os.environ.update(order["environment"])
    for descriptor, name in enumerate(order["files"]):
        os.dup2(os.open(name, os.O_RDWR), descriptor)
    sys.stdin = os.fdopen(0, encoding="utf-8", closefd=False)
    sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
    sys.stderr = os.fdopen(2, "w", encoding="utf-8", closefd=False, buffering=1)
    warnings.simplefilter("error")
    sys.argv = ["bridge", *order["words"]]
    code: Any = 1
    try:
        main()
    except SystemExit as end:
        code = end.code
    except BaseException:
        traceback.print_exc()
    sys.stdout.flush()
    # At once: taking a forked interpreter down costs more than the command.
    os._exit(code)


if __name__ == "__main__":
    serve()
