"""Users and tokens: who may enter these pages, and which programs may use the API."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any

from flask import Response, request, url_for

from bridge.core.words import ROLES as ROLE_WORDS
from bridge.core.words import TOKEN_SCOPES, word
from bridge.lib.passwords import hash_password
from bridge.settings import LEAST_PASSWORD
from bridge.store import Connection
from bridge.store.people.api_tokens import (
    RANDOM_BYTES,
    ApiToken,
    NewToken,
    add_token,
    is_token_name,
    list_tokens,
    revoke_token,
)
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
from bridge.web.console.language import text
from bridge.web.console.visit import Page, Visit, Wrong, get, post

SPANS = {"30d": timedelta(days=30), "90d": timedelta(days=90), "365d": timedelta(days=365), "never": None}
LONGEST_PASSWORD = 1000


def show(visit: Visit) -> str:
    return _show(visit)


def new_user(visit: Visit) -> Response:
    name, role, password = (request.form.get(field, "") for field in ("name", "role", "password"))
    if not is_user_name(name) or role not in ROLES:
        raise Wrong("Tên không có dấu cách, nhiều nhất 64 ký tự.", "A name has no blanks and at most 64 letters.")
    digest = _digest(password)
    with visit.store.write() as conn:
        visit.need_once(conn)
        if not add_user(conn, name, role, digest, visit.now(conn)):
            raise Wrong(f"Đã có người dùng tên {name}.", f"There is a user called {name}.", 409)
        visit.record(conn, "users add", f"user:{name}", role)
    visit.say(f"Đã thêm {name}.", f"Added {name}.")
    return visit.go(url_for("people.show"))


def change_role(visit: Visit, name: str) -> Response:
    role = request.form.get("role", "")
    if role not in ROLES:
        raise Wrong("Hãy chọn một quyền.", "Choose a role.")
    with visit.store.write() as conn:
        visit.need_once(conn)
        user = _user(conn, name)
        if role != ROLES[-1]:
            _need_another_admin(conn, name)
        set_role(conn, name, role)
        visit.record(conn, "users role", f"user:{name}", f"{user.role} → {role}")
    visit.say(f"{name} nay là {word(ROLE_WORDS, role, 'vi')}.", f"{name} is {word(ROLE_WORDS, role, 'en')} now.")
    return visit.go(url_for("people.show"))


def change_password(visit: Visit, name: str) -> Response:
    digest = _digest(request.form.get("password", ""))
    with visit.store.write() as conn:
        visit.need_once(conn)
        _user(conn, name)
        set_password(conn, name, digest)
        visit.record(conn, "users reset", f"user:{name}")
    visit.say(f"{name} có mật khẩu mới; các phiên cũ đã kết thúc.", f"{name} has a new password; older sessions ended.")
    return visit.go(url_for("people.show"))


def remove(visit: Visit, name: str) -> Response:
    with visit.store.write() as conn:
        visit.need_once(conn)
        _user(conn, name)
        _need_another_admin(conn, name)
        remove_user(conn, name)
        visit.record(conn, "users remove", f"user:{name}")
    visit.say(f"Đã xóa người dùng {name}.", f"Removed {name}.")
    return visit.go(url_for("people.show"))


def new_token(visit: Visit) -> str:
    """The answer is the page itself: the token is in no cookie and no address, and is shown this one time."""
    name, scopes, span = request.form.get("name", ""), request.form.getlist("scope"), request.form.get("span", "")
    if not is_token_name(name):
        raise Wrong(
            "Tên token gồm 1 đến 63 ký tự a-z, 0-9, dấu chấm và gạch nối.",
            "A token's name has 1 to 63 characters a-z, 0-9, dots and hyphens.",
        )
    if not scopes or not set(scopes) <= TOKEN_SCOPES.keys() or span not in SPANS:
        raise Wrong("Hãy chọn ít nhất một phạm vi, và hạn dùng.", "Choose at least one scope, and how long it holds.")
    length = SPANS[span]
    with visit.store.write() as conn:
        visit.need_once(conn)
        now = visit.now(conn)
        ends = now + length if length is not None else None
        token = add_token(conn, NewToken(name, scopes, ends, secrets.token_urlsafe(RANDOM_BYTES)), now, who=visit.who)
        if token is None:
            raise Wrong("Đã có, hoặc từng có, token tên này.", "There is, or was, a token of this name.", 409)
    return _show(visit, made=(name, token))


def revoke(visit: Visit, name: str) -> Response:
    with visit.store.write() as conn:
        visit.need_once(conn)
        if not revoke_token(conn, name, visit.need_reason(), visit.now(conn), who=visit.who):
            raise Wrong("Token này đã bị thu hồi trước đó.", "This token was revoked before.", 409)
    visit.say(f"Đã thu hồi {name}: không ai dùng được nữa.", f"Revoked {name}: nobody can use it any more.")
    return visit.go(url_for("people.show"))


PAGE = Page(
    "people",
    ("Người dùng và token", "Users and tokens"),
    place=120,
    routes=(
        get("/console/people", show, role="admin"),
        post("/console/people/users", new_user, role="admin"),
        post("/console/people/users/<name>/role", change_role, role="admin"),
        post("/console/people/users/<name>/password", change_password, role="admin"),
        post("/console/people/users/<name>/remove", remove, role="admin"),
        post("/console/people/tokens", new_token, role="admin"),
        post("/console/people/tokens/<name>/revoke", revoke, role="admin"),
    ),
)


def _show(visit: Visit, made: tuple[str, str] | None = None) -> str:
    with visit.store.read() as conn:
        now, users, tokens = visit.now(conn), list_users(conn), list_tokens(conn)
    language = visit.language
    return visit.show(
        "people.html",
        made=made,
        users=[{"user": user, "role": word(ROLE_WORDS, user.role, language)} for user in users],
        roles=[(role, word(ROLE_WORDS, role, language)) for role in ROLES],
        tokens=[_token(token, now) for token in tokens],
        scopes=[(scope, texts[0 if language == "vi" else 1]) for scope, texts in TOKEN_SCOPES.items()],
        spans=_spans(),
        least_password=LEAST_PASSWORD,
    )


def _spans() -> list[tuple[str, str]]:
    never = text("không bao giờ hết hạn", "never ends")
    days = [(code, length) for code, length in SPANS.items() if length is not None]
    return [*((code, text("{n} ngày", "{n} days", n=length.days)) for code, length in days), ("never", never)]


def _token(token: ApiToken, now: datetime) -> dict[str, Any]:
    words = {"valid": text("còn hiệu lực", "valid"), "ended": text("hết hạn", "ended")}
    standing = token.standing(now)
    return {
        "token": token,
        "scopes": [scope for scope in TOKEN_SCOPES if scope in token.scopes],
        "standing": standing,
        "word": words.get(standing, text("đã thu hồi", "revoked")),
        "badge": "good" if standing == "valid" else "quiet",
    }


def _digest(password: str) -> str:
    if not LEAST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise Wrong(
            f"Mật khẩu cần ít nhất {LEAST_PASSWORD} ký tự.", f"A password has at least {LEAST_PASSWORD} characters."
        )
    return hash_password(password)


def _user(conn: Connection, name: str) -> User:
    user = find_user(conn, name)
    if user is None:
        raise Wrong("Người dùng này không còn nữa.", "This user is no longer there.", 409)
    return user


def _need_another_admin(conn: Connection, name: str) -> None:
    if is_last_admin(conn, name):
        raise Wrong(
            "Đây là quản trị viên cuối cùng: hãy thêm một quản trị viên khác trước.",
            "This is the last admin: add another one first.",
            409,
        )
