"""Sign in elsewhere: by an OpenID Connect provider, whose claims say who somebody is and what they may."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from authlib.integrations.base_client import OAuthError  # type: ignore[import-untyped]
from authlib.integrations.flask_client import OAuth  # type: ignore[import-untyped]
from flask import Flask, Response, url_for
from joserfc.errors import JoseError

from bridge.core.model import Json
from bridge.settings import OpenId
from bridge.store import Store, database_now
from bridge.store.operation.actions import record_action
from bridge.store.people.users import ROLES, User, add_user, find_user, is_last_admin, is_user_name, set_role
from bridge.web.console.visit import Wrong

log = logging.getLogger(__name__)

WAIT_SECONDS = 10  # for each answer of the provider
_NAMES = ("preferred_username", "email", "sub")


def register(
    app: Flask, store: Store, provider: OpenId, is_tls: Callable[[], bool], begin: Callable[[User], Response]
) -> None:
    """`begin` starts the session of who comes back from the provider (OpenID Connect Core 1.0, code flow with PKCE)."""
    oauth = OAuth(app)
    oauth.register(
        "elsewhere",
        client_id=provider.client_id,
        client_secret=provider.client_secret,
        server_metadata_url=f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration",
        client_kwargs={
            "scope": "openid profile email",
            "code_challenge_method": "S256",
            "default_timeout": WAIT_SECONDS,
        },
    )

    @app.get("/console/sign-in/elsewhere")
    def elsewhere() -> Response:
        back = url_for("back", _external=True, _scheme="https" if is_tls() else "http")
        try:
            answer: Response = oauth.elsewhere.authorize_redirect(back)
        except (OAuthError, OSError, RuntimeError, ValueError) as error:
            raise _failed(error) from None
        return answer

    @app.get("/console/sign-in/back")
    def back() -> Response:
        try:
            token = oauth.elsewhere.authorize_access_token()
        except (OAuthError, JoseError, OSError, RuntimeError, ValueError, KeyError) as error:
            raise _failed(error) from None
        return begin(_enter(store, provider, token.get("userinfo") or {}))


def _failed(error: Exception) -> Wrong:
    log.warning("sign-in refused reason=%s", type(error).__name__)
    return Wrong(
        "Đăng nhập qua nhà cung cấp không thành công. Hãy thử lại; nếu vẫn vậy, hãy kiểm tra các thiết lập OIDC_….",
        "Signing in by the provider failed. Try again; if it stays so, check the settings OIDC_….",
        502,
    )


def _enter(store: Store, provider: OpenId, claims: Mapping[str, Json]) -> User:
    """The user whom these claims name, with the role of today. Wrong: they may not enter."""
    role = max((role for role in _roles(claims, provider.role_claim)), key=ROLES.index, default=None)
    name = next((str(claims[each]) for each in _NAMES if claims.get(each)), "")
    if role is None or not is_user_name(name):
        log.warning("sign-in refused reason=%s", "no_role" if role is None else "no_name")
        raise Wrong(
            f"Tài khoản này không có quyền vào đây: {provider.role_claim} phải chứa viewer, operator hoặc admin.",
            f"This account may not enter: {provider.role_claim} must hold viewer, operator or admin.",
            403,
        )
    with store.write() as conn:
        now = database_now(conn, datetime.now(UTC))
        user = find_user(conn, name)
        if user is not None and user.password_hash is not None:
            raise Wrong(
                "Tên này có mật khẩu ở đây: hãy đăng nhập bằng mật khẩu.",
                "This name has a password here: sign in with it.",
                403,
            )
        if user is None:
            add_user(conn, name, role, None, now)
            record_action(conn, "users add", f"user:{name}", f"{role}, OIDC", now, who=f"console:{name}")
        elif user.role != role and not is_last_admin(conn, name):
            set_role(conn, name, role)
            record_action(conn, "users role", f"user:{name}", f"{user.role} → {role}", now, who=f"console:{name}")
        record_action(conn, "sign in", f"user:{name}", "OIDC", now, who=f"console:{name}")
        found = find_user(conn, name)
    if found is None:
        raise Wrong("Hãy đăng nhập lại.", "Sign in once more.", 409)
    return found


def _roles(claims: Mapping[str, Json], path: str) -> Iterator[str]:
    """Our roles among the words of this claim: a text, or a list of texts; a dot leads into an object."""
    value: Any = claims.get(path)
    if value is None:
        value = claims
        for step in path.split("."):
            value = value.get(step) if isinstance(value, Mapping) else None
    words = value.replace(",", " ").split() if isinstance(value, str) else value if isinstance(value, list) else []
    return (role for role in ROLES for word in words if word in (role, f"bridge-{role}"))
