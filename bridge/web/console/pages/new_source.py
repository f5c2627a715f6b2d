"""Add a source in steps: its platform; its id, secret and settings; what to paste where; then its first delivery."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import Response, request, url_for

from bridge.configuration.by_page import EditedSource, write_source
from bridge.core.platform import Platform
from bridge.platforms import is_carrier, list_platforms
from bridge.store import Connection
from bridge.store.configuration.catalog import lock_catalog
from bridge.store.configuration.documents import source_ids
from bridge.web.console.connecting import hook_address, list_steps
from bridge.web.console.language import text
from bridge.web.console.pages.sources import describe, make_secret, need_platform, need_secret, title_of
from bridge.web.console.source_form import Form, open_form, read_form
from bridge.web.console.visit import Page, Visit, Wrong, get, post

SOURCE_ID = re.compile("[a-z0-9](?:[a-z0-9-]{0,62})")


def choose(visit: Visit) -> str:
    every = sorted(list_platforms(), key=lambda found: title_of(found, visit).casefold())
    shops = [found for found in every if not found.is_for_any and not is_carrier(found.name)]
    groups = (
        (text("Cửa hàng, sàn và trang bán hàng", "Shops, marketplaces and landing pages"), shops),
        (text("Hãng vận chuyển", "Carriers"), [found for found in every if is_carrier(found.name)]),
        (text("Không có ở trên?", "None of these?"), [found for found in every if found.is_for_any]),
    )
    tiles = [
        (heading, [(title_of(found, visit), url_for("new_source.ask", platform=found.name)) for found in group])
        for heading, group in groups
    ]
    return visit.show("new_source.html", groups=tiles)


def ask(visit: Visit, platform: str) -> str:
    found = need_platform(platform)
    with visit.store.read() as conn:
        taken = set(source_ids(conn))
    base = f"{found.name.replace('_', '-')}-shop"
    names = (base, *(f"{base}-{n}" for n in range(2, len(taken) + 3)))
    suggested = next(name for name in names if name not in taken)
    return _form(visit, found, suggested, open_form(found, _new(found, suggested), visit.language))


def add(visit: Visit, platform: str) -> str | Response:
    """Stored; the answer shows what to paste into the shop, and a secret that was made here this once.

    What is wrong is said at its field, beside what was typed; a secret alone has to be typed again.
    """
    found, source_id = need_platform(platform), request.form.get("id", "").strip()
    with visit.store.write() as conn:
        visit.need_once(conn)
        lock_catalog(conn)
        taken = source_ids(conn)
        secret, made, refused = _secret(found)
        if not SOURCE_ID.fullmatch(source_id):
            refused["id"] = [text("chỉ gồm a-z, 0-9 và dấu -", "has only a-z, 0-9 and -")]
        elif source_id in taken:
            said = text("đã có, hoặc từng có. Hãy chọn mã khác", "a source has, or had, this id. Choose another one")
            refused["id"] = [said]
        new = _new(found, "new-source" if "id" in refused else source_id, secret)
        changed, form = read_form(found, new, request.form, taken, visit.language)
        wrong = {**form.wrong, **refused}
        if not wrong:
            values = _store(visit, conn, changed)
            if made:
                return visit.show("source.html", **{**values, "made": secret})
            return visit.go(url_for("sources.one", source_id=source_id))
    shown = _form(visit, found, source_id, replace(form, wrong=wrong))
    return Response(shown, 409 if source_id in taken else 422)


def _store(visit: Visit, conn: Connection, new: EditedSource) -> dict[str, Any]:
    source_id, reason = str(new.document["id"]), text("thêm nguồn", "a new source")
    write_source(conn, visit.catalogs.seal, new, visit.now(conn), who=visit.who, reason=reason)
    visit.record(conn, "source add", f"source:{source_id}", reason)
    return describe(visit, conn, source_id)


def _form(visit: Visit, platform: Platform, source_id: str, form: Form) -> str:
    shown = source_id if SOURCE_ID.fullmatch(source_id) else f"{platform.name.replace('_', '-')}-shop"
    return visit.show(
        "new_source_form.html",
        platform=platform,
        title=title_of(platform, visit),
        source_id=source_id,
        steps=list_steps(platform, shown, visit.language),
        address=hook_address(shown),
        form=form,
    )


def _new(platform: Platform, source_id: str, secret: str = "") -> EditedSource:
    document: Mapping[str, Any] = {"id": source_id, "platform": platform.name}
    return EditedSource(document, (secret,) if secret else (), {})


PAGE = Page(
    "new_source",
    ("Thêm nguồn", "Add a source"),
    place=None,
    under="sources",
    routes=(
        get("/console/new-source", choose, role="admin"),
        get("/console/new-source/<platform>", ask, role="admin"),
        post("/console/new-source/<platform>", add, role="admin"),
    ),
)


def _secret(platform: Platform) -> tuple[str, bool, dict[str, list[str]]]:
    """The secret, whether it was made here, and what is wrong with it: the shop shows one, and it is missing."""
    given = request.form.get("secret", "").strip()
    try:
        need_secret(given)
    except Wrong as wrong:
        return "", False, {"secret": [text(*wrong.texts)]}
    if given or platform.about.whose_key == "optional":
        return given, False, {}
    if platform.about.whose_key == "shop":
        said = text(
            "Hãy ghi khóa bí mật mà cửa hàng cho biết: không có khóa thì mọi tin đều bị từ chối.",
            "Write the secret that the shop shows: without it everything is refused.",
        )
        return "", False, {"secret": [said]}
    return make_secret(platform), True, {}
