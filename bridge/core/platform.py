"""A kind of shop software as one value: its functions, and the facts that a person or a test needs.

Every function here is pure: it does no I/O and reads no clock. A text for people is a pair (Vietnamese, English).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from bridge.core.model import Json, Order, Reading, Request, Source
from bridge.core.model.order_states import OrderState
from bridge.core.model.texts import Text
from bridge.core.model.write_back import Write, WriteKind

Headers = tuple[tuple[str, str], ...]

MATURITY: Mapping[str, Text] = {
    "documented": ("theo tài liệu", "documented"),
    "captured": ("theo tin thật", "captured"),
    "live": ("đang dùng thật", "live"),
}


@dataclass(frozen=True)
class Reply:
    """What a platform wants to be answered."""

    status: int = 200
    body: str = ""
    content_type: str = "text/plain; charset=utf-8"


@dataclass(frozen=True, repr=False)
class Fetch:
    """One document to be fetched from the shop, and the name under which it is kept: with GET, or POST of a body.

    `check` returns the reason code of what is wrong with the answer's body, or None: what is wrong is requested again.
    `optional`: that the shop has none (204, 404) is an answer too, kept as JSON null.
    `refusal` (status, body): the reason code of a refusal that the status alone does not tell, or None.
    """

    name: str
    url: str
    headers: Headers = ()
    check: Callable[[bytes], str | None] = lambda body: None
    optional: bool = False
    body: bytes | None = None
    refusal: Callable[[int, bytes], str | None] = lambda status, body: None


@dataclass(frozen=True, repr=False)
class Login:
    """Where a token for the shop's API is issued for client credentials (RFC 6749, section 4.4)."""

    url: str
    form: Headers
    headers: Headers = ()


@dataclass(frozen=True)
class Api:
    """How to fetch what a platform's deliveries leave out.

    credentials  the settings without which nothing is fetched
    wanted     (request, source) -> what is still missing; called again with each document that was fetched.
               Raises CannotFetch, BadPayload.
    login      (source) -> where the bearer token is issued; None: the headers of `wanted` are enough. CannotFetch.
    access_header  the header of that token; in `Authorization` the word Bearer goes before it
    seconds_between  two requests to one shop
    """

    credentials: tuple[str, ...]
    wanted: Callable[[Request, Source], tuple[Fetch, ...]]
    login: Callable[[Source], Login | None] = lambda source: None
    access_header: str = "Authorization"
    seconds_between: float = 0.2

    def lacks(self, settings: Mapping[str, Json]) -> tuple[str, ...]:
        """The names of the credentials that these settings do not hold."""
        return tuple(name for name in self.credentials if not settings.get(name))


@dataclass(frozen=True, repr=False)
class ApiRequest:
    """One request to a shop's API.

    sign   (request, seconds since 1970, a word used once) -> the request as it is sent, where each is signed anew
    """

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None = None
    sign: Callable[[ApiRequest, int, str], ApiRequest] | None = None


@dataclass(frozen=True, repr=False)
class Page:
    """What a shop answered to one poll.

    texts  orders, or events, as the shop wrote them
    next   the platform's word for the next page, None on the last one; of a queue, up to where it is read
    keys   the shop's public keys, a JSON Web Key Set
    """

    texts: tuple[str, ...] = ()
    next: Json = None
    keys: Json = None


def plain_delivery(source: Source, body: bytes, *headers: tuple[str, str]) -> Request:
    """The request that the shop would have sent, unsigned: nobody sent it."""
    return Request("POST", f"/hooks/{source.id}", "", (("Content-Type", "application/json"), *headers), body)


@dataclass(frozen=True)
class Poll:
    """How a platform's shops are polled for what no webhook delivered.

    credentials  settings that must be there, in any of these groups: without them nothing is polled
    request      (source, since, page) -> ApiRequest; `page` is None, or what `read` gave as `next`
    read         (body, headers, page) -> Page; raises BadPayload
    unless       a setting by which there is nothing left to poll for
    yields       changed orders, beside the webhooks; the events of a queue, which come in no other way; or the keys
                 that verify webhooks
    every        from one poll to the next
    delivery     (source, order or event, platform's topic) -> the request that the shop would have sent
    topics       (the order as read, is it new) -> the platform's topics that a webhook for it would have had
    has_created_topic  the platform has a topic for a new order. Without one an order from before the first poll is
                 left out: it would pass for new.
    """

    credentials: tuple[tuple[str, ...], ...]
    request: Callable[[Source, datetime, Json], ApiRequest]
    read: Callable[[bytes, Mapping[str, str], Json], Page]
    unless: str = ""
    yields: Literal["orders", "events", "keys"] = "orders"
    every: timedelta = timedelta(minutes=5)
    delivery: Callable[[Source, str, str], Request] = lambda source, text, topic: plain_delivery(source, text.encode())
    topics: Callable[[Order, bool], tuple[str, ...]] = lambda order, is_new: ()
    has_created_topic: bool = True

    def is_on(self, source: Source) -> bool:
        """Whether the source's settings hold what a poll needs, and leave something to poll for."""
        if source.settings.get(self.unless):
            return False
        return any(all(source.settings.get(name) for name in group) for group in self.credentials)


@dataclass(frozen=True)
class Refusal:
    """Why something is not written: a reason code, the platform's own short word, and how long it wants to be left."""

    reason: str
    detail: str | None = None
    rest: timedelta = timedelta(0)


class CannotWrite(Exception):
    """The order, or the shop's own lists, do not let this be written."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.reason)
        self.refusal = refusal


@dataclass(frozen=True, repr=False)
class Standing:
    """How an order stands at its shop, right before something is written to it.

    state     in our words
    is_done   what is to be written stands there already
    refusal   why it cannot be written as the order stands
    """

    state: OrderState
    is_done: bool
    refusal: Refusal | None = None


@dataclass(frozen=True)
class Echo:
    """Where a shop's document shows what we wrote, as JSON pointers: in them its own message about it is recognised.

    stamps   change with any write
    tags     a list of tags, each a text or {name}, or a text with commas between them
    notes    a text in which a line with our marker is ours, or a list of {value} in which such an entry is
    own      a list of {key, value} in which this key is ours
    states   change with a status that we wrote
    words    a status as a rule writes it -> as it stands there, where that differs
    """

    stamps: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    own: tuple[tuple[str, str], ...] = ()
    states: tuple[str, ...] = ()
    words: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class WriteBack:
    """How a call's result is written to an order of a platform's shop.

    does         the actions that its API has, and what each is at the shop
    lacks        why it has not the others
    credentials  settings that must be there, in any of these groups
    look         (source, write, whether an earlier try may have arrived) -> what to read before writing
    read         (source, write, the answers to `look`) -> how the order stands; raises BadPayload
    requests     (source, write, the answers to `look`) -> the write, in one request or a few that may be sent again;
                 raises BadPayload, CannotWrite
    judge        (status, headers, body) -> why this answer is none, of a look or a write; None: it is one
    proves       (write, body of the last answer to the write) -> whether it shows that the write stands;
                 else the order is read again
    login, access_header, seconds_between  as of Api
    seconds_after  rest after each write, where the shop takes few requests a minute
    probe        (source) -> a request that only reads, by which credentials are tried
    scopes       the rights that the credentials need
    again        how what stands there is found before anything is sent again
    fits         (action, its value) -> what is wrong with the value on this platform, or None
    proposes     the action that a new rule is given: what staff see, preferably in the list of orders, and nothing
                 ends; None: no action
    echo, echoes  where our own writes show in the shop's next message, and whether it sends one
    """

    does: Mapping[WriteKind, Text]
    credentials: tuple[tuple[str, ...], ...]
    look: Callable[[Source, Write, bool], tuple[ApiRequest, ...]]
    read: Callable[[Source, Write, tuple[bytes, ...]], Standing]
    requests: Callable[[Source, Write, tuple[bytes, ...]], tuple[ApiRequest, ...]]
    judge: Callable[[int, Mapping[str, str], bytes], Refusal | None]
    probe: Callable[[Source], ApiRequest]
    scopes: Text
    again: Text
    echoes: Text
    proposes: Literal["note", "tag"] | None = "note"
    lacks: Mapping[WriteKind, Text] = field(default_factory=dict)
    proves: Callable[[Write, bytes], bool] = lambda write, body: False
    login: Callable[[Source], Login | None] = lambda source: None
    access_header: str = "Authorization"
    seconds_between: float = 0.0
    seconds_after: float = 0.0
    fits: Callable[[WriteKind, str], Text | None] = lambda kind, value: None
    echo: Echo = Echo()

    def missing(self, settings: Mapping[str, Json]) -> tuple[str, ...]:
        """The names of the credentials that these settings do not hold, of the group that is nearest to whole."""
        gaps = [tuple(name for name in group if not settings.get(name)) for group in self.credentials]
        return min(gaps, key=len, default=())


@dataclass(frozen=True, repr=False)
class Hook:
    """A webhook as a shop lists it. `address`: None where the shop does not say where it leads."""

    id: str
    address: str | None
    topics: frozenset[str]
    is_active: bool = True


@dataclass(frozen=True)
class Hooks:
    """How a platform's shops list and register webhooks through their API.

    credentials  settings that must be there, in any of these groups
    topics      those of the platform that are registered
    also        our topic -> those of the platform that are registered too, where a rule of the source is on it
    list        (source, page) -> the request for the list of webhooks; `page` is None, or what `next` gave
    read        (body) -> the webhooks that these credentials may see; raises BadPayload
    next        (how many webhooks this page has, its headers, page) -> the platform's word for the next page
    create      (source, address, topics) -> the requests that register them
    renew       (source, webhook) -> the requests that switch it on again; none: it is made anew
    permission  what the credentials must be allowed
    problem     (body) -> the reason code of what failed though the status says success; raises BadPayload
    needs_login  the requests carry the token of the platform's `api`
    shows_all   the list holds the webhooks of everybody, and not those alone that these credentials made
    """

    credentials: tuple[tuple[str, ...], ...]
    topics: tuple[str, ...]
    list: Callable[[Source, Json], ApiRequest]
    read: Callable[[bytes], tuple[Hook, ...]]
    create: Callable[[Source, str, tuple[str, ...]], tuple[ApiRequest, ...]]
    permission: Text
    next: Callable[[int, Mapping[str, str], Json], Json] = lambda count, headers, page: None
    also: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    renew: Callable[[Source, Hook], tuple[ApiRequest, ...]] = lambda source, hook: ()
    problem: Callable[[bytes], str | None] = lambda body: None
    needs_login: bool = False
    shows_all: bool = False

    def is_on(self, source: Source) -> bool:
        """Whether the source's settings hold what these requests need."""
        return any(all(source.settings.get(name) for name in group) for group in self.credentials)

    def needed(self, ours: Iterable[str]) -> tuple[str, ...]:
        """The platform's topics that a source needs whose rules are on these topics of ours."""
        more = (topic for name in sorted(set(ours)) for topic in self.also.get(name, ()))
        return tuple(dict.fromkeys((*self.topics, *more)))


@dataclass(frozen=True)
class RetrySchedule:
    """After `failures` failures in a row the platform does `then`, a reason code.

    Some platforms count over all deliveries of a webhook, others the attempts of one delivery: what we count, the
    refusals in a row of a whole source, reaches the number sooner than they do, never later.
    """

    failures: int
    then: Literal["platform_switches_off", "platform_deletes", "platform_gives_up"]


@dataclass(frozen=True)
class Screen:
    """A page of a shop's admin, so that it can be sketched. Its words are those that the shop itself shows.

    path    the menus that lead there, from the outermost
    fields  (a field's name, what goes in): `ADDRESS`, `SECRET`, `COPY` where it holds what is needed here, `TICK` where
            it is a box to tick, or the value
    press   the button that is pressed last
    """

    path: tuple[str, ...]
    fields: tuple[tuple[str | Text, str | Text], ...] = ()
    press: str = ""


ADDRESS, SECRET, COPY, TICK = "ADDRESS", "SECRET", "COPY", "TICK"


@dataclass(frozen=True)
class Step:
    """One thing to do by whoever connects a shop, in Markdown, in both languages.

    here    the source itself is written in this step, in a file, or in the form of a page
    page    what a page says instead, as it needs no command
    screen  where it is done in the shop's admin
    """

    vietnamese: str
    english: str
    here: bool = False
    page: Text | None = None
    screen: Screen | None = None


TRY = Step(
    "Đặt thử một đơn, rồi chạy `python -m bridge deliveries`.",
    "Place an order, then `python -m bridge deliveries`.",
    page=(
        "Đặt thử một đơn. Trang của nguồn cho biết ngay khi tin đến.",
        "Place an order. The source's page tells as soon as its message comes.",
    ),
)


@dataclass(frozen=True)
class About:
    """What a person who connects a shop has to know: the command `platforms` and the pages of the docs are made of it.

    proof      what is verified
    needs      what to set up, here and there
    resends    how often a delivery is resent, and how fast it must be answered
    traps      what goes wrong easily
    steps      what to do, one after the other; for some platforms only
    title      what the platform is called, where that is no proper name
    whose_key  whose the secret is: the shop shows it (`shop`); whoever connects the shop chooses it (`own`); or it
               works without one too (`optional`)
    """

    proof: Text
    needs: Text
    resends: Text
    traps: Text
    steps: tuple[Step, ...] = ()
    title: Text | None = None
    whose_key: Literal["shop", "own", "optional"] = "shop"


@dataclass(frozen=True)
class Sample:
    """A Vietnamese cash-on-delivery order made just now, as the platform's shop would send it.

    document  (now) -> the body of the delivery of a new order
    states    our topic -> (document) -> the document in the state that this topic means; `test` marks it as a test
    words     our topic -> the platform's topic, where none of the platform's own topics stands for it
    named     (document, platform's topic) -> the document of this topic, where the document itself names it
    fitted    (document, source) -> the document where the source's settings expect its parts, and the headers beside it
    fetched   (now) -> what the shop's API would answer about the order, by name
    settings  settings without which a source of this platform verifies nothing
    encode    (document) -> the body, where the platform does not send JSON
    test_headers  headers by which the platform marks a message as a test, where the document does not say it
    """

    document: Callable[[datetime], dict[str, Json]]
    states: Mapping[str, Callable[[dict[str, Json]], dict[str, Json]]] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
    named: Callable[[dict[str, Json], str], dict[str, Json]] = lambda document, word: document
    fitted: Callable[[dict[str, Json], Source], tuple[dict[str, Json], Headers]] = lambda document, source: (
        document,
        (),
    )
    fetched: Callable[[datetime], Mapping[str, Json]] = lambda now: {}
    settings: Mapping[str, Json] = field(default_factory=dict)
    test_headers: Headers = ()
    encode: Callable[[Mapping[str, Json]], bytes] = lambda document: json.dumps(document).encode()


@dataclass(frozen=True)
class Flaw:
    """What is wrong, or doubtful, in a source's entry. `where`: the keys that lead to it, `is_error`: never works."""

    where: tuple[str, ...]
    message: str
    is_error: bool = False


@dataclass(frozen=True)
class Needs:
    """What must be readable in the document of an order, as JSON pointers; `*` stands for the rest of a key.

    always    what every document must hold
    deciding  on what stands there it depends whether somebody is called, and about which amount: what is there and
              cannot be read fails the delivery
    phones    where the buyer's numbers stand: one that cannot be read fails it where no other is left

    Everything else is read around.
    """

    always: tuple[str, ...] = ()
    deciding: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()


@dataclass(frozen=True)
class Platform:
    """A kind of shop software.

    topics     the platform's topic -> ours
    verify     (request, source, now) -> None; raises BadSignature
    dedup_key  (request, source) -> text, equal for a resend and for nothing else
    read       (request, source, received_at) -> Reading; raises BadPayload
    order_id   (request, source) -> the id of the one order that the delivery is about, found at a fraction of the cost
               of reading it; None: not known yet. Whatever `read` finds is then of this order alone.
    sign       (body, topic, source, now) -> headers, as the platform signs; topic is the platform's
    without_secrets (request, source) -> the request to be kept, where a token stands in its body
    answer     (request, source) -> Reply, where a source wants another than `reply`
    completed  (source) -> the source with the settings of the preset that its own name
    presets    the names of its presets: settings for a kind of sender
    handshake  (request, source) -> Reply, answered before anything is verified, without effect; None: a delivery
    refusal    what is answered instead of any 4xx, where the platform stops sending after one
    retry_schedule  when it stops sending to an address that fails; None where it publishes nothing
    api        how to fetch what its deliveries leave out
    poll       how to poll for what it did not deliver
    hooks      how to list and register webhooks by its API
    write_back  how a call's result is written to an order; None: its API takes nothing, because `no_write_back`
    topic_header  the header that names the topic, where one does
    needs      what must be readable in the document of an order
    flaws      (source) -> what its schema cannot check of the source's settings
    names      a path of a rule in the platform's own words -> ours, where it differs from what is usual
    hides_buyer  its deliveries never hold an order's buyer, and its API does not give them
    is_carrier   its deliveries are statuses of parcels, which belong to orders of other sources
    is_for_any   it is no software of its own: any sender may use it, with a secret as Standard Webhooks writes them
    """

    name: str
    title: str
    maturity: Literal["documented", "captured", "live"]
    topics: Mapping[str, str]
    verify: Callable[[Request, Source, datetime], None]
    dedup_key: Callable[[Request, Source], str]
    read: Callable[[Request, Source, datetime], Reading]
    sign: Callable[[bytes, str, Source, datetime], Headers]
    sample: Sample
    about: About
    order_id: Callable[[Request, Source], str | None] = lambda request, source: None
    handshake: Callable[[Request, Source], Reply | None] = lambda request, source: None
    reply: Reply = Reply()
    secret_headers: Callable[[Source], frozenset[str]] = lambda source: frozenset()
    without_secrets: Callable[[Request, Source], Request] = lambda request, source: request
    answer: Callable[[Request, Source], Reply | None] = lambda request, source: None
    completed: Callable[[Source], Source] = lambda source: source
    presets: Callable[[], tuple[str, ...]] = tuple
    refusal: Reply | None = None
    retry_schedule: RetrySchedule | None = None
    api: Api | None = None
    poll: Poll | None = None
    hooks: Hooks | None = None
    write_back: WriteBack | None = None
    no_write_back: Text = ("ở đó không có đơn của cửa hàng để ghi vào", "it keeps no order of a shop")
    topic_header: str | None = None
    needs: Needs = Needs()
    flaws: Callable[[Source], Iterable[Flaw]] = lambda source: ()
    names: Mapping[str, str] = field(default_factory=dict)
    hides_buyer: bool = False
    is_carrier: bool = False
    is_for_any: bool = False

    @property
    def sends(self) -> bool:
        """Whether it sends webhooks: the events of a queue come in no other way than by polling."""
        return self.poll is None or self.poll.yields != "events"


@dataclass(frozen=True, repr=False)
class Shop:
    """A source with its platform."""

    source: Source
    platform: Platform
