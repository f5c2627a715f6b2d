"""platforms: which shops can be connected."""

from __future__ import annotations

import textwrap

import click

from bridge.cli.shared.arguments import as_json
from bridge.cli.shared.command import command, option
from bridge.cli.shared.language import current_language
from bridge.cli.shared.printing import print_json
from bridge.core.model import Json
from bridge.core.platform import MATURITY, Platform
from bridge.platforms import list_platforms

GROUP = "configure"
HELP = (
    "Những nền tảng kết nối được: kiểm tra chữ ký thế nào, cần những gì, khi nào gửi lại, chỗ dễ vấp.",
    "Which shops can be connected: what is verified, what it needs, when it sends again, its traps.",
)

# Key in JSON -> (Vietnamese, English)
_HEADS = {
    "proof": ("kiểm tra", "verified"),
    "needs": ("cần có", "needs"),
    "again": ("gửi lại, thời hạn", "sends again"),
    "traps": ("chỗ dễ vấp", "traps"),
}
_PLATFORM = ("nền tảng", "platform")
_WIDTH = 110


@command("platforms", HELP)
@option("--markdown", is_flag=True, help=("In bảng Markdown.", "Print a Markdown table."))
@as_json
def run(*, markdown: bool, as_json: bool) -> None:
    language = 0 if current_language("vi") == "vi" else 1
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
    about = platform.about
    return {
        "name": platform.name,
        "title": about.title[language] if about.title else platform.title,
        "maturity": platform.maturity,
        "maturity_said": MATURITY[platform.maturity][language],
        "proof": about.proof[language],
        "needs": about.needs[language],
        "again": about.resends[language],
        "traps": about.traps[language],
        "topics": dict(platform.topics),
    }


def _print(items: list[dict[str, Json]], language: int) -> None:
    width = max(len(words[language]) for words in _HEADS.values()) + 4
    for item in items:
        click.echo(f"{item['name']}  ({item['title']}, {item['maturity_said']})")
        for name, words in _HEADS.items():
            head = f"  {words[language]}".ljust(width)
            text = str(item[name]).replace("`", "").replace("*", "")
            click.echo(textwrap.fill(text, _WIDTH, initial_indent=head, subsequent_indent=" " * width))
