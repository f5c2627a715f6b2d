"""The demo as `make demo` runs it: real processes, and afterwards nothing of them."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bridge.demo import Plan, run_demo

ROOT = Path(__file__).parents[2]
RESULTS = ("CONFIRMED", "DECLINED", "AGENT", "ANSWERED", "UNREACHED")
ENDS = ("CALLED", "SKIPPED", "CANCELLED", "REFUSED", "EXPIRED", "UNSURE", *RESULTS)


def test_every_order_has_its_end_and_nobody_who_answered_is_rung_twice() -> None:
    texts: list[str] = []
    rung: list[dict[str, Any]] = []
    ended: dict[str, str] = {}

    def show(text: str) -> None:
        """As the balance is announced every order has its end, and the fake VBot still answers."""
        texts.append(text)
        if "balance" in text:
            with urllib.request.urlopen(_address("Fake VBot", texts) + "/_fake/calls", timeout=20) as answer:
                rung.extend(json.load(answer)["calls"])
            with urllib.request.urlopen(_address("Fake VBot", texts) + "/_fake/records", timeout=20) as answer:
                shown = json.load(answer)["records"]
                ended.update((record["externalCallId"], record["disposition"]) for record in shown)

    stop = threading.Event()
    assert run_demo(Plan(10, True, 0.1, 90, "en", show, stop, stop)), "\n".join(texts)
    shown = Counter(text.split()[0] for text in texts if text.startswith(ENDS))
    assert sum(shown.values()) == 10
    assert (shown["SKIPPED"], shown["REFUSED"], shown["UNSURE"], shown["CALLED"]) == (2, 1, 0, 0)
    called = sum(shown[result] for result in RESULTS)
    assert called + shown["CANCELLED"] == 7
    assert shown["CONFIRMED"] and shown["DECLINED"]
    assert len({call["phone"] for call in rung}) == called < len(rung)
    assert set(Counter(call["external_call_id"] for call in rung).values()) == {1}
    answered = Counter(call["phone"] for call in rung if ended[call["external_call_id"]] == "ANSWER")
    assert set(answered.values()) == {1}
    balance = next(text for text in texts if "unexplained" in text)
    counted = {name: int(count) for name, count in re.findall(r"^ *([a-z]+) +(\d+)$", balance, re.MULTILINE)}
    assert (counted.pop("unexplained"), counted.pop("called")) == (0, called)
    rest = {name: count for name, count in shown.items() if name not in RESULTS}
    assert {name.upper(): count for name, count in counted.items() if count} == rest
    assert "bad_signature" in balance
    assert not Path(_folder(texts)).exists()


def test_two_demos_run_at_once_from_anywhere_and_leave_nothing(tmp_path: Path) -> None:
    with _demo(tmp_path, DEMO_ORDERS="1", DEMO_EXIT="1") as short, _demo(tmp_path, DEMO_LANG="vi") as endless:
        assert endless.stdout and short.stdout
        lines: list[str] = []
        for line in endless.stdout:
            lines.append(line)
            if line.startswith("KHÁCH ĐỒNG Ý"):
                break
        web = int(_address("Trang quản lý", lines).rpartition(":")[2])
        assert Path(_folder(lines)).is_dir()
        with socket.create_connection(("127.0.0.1", web), timeout=20):
            pass
        endless.send_signal(signal.SIGINT)
        rest = endless.stdout.read()
        assert endless.wait() == 0, rest
        assert "không ai bị gọi hai lần" in rest
        printed = short.stdout.read()
        assert short.wait() == 0, printed
    assert "1 order(s)" in printed and "nobody was called twice" in printed
    assert not Path(_folder(lines)).exists()
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", web)) != 0
    assert list(tmp_path.iterdir()) == []


def test_a_demo_stopped_before_its_end_says_so_and_leaves_nothing(tmp_path: Path) -> None:
    with _demo(tmp_path, DEMO_ORDERS="10000", DEMO_EXIT="1") as demo:
        assert demo.stdout
        lines = [next(demo.stdout) for _ in range(6)]
        demo.send_signal(signal.SIGTERM)
        rest = demo.stdout.read()
        assert demo.wait() == 1
    assert rest.splitlines()[-1] == "error: stopped before its end"
    assert not Path(_folder(lines)).exists()


@contextlib.contextmanager
def _demo(folder: Path, **settings: str) -> Iterator[subprocess.Popen[str]]:
    """In a folder that is not ours, with the settings of somebody's real bridge around it."""
    mine = {"DATABASE_URL": "postgres://db.example.test/real", "VBOT_URL": "https://vbot.example.test", "DYNO": "web.1"}
    environment = {**os.environ, **mine, "PYTHONPATH": str(ROOT), "TMPDIR": str(folder), **settings}
    with subprocess.Popen(
        [sys.executable, "-m", "bridge", "demo"],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    ) as demo:
        try:
            yield demo
        finally:
            demo.terminate()


def _address(name: str, lines: list[str]) -> str:
    found = re.search(rf"{name} +(http://127\.0\.0\.1:\d+)", "".join(lines))
    assert found, lines
    return found[1]


def _folder(lines: list[str]) -> str:
    found = re.search(r"\S+/vbot-bridge-demo-\w+", "".join(lines))
    assert found, lines
    return found[0]
