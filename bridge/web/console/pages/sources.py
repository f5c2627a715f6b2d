"""Sources: the connected shops, how each fares, what is not understood of it; one of them in whole."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets as chance
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from flask import Response, current_app, request, url_for
from werkzeug.exceptions import NotFound

from bridge.configuration.by_page import (
    EditedSource,
    count_ended,
    find_doubts,
    find_errors,
    in_clear,
    open_source,
    write_source,
)
from bridge.configuration.source_flaws import SHORTEST_SECRET
from bridge.core.model import BadSetting, Json
from bridge.core.platform import Platform
from bridge.core.reasons import cause
from bridge.core.reasons.problems import finding_vi
from bridge.core.words import ORDER_STATES, word
from bridge.lib.jsonschema import schema
from bridge.monitor.source_health import describe_misaddressed, describe_sources
from bridge.platforms import find_platform
from bridge.store import Connection
from bridge.store.configuration.catalog import lock_catalog
from bridge.store.configuration.documents import source_ids
from bridge.store.configuration.outline import Outline, read_outline
from bridge.store.reports.counts import methods_not_cod, unknown_states
from bridge.web.console.connecting import hook_address, list_steps
from bridge.web.console.language import text
from bridge.web.console.markdown import marked
from bridge.web.console.source_form import open_form, read_form
from bridge.web.console.visit import Page, Visit, Wrong, get, post

MEANINGS = ("open", "cancelled", "returned", "fulfilled", "paid")
NOT_UNDERSTOOD_FOR = timedelta(days=30)
MOST_WORDS = 10


def show(visit: Visit) -> str:
    with visit.store.read() as conn:
        now, outline = visit.now(conn), read_outline(conn)
        found = describe_sources(conn, outline, now)
        misaddressed = describe_misaddressed(conn, outline)
    return visit.live(
        "sources",
        sources=[
            {
                **one,
                "standing": standing(one),
                "refused_total": _refused(one),
                "name": source_title(outline, one, visit),
            }
            for one in found
        ],
        misaddressed=[{**one, "why": cause(one["reason"], visit.language)} for one in misaddressed],
    )


def one(visit: Visit, source_id: str) -> str:
    with visit.store.read() as conn:
        return visit.live("source", **describe(visit, conn, source_id))


def switch(visit: Visit, source_id: str) -> Response:
    """On or off. Off ends the calls that wait for it, after a warning that counts them."""
    reason, enable = visit.need_reason(), request.form.get("enabled") == "1"
    with visit.store.write() as conn:
        visit.need_once(conn)
        lock_catalog(conn)
        edited = _open(visit, conn, source_id)
        ends = 0 if enable else count_ended(conn, source_id)
        if ends and request.form.get("ends") != str(ends):
            raise Wrong(
                f"Tắt nguồn này sẽ kết thúc {ends} cuộc gọi đang chờ. Hãy tải lại trang, xem lại con số rồi gửi lại.",
                f"Switching this off ends {ends} waiting call(s). Load the page again, look at the number, and send.",
                409,
            )
        document = {**edited.document, "enabled": enable}
        if enable:
            del document["enabled"]
        _write(visit, conn, replace(edited, document=document), reason, "switch on" if enable else "switch off")
    visit.say(
        *(("Đã bật nguồn {id}.", "{id} is on.") if enable else ("Đã tắt nguồn {id}.", "{id} is off.")), id=source_id
    )
    return visit.go(url_for("sources.one", source_id=source_id))


def edit(visit: Visit, source_id: str) -> Response:
    """The settings as the form says; else the page again, with what was typed and what is wrong at its field."""
    reason = visit.need_reason()
    with visit.store.write() as conn:
        visit.need_once(conn)
        edited = _open_unchanged(visit, conn, source_id)
        platform = need_platform(str(edited.document["platform"]))
        changed, form = read_form(platform, edited, request.form, source_ids(conn), visit.language)
        if not form.wrong and changed != edited:
            _write(visit, conn, changed, reason, "settings")
    if form.wrong:
        with visit.store.read() as conn:
            values = {**describe(visit, conn, source_id), "form": form, "reason": reason}
            return Response(visit.show("source.html", **values), 422)
    if changed == edited:
        raise Wrong("Không có gì thay đổi nên chưa lưu.", "Nothing changes, so nothing was saved.")
    visit.say("Đã lưu thiết lập của nguồn {id}.", "The settings of {id} are saved.", id=source_id)
    return visit.go(url_for("sources.one", source_id=source_id))


def add_secret(visit: Visit, source_id: str) -> str:
    """One more secret, valid beside those there are; one that is made here is shown this once."""
    reason, given = visit.need_reason(), request.form.get("secret", "").strip()
    need_secret(given)
    with visit.store.write() as conn:
        visit.need_once(conn)
        edited = _open_unchanged(visit, conn, source_id)
        secret = given or make_secret(need_platform(str(edited.document["platform"])))
        if secret in edited.secrets:
            raise Wrong("Nguồn này đã có khóa bí mật đó.", "The source has this secret already.")
        _write(visit, conn, replace(edited, secrets=(*edited.secrets, secret)), reason, "add secret")
        values = describe(visit, conn, source_id)
    return visit.show("source.html", **{**values, "made": "" if given else secret})


def learn(visit: Visit, source_id: str) -> Response:
    """A word of the shop's own has a meaning from now on: this payment is on delivery, that state is such a one."""
    setting, unknown = request.form.get("setting", ""), request.form.get("word", "").strip()
    meaning = request.form.get("meaning", "")
    if setting not in ("cod_names", "states") or not unknown or (setting == "states" and meaning not in MEANINGS):
        raise Wrong("Hãy chọn ý nghĩa của từ này.", "Choose what the word means.")
    with visit.store.write() as conn:
        visit.need_once(conn)
        lock_catalog(conn)
        edited = _open(visit, conn, source_id)
        settings = dict(edited.document.get("settings") or {})
        if setting == "cod_names":
            settings["cod_names"] = list(dict.fromkeys([*settings.get("cod_names", ()), unknown]))
        else:
            settings["states"] = {**settings.get("states", {}), unknown: meaning}
        changed = replace(edited, document={**edited.document, "settings": settings})
        errors = find_errors(in_clear(changed))
        if errors:
            said = errors[0].said(visit.language).partition(": ")[2]
            raise Wrong(said, said)
        _write(visit, conn, changed, f"{setting}: {unknown}", "settings")
    visit.say(
        "Đã ghi nhớ {word}. Đơn mới được hiểu đúng; đơn cũ thì cho quyết định lại ở trang của đơn.",
        "{word} is known now. New orders are read so; older ones can be decided again on their pages.",
        word=unknown,
    )
    return visit.go(url_for("sources.one", source_id=source_id))


def drop_secret(visit: Visit, source_id: str, n: int) -> Response:
    """The nth secret no longer holds; the last one stays."""
    reason = visit.need_reason()
    with visit.store.write() as conn:
        visit.need_once(conn)
        edited = _open_unchanged(visit, conn, source_id)
        if len(edited.secrets) < 2 or not 1 <= n <= len(edited.secrets):
            raise Wrong(
                "Một nguồn cần ít nhất một khóa: hãy thêm khóa mới trước.",
                "A source needs one secret: add the new one first.",
            )
        kept = tuple(secret for place, secret in enumerate(edited.secrets, 1) if place != n)
        written = [each for place, each in enumerate(edited.document.get("secrets") or (), 1) if place != n]
        document = {**edited.document, "secrets": written}
        _write(visit, conn, replace(edited, document=document, secrets=kept), reason, "remove secret")
    visit.say("Khóa thứ {n} không còn hiệu lực.", "The secret {n} no longer holds.", n=n)
    return visit.go(url_for("sources.one", source_id=source_id))


PAGE = Page(
    "sources",
    ("Nguồn đơn", "Sources"),
    place=60,
    routes=(
        get("/console/sources", show),
        get("/console/sources/<source_id>", one),
        post("/console/sources/<source_id>/switch", switch, role="admin"),
        post("/console/sources/<source_id>/settings", edit, role="admin"),
        post("/console/sources/<source_id>/learn", learn, role="admin"),
        post("/console/sources/<source_id>/secrets", add_secret, role="admin"),
        post("/console/sources/<source_id>/secrets/<int:n>/remove", drop_secret, role="admin"),
    ),
)


def describe(visit: Visit, conn: Connection, source_id: str) -> dict[str, Any]:
    """All that the page of one source shows. NotFound where there is none."""
    now, outline = visit.now(conn), read_outline(conn)
    shop = outline.shop(source_id)
    if shop is None:
        raise NotFound
    found = next(each for each in describe_sources(conn, outline, now) if each["id"] == source_id)
    try:
        edited, locked = open_source(conn, visit.catalogs.seal, source_id), False
    except BadSetting:
        edited, locked = None, True
    return {
        "source": {**found, "standing": standing(found), "refused_total": _refused(found)},
        "refused": [{**each, "why": cause(each["reason"], visit.language)} for each in found["refused"]],
        "title": title_of(shop.platform, visit),
        "address": hook_address(source_id),
        "steps": list_steps(shop.platform, source_id, visit.language),
        "about": {
            name: marked(getattr(shop.platform.about, name)[visit.language != "vi"]) for name in ("proof", "traps")
        },
        "secrets": len(edited.secrets) if edited else 0,
        "doubts": [_said(doubt, visit) for doubt in find_doubts(edited, now)] if edited else [],
        "locked": locked,
        "ends": count_ended(conn, source_id) if found["enabled"] else 0,
        "settings": [(name, _plain(value)) for name, value in sorted(shop.source.settings.items())],
        "words": _not_understood(conn, shop.platform, source_id, now),
        "meanings": [(code, word(ORDER_STATES, code, visit.language)) for code in MEANINGS],
        "rules": _rules(outline, source_id),
        "made": "",
        "form": open_form(shop.platform, edited, visit.language) if edited else None,
        "mark": _mark(edited) if edited else "",
    }


def standing(found: dict[str, Json]) -> tuple[str, str]:
    """How a source stands, for a badge: what it says, and its colour."""
    health = found["health"]
    if not found["enabled"]:
        return text("đã tắt", "off"), "off"
    if health["failures"]:
        return text("đang bị từ chối", "being refused"), "bad"
    if health["silent"]:
        return text("im lặng lâu hơn thường lệ", "unusually silent"), "warn"
    if found["last_delivery_at"] is None:
        return text("chờ tin đầu tiên", "waits for its first delivery"), "now"
    return text("tốt", "well"), "good"


def title_of(platform: Platform, visit: Visit) -> str:
    """What a platform is called in this language."""
    return platform.about.title[visit.language != "vi"] if platform.about.title else platform.title


def source_title(outline: Outline, found: dict[str, Json], visit: Visit) -> str:
    """What the platform of a source is called in this language."""
    shop = outline.shop(found["id"])
    return title_of(shop.platform, visit) if shop else str(found["platform"])


def need_platform(name: str) -> Platform:
    found = find_platform(name)
    if found is None:
        raise NotFound
    return found


def make_secret(platform: Platform) -> str:
    """As Standard Webhooks writes one; elsewhere digits and letters alone, which stand in any address and header."""
    if platform.is_for_any:
        return "whsec_" + base64.b64encode(chance.token_bytes(24)).decode()
    return chance.token_hex(20)


def need_secret(given: str) -> None:
    if given and (len(given) < SHORTEST_SECRET or "${" in given or not given.isprintable()):
        raise Wrong(
            f"Khóa bí mật cần ít nhất {SHORTEST_SECRET} ký tự, ghi nguyên văn như cửa hàng cho biết.",
            f"A secret has at least {SHORTEST_SECRET} characters, as the shop shows it.",
        )


def _mark(edited: EditedSource) -> str:
    """What tells whether the source, its credentials too, still stands as it did; by a key, for it leaves on a page."""
    whole = json.dumps(in_clear(edited), sort_keys=True).encode()
    return hmac.new(str(current_app.secret_key).encode(), whole, hashlib.sha256).hexdigest()[:16]


def _write(visit: Visit, conn: Connection, edited: EditedSource, reason: str, what: str) -> None:
    subject = str(edited.document["id"])
    write_source(conn, visit.catalogs.seal, edited, visit.now(conn), who=visit.who, reason=reason)
    visit.record(conn, f"source {what}", f"source:{subject}", reason)


def _open_unchanged(visit: Visit, conn: Connection, source_id: str) -> EditedSource:
    """As it stood when the form was loaded; else the later of two people would undo what the earlier did."""
    lock_catalog(conn)
    edited = _open(visit, conn, source_id)
    if request.form.get("mark") != _mark(edited):
        raise Wrong(
            "Chưa lưu: người khác đã sửa nguồn này trong lúc bạn sửa. Hãy tải lại trang, rồi sửa trên bản mới.",
            "Not saved: somebody changed this source meanwhile. Load the page again, and change the newer one.",
            409,
        )
    return edited


def _open(visit: Visit, conn: Connection, source_id: str) -> EditedSource:
    try:
        edited = open_source(conn, visit.catalogs.seal, source_id)
    except BadSetting as locked:
        raise Wrong(
            "BRIDGE_SECRET_KEY hiện nay không mở được khóa bí mật của nguồn này. Hãy chạy: python -m bridge doctor",
            str(locked),
        ) from None
    if edited is None:
        raise NotFound
    return edited


def _said(doubt: str, visit: Visit) -> str:
    return finding_vi(doubt) if visit.language == "vi" else doubt


def _refused(found: dict[str, Json]) -> int:
    return sum(each["count"] for each in found["refused"])


def _not_understood(conn: Connection, platform: Platform, source_id: str, now: datetime) -> list[dict[str, Any]]:
    """Names of payment methods and states of orders that nobody knows here, with the setting that explains them."""
    known = schema("config")["$defs"].get(f"settings_{platform.name}", {}).get("properties", {})
    since = now - NOT_UNDERSTOOD_FOR
    methods = methods_not_cod(conn, since).get(source_id, {})
    states = unknown_states(conn, since).get(source_id, {})
    return [
        {"word": unknown, "times": times, "setting": setting}
        for setting, counted in (("cod_names", methods), ("states", states))
        for unknown, times in list(counted.items())[:MOST_WORDS]
        if setting in known
    ]


def _rules(outline: Outline, source_id: str) -> Iterator[str]:
    return (
        name
        for name, rule in outline.rules.items()
        if rule.get("enabled", True) and (rule.get("sources") is None or source_id in rule["sources"])
    )


def _plain(value: Json) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
