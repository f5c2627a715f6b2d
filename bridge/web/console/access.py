"""Who may enter: sign-in, the session, and the one place where a route's role is checked."""

from __future__ import annotations

import hashlib
import hmac
import logging
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from flask import Flask, Response, flash, g, redirect, render_template, request, session, url_for
from flask.sessions import SecureCookieSessionInterface

from bridge.lib.passwords import hash_password, is_password
from bridge.settings import Config
from bridge.store import Connection, Store, database_now, session_keys
from bridge.store.operation.actions import record_action
from bridge.store.people.sign_ins import begin_sign_in, end_sign_in
from bridge.store.people.users import User, add_user, find_user, has_users, is_user_name
from bridge.web.console.language import LANGUAGES, current_language, text
from bridge.web.console.visit import Route, Visit, Wrong
from bridge.web.posting import Posting

log = logging.getLogger(__name__)

SESSION = timedelta(hours=12)
FIRST_ADMIN = "admin"
THEMES = ("light", "dark", "auto")
_KEPT = ("language", "theme")  # of a session, when somebody signs in or out
_OPEN = frozenset(["static", "sign_in", "enter", "choose", "elsewhere", "back"])  # what anybody may ask for


class _Sessions(SecureCookieSessionInterface):
    """Signed cookies; over TLS they come back over TLS only, and over plain http on loopback they work too."""

    def get_cookie_secure(self, app: Flask) -> bool:
        return is_tls()


def register(app: Flask, posting: Posting, config: Config, routes: Mapping[str, Route]) -> None:
    """Everybody signs in, and gets only what their role may. `routes`: by endpoint; what is not in it, nobody gets."""
    app.session_interface = _Sessions()
    app.secret_key, *others = session_keys(config.secret_keys)
    app.config.update(
        SECRET_KEY_FALLBACKS=others,
        SESSION_COOKIE_NAME="bridge_session",
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=SESSION,
        SESSION_REFRESH_EACH_REQUEST=False,
    )

    @app.before_request
    def admit() -> Response | None:
        if request.endpoint in _OPEN:
            return None
        user = _who(posting.store)
        if user is None:
            return _to_sign_in() if request.endpoint else None  # what is nowhere needs nobody
        route = routes.get(request.endpoint or "")
        if route is not None and not user.may(route.role):
            raise Wrong(
                "Tài khoản của bạn không có quyền làm việc này. Hãy hỏi quản trị viên.",
                "Your account may not do this. Ask an admin.",
                403,
            )
        g.visit = Visit(user, current_language(), posting, config)
        return None

    _add_views(app, posting.store, config)
    if config.openid is not None:
        from bridge.web.console import elsewhere  # noqa: PLC0415  it is large, and few use it

        elsewhere.register(app, posting.store, config.openid, is_tls, _begin_today)


def is_tls() -> bool:
    """Whether the browser speaks TLS, to us or to the proxy in front of us."""
    forwarded = request.headers.get("X-Forwarded-Proto", "").rpartition(",")[2]
    return request.is_secure or forwarded.strip() == "https"


def address() -> str:
    """Where the request comes from, of IPv6 the network of 64 bits that one customer has.

    Only a proxy on this machine, or in a private network, is believed what it says of others.
    """
    peer = _plain(request.remote_addr)
    forwarded = _plain(request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip())
    found = forwarded if forwarded is not None and peer is not None and peer.is_private else peer
    if isinstance(found, IPv6Address):
        return str(ip_network((found, 64), strict=False))
    return str(found or "")


def _plain(written: str | None) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(written or "")
    except ValueError:
        return None
    return found.ipv4_mapped or found if isinstance(found, IPv6Address) else found


def _who(store: Store) -> User | None:
    """Who is signed in; None too where the account has gone or has another password since."""
    name, stamp = session.get("user"), session.get("stamp", "")
    if not name:
        return None
    with store.read() as conn:
        user = find_user(conn, name)
    return user if user is not None and hmac.compare_digest(_stamp(user), stamp) else None


def _stamp(user: User) -> str:
    """Another one as soon as the account has another password, or is another account of the same name."""
    return hashlib.sha256(f"{user.password_hash} {user.created_at.isoformat()}".encode()).hexdigest()[:16]


def _to_sign_in() -> Response:
    if request.method == "POST":
        flash(
            text(
                "Phiên đăng nhập đã hết, nên việc vừa rồi chưa được làm. Hãy đăng nhập rồi làm lại.",
                "You are signed out, so nothing was done. Sign in and do it again.",
            ),
            "wrong",
        )
    wanted = request.full_path.rstrip("?") if request.method == "GET" else ""
    there = url_for("sign_in", next=wanted) if wanted not in ("", "/") else url_for("sign_in")
    if request.headers.get("HX-Request"):  # a piece of a page: the whole page goes there
        return Response("", 401, headers={"HX-Redirect": url_for("sign_in")})
    return _go(there)


def _add_views(app: Flask, store: Store, config: Config) -> None:
    @app.get("/console/sign-in")
    def sign_in() -> str | Response:
        if _who(store) is not None:
            return _go(_inside(request.args.get("next")))
        return _form(store, config, request.args.get("next"))

    @app.post("/console/sign-in")
    def enter() -> Response | tuple[str, int]:
        name, password = request.form.get("name", "").strip(), request.form.get("password", "")
        try:
            user = _check(store, config, name, password)
        except Wrong as wrong:
            flash(text(*wrong.texts), "wrong")
            return _form(store, config, request.form.get("next"), name), wrong.status
        _begin(user)
        log.info("signed in")
        return _go(_inside(request.form.get("next")))

    @app.post("/console/sign-out")
    def sign_out() -> Response:
        _renew_session()
        return _go(url_for("sign_in"))

    @app.post("/console/choose")
    def choose() -> Response:
        """The language and the colours of this browser."""
        if request.form.get("language") in LANGUAGES:
            session["language"] = request.form["language"]
        if request.form.get("theme") in THEMES:
            session["theme"] = request.form["theme"]
        session.permanent = True
        return _go(_inside(request.form.get("next")))


def _form(store: Store, config: Config, after: str | None, name: str = "") -> str:
    with store.read() as conn:
        nobody = config.console_password is None and config.openid is None and not has_users(conn)
    elsewhere = config.openid is not None
    return render_template("sign_in.html", next=_inside(after), nobody=nobody, name=name, elsewhere=elsewhere)


def _check(store: Store, config: Config, name: str, password: str) -> User:
    """The user of this name and password. Wrong: they do not belong together, or it was tried too often."""
    keys = {"account": name[:100].casefold(), "address": address()}
    with store.write() as conn:
        now = database_now(conn, datetime.now(UTC))
        until = begin_sign_in(conn, keys, now)
        user = find_user(conn, name) if is_user_name(name) else None
        is_first = user is None and name == FIRST_ADMIN and config.console_password is not None and not has_users(conn)
    if until is not None:
        log.warning("sign-in refused reason=too_many")
        minutes = int((until - now).total_seconds() // 60) + 1
        raise Wrong(
            f"Đăng nhập sai quá nhiều lần. Hãy thử lại sau {minutes} phút.",
            f"Too many sign-ins failed. Try again in {minutes} min.",
            429,
        )
    if is_first and hmac.compare_digest(password.encode(), (config.console_password or "").encode()):
        user = _make_first_admin(store, password)
    elif user is None or not is_password(password, user.password_hash):
        is_password(password, None) if user is None else None
        log.warning("sign-in refused reason=wrong")
        raise Wrong("Tên hoặc mật khẩu không đúng.", "The name or the password is wrong.", 401)
    with store.write() as conn:
        end_sign_in(conn, keys)
        _record(conn, "sign in", user)
    return user


def _make_first_admin(store: Store, password: str) -> User:
    digest = hash_password(password)
    with store.write() as conn:
        now = database_now(conn, datetime.now(UTC))
        if not add_user(conn, FIRST_ADMIN, "admin", digest, now):
            raise Wrong("Hãy đăng nhập lại.", "Sign in once more.", 409)  # another request made it at this moment
        record_action(conn, "users add", f"user:{FIRST_ADMIN}", "CONSOLE_PASSWORD", now, who="CONSOLE_PASSWORD")
    return User(FIRST_ADMIN, "admin", digest, now)


def _record(conn: Connection, what: str, user: User) -> None:
    now = database_now(conn, datetime.now(UTC))
    record_action(conn, what, f"user:{user.name}", "", now, who=f"console:{user.name}")


def _begin(user: User) -> None:
    _renew_session()
    session["user"], session["stamp"] = user.name, _stamp(user)
    session.permanent = True


def _begin_today(user: User) -> Response:
    _begin(user)
    log.info("signed in")
    return _go("/")


def _renew_session() -> None:
    kept = {name: session[name] for name in _KEPT if name in session}
    session.clear()
    session.update(kept)


def _inside(wanted: str | None) -> str:
    """This address if it is a page of ours, else Today: a link from outside must not lead a person elsewhere."""
    is_ours = wanted is not None and (wanted == "/" or wanted.startswith("/console/"))
    return wanted if wanted and is_ours and wanted.isprintable() and "\\" not in wanted else "/"


def _go(there: str) -> Response:
    answer: Response = redirect(there, 303)  # type: ignore[assignment]  # werkzeug's own, which Flask's is
    return answer
