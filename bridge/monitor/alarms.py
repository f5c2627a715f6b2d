"""Alarms: what a person must look at. One registry of them.

An alarm opens once, when something becomes so, and closes when it ends. The functions of this package that look are
called again and again, and keep each alarm as it is so now.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from bridge.core.model import Json
from bridge.core.model.texts import Text


@dataclass(frozen=True)
class Alarm:
    """A kind of alarm. Each text is Vietnamese and English.

    key         its name; of an alarm about one source the stored key is `KEY:SOURCE`
    means       what is so while it is open; {names} are its facts
    open_while  it opens when this begins, and closes when this ends
    mend        what a person does about it
    wakes       money or orders are lost meanwhile: people are told in their quiet hours too
    """

    key: str
    means: Text
    open_while: Text
    mend: Text
    wakes: bool = False


ALARMS: tuple[Alarm, ...] = (
    Alarm(
        "breaker",
        (
            "VBot lỗi, hoặc từ chối bridge: không ai được gọi cho đến khi VBot hoạt động lại",
            "VBot fails, or refuses the bridge: nobody is called until it works again",
        ),
        (
            "VBot lỗi nhiều lần liên tiếp, hoặc từ chối tài khoản",
            "VBot failed several times in a row, or refuses the account",
        ),
        (
            "xem các dòng về VBot trong doctor; các cuộc gọi chờ và tự đi tiếp",
            "see the lines about VBot in doctor; calls wait and go on by themselves",
        ),
        wakes=True,
    ),
    Alarm(
        "unsure",
        ("{calls} cuộc gọi chưa rõ đã gọi hay chưa", "{calls} call(s) are unsure"),
        ("có cuộc gọi chưa rõ mà chưa ai xem", "there are unsure calls that nobody has looked at"),
        (
            "mở trang của từng đơn chưa rõ; hoặc chạy: "
            "python -m bridge calls --state unsure, rồi: python -m bridge resolve",
            "open the page of each such order; or run: "
            "python -m bridge calls --state unsure, then: python -m bridge resolve",
        ),
    ),
    Alarm(
        "stuck_work",
        ("{rows} tin hoặc cuộc gọi đứng yên", "{rows} deliveries or calls stand still"),
        (
            "có tin hơn 5 phút chưa được quyết định, hoặc cuộc gọi đã quá thời điểm của nó",
            "a delivery is undecided for over 5 minutes, or a call is past its time",
        ),
        (
            "chạy: python -m bridge balance; rồi khởi động lại worker",
            "run: python -m bridge balance; then start the worker again",
        ),
        wakes=True,
    ),
    Alarm(
        "clock_step",
        (
            "đồng hồ của máy vừa nhảy: tạm không bắt đầu cuộc gọi nào",
            "this machine's clock jumped: no call starts for a moment",
        ),
        ("đồng hồ của máy chưa đáng tin trở lại", "this machine's clock is not trusted again yet"),
        (
            "để máy tự chỉnh giờ qua mạng (NTP)",
            "let this machine set its clock by the network (NTP)",
        ),
    ),
    Alarm(
        "no_worker",
        ("không worker nào chạy: không ai được gọi", "no worker beats: nobody is called"),
        ("không worker nào chạy trong 60 giây", "no worker has beaten for 60 seconds"),
        ("khởi động một worker: python -m bridge worker", "start one: python -m bridge worker"),
        wakes=True,
    ),
    Alarm(
        "secrets_locked",
        (
            "BRIDGE_SECRET_KEY không mở được khóa bí mật của nguồn {sources}: tin của nguồn này chưa được nhận",
            "BRIDGE_SECRET_KEY does not open the secrets of the sources {sources}: nothing of theirs is taken",
        ),
        (
            "tiến trình web đang chạy không mở được khóa bí mật đã lưu của một nguồn; tin của nguồn đó nhận mã 503",
            "the running web process cannot open the stored secrets of a source, whose deliveries get a 503",
        ),
        (
            "đặt lại BRIDGE_SECRET_KEY đã mã hóa chúng rồi khởi động lại; chạy: python -m bridge doctor",
            "set the BRIDGE_SECRET_KEY that sealed them and start again; run: python -m bridge doctor",
        ),
        wakes=True,
    ),
    Alarm(
        "template_changed",
        (
            "quy tắc {rules} không còn khớp kịch bản {template}: các cuộc gọi của nó chờ",
            "the rules {rules} no longer fit the template {template}: their calls wait",
        ),
        (
            "một quy tắc không khớp trường tùy chỉnh của kịch bản",
            "a rule does not fit its template's custom fields",
        ),
        (
            "sửa quy tắc rồi apply, hoặc sửa kịch bản trên VBot",
            "mend the rule and apply, or mend the template at VBot",
        ),
    ),
    Alarm(
        "drift",
        (
            "đã đổi ở nơi khác nên lần phát hành không ghi đè: {entries}",
            "changed elsewhere, and left so by the release: {entries}",
        ),
        (
            "lần phát hành gần nhất gặp cấu hình đã được đổi ở nơi khác, không phải trong các tệp",
            "the last release found configuration that was changed elsewhere than in the files",
        ),
        (
            "xem: python -m bridge rules log; rồi sửa tệp theo, hoặc chạy apply --force",
            "look at: python -m bridge rules log; then change the files too, or run apply --force",
        ),
    ),
    Alarm(
        "low_balance",
        ("tài khoản VBot còn {balance} đồng", "{balance} dong are left at VBot"),
        ("tài khoản VBot còn ít hơn `VBOT_BALANCE_ALARM`", "less than `VBOT_BALANCE_ALARM` is left at VBot"),
        ("nạp tiền vào tài khoản VBot", "top up the account at VBot"),
        wakes=True,
    ),
    Alarm(
        "records_differ",
        (
            "lịch sử cuộc gọi của VBot và sổ ở đây có những cuộc gọi khác nhau",
            "VBot's call records and the ledger know different calls",
        ),
        (
            "lần so sánh gần nhất, mỗi ngày một lần, thấy khác nhau",
            "the last comparison, made once a day, found a difference",
        ),
        (
            "tìm những cuộc gọi này trên VBot và bằng: python -m bridge vbot records",
            "look for these in VBot and with: python -m bridge vbot records",
        ),
    ),
    Alarm(
        "source_silent",
        ("nguồn {source} im lặng lâu hơn thường lệ", "the source {source} sends nothing for longer than is usual"),
        ("nguồn im lặng lâu hơn thường lệ của chính nó", "a source sends nothing for longer than is usual for it"),
        (
            "cửa hàng còn gửi không? xem webhook ở cửa hàng, và chạy: python -m bridge sources",
            "does the shop still send? look at its webhooks, and run: python -m bridge sources",
        ),
    ),
    Alarm(
        "source_failing",
        (
            "{failures} tin liên tiếp của nguồn {source} bị từ chối: nền tảng sắp ngừng gửi",
            "{failures} deliveries in a row of {source} were refused: its platform will soon stop sending",
        ),
        (
            "số tin bị từ chối liên tiếp gần đến mức mà nền tảng ngừng gửi",
            "the refusals in a row come near the number at which the platform stops sending",
        ),
        (
            "so khóa bí mật của webhook ở cửa hàng với khóa của nguồn; chạy: python -m bridge sources",
            "compare the shop's webhook secret with the source's; run: python -m bridge sources",
        ),
        wakes=True,
    ),
    Alarm(
        "webhook_missing",
        (
            "webhook của nguồn {source} ở cửa hàng đã mất, bị tắt hoặc trỏ đi nơi khác: {topics}",
            "the webhooks of {source} are gone from the shop, switched off or lead elsewhere: {topics}",
        ),
        (
            "lần xem gần nhất, mỗi ngày một lần, không thấy webhook của nguồn trong danh sách của cửa hàng",
            "the last look, made once a day, did not find the source's webhooks in the shop's list",
        ),
        (
            "chạy: python -m bridge sources repair NGUỒN",
            "run: python -m bridge sources repair SOURCE",
        ),
    ),
    Alarm(
        "poll_failing",
        (
            "API của nguồn {source} không trả lời {failures} lần liên tiếp khi được hỏi về đơn bị sót",
            "the API of {source} failed {failures} times in a row when it was polled for missed orders",
        ),
        (
            "API của cửa hàng không trả lời nhiều lần liên tiếp",
            "the shop's API does not answer, several times in a row",
        ),
        (
            "xem api_url và thông tin đăng nhập của nguồn, và chạy: python -m bridge sources",
            "look at the source's api_url and credentials, and run: python -m bridge sources",
        ),
    ),
    Alarm(
        "write_back",
        (
            "cửa hàng của nguồn {source} không nhận kết quả cuộc gọi ghi về: việc ghi tạm dừng",
            "the shop of {source} does not take results that are written back: writing to it rests",
        ),
        (
            "cửa hàng từ chối thông tin truy cập API khi ghi kết quả về, hoặc không trả lời nhiều lần liên tiếp",
            "the shop refuses the API credentials for writing back, or does not answer several times in a row",
        ),
        (
            "chạy: python -m bridge doctor để xem quyền còn thiếu; sửa thông tin truy cập của nguồn rồi apply",
            "run: python -m bridge doctor for the missing right; mend the source's credentials and apply",
        ),
    ),
    Alarm(
        "fetch_failing",
        (
            "không hỏi được phần còn thiếu của đơn: {failures} đơn gần nhất của nguồn {source}",
            "the newest {failures} orders of {source} could not be fetched",
        ),
        (
            "không hỏi được phần còn thiếu của những đơn gần nhất",
            "the newest orders of a source cannot be fetched",
        ),
        (
            "xem thông tin đăng nhập và api_url của nguồn, và chạy: python -m bridge sources; rồi replay",
            "look at the source's credentials and api_url, and run: python -m bridge sources; then replay",
        ),
    ),
    Alarm(
        "webhook_failing",
        (
            "webhook {webhook} không nhận tin báo từ hơn một giờ nay ({error}); bridge vẫn tiếp tục gửi lại",
            "the webhook {webhook} takes nothing for over an hour ({error}); it is tried again and again",
        ),
        (
            "một webhook gửi đi không được nhận trong hơn một giờ",
            "an outgoing webhook takes nothing for over an hour",
        ),
        (
            "sửa chương trình nhận, rồi chạy: python -m bridge webhooks test NAME",
            "mend what receives it, then run: python -m bridge webhooks test NAME",
        ),
    ),
    Alarm(
        "channel_failing",
        (
            "kênh báo {channel} không gửi được ({error})",
            "the channel {channel} cannot tell anybody anything ({error})",
        ),
        (
            "một kênh báo cho người đã hỏng: từ chối tin, hoặc không gửi được suốt 15 phút",
            "a channel to people refuses, or has failed for 15 minutes",
        ),
        (
            "sửa kênh trong `notify`, rồi chạy: python -m bridge notify test NAME",
            "mend the channel under `notify`, then run: python -m bridge notify test NAME",
        ),
    ),
    Alarm(
        "webhook_off",
        (
            "webhook {webhook} đã bị tắt ({error}): không gửi gì đến đó nữa",
            "the webhook {webhook} is switched off ({error}): nothing is sent to it",
        ),
        (
            "một webhook gửi đi đã trả lời 410, hoặc không nhận gì suốt 5 ngày",
            "an outgoing webhook answered 410, or took nothing for 5 days",
        ),
        (
            "sửa chương trình nhận, rồi chạy: python -m bridge webhooks test NAME và webhooks replay NAME",
            "mend what receives it, then run: python -m bridge webhooks test NAME, and webhooks replay NAME",
        ),
    ),
)
_BY_KEY = {alarm.key: alarm for alarm in ALARMS}


def find_alarm(key: str) -> Alarm | None:
    """The kind of a stored alarm, by its key; None if another version of the bridge opened it."""
    return _BY_KEY.get(key.partition(":")[0])


def describe(key: str, facts: Mapping[str, Json]) -> Text:
    """What is so while this alarm is open, in Vietnamese and English; its key, where it is not known here."""
    alarm = find_alarm(key)
    shown: dict[str, Json] = defaultdict(lambda: "?")
    shown |= {name: ", ".join(map(str, each)) if isinstance(each, list) else each for name, each in facts.items()}
    vietnamese, english = (text.format_map(shown) for text in (alarm.means if alarm else (key, key)))
    return vietnamese, english
