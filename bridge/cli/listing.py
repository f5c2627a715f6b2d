"""platforms: which shops can be connected, what each proves, needs and does, and what bites."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import urlsplit

import click

from bridge.cli.opening import print_json
from bridge.cli.printing import as_json
from bridge.core.model import BadSignature, Json, Request, Source
from bridge.core.platform import Platform
from bridge.lib.addresses import find_flaw, is_public
from bridge.platforms import find_platform, list_platforms, poll_of
from bridge.platforms._about import ABOUT, MATURITY, TITLES

# Key in JSON -> (Vietnamese, English)
_HEADS = {
    "proof": ("kiểm tra", "verified"),
    "needs": ("cần có", "needs"),
    "again": ("gửi lại, thời hạn", "sends again"),
    "traps": ("chỗ dễ vấp", "traps"),
}
_PLATFORM = ("nền tảng", "platform")
_WIDTH = 110


@click.command("platforms")
@click.option("--lang", type=click.Choice(["vi", "en"]), default="vi", show_default=True)
@click.option("--markdown", is_flag=True, help="Print the table that stands in the READMEs.")
@as_json
def platforms_command(*, lang: str, markdown: bool, as_json: bool) -> None:
    """Which shops can be connected: what is verified, what it needs, when it sends again, its traps."""
    language = 0 if lang == "vi" else 1
    items = [describe(platform, language) for platform in list_platforms()]
    if as_json:
        print_json({"items": items, "next": None})
    elif markdown:
        click.echo(markdown_table(language))
    else:
        _print(items, language)


def markdown_table(language: int) -> str:
    """The platforms as a Markdown table. `language`: 0 Vietnamese, 1 English."""
    heads = [_PLATFORM[language], *(words[language] for words in _HEADS.values())]
    rows = [
        [f"**{item['title']}** `{item['name']}`, {item['maturity_said']}", *(str(item[name]) for name in _HEADS)]
        for item in (describe(platform, language) for platform in list_platforms())
    ]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [heads, ["---"] * len(heads), *rows])


def describe(platform: Platform, language: int) -> dict[str, Json]:
    """One platform. `maturity`: documented, captured (a real request is among the fixtures), or live."""
    about = ABOUT[platform.name]
    return {
        "name": platform.name,
        "title": TITLES[platform.name][language] if platform.name in TITLES else platform.title,
        "maturity": platform.maturity,
        "maturity_said": MATURITY[platform.maturity][language],
        "proof": about.proof[language],
        "needs": about.needs[language],
        "again": about.again[language],
        "traps": about.traps[language],
        "topics": dict(platform.topics),
    }


def flaws_of(source: Source) -> Iterator[tuple[tuple[str, ...], str]]:
    """What keeps a source from ever working, though it may be written so: where in its entry, and what."""
    found = find_platform(source.platform)
    if found is None:
        return
    try:
        found.verify(Request("POST", "", "", (), b""), source, datetime.now(UTC))
    except BadSignature as refusal:
        if refusal.reason == "no_secret":
            yield ("secrets",), "no secret: every delivery will be refused; write the one that the shop signs with"
    poll = poll_of(source.platform)
    lacking, what = found.api.lacks(source.settings) if found.api is not None else (), "orders cannot be fetched"
    if poll is not None and poll.tells == "events":
        lacking, what = (
            tuple(name for name in poll.credentials[0] if not source.settings.get(name)),
            "queue cannot be read",
        )
    if lacking:
        names = ", ".join(f"settings.{name}" for name in lacking)
        yield ("settings",), f"{names} missing: its {what}, and nobody will be called"
    if not _is_allowed(source.settings.get("api_url")) and source.settings.get("allow_private_addresses") is not True:
        problem = "not asked: it must be https and public; or write allow_private_addresses: true beside it"
        yield ("settings", "api_url"), problem


def _is_allowed(address: Json) -> bool:
    """As far as it is known before its name is resolved, or its `${NAME}` is read."""
    if not isinstance(address, str) or "${" in address:
        return True
    host = (urlsplit(address).hostname or "") if find_flaw(address) is None else ""
    is_number = ":" in host or host.replace(".", "").isdigit()
    return bool(host) and (is_public(host) or not is_number)


def _print(items: list[dict[str, Json]], language: int) -> None:
    width = max(len(words[language]) for words in _HEADS.values()) + 4
    for item in items:
        click.echo(f"{item['name']}  ({item['title']}, {item['maturity_said']})")
        for name, words in _HEADS.items():
            head = f"  {words[language]}".ljust(width)
            text = str(item[name]).replace("`", "").replace("*", "")
            click.echo(textwrap.fill(text, _WIDTH, initial_indent=head, subsequent_indent=" " * width))


COMMANDS = (platforms_command,)
