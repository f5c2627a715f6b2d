"""sample and demo: a signed delivery to try a source with, and the whole job on one machine."""

from __future__ import annotations

import io
import json
import os
import re
import shlex
import signal
import sys
import threading
from dataclasses import replace
from datetime import datetime
from types import FrameType

import click

from bridge.cli.opening import now, open_bridge
from bridge.cli.printing import need_text
from bridge.core.model import BadPayload, BadSetting, BadSignature, Request, Source, StoreDown
from bridge.core.platform import Platform
from bridge.demo import DemoFailed, Plan, run_demo
from bridge.demo.documents import find_word, fit, sample_document
from bridge.demo.words import Language, say
from bridge.platforms import find_platform, list_platforms, poll_of
from bridge.settings import read_config
from bridge.store import open_store

PLACEHOLDER = "replace-this-placeholder-secret"
EXIT_ORDERS = 20
QUICK_SECONDS, WATCHED_SECONDS = 0.2, 3.0
PATIENCE_SECONDS = 60

_ADDRESS = re.compile(r"https?://(?:\[[\da-fA-F:.]+\]|[\w.-]+)(?::\d{1,5})?(?:/[\w./~-]*)?", re.ASCII)
_SOURCE = re.compile(r"[a-z0-9-]+")


@click.command("sample")
@click.argument("name", metavar="PLATFORM")
@click.option("--topic", default="order.created", show_default=True, help="Our topic, or the platform's own word.")
@click.option("--source", "source_id", metavar="ID", help="The source that it is for; needed where several fit.")
@click.option("--secret", help="Sign with this secret instead of the source's own.")
@click.option("--url", default="http://localhost:8000", show_default=True, help="Where the bridge is.")
def sample_command(name: str, topic: str, source_id: str | None, secret: str | None, url: str) -> None:
    """Print a signed sample delivery as a curl command, ready to paste."""
    platform = find_platform(name)
    if platform is None:
        known = ", ".join(found.name for found in list_platforms())
        raise click.BadParameter(f"no platform is called {name!r}; there is {known}", param_hint="PLATFORM")
    poll = poll_of(name)
    if poll is not None and poll.tells == "events":
        said = f"{platform.title} sends no webhooks, so there is nothing to post: its orders come from its queue"
        raise click.BadParameter(f"{said}, once a source's settings hold its credentials", param_hint="PLATFORM")
    need_text(topic, source_id or "", secret or "", url)
    if not _ADDRESS.fullmatch(url):
        raise click.BadParameter("write an address such as http://localhost:8000", param_hint="--url")
    if source_id is not None and not _SOURCE.fullmatch(source_id):
        raise click.BadParameter("a source's id has only a-z, 0-9 and -", param_hint="--source")
    source, notes = _choose(platform, source_id, secret)
    request = _sample(platform, source, topic, now())
    lines = ["curl --include", f"--data-binary {shlex.quote(request.body.decode())}"]
    lines += [f"--header {shlex.quote(f'{header}: {value}')}" for header, value in request.headers]
    lines.append(shlex.quote(url.rstrip("/") + request.path))
    click.echo(" \\\n  ".join(lines))
    if request.header("webhook-timestamp"):
        notes = [*notes, "its signature holds for five minutes"]
    if platform.api is not None:
        notes = [*notes, "the bridge will ask the shop for this order, which it does not have: it ends not_fetched"]
    for note in notes:
        click.echo(f"# {note}", err=True)


@click.command("demo")
@click.option("--orders", type=click.IntRange(min=1), envvar="DEMO_ORDERS", help="How many orders the shop sends.")
@click.option(
    "--exit",
    "ends",
    is_flag=True,
    envvar="DEMO_EXIT",
    help=f"End once each order has its end; without --orders, {EXIT_ORDERS} orders.",
)
@click.option("--lang", type=click.Choice(["en", "vi"]), default="en", envvar="DEMO_LANG", show_default=True)
def demo_command(orders: int | None, ends: bool, lang: Language) -> int:
    """The whole job on this machine: a fake shop, a fake VBot, web and worker. No account, nobody is rung."""
    if ends and orders is None:
        orders = EXIT_ORDERS
    pace = QUICK_SECONDS if ends else WATCHED_SECONDS
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal without Vietnamese letters shows the rest
    stop, hurry = _stop_on_signals()
    plan = Plan(
        orders=orders,
        ends=ends,
        pace=pace,
        patience=PATIENCE_SECONDS + (orders or 0),
        language=lang,
        show=click.echo,
        stop=stop,
        hurry=hurry,
    )
    try:
        return 0 if run_demo(plan) else 1
    except DemoFailed as error:
        if error.log:
            click.echo(error.log, err=True)
        raise click.ClickException(say(error.word, lang, **error.facts)) from None
    except BrokenPipeError:
        # Whoever read the output has gone, as `head` does. Nothing may be flushed into it at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _sample(platform: Platform, source: Source, topic: str, at: datetime) -> Request:
    """What the shop would send. Pure ASCII, so that no terminal and no clipboard can change a signed byte."""
    known = source.settings.get("topics", {}).get(topic, topic)
    try:
        document, said = fit(sample_document(platform, known, at), source)
        word = find_word(platform, known)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--topic") from None
    body = json.dumps(document).encode()
    try:
        request = Request("POST", f"/hooks/{source.id}", "", platform.sign(body, word, source, at) + said, body)
        platform.read(request, source, at)
    except BadSignature as error:
        raise click.ClickException(f"source {source.id} cannot sign ({error.reason}); give --secret") from None
    except BadPayload as error:
        raise click.ClickException(f"source {source.id} cannot read a sample, by its settings: {error}") from None
    return request


def _choose(platform: Platform, source_id: str | None, secret: str | None) -> tuple[Source, list[str]]:
    """The source that the sample is for, with what signs it; and a note for each thing that only stands in."""
    live, problem = _live_sources(platform)
    if source_id is None and len(live) > 1:
        raise click.UsageError(f"several sources are of {platform.name}; write --source and one of: {', '.join(live)}")
    if source_id is not None and source_id not in live and not secret:
        raise click.ClickException(
            f"{problem or f'no {platform.name} source is called {source_id}'}; else give --secret"
        )
    notes = []
    if source_id is None and not live:
        notes.append(f"no source of yours is known ({problem or f'there is no {platform.name} source'})")
        notes.append("write its id at the end of the address")
    name = source_id or next(iter(live), platform.name)
    source = live.get(name, Source(name, platform.name))
    secrets = (secret,) if secret else source.secrets
    if not secrets:
        notes.append("signed with a placeholder secret, which no source takes; give --secret")
    return replace(source, secrets=secrets or (PLACEHOLDER,)), notes


def _live_sources(platform: Platform) -> tuple[dict[str, Source], str]:
    """This platform's live sources by id, and why there can be none."""
    try:
        config = read_config()
        path = open_store(config.database_url).path
        if path is not None and not path.exists():
            return {}, "there is no database"  # to look must not make one
        opened = open_bridge()
        with opened.store.read() as conn:
            sources = opened.catalogs.read(conn).sources
    except (BadSetting, StoreDown) as error:
        return {}, str(error)
    return {name: source for name, source in sources.items() if source.platform == platform.name}, ""


def _stop_on_signals() -> tuple[threading.Event, threading.Event]:
    """Set by the first signal, and by the next one."""
    stop, hurry = threading.Event(), threading.Event()

    def note(_signal: int, _frame: FrameType | None) -> None:
        (hurry if stop.is_set() else stop).set()

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN or number == signal.SIGINT:
            signal.signal(number, note)
    return stop, hurry


COMMANDS = (sample_command, demo_command)
