"""sample: a signed delivery to try a source with."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import replace
from datetime import datetime

import click

from bridge.cli.shared.arguments import need_text
from bridge.cli.shared.command import command, option
from bridge.cli.shared.database import now, open_bridge
from bridge.core.model import BadPayload, BadSetting, BadSignature, Request, Source, StoreDown
from bridge.core.platform import Platform
from bridge.platforms import find_platform, list_platforms
from bridge.platforms.shared.sample import find_word, sample_document
from bridge.settings import BY_NAME, read_config
from bridge.store import open_store

GROUP = "configure"
HELP = (
    "In một tin mẫu đã ký dưới dạng lệnh curl, chỉ việc dán vào chạy.",
    "Print a signed sample delivery as a curl command, ready to paste.",
)

PLACEHOLDER = "replace-this-placeholder-secret"
_ADDRESS = re.compile(r"https?://(?:\[[\da-fA-F:.]+\]|[\w.-]+)(?::\d{1,5})?(?:/[\w./~-]*)?", re.ASCII)
_SOURCE = re.compile(r"[a-z0-9-]+")


@command("sample", HELP)
@click.argument("name", metavar="PLATFORM")
@option(
    "--topic",
    default="order.created",
    show_default=True,
    help=("Chủ đề theo cách gọi ở đây, hoặc theo nền tảng.", "Our topic, or the platform's own word."),
)
@option(
    "--source",
    "source_id",
    metavar="ID",
    help=(
        "Nguồn nhận tin; cần nêu khi có nhiều nguồn phù hợp.",
        "The source that it is for; needed where several fit.",
    ),
)
@option(
    "--secret",
    help=("Ký bằng khóa bí mật này thay cho khóa của nguồn.", "Sign with this secret instead of the source's own."),
)
@option(
    "--url",
    help=(
        "Địa chỉ của bridge; mặc định: máy này, cổng PORT.",
        "Where the bridge is; by default this machine, at PORT.",
    ),
)
def run(name: str, topic: str, source_id: str | None, secret: str | None, url: str | None) -> None:
    url = url or f"http://localhost:{BY_NAME['PORT'].read()}"
    platform = find_platform(name)
    if platform is None:
        known = ", ".join(found.name for found in list_platforms())
        raise click.BadParameter(f"no platform is called {name!r}; there is {known}", param_hint="PLATFORM")
    if not platform.sends:
        problem = f"{platform.title} sends no webhooks, so there is nothing to post: its orders come from its queue"
        raise click.BadParameter(f"{problem}, once a source's settings hold its credentials", param_hint="PLATFORM")
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


def _sample(platform: Platform, source: Source, topic: str, at: datetime) -> Request:
    """What the shop would send. Pure ASCII, so that no terminal and no clipboard can change a signed byte."""
    known = source.settings.get("topics", {}).get(topic, topic)
    try:
        document, headers = platform.sample.fitted(sample_document(platform, known, at), source)
        word = find_word(platform, known)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--topic") from None
    body = json.dumps(document).encode()
    try:
        request = Request("POST", f"/hooks/{source.id}", "", platform.sign(body, word, source, at) + headers, body)
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
