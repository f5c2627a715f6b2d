"""The channels to people: e-mail, Telegram, Slack and what speaks like it, Zalo Bot. One message, one honest answer.

Sources  https://core.telegram.org/bots/api#sendmessage and #responseparameters; https://docs.slack.dev (incoming
         webhooks); https://bot.zaloplatforms.com (sendMessage); RFC 5321
"""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from bridge.core.model import BadPayload, Json
from bridge.lib import http
from bridge.lib.http import Answer
from bridge.lib.smtp import MailRefused, MailServer, MailUnsent, make_mail, send_mail
from bridge.lib.strictjson import parse_json

SECONDS = 15
LONGEST_REST = timedelta(hours=6)
TELEGRAM_URL, ZALO_URL = "https://api.telegram.org", "https://bot-api.zaloplatforms.com"
_NOTHING: Mapping[str, Json] = MappingProxyType({})
_FINAL: Final = frozenset({400, 401, 403, 404, 410})  # no later try mends it: a person must


@dataclass(frozen=True)
class Note:
    """What a channel says. `key` is the same for each try of the same."""

    subject: str
    text: str
    key: str


@dataclass(frozen=True)
class Said:
    """What became of one message.

    detail    a status or a short code
    is_final  no later try mends it
    rest      how long the channel wants to be left alone
    learned   what must be kept for the next message
    """

    detail: str
    is_taken: bool = False
    is_final: bool = False
    rest: timedelta = timedelta(0)
    learned: Mapping[str, Json] = field(default_factory=lambda: _NOTHING)


@dataclass(frozen=True)
class Medium:
    """A kind of channel. `most`: characters of one message."""

    say: Callable[[Mapping[str, Json], Note, datetime, float], Said]
    most: int


def medium_of(document: Mapping[str, Json]) -> str:
    """Which kind a channel is: the one of MEDIA that its document names."""
    return next(name for name in MEDIA if name in document)


def say(document: Mapping[str, Json], note: Note, learned: Mapping[str, Json], now: datetime, deadline: float) -> Said:
    """Say this through a channel. `document` with its credentials; `deadline`: an instant of monotonic time."""
    kind = medium_of(document)
    medium, settings = MEDIA[kind], {**document[kind], **learned}
    settings["is_public"] = document.get("allow_private_addresses") is not True
    text = note.text if len(note.text) <= medium.most else f"{note.text[: medium.most - 1]}…"
    return medium.say(settings, Note(note.subject, text, note.key), now, deadline)


def _email(settings: Mapping[str, Json], note: Note, now: datetime, _deadline: float) -> Said:
    host, _, port = settings["server"].rpartition(":")
    server = MailServer(
        host, int(port), settings.get("tls", "starttls"), settings.get("username"), settings.get("password")
    )
    mail = make_mail(settings["from"], settings["to"], note.subject, note.text, note.key, now)
    try:
        send_mail(server, mail)
    except MailRefused as error:
        return Said(error.reason, is_final=True)
    except MailUnsent as error:
        return Said(error.reason)
    return Said("250", is_taken=True)


def _telegram(settings: Mapping[str, Json], note: Note, _now: datetime, deadline: float) -> Said:
    url = f"{settings.get('api_url', TELEGRAM_URL)}/bot{settings['token']}/sendMessage"
    # Plain text: with parse_mode a "<" or "_" of a fact would be a 400.
    body = {"chat_id": settings["chat_id"], "text": note.text, "link_preview_options": {"is_disabled": True}}
    answer = _post(url, body, settings, deadline)
    if isinstance(answer, Said):
        return answer
    found = _read(answer)
    given = found.get("parameters")
    parameters = given if isinstance(given, dict) else {}
    moved = parameters.get("migrate_to_chat_id")
    if isinstance(moved, int):
        return Said("migrated", learned={"chat_id": str(moved)})
    rest = parameters.get("retry_after")
    seconds = timedelta(seconds=rest) if isinstance(rest, int) else timedelta(0)
    return _judged(answer, is_taken=found.get("ok") is True, rest=seconds)


def _slack(settings: Mapping[str, Json], note: Note, _now: datetime, deadline: float) -> Said:
    answer = _post(settings["url"], {"text": html.escape(note.text, quote=False)}, settings, deadline)
    if isinstance(answer, Said):
        return answer
    after = answer.headers.get("retry-after", "")
    rest = timedelta(seconds=int(after)) if after.isdecimal() and len(after) < 7 else timedelta(0)
    return _judged(answer, is_taken=200 <= answer.status < 300, rest=rest)


def _zalo(settings: Mapping[str, Json], note: Note, _now: datetime, deadline: float) -> Said:
    url = f"{settings.get('api_url', ZALO_URL)}/bot{settings['token']}/sendMessage"
    answer = _post(url, {"chat_id": settings["chat_id"], "text": note.text}, settings, deadline)
    if isinstance(answer, Said):
        return answer
    found = _read(answer)
    if answer.status == 200 and found.get("ok") is not True:
        code = found.get("error_code")
        return Said(f"error {code}" if isinstance(code, int) else "no_answer", is_final=code in _FINAL)
    return _judged(answer, is_taken=found.get("ok") is True, rest=timedelta(0))


def _post(url: str, body: Json, settings: Mapping[str, Json], deadline: float) -> Answer | Said:
    try:
        return http.send(
            "POST",
            url,
            headers={"Content-Type": "application/json"},
            body=json.dumps(body, ensure_ascii=False).encode(),
            deadline=deadline,
            public_only=settings["is_public"],
            quick=True,
        )
    except (http.NotSent, http.Unsure) as error:
        return Said(error.reason, is_final=error.reason in ("address_refused", "unsendable"))


def _judged(answer: Answer, *, is_taken: bool, rest: timedelta) -> Said:
    if is_taken and 200 <= answer.status < 300:
        return Said(str(answer.status), is_taken=True)
    return Said(str(answer.status), is_final=answer.status in _FINAL, rest=min(rest, LONGEST_REST))


def _read(answer: Answer) -> Mapping[str, Json]:
    try:
        found = parse_json(answer.body)
    except BadPayload:
        return {}
    return found if isinstance(found, dict) else {}


MEDIA: Mapping[str, Medium] = {
    "email": Medium(_email, 100_000),
    "telegram": Medium(_telegram, 4096),
    "slack": Medium(_slack, 30_000),
    "zalo": Medium(_zalo, 2000),
}
