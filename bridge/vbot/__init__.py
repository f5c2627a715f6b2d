"""VBot's API: requests, answers, results and records as frozen values. No I/O in this file.

`client` sends requests, `dialects` holds what differs between VBot's generations, `answers` what an answer means;
`results` reads what VBot posts after a call, `records` its list of calls, `token` keeps the access token.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from bridge.core.model import AttemptOutcome, Json


class VBotError(Exception):
    """VBot did not answer a question. `code` is as an Outcome's detail.

    `message`, and `vietnamese`, is a sentence without secrets.
    """

    def __init__(self, code: str, message: str, vietnamese: str | None = None) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.vietnamese = vietnamese or message


@dataclass(frozen=True)
class Account:
    """Our account at VBot: a fixed `token`, or `username` and `password`. `url` may have a path and a last slash.

    In generation v3 `token` is the key, and all that is needed; `v3_paths` "old" takes the deprecated paths there.
    """

    url: str
    generation: str = "v1"
    token: str | None = field(default=None, repr=False)
    username: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    vbot_id: str = ""
    project_code: str = ""
    v3_paths: Literal["new", "old"] = "new"

    @property
    def id(self) -> str:
        """The same for all workers with these credentials, and another as soon as one of them is mended."""
        names = (self.vbot_id, self.project_code, self.token, self.username, self.password)
        parts = (self.generation, self.v3_paths, self.url, *names)
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]

    def secrets(self) -> tuple[str, ...]:
        return tuple(value for value in (self.token, self.password) if value)


@dataclass(frozen=True, repr=False)
class CallRequest:
    """The request for one phone call. Seconds in both limits; `max_time` -1 means without limit.

    `name` and `customer_uid`, the person's as the shop knows them, are sent in a batch only.
    """

    external_call_id: str
    phone: str
    hotline: str
    template: str
    datas: Mapping[str, Json] = field(default_factory=dict)
    max_time: int = -1
    max_waiting_time: int = 30
    name: str = ""
    customer_uid: str = ""


@dataclass(frozen=True)
class Outcome:
    """What one attempt meant.

    detail               a short code: "accepted", a reason of `bridge.lib.http`, or a row of `answers.POLICY`
    message              VBot's own words, at most 200 characters, phone numbers and our secrets masked
    vbot_call_id         VBot's own id of the call, where its generation returns one
    retry_after_seconds  how long VBot wants us to wait, counted from its answer
    """

    outcome: AttemptOutcome
    detail: str
    http_status: int | None = None
    vbot_call_id: str | None = None
    message: str | None = None
    retry_after_seconds: int | None = None


@dataclass(frozen=True, repr=False)
class Records:
    """VBot's records of a span, each as VBot returns it. `is_whole` False: VBot counts more than it returned."""

    records: list[dict[str, Json]]
    is_whole: bool
