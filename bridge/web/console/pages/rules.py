"""Rules: what they did, an editor that checks, tries and compares before it saves, and every revision."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from flask import Response, abort, request, url_for

from bridge.configuration.changes import Change
from bridge.configuration.editing import MOST_CHARACTERS, Draft, mark_of, read_draft, text_of_rule, with_draft
from bridge.configuration.revisions import Act, describe_revision, plan_rules, roll_back, rollback_plan, write_rules
from bridge.configuration.starts import TITLES, list_starts, write_start
from bridge.core.model import BadRule, BadSetting, Json, KnownOrder, Revision
from bridge.core.reasons import sentence
from bridge.core.reports.figures import Tally, Terms
from bridge.core.vietnamese.hearing import cost, hear, read_rate
from bridge.decide.seen import documents_seen
from bridge.decide.trial.difference import Pair, count, pairs
from bridge.decide.trial.difference import samples as choose
from bridge.decide.trial.event import preview as preview_of
from bridge.decide.trial.simulate import STATES, start
from bridge.decide.trial.simulate import run as take
from bridge.lib.masking import mask_phone
from bridge.rules.filters import FILTERS
from bridge.rules.rule import Rule, parse_rule
from bridge.rules.shapes import event_shape, paths_of
from bridge.store import Connection
from bridge.store.configuration.catalog import Catalog, lock_catalog
from bridge.store.configuration.documents import read_documents
from bridge.store.configuration.revisions import find_revision, list_revisions
from bridge.store.deliveries import Span, ids_of_span
from bridge.store.orders import find_order, newest_orders
from bridge.store.reports.views import find_orders
from bridge.web.console.language import text
from bridge.web.console.visit import Page, Visit, Wrong, get, post

COUNTED_DAYS = 30
REVISIONS, OFFERED_ORDERS = 15, 20
TRIED = timedelta(days=7)
MOST_TRIED = 1_000  # deliveries: some seconds
SAMPLES = 5


def show(visit: Visit) -> str:
    with visit.store.read() as conn:
        live = read_documents(conn)
        names = [document["rule"] for document in live["rules"]]
        counted = visit.count_days(conn, COUNTED_DAYS) if names else None
        revisions = [describe_revision(conn, one) for one in list_revisions(conn, REVISIONS)]
    lines = counted.lines("rule") if counted else {}
    rules = [(document, lines.get(document["rule"], Tally()).figures(Terms())) for document in live["rules"]]
    left = counted.uncounted_before if counted else None
    return visit.show("rules.html", rules=rules, left=left, starts=TITLES, revisions=revisions)


def edit(visit: Visit) -> str:
    """?name= an existing rule, or ?start= a rule to begin with."""
    name, begin = request.args.get("name", ""), request.args.get("start", "")
    with visit.store.read() as conn:
        live = read_documents(conn)
        document = next((one for one in live["rules"] if one["rule"] == name), None)
        if (name and document is None) or (begin and begin not in list_starts()):
            abort(404)
        written = text_of_rule(document) if document else write_start(begin or "confirm-cod", visit.language, _schema())
        return _editor(visit, conn, name, written, mark_of(live, name))


def _editor(visit: Visit, conn: Connection, name: str, written: str, mark: str, **values: Json) -> str:
    """The editor with this text; `mark`: of the rules that it began with."""
    document = next((one for one in read_documents(conn)["rules"] if one["rule"] == name), None)
    return visit.show(
        "rules_edit.html",
        **{"problem": "", "reason": "", "order": request.args.get("order", ""), **values},
        name=name,
        written=written,
        mark=mark,
        orders=newest_orders(conn, OFFERED_ORDERS),
        words=json.dumps(_words(visit.catalogs.read(conn), document), ensure_ascii=False),
        most=MOST_CHARACTERS,
    )


def check(visit: Visit) -> str:
    """The piece below the text: what is wrong in it, at its lines."""
    with visit.store.read() as conn:
        _, draft, _ = _drafted(visit, conn)
    return visit.show("rules_findings.html", findings=_findings(draft, visit), is_sound=draft.is_sound)


def preview(visit: Visit) -> str:
    """The piece that says what the first rule of the text makes of one order."""
    with visit.store.read() as conn:
        catalog, draft, live = _drafted(visit, conn)
        rules = _compiled(draft)
        if rules is None:
            return visit.show("rules_findings.html", findings=_findings(draft, visit), is_sound=False)
        order = _order(conn, request.form.get("order", "").strip())
        found = preview_of(conn, catalog, rules[0], order)
    if found is None:
        raise Wrong(
            "Không đọc được đơn này nữa: dữ liệu đã bị xóa, hoặc nguồn không còn.",
            "This order cannot be read any more: it was erased, or its source is gone.",
        )
    verdict = found.verdict
    said = sentence(verdict.reason, visit.language, rule=rules[0].name, **verdict.facts)
    heard = _heard(rules[0], verdict.datas, live, visit.language) if verdict.decision == "call" else None
    return visit.show(
        "rules_preview.html",
        order=order,
        rule=rules[0],
        found=found,
        said=said,
        phone=mask_phone(verdict.phone),
        heard=heard,
    )


def trial(visit: Visit) -> str:
    """The piece that says what the text would have made of the deliveries of the last days. Nobody is called."""
    with visit.store.read() as conn:
        catalog, draft, live = _drafted(visit, conn)
        rules = _compiled(draft)
        if rules is None:
            return visit.show("rules_findings.html", findings=_findings(draft, visit), is_sound=False)
        ids = ids_of_span(conn, Span(visit.now(conn) - TRIED, None, STATES))[-MOST_TRIED:]
        wanted = with_draft(live, request.form.get("name", ""), draft)
        changes, ended = plan_rules(conn, wanted)
    simulation = start(catalog, [parse_rule(document) for document in wanted])
    for _ in take(visit.store, simulation, ids):
        pass
    found = list(pairs(simulation))
    samples = [_sample(pair, visit.language) for pair in choose(found, SAMPLES)]
    return visit.show(
        "rules_trial.html",
        deliveries=len(ids),
        counts=count(found),
        samples=samples,
        kinds={kind: text(*words) for kind, words in _KINDS.items()},
        lines=_lines(changes),
        ended=ended,
    )


def save(visit: Visit) -> Response:
    """Saved as a revision; else the editor again, with the text as it was typed and why it was not saved."""
    try:
        _save(visit)
    except Wrong as wrong:
        form = request.form
        kept = {"problem": text(*wrong.texts), "reason": form.get("reason", ""), "order": form.get("order", "")}
        with visit.store.read() as conn:
            name, written = form.get("name", ""), form.get("text", "")
            return Response(_editor(visit, conn, name, written, form.get("mark", ""), **kept), wrong.status)
    return visit.go(url_for("rules.show"))


def _save(visit: Visit) -> None:
    name, why = request.form.get("name", ""), _reason()
    with visit.store.write() as conn:
        visit.need_once(conn)
        lock_catalog(conn)
        _, draft, live = _drafted(visit, conn)
        _need_fresh(live, name)
        if not draft.is_sound:
            wrong = next(finding for finding in draft.findings if not finding.warning)
            raise Wrong(f"Chưa lưu: {wrong.said('vi')}.", f"Not saved: {wrong.said('en')}.")
        taken = {document["rule"] for document in draft.documents} & {rule["rule"] for rule in live["rules"]} - {name}
        if taken and not request.form.get("others"):
            other = ", ".join(sorted(taken))
            raise Wrong(
                f"Chưa lưu: đã có quy tắc tên {other}. Hãy đặt tên khác, hoặc sửa quy tắc ấy.",
                f"Not saved: there is a rule called {other} already. Choose another name, or edit that rule.",
            )
        wanted = with_draft(live, name, draft)
        changes, _ = plan_rules(conn, wanted)
        if not changes:
            raise Wrong("Không có gì thay đổi nên chưa lưu.", "Nothing changes, so nothing was saved.")
        _write(visit, conn, wanted, why, ", ".join(str(change) for change in changes))


def remove(visit: Visit) -> Response:
    name, why = request.form.get("name", ""), _reason()
    with visit.store.write() as conn:
        visit.need_once(conn)
        lock_catalog(conn)
        live = read_documents(conn)
        _need_fresh(live, name)
        wanted = [document for document in live["rules"] if document["rule"] != name]
        if len(wanted) == len(live["rules"]):
            abort(404)
        _write(visit, conn, wanted, why, f"- rule {name}")
    return visit.go(url_for("rules.show"))


def revision(visit: Visit, number: int) -> str:
    with visit.store.read() as conn:
        found = _revision(conn, number)
        item = describe_revision(conn, found)
        try:
            changes, ended = rollback_plan(conn, found)
            problem = ""
        except BadSetting as error:
            changes, ended, problem = [], 0, error.vietnamese if visit.language == "vi" else str(error)
    texts = "\n".join(text_of_rule(document) for document in found.documents["rules"])
    return visit.show(
        "rules_revision.html", item=item, texts=texts, lines=_lines(changes), ended=ended, problem=problem
    )


def rollback(visit: Visit, number: int) -> Response:
    why = _reason()
    with visit.store.write() as conn:
        visit.need_once(conn)
        lock_catalog(conn)
        found = _revision(conn, number)
        try:
            changes, _ = rollback_plan(conn, found)
        except BadSetting as error:
            raise Wrong(error.vietnamese, str(error)) from None
        if not changes:
            raise Wrong(
                "Quy tắc đang chạy đã giống bản này.", "The rules that stand are those of this revision already."
            )
        made, ended = roll_back(conn, found, Act("rollback", visit.who, why), visit.config.hotline, visit.now(conn))
        visit.record(conn, "rules rollback", f"revision:{number}", why)
    _say_saved(visit, made, ended)
    return visit.go(url_for("rules.show"))


PAGE = Page(
    "rules",
    ("Quy tắc", "Rules"),
    place=50,
    routes=(
        get("/console/rules", show),
        get("/console/rules/edit", edit, role="operator"),
        post("/console/rules/check", check, role="operator"),
        post("/console/rules/preview", preview, role="operator"),
        post("/console/rules/trial", trial, role="operator"),
        post("/console/rules/save", save, role="admin"),
        post("/console/rules/remove", remove, role="admin"),
        get("/console/rules/revisions/<int:number>", revision),
        post("/console/rules/revisions/<int:number>/rollback", rollback, role="admin"),
    ),
)


_KINDS = {
    "added": ("gọi thêm", "called too"),
    "dropped": ("không gọi nữa", "no longer called"),
    "moved": ("lúc khác", "another time"),
    "changed": ("lời khác", "other words"),
}


def _sample(pair: Pair, language: str) -> dict[str, Json]:
    return {**pair.as_json(show_phones=False), "why": sentence(pair.reason, language) if pair.reason else ""}


def _drafted(visit: Visit, conn: Connection) -> tuple[Catalog, Draft, Mapping[str, Any]]:
    """What the form holds, read beside what stands."""
    written = request.form.get("text", "").replace("\r\n", "\n")
    if len(written) > MOST_CHARACTERS:
        raise Wrong("Văn bản quá dài.", "The text is too long.", 413)
    catalog, live = visit.catalogs.read(conn), read_documents(conn)
    return catalog, read_draft(written, live, documents_seen(conn, catalog)), live


def _compiled(draft: Draft) -> list[Rule] | None:
    """None where something is wrong in the text."""
    try:
        return draft.rules() if draft.is_sound and draft.documents else None
    except BadRule:
        return None


def _findings(draft: Draft, visit: Visit) -> list[dict[str, Json]]:
    return [
        {
            "line": finding.line,
            "column": finding.column,
            "path": finding.path,
            "warning": finding.warning,
            "said": finding.message_in(visit.language),
        }
        for finding in draft.findings
    ]


def _order(conn: Connection, named: str) -> KnownOrder:
    """The order with this number or id, as SOURCE/ID where several have it; the newest where none is named."""
    source, slash, order_id = named.partition("/")
    found = (find_order(conn, source, order_id) if slash else None) or next(iter(_named(conn, named)), None)
    if found is None:
        raise Wrong(
            "Không có đơn nào có id hoặc số này." if named else "Chưa nhận được đơn nào để xem thử.",
            "No order has this id or number." if named else "No order has come in yet to try it on.",
        )
    return found


def _named(conn: Connection, named: str) -> Iterator[KnownOrder]:
    if not named:
        yield from newest_orders(conn, 1)
        return
    for one in find_orders(conn, named):
        known = find_order(conn, one["source"], one["order_id"])
        if known is not None:
            yield known


def _heard(rule: Rule, datas: Mapping[str, Json], live: Mapping[str, Any], language: str) -> dict[str, Json]:
    """What the buyer would hear, as `try --spoken` says it, without asking VBot."""
    heard = hear(live.get("templates", {}).get(rule.template), datas)
    rate = read_rate(live.get("reports", {}))
    return {
        "text": heard.text,
        "seconds": heard.seconds,
        "cost": cost(heard.seconds, rate) if rate else None,
        "flaws": [sentence(flaw.code, language, **flaw.facts) for flaw in heard.flaws],
    }


def _words(catalog: Catalog, document: Json) -> dict[str, list[str]]:
    """What the editor offers: paths, filters, and the custom fields of the rule's template."""
    fields = catalog.templates.get((document or {}).get("template", ""), [])
    every = {str(field.get("cfkey")) for known in catalog.templates.values() for field in known}
    return {
        "paths": sorted(paths_of(event_shape())),
        "filters": list(FILTERS),
        "fields": [str(field.get("cfkey")) for field in fields] or sorted(every),
    }


def _reason() -> str:
    reason = " ".join(request.form.get("reason", "").split())
    if not reason:
        raise Wrong("Hãy viết vì sao: lý do được lưu cùng bản mới.", "Write why: it is kept with the new revision.")
    return reason[:500]


def _need_fresh(live: Mapping[str, Any], name: str) -> None:
    if request.form.get("mark", "") != mark_of(live, name):
        raise Wrong(
            "Chưa lưu: quy tắc này đã được người khác sửa trong lúc bạn sửa. Hãy mở bản mới, rồi sửa trên đó.",
            "Not saved: somebody changed this rule meanwhile. Open the newer one, and change that.",
            409,
        )


def _write(visit: Visit, conn: Connection, rules: Sequence[Json], why: str, what: str) -> None:
    made, ended = write_rules(conn, rules, Act("page", visit.who, why), visit.config.hotline, visit.now(conn))
    visit.record(conn, "rules save", what[:500], why)
    _say_saved(visit, made, ended)


def _say_saved(visit: Visit, number: int, ended: int) -> None:
    visit.say("Đã lưu thành bản {n}.", "Saved as revision {n}.", n=number)
    if ended:
        visit.say("Đã hủy {n} cuộc gọi đang chờ.", "{n} waiting call(s) were cancelled.", n=ended)


def _revision(conn: Connection, number: int) -> Revision:
    found = find_revision(conn, number) if number < 2**31 else None
    if found is None:
        abort(404)
    return found


def _lines(changes: Sequence[Change]) -> list[str]:
    return [line for change in changes for line in change.lines()]


def _schema() -> str:
    return url_for("rules.show", _external=True).replace("/console/rules", "/schemas/config.schema.json")
