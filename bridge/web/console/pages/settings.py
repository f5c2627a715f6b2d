"""Settings: what is set, from where, and what it means; never a secret."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from bridge.core.model import BadSetting
from bridge.settings import SETTINGS, Setting, origin_of
from bridge.web.console.language import text
from bridge.web.console.markdown import marked
from bridge.web.console.visit import Page, Visit, get


def show(visit: Visit) -> str:
    return visit.show("settings.html", settings=[_row(setting, visit) for setting in SETTINGS])


PAGE = Page("settings", ("Thiết lập", "Settings"), place=130, routes=(get("/console/settings", show, role="admin"),))


def _row(setting: Setting, visit: Visit) -> dict[str, Any]:
    origin = _origin(setting.name)
    value = visit.config.environment.get(setting.name, "")
    if origin in ("default", "unset"):
        value = setting.default
    elif setting.secret:
        value = text("đã đặt, không hiện ở đây", "set, and not shown")
    words = {
        "environment": text("môi trường", "environment"),
        "file": ".env",
        "default": text("mặc định", "default"),
        "unset": text("chưa đặt", "not set"),
    }
    colours = {"environment": "good", "file": "good", "default": "off", "unset": "off"}
    return {
        "name": setting.name,
        "value": _without_user(value),
        "origin": words[origin],
        "badge": colours[origin],
        "means": marked(setting.means[visit.language != "vi"]),
    }


def _origin(name: str) -> str:
    try:
        return origin_of(name)
    except BadSetting:  # .env was spoilt since this process started
        return "environment"


def _without_user(value: str) -> str:
    """An address may hold a password before its host."""
    if "://" not in value or "@" not in value:
        return value
    return urlsplit(value).hostname or ""
