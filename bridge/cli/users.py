"""users: who may enter the console."""

from __future__ import annotations

import sys

import click

from bridge.cli.shared.acts import current_user
from bridge.cli.shared.arguments import as_json, need_text
from bridge.cli.shared.command import group, option
from bridge.cli.shared.consent import need_consent, yes_option
from bridge.cli.shared.database import now, open_database
from bridge.cli.shared.language import current_language, failure, misuse, say, text
from bridge.cli.shared.printing import clean, local_time, print_json, print_table
from bridge.core.words import ROLES as ROLE_WORDS
from bridge.core.words import word
from bridge.settings import LEAST_PASSWORD
from bridge.store import Connection, database_now
from bridge.store.operation.actions import record_action
from bridge.store.people.users import (
    ROLES,
    User,
    add_user,
    find_user,
    is_last_admin,
    is_user_name,
    list_users,
    remove_user,
    set_password,
    set_role,
)

GROUP = "configure"
HELP = (
    "Ai được vào các trang, và với quyền gì.\n\n"
    "viewer: xem, số điện thoại và tên bị che; operator: cũng gọi, hủy, kết luận, tạm dừng; admin: cũng đổi cấu hình "
    "và người dùng.",
    "Who may enter the pages, and as what.\n\n"
    "viewer: looks, with masked phones and names; operator: also calls, cancels, resolves, pauses; admin: also changes "
    "the configuration and the users.",
)

run = group("users", HELP)


def _named(conn: Connection, name: str) -> User:
    user = find_user(conn, name)
    if user is None:
        shown = clean(name)
        raise failure(f"không có người dùng nào tên là {shown}", f"no user is called {shown}")
    return user


def _need_another_admin(conn: Connection, name: str) -> None:
    if is_last_admin(conn, name):
        raise failure(
            f"{name} là quản trị viên cuối cùng; hãy thêm một quản trị viên khác trước",
            f"{name} is the last admin; add another one first",
        )


@run.subcommand(
    "add",
    (
        "Thêm một người dùng; mật khẩu được hỏi, hoặc đọc một dòng từ đầu vào chuẩn. "
        "Với --reset: đặt mật khẩu mới cho người đã có, và kết thúc các phiên của họ.",
        "Add a user; the password is asked for, or read as one line of standard input. "
        "With --reset: give somebody who is there a new password, and end their sessions.",
    ),
)
@click.argument("name")
@option("--role", type=click.Choice(ROLES), help=("Quyền; mặc định là viewer.", "What they may do; viewer by default."))
@option("--reset", is_flag=True, help=("Đặt mật khẩu mới cho người đã có.", "A new password for somebody there."))
def add_command(name: str, role: str | None, reset: bool) -> None:
    need_text(name)
    if not is_user_name(name):
        raise misuse("tên không có dấu cách, nhiều nhất 64 ký tự", "a name has no blanks and at most 64 letters")
    if reset and role is not None:
        raise misuse("đổi quyền bằng: users role", "change the role with: users role")
    opened = open_database()
    with opened.store.read() as conn:
        known = find_user(conn, name)
        if reset:
            _named(conn, name)
    if known is not None and not reset:
        raise failure(f"{name} đã có; đặt mật khẩu mới bằng --reset", f"{name} is there; set a new password by --reset")
    from bridge.lib.passwords import hash_password  # noqa: PLC0415

    digest = hash_password(_read_password())
    with opened.store.write() as conn:
        at = database_now(conn, now())
        if reset:
            set_password(conn, name, digest)
        elif not add_user(conn, name, role or ROLES[0], digest, at):
            raise failure(f"{name} đã có", f"{name} is there already")
        what = "users reset" if reset else "users add"
        record_action(conn, what, f"user:{name}", role or "", at, who=current_user())
    if reset:
        say(f"{name} có mật khẩu mới; các phiên cũ đã kết thúc", f"{name} has a new password; older sessions ended")
    else:
        shown = word(ROLE_WORDS, role or ROLES[0], current_language())
        say(f"đã thêm {name}: {shown}", f"added {name}: {shown}")


@run.subcommand("list", ("Những người dùng và quyền của họ.", "The users, and what they may do."))
@as_json
def list_command(*, as_json: bool) -> None:
    opened = open_database()
    with opened.store.read() as conn:
        found = list_users(conn)
    if as_json:
        items = [
            {
                "name": user.name,
                "role": user.role,
                "has_password": user.password_hash is not None,
                "created_at": user.created_at.isoformat(),
            }
            for user in found
        ]
        print_json({"items": items, "next": None})
        return
    rows = [(user.name, user.role, local_time(user.created_at)) for user in found]
    print_table((("tên", "name"), ("quyền", "role"), ("lúc thêm", "added")), rows)


@run.subcommand("role", ("Đổi quyền của một người dùng.", "Change what a user may do."))
@click.argument("name")
@click.argument("role", type=click.Choice(ROLES))
def role_command(name: str, role: str) -> None:
    need_text(name)
    opened = open_database()
    with opened.store.write() as conn:
        user = _named(conn, name)
        if role != "admin":
            _need_another_admin(conn, name)
        set_role(conn, name, role)
        at = database_now(conn, now())
        record_action(conn, "users role", f"user:{name}", f"{user.role} → {role}", at, who=current_user())
    say(f"{name}: {user.role} → {role}", f"{name}: {user.role} → {role}")


@run.subcommand("remove", ("Người này không vào được nữa.", "Somebody may not enter any more."))
@click.argument("name")
@yes_option
def remove_command(name: str, yes: bool) -> None:
    need_text(name)
    opened = open_database()
    with opened.store.read() as conn:
        _named(conn, name)
    need_consent(f"{name} sẽ không vào được nữa", f"{name} may not enter any more", yes=yes)
    with opened.store.write() as conn:
        _named(conn, name)
        _need_another_admin(conn, name)
        remove_user(conn, name)
        record_action(conn, "users remove", f"user:{name}", "", database_now(conn, now()), who=current_user())
    say(f"đã bỏ {name}; các phiên của họ đã kết thúc", f"{name} is removed, and their sessions ended")


def _read_password() -> str:
    if sys.stdin.isatty():
        again = text("Nhập lại mật khẩu", "Repeat the password")
        password: str = click.prompt(text("Mật khẩu", "Password"), hide_input=True, confirmation_prompt=again, err=True)
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    need_text(password)
    if not LEAST_PASSWORD <= len(password) <= 1000:
        raise failure(
            f"mật khẩu cần từ {LEAST_PASSWORD} ký tự trở lên; hãy gõ hoặc đưa qua đầu vào chuẩn",
            f"a password needs {LEAST_PASSWORD} characters or more; type it, or give it on standard input",
        )
    return password
