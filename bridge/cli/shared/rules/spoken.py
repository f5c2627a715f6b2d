"""What a buyer would hear of a call: the template's text with the variables put in, its length, cost and flaws."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from bridge.cli.shared.command import option
from bridge.cli.shared.database import Opened, open_client
from bridge.cli.shared.language import failure, misuse
from bridge.core.model import Json
from bridge.core.vietnamese.hearing import LONGEST_SECONDS, SYLLABLES_PER_SECOND, read_rate
from bridge.monitor.hearing import ASK_SECONDS, describe_spoken, find_content
from bridge.store.configuration.documents import read_group

VOICE = "espeak-ng"


@dataclass(frozen=True)
class Listening:
    """What is asked of the words: how fast they are said, how long is too long, and where the sound goes."""

    spoken: bool
    speed: float
    longest: float
    wav: Path | None

    @property
    def is_wanted(self) -> bool:
        return self.spoken or self.wav is not None


def listening_options(run: Callable[..., Any]) -> Callable[..., Any]:
    """--spoken, --speed, --longest and --wav, as the keywords of Listening."""
    options = (
        option(
            "--spoken",
            is_flag=True,
            help=("Cho biết khách sẽ nghe gì: lời, độ dài, chi phí, chỗ chưa ổn.", "Show what the buyer would hear."),
        ),
        option(
            "--speed",
            type=click.FloatRange(1, 10),
            default=SYLLABLES_PER_SECOND,
            show_default=True,
            help=("Số âm tiết mỗi giây.", "Syllables in a second."),
        ),
        option(
            "--longest",
            type=click.FloatRange(1, 600),
            default=LONGEST_SECONDS,
            show_default=True,
            help=("Quá bao nhiêu giây là quá dài.", "So many seconds are too long."),
        ),
        option(
            "--wav",
            type=click.Path(path_type=Path, dir_okay=False),
            metavar="FILE",
            help=("Ghi âm thanh vào tệp này; cần espeak-ng.", "Write the sound to this file; needs espeak-ng."),
        ),
    )
    for each in reversed(options):
        run = each(run)
    return run


def add_spoken(opened: Opened, template: str, answers: list[dict[str, Json]], listening: Listening) -> None:
    """Put `spoken` into each answer that is a call, as `describe_spoken` has it, and write the sound of the first."""
    if not listening.is_wanted:
        return
    client = open_client(opened) if opened.config.account is not None else None
    content = find_content(opened.store, client, template, time.monotonic() + ASK_SECONDS)
    with opened.store.read() as conn:
        rate = read_rate(read_group(conn, "reports"))
    said = [answer for answer in answers if answer["datas"] is not None]
    for answer in said:
        speed, longest = listening.speed, listening.longest
        answer["spoken"] = describe_spoken(content, answer["datas"], rate, speed=speed, longest=longest)
    if listening.wav is not None:
        if not said:
            raise misuse(
                "quy tắc không gọi, nên không có gì để nghe", "the rule makes no call: there is nothing to hear"
            )
        _write_wav(said[0]["spoken"]["text"], listening)


def _write_wav(text: str, listening: Listening) -> None:
    program = shutil.which(VOICE)
    if program is None:
        raise failure(
            f"không có {VOICE} trên máy này; trên Debian và Ubuntu: apt install {VOICE}",
            f"{VOICE} is not on this machine; on Debian and Ubuntu: apt install {VOICE}",
        )
    words = [program, "-v", "vi", "-s", str(round(listening.speed * 60)), "-w", str(listening.wav), "--stdin"]
    done = subprocess.run(words, input=text.encode(), capture_output=True, check=False, timeout=60)  # noqa: S603
    if done.returncode or listening.wav is None or not listening.wav.is_file():
        raise failure(f"{VOICE} không ghi được {listening.wav}", f"{VOICE} could not write {listening.wav}")
