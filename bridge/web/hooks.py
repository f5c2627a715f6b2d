"""The webhook endpoint: POST /hooks/<source>, and GET for the platforms that shake hands."""

from __future__ import annotations

import logging
import time
from datetime import UTC, datetime

from flask import Blueprint, Response, g, request

from bridge.core.model import BadSignature, Request
from bridge.engine import Submit
from bridge.lib.compression import BodyCut, BodyTooLarge
from bridge.lib.masking import mask_id
from bridge.lib.telemetry.tracing import is_tracing
from bridge.monitor.traces import trace_received
from bridge.receive.webhook import LockedSource, NoDelivery, UnknownSource, receive
from bridge.store import Store
from bridge.store.configuration.catalog import Catalogs
from bridge.web.hook_times import HookTimes
from bridge.web.problems import problem

log = logging.getLogger(__name__)

_NOT_SIGNED = (
    "The request is not signed with a secret of this source. Compare the shop's webhook secret with the source's "
    "`secrets`."
)
_KEYS_REQUESTED = (
    "This signature is not one of the shop's keys that are known here. They are asked of the shop; send again."
)
_LOCKED = "The bridge cannot open this source's secrets now, and nothing was stored. Send the request again."


def blueprint(store: Store, catalogs: Catalogs, submit: Submit) -> Blueprint:
    """The hooks of every source in the catalog."""
    hooks = Blueprint("hooks", __name__)
    times = HookTimes(store)

    @hooks.before_request
    def begin() -> None:
        g.begun = time.perf_counter()

    @hooks.after_request
    def end(response: Response) -> Response:
        # A body that is too large is refused before `begin`.
        if "begun" in g:
            times.add(time.perf_counter() - g.begun)
        return response

    @hooks.route("/hooks/<source_id>", methods=["GET", "POST"])
    def hook(source_id: str) -> Response:
        begun = datetime.now(UTC)
        try:
            received = receive(store, catalogs, source_id, _as_it_came(), begun, submit)
        except (BodyTooLarge, BodyCut, UnknownSource, LockedSource, NoDelivery, BadSignature) as refusal:
            return _refused(refusal, source_id)
        if received.delivery_id is not None:
            event = "stored" if received.is_new else "repeated"
            ids = (source_id, received.delivery_id, mask_id(received.order_id))
            log.info("delivery %s source=%s delivery=%d order=%s", event, *ids)
            if is_tracing():
                trace_received(received.delivery_id, source_id, begun, datetime.now(UTC), is_new=received.is_new)
        reply = received.reply
        return Response(reply.body, reply.status, content_type=reply.content_type)

    return hooks


def _refused(refusal: Exception, source_id: str) -> Response:
    match refusal:
        case BodyTooLarge():
            return problem(413)
        case UnknownSource():
            return problem(404, "No source has this id. Check the address in the shop's webhook settings.")
        case LockedSource():
            log.error("delivery not verified source=%s reason=secrets_locked", source_id)
            return _retry_later("secrets_locked", _LOCKED)
        case NoDelivery():
            refused = problem(405, "A delivery is a POST. Write this address into the shop's webhook settings.")
            refused.headers["Allow"] = "POST"
            return refused
        case BadSignature(reason=reason, later=later):
            log.warning("delivery refused source=%s reason=%s", source_id, reason)
            return _retry_later(reason, _KEYS_REQUESTED) if later else problem(401, _NOT_SIGNED, reason=reason)
    return problem(400)


def _retry_later(reason: str, detail: str) -> Response:
    """503 with Retry-After: a 4xx would end the delivery for good."""
    answer = problem(503, detail, reason=reason)
    answer.headers["Retry-After"] = "10"
    return answer


def _as_it_came() -> Request:
    return Request(
        method=request.method,
        path=request.path,
        query=request.query_string.decode("latin-1"),
        headers=tuple((name, value) for name, value in request.headers),
        body=request.get_data(),
    )
