"""tokens: the API's tokens, each with what it may do and until when."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

import click

from bridge.cli.shared.acts import current_user
from bridge.cli.shared.arguments import as_json, need_text
from bridge.cli.shared.command import group, option
from bridge.cli.shared.database import now, open_database
from bridge.cli.shared.language import failure, misuse, say, text
from bridge.cli.shared.printing import clean, local_time, print_json, print_table
from bridge.core.model import Json
from bridge.core.schedule import parse_duration
from bridge.core.words import TOKEN_SCOPES
from bridge.store import database_now
from bridge.store.people.api_tokens import (
    RANDOM_BYTES,
    ApiToken,
    NewToken,
    add_token,
    is_token_name,
    list_tokens,
    revoke_token,
)

GROUP = "configure"
HELP = (
    "Token cho các chương trình gọi API: mỗi token có phạm vi và hạn dùng riêng.\n\n"
    "Cơ sở dữ liệu chỉ giữ bản băm: token chỉ được in ra một lần.",
    "Tokens for programs that use the API, each with its scopes and its end.\n\n"
    "The database keeps only a digest of each: a token is printed this one time.",
)
NEVER = "never"
_NAME_FORM = (
    "tên gồm 1 đến 63 ký tự a-z, 0-9, dấu chấm và gạch nối, ví dụ kho-hang",
    "a name has 1 to 63 characters a-z, 0-9, dots and hyphens, such as warehouse",
)
_STANDINGS = {
    "valid": ("còn hiệu lực", "valid"),
    "ended": ("hết hạn", "ended"),
    "revoked": ("đã thu hồi", "revoked"),
}
HEADS = (
    ("tên", "name"),
    ("tình trạng", "standing"),
    ("phạm vi", "scopes"),
    ("hết hạn", "expires"),
    ("dùng lần cuối", "last used"),
    ("người tạo", "made by"),
)


run = group("tokens", HELP)


@run.subcommand(
    "add",
    (
        "Tạo một token và in ra, một lần này thôi. Hãy chép ngay vào chỗ giữ bí mật của chương trình dùng nó.",
        "Make a token and print it, this one time. Put it at once where the program that uses it keeps its secrets.",
    ),
)
@click.argument("name")
@option(
    "--scope",
    "scopes",
    multiple=True,
    required=True,
    type=click.Choice(list(TOKEN_SCOPES)),
    help=("Được làm gì; viết nhiều lần được.", "What it may do; can be written several times."),
)
@option(
    "--expires",
    default="365d",
    show_default=True,
    metavar="SPAN",
    help=("Dùng được bao lâu: ví dụ 90d, hoặc never.", "How long it holds: such as 90d, or never."),
)
def add_command(name: str, scopes: tuple[str, ...], expires: str) -> None:
    need_text(name)
    if not is_token_name(name):
        raise misuse(*_NAME_FORM)
    opened = open_database()
    with opened.store.write() as conn:
        at = database_now(conn, now())
        ends = _end(expires, at)
        new = NewToken(name, scopes, ends, secrets.token_urlsafe(RANDOM_BYTES))
        token = add_token(conn, new, at, who=current_user())
    if token is None:
        raise failure(
            f"đã có, hoặc từng có, token tên {name}: hãy chọn tên khác",
            f"there is, or was, a token called {name}: choose another name",
        )
    until = local_time(ends) or text("không bao giờ", "never")
    say(
        f"token {name}, hết hạn: {until}; dòng sau chỉ hiện lần này:",
        f"token {name}, expires: {until}; the next line is shown only now:",
        err=True,
    )
    click.echo(token)


@run.subcommand(
    "list",
    (
        "Các token, mới nhất trước: được làm gì, đến bao giờ, dùng lần cuối lúc nào. Không hiện token.",
        "The tokens, newest first: what each may do, until when, and when it was last used. Never the token itself.",
    ),
)
@as_json
def list_command(*, as_json: bool) -> None:
    opened = open_database()
    with opened.store.read() as conn:
        at, found = database_now(conn, now()), list_tokens(conn)
    if as_json:
        print_json({"items": [describe_token(token, at) for token in found], "next": None})
        return
    print_table(HEADS, [_cells(token, at) for token in found])


@run.subcommand(
    "revoke",
    (
        "Thu hồi một token: từ lúc này không yêu cầu nào dùng nó được trả lời.",
        "Revoke a token: from now on no request with it is answered.",
    ),
)
@click.argument("name")
@option("--reason", default="", metavar="TEXT", help=("Lý do.", "Why."))
def revoke_command(name: str, reason: str) -> None:
    need_text(name, reason)
    opened = open_database()
    with opened.store.write() as conn:
        at = database_now(conn, now())
        is_revoked = revoke_token(conn, name, " ".join(reason.split()), at, who=current_user())
    if not is_revoked:
        shown = clean(name)
        raise failure(
            f"không có token còn hiệu lực nào tên {shown}; xem: python -m bridge tokens list",
            f"no unrevoked token is called {shown}; see: python -m bridge tokens list",
        )
    say("đã thu hồi: không ai dùng token này được nữa", "revoked: nobody can use this token any more")


def describe_token(token: ApiToken, now: datetime) -> dict[str, Json]:
    """One item of `tokens list --json`."""
    return {
        "name": token.name,
        "standing": token.standing(now),
        "scopes": [scope for scope in TOKEN_SCOPES if scope in token.scopes],
        "created_at": token.created_at.isoformat(),
        "created_by": token.created_by,
        "expires_at": token.expires_at.isoformat() if token.expires_at else None,
        "revoked_at": token.revoked_at.isoformat() if token.revoked_at else None,
        "last_used_at": token.last_used_at.isoformat() if token.last_used_at else None,
    }


def _cells(token: ApiToken, now: datetime) -> tuple[str, ...]:
    return (
        token.name,
        text(*_STANDINGS[token.standing(now)]),
        " ".join(scope for scope in TOKEN_SCOPES if scope in token.scopes),
        local_time(token.expires_at) or text("không bao giờ", "never"),
        local_time(token.last_used_at) or text("chưa dùng", "not yet"),
        token.created_by,
    )


def _end(expires: str, at: datetime) -> datetime | None:
    """UsageError where it is no span."""
    if expires.strip() == NEVER:
        return None
    try:
        span = parse_duration(expires)
    except ValueError:
        span = timedelta(0)
    if not span:
        raise misuse(
            "--expires: hãy viết một khoảng như 90d, nhiều nhất 365d, hoặc never",
            "--expires: write a span such as 90d, at most 365d, or never",
        )
    return at + span
