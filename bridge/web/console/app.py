"""The console's Flask application: its pages, their headers, and its errors as pages in the reader's language."""

from __future__ import annotations

import gzip
import hashlib
import importlib
import logging
import pkgutil
import sys
import uuid
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any

from flask import Flask, Response, abort, g, render_template, request, session, url_for
from flask_wtf.csrf import CSRFError, CSRFProtect, generate_csrf  # type: ignore[import-untyped]
from markupsafe import Markup
from werkzeug.exceptions import HTTPException

from bridge.core.model import StoreDown
from bridge.lib.compression import MAX_BODY
from bridge.settings import Config
from bridge.store import read_schema
from bridge.web.console import access, language, pages
from bridge.web.console.language import text
from bridge.web.console.visit import Page, Route, Wrong
from bridge.web.posting import Posting

log = logging.getLogger(__name__)

STATIC = Path(__file__).parent / "static"
SWITCH_SECONDS = 0.0005
_YEAR = 31_536_000
_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".txt": "text/plain"}
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "font-src 'self'; media-src 'self' blob:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
_HTMX = '{"includeIndicatorStyles": false, "allowEval": false, "historyCacheSize": 0, "selfRequestsOnly": true}'


def list_pages() -> tuple[Page, ...]:
    """Every page, in the order of the navigation; a page is found by being a module of `pages`."""
    names = (module.name for module in pkgutil.iter_modules(pages.__path__))
    found: list[Page] = [importlib.import_module(f"{pages.__name__}.{name}").PAGE for name in names]
    return tuple(sorted(found, key=lambda page: (page.place is None, page.place or 0, page.name)))


def create_console(posting: Posting, config: Config) -> Flask:
    """The application of all addresses of the console."""
    # A hook gives the interpreter up some ten times, and behind a page that computes each return waits this long.
    sys.setswitchinterval(SWITCH_SECONDS)
    app = Flask("bridge.web.console", static_folder=None)
    app.url_map.strict_slashes = False
    app.config.update(
        MAX_CONTENT_LENGTH=MAX_BODY + 1,
        MAX_FORM_MEMORY_SIZE=MAX_BODY,
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session
        WTF_CSRF_SSL_STRICT=False,  # the token is what counts: whether TLS ends in front of us, only headers tell
    )
    every = list_pages()
    routes = {endpoint: route for page in every for endpoint, route in _endpoints(page)}
    language.register(app)
    access.register(app, posting, config, routes)
    CSRFProtect(app)
    for endpoint, route in routes.items():
        method = "POST" if route.is_post else "GET"
        app.add_url_rule(route.rule, endpoint, _view(route), methods=[method])
    app.add_url_rule("/console/static/<path:name>", "static", _static)
    app.after_request(_protect)
    _add_errors(app, posting)
    _add_words(app, every)
    return app


def _endpoints(page: Page) -> list[tuple[str, Route]]:
    return [(f"{page.name}.{route.view.__name__}", route) for route in page.routes]


def _view(route: Route) -> Any:
    return lambda **values: route.view(g.visit, **values)


def _add_words(app: Flask, every: tuple[Page, ...]) -> None:
    """What every template finds."""

    def navigation() -> list[Page]:
        user = g.visit.user if "visit" in g else None
        return [page for page in every if user and page.place is not None and user.may(page.routes[0].role)]

    under = {page.name: page.under for page in every if page.under}

    def current_page() -> str:
        name = (request.endpoint or "").partition(".")[0]
        return under.get(name, name)

    app.jinja_env.globals |= {
        "navigation": navigation,
        "current_page": current_page,
        "language": language.current_language,
        "languages": language.TITLES,
        "theme": lambda: session.get("theme", "auto"),
        "static": lambda name: url_for("static", name=name, v=_packed(name)[0]),
        "form_fields": _form_fields,
        "first_of": lambda page: f"{page.name}.{page.routes[0].view.__name__}",
        "htmx": _HTMX,
    }
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True


def _form_fields() -> Markup:
    """What every form holds: proof that it is ours, and a name by which it counts once."""
    token, once = generate_csrf(), uuid.uuid4().hex
    return Markup(
        '<input type="hidden" name="csrf_token" value="{}"><input type="hidden" name="once" value="{}">'
    ).format(token, once)


def _protect(response: Response) -> Response:
    response.headers.extend(_HEADERS)
    if access.is_tls():
        response.headers["Strict-Transport-Security"] = f"max-age={_YEAR}"
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def _static(name: str) -> Response:
    if name not in _names():
        abort(404)
    version, packed, kind = _packed(name)
    is_gzip = "gzip" in request.headers.get("Accept-Encoding", "")
    answer = Response(packed if is_gzip else gzip.decompress(packed), content_type=f"{kind}; charset=utf-8")
    answer.headers["Vary"] = "Accept-Encoding"
    if is_gzip:
        answer.headers["Content-Encoding"] = "gzip"
    is_dated = request.args.get("v") == version
    answer.headers["Cache-Control"] = f"public, max-age={_YEAR}, immutable" if is_dated else "no-cache"
    return answer


@cache
def _names() -> frozenset[str]:
    files = (path for path in STATIC.rglob("*") if path.suffix in _TYPES)
    return frozenset(path.relative_to(STATIC).as_posix() for path in files)


@cache
def _packed(name: str) -> tuple[str, bytes, str]:
    """A file's version, its bytes by gzip, and its kind."""
    raw = (STATIC / name).read_bytes()
    return hashlib.sha256(raw).hexdigest()[:12], gzip.compress(raw, mtime=0), _TYPES[Path(name).suffix]


def _add_errors(app: Flask, posting: Posting) -> None:
    app.register_error_handler(Wrong, lambda error: _error(error.status, text(*error.texts)))
    app.register_error_handler(CSRFError, lambda _: _error(400, text(*_STALE)))
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(StoreDown, _store_down)

    @app.errorhandler(Exception)
    def unknown(error: Exception) -> Response:
        log.error("page failed", exc_info=error)
        return _error(500, text(*_SENTENCES[500]))

    @app.before_request
    def need_schema() -> Response | None:
        """A database that was never migrated, or is of another release, is told here, and not as an error of SQL."""
        if request.endpoint not in ("sign_in", "enter"):
            return None
        with posting.store.read() as conn:
            usable = read_schema(conn).usable
        return None if usable else _error(503, text(*_NO_SCHEMA))


_STALE = (
    "Biểu mẫu đã cũ hoặc không gửi từ trang này, nên chưa có gì được làm. Hãy quay lại, tải lại trang rồi gửi lại.",
    "The form is stale or was not sent from here, so nothing was done. Go back, load the page again and send it again.",
)
_NO_SCHEMA = (
    "Lược đồ của cơ sở dữ liệu không khớp với phiên bản này. Hãy chạy: python -m bridge migrate",
    "The database's schema does not fit this release. Run: python -m bridge migrate",
)
_SENTENCES = {
    400: ("Yêu cầu không đọc được. Hãy tải lại trang.", "The request cannot be read. Load the page again."),
    404: ("Không có trang nào ở địa chỉ này.", "There is no page at this address."),
    405: ("Địa chỉ này không nhận yêu cầu như vậy.", "This address does not take such a request."),
    413: ("Tệp hoặc biểu mẫu lớn hơn 1 MB.", "The file or the form is larger than 1 MB."),
    500: (
        "Trang này gặp lỗi; lỗi đã được ghi vào nhật ký. Hãy thử lại sau.",
        "This page failed; the log says how. Try again later.",
    ),
    503: (
        "Hiện không kết nối được cơ sở dữ liệu, nên chưa có gì được làm. Hãy thử lại sau ít phút.",
        "The database cannot be reached now, so nothing was done. Try again in some minutes.",
    ),
}


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    answer = _error(status, text(*_SENTENCES.get(status, (HTTPStatus(status).phrase,) * 2)))
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        answer.headers["Allow"] = ", ".join(sorted(getattr(error, "valid_methods", None) or ()))
    return answer


def _store_down(error: StoreDown) -> Response:
    log.error("database down reason=%s", error)
    answer = _error(503, text(*_SENTENCES[503]))
    answer.headers["Retry-After"] = "30"
    return answer


def _error(status: int, sentence: str) -> Response:
    """A page, or the piece of one that htmx asked for."""
    template = "error_piece.html" if request.headers.get("HX-Request") else "error.html"
    return Response(render_template(template, sentence=sentence, visit=g.get("visit")), status)
