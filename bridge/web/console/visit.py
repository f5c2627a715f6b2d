"""What a page is, what it is given for one request, and what it raises: `Page`, `Route`, `Visit`, `Wrong`."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Response, current_app, flash, redirect, render_template, request, session

from bridge.core.model.texts import Language, Text
from bridge.settings import Config
from bridge.store import Connection, Store, database_now
from bridge.store.configuration.catalog import Catalogs
from bridge.store.operation.actions import record_action
from bridge.store.operation.idempotency import take_key
from bridge.store.people.users import User
from bridge.store.reports.report import Counted
from bridge.store.reports.report_days import read_kept, span_of_days
from bridge.web.console.language import text
from bridge.web.posting import Posting

COUNTING_SECONDS = 3
REVEALED = timedelta(minutes=15)
_ONCE = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class Route:
    """An address of a page. Its view takes the Visit, then what <names> of the rule hold.

    role      the least that may: viewer, operator or admin
    is_post   whether it changes something: it then takes a form, and only from our own pages
    """

    rule: str
    view: Callable[..., str | Response]
    role: str
    is_post: bool = False


def get(rule: str, view: Callable[..., str | Response], role: str = "viewer") -> Route:
    return Route(rule, view, role)


def post(rule: str, view: Callable[..., str | Response], role: str) -> Route:
    return Route(rule, view, role, is_post=True)


@dataclass(frozen=True)
class Page:
    """A page of the navigation, with all addresses below it. The first route is where its link leads.

    place   where it stands among the others; None: no link leads there
    under   the page whose link is marked while this one is seen, where no link leads here
    """

    name: str
    title: Text
    place: int | None
    routes: tuple[Route, ...]
    under: str = ""


def page_address(name: str) -> str | None:
    """Where the page of this name is; None where there is none."""
    rules = (rule.rule for rule in current_app.url_map.iter_rules() if rule.endpoint.startswith(f"{name}."))
    return next((rule for rule in rules if "<" not in rule), None)


class Wrong(Exception):
    """What a person asked for is not done: two sentences, Vietnamese and English, that say why and what to do."""

    def __init__(self, vietnamese: str, english: str, status: int = 422) -> None:
        super().__init__(english)
        self.texts: Text = (vietnamese, english)
        self.status = status


@dataclass(frozen=True)
class Visit:
    """One request of somebody who is signed in: who, in which language, and all that a page may use."""

    user: User
    language: Language
    posting: Posting
    config: Config

    @property
    def store(self) -> Store:
        return self.posting.store

    @property
    def catalogs(self) -> Catalogs:
        return self.posting.catalogs

    @property
    def who(self) -> str:
        """As the audit names them."""
        return f"console:{self.user.name}"

    def now(self, conn: Connection) -> datetime:
        return database_now(conn, datetime.now(UTC))

    def count_days(self, conn: Connection, days: int) -> Counted:
        """The orders of the last so many days of Vietnam, as far as they can be counted while a person waits."""
        now = self.now(conn)
        return read_kept(conn, span_of_days(now, days), now, time.monotonic, time.monotonic() + COUNTING_SECONDS)

    def show(self, template: str, **values: Any) -> str:
        """The template with these values; it finds the visit as `visit` too."""
        return render_template(template, visit=self, **values)

    def live(self, name: str, **values: Any) -> str:
        """The page NAME.html, which includes NAME_now.html; that piece alone where the open page asks how it is now."""
        return self.show(f"{name}_now.html" if request.headers.get("X-Live") else f"{name}.html", **values)

    def say(self, vietnamese: str, english: str, /, **facts: object) -> None:
        """What was done, for the next page that is shown."""
        flash(text(vietnamese, english, **facts), "done")

    def go(self, address: str) -> Response:
        """Behind a form: the page that is shown now, so that loading it again sends nothing again."""
        answer: Any = redirect(address, 303)
        return answer  # type: ignore[no-any-return]

    def record(self, conn: Connection, what: str, on: str, reason: str = "") -> None:
        """For the audit, in the transaction of what is done. `on` as "call:4711": never a phone number or a name."""
        record_action(conn, what, on, reason, self.now(conn), who=self.who)

    def reveal(self, subject: str) -> None:
        """From now on, for REVEALED, this person sees whole phones and names of this subject; it is recorded."""
        with self.store.write() as conn:
            self.record(conn, "show phones", subject)
            until = self.now(conn) + REVEALED
        session["revealed"] = [subject, until.timestamp()]

    def sees(self, subject: str) -> bool:
        """Whether whole phones and names of this subject are shown."""
        shown, until = session.get("revealed", ("", 0))
        return bool(shown == subject and until > time.time() and self.user.may("operator"))

    def need_reason(self) -> str:
        """Why, as the form's field `reason` says. Wrong: it says nothing."""
        reason = " ".join(request.form.get("reason", "").split())[:500]
        if not reason:
            raise Wrong("Hãy viết lý do.", "Write the reason.")
        return reason

    def need_once(self, conn: Connection) -> None:
        """Wrong where this very form was sent before; else it counts as sent once the transaction is committed."""
        token = request.form.get("once", "")
        if not _ONCE.fullmatch(token):
            raise Wrong("Biểu mẫu thiếu dữ liệu. Hãy tải lại trang.", "The form is not whole. Load the page again.")
        # No key of the API can hold this sign.
        if not take_key(conn, f"form•{token}", "", self.now(conn)):
            raise Wrong(
                "Biểu mẫu này đã được gửi rồi, nên không làm lại lần hai.",
                "This form was sent already; nothing is done twice.",
                409,
            )
