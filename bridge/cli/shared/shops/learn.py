"""sources learn: the settings of a source of any other sender, proposed from one captured request."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bridge.cli.shared.arguments import as_json
from bridge.cli.shared.command import command, option
from bridge.cli.shared.database import now
from bridge.cli.shared.language import current_language, failure, misuse, say, text
from bridge.cli.shared.printing import print_json
from bridge.cli.shared.shops.captured import read_http
from bridge.core.model import BadPayload, Request, Source
from bridge.core.reasons.problems import problem_vi
from bridge.lib.masking import mask_phone
from bridge.platforms import list_platforms

if TYPE_CHECKING:
    from bridge.platforms.generic.learn import Proposal


@command(
    "learn",
    (
        "Đề xuất `fields` và `settings` từ một tin đã lưu ra tệp: HTTP thô, JSON, form hoặc CSV.\n\n"
        "Mỗi dòng cho biết chắc chắn đến đâu và vì sao. Dữ liệu của khách được che.",
        "Propose `fields` and `settings` from one captured request: raw HTTP, JSON, a form, or CSV.\n\n"
        "Each line says how sure it is, and why. What is a person's is masked.",
    ),
)
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@option(
    "--source",
    "source_id",
    default="new-shop",
    show_default=True,
    metavar="ID",
    help=("Mã của nguồn trong tệp được in.", "The id of the source in what is printed."),
)
@option("--country", default="VN", show_default=True, help=("Nước của cửa hàng.", "The shop's country."))
@as_json
def learn_command(*, file: Path, source_id: str, country: str, as_json: bool) -> None:
    # The number plan takes long to load; only this command of `sources` needs it.
    from bridge.configuration.proposal import describe_findings, write_proposal  # noqa: PLC0415
    from bridge.platforms.generic.learn import learn  # noqa: PLC0415

    if not re.fullmatch(r"[a-z0-9-]{1,60}", source_id):
        raise misuse("mã của nguồn chỉ có a-z, 0-9 và -", "a source's id has only a-z, 0-9 and -")
    content = file.read_bytes()
    request = read_http(content) or Request("POST", "", "", (), content)
    try:
        proposal = learn(request, Source(source_id, "", country=country.upper()), now())
    except BadPayload as error:
        raise failure(
            f"không đề xuất được gì: {error.pointer} {problem_vi(error.problem)}", f"nothing to propose: {error}"
        ) from None
    if as_json:
        print_json({"settings": proposal.settings, "items": describe_findings(proposal), "next": None})
        return
    click.echo(write_proposal(proposal, source_id, current_language()), nl=False)
    _tell(proposal, request)


def _tell(proposal: Proposal, request: Request) -> None:
    """What the request means with these settings, and a better way where there is one."""
    own = next((one for one in list_platforms() if one.topic_header and request.header(one.topic_header)), None)
    if own is not None:
        say(
            f"# tin này của {own.title}: hãy dùng platform: {own.name}",
            f"# this is a request of {own.title}: use platform: {own.name}",
            err=True,
        )
    event = proposal.event
    if proposal.problem:
        say(
            f"# với các thiết lập này tin chưa đọc được: {problem_vi(proposal.problem)}",
            f"# with these settings the request cannot be read yet: {proposal.problem}",
            err=True,
        )
    elif event is None:
        say(
            "# với các thiết lập này tin bị bỏ qua: chưa rõ chuyện gì đã xảy ra, hãy ghi vào topics",
            "# with these settings the request is ignored: what happened is not known, write it into topics",
            err=True,
        )
    elif event.order is not None:
        order = event.order
        phone = mask_phone((order.phone or "").replace(" ", "")) or text("không có số", "no number")
        cod = (
            text("thu tiền khi nhận hàng", "cash on delivery")
            if order.payment.cod
            else text("không phải COD", "not COD")
        )
        total = (
            f"{order.total:f} {order.currency}" if order.total is not None else text("không có số tiền", "no amount")
        )
        say(
            f"# với các thiết lập này tin được đọc là: {event.topic}, {total}, {phone}, {cod}",
            f"# with these settings the request is read as: {event.topic}, {total}, {phone}, {cod}",
            err=True,
        )
