"""What VBot's records say of an attempt that is asked about: code -> (Vietnamese, English)."""

from __future__ import annotations

_AGAIN_VI, _AGAIN_EN = "[ Sẽ hỏi lại lúc {at}.]", "[ They are asked again at {at}.]"
_ASKED_VI, _ASKED_EN = "đã hỏi {tries} lần, lần cuối lúc {asked_at}", "asked {tries} time(s), last at {asked_at}"

RECORDS = {
    "records_due": (
        "Sẽ hỏi lịch sử cuộc gọi của VBot[ lúc {at}].",
        "VBot's records of calls will be asked[ at {at}].",
    ),
    "records_found": (
        f"Lịch sử cuộc gọi của VBot ({_ASKED_VI}) có mã này: yêu cầu đã đến VBot.{_AGAIN_VI}",
        f"VBot's records ({_ASKED_EN}) hold this id: the request reached VBot.{_AGAIN_EN}",
    ),
    "records_fitting": (
        f"Lịch sử cuộc gọi của VBot ({_ASKED_VI}) có đúng một cuộc gọi khớp số và giờ: coi như yêu cầu đã đến "
        f"VBot.{_AGAIN_VI}",
        f"VBot's history list ({_ASKED_EN}) holds one call that fits the number and the time, which counts as this "
        f"one.{_AGAIN_EN}",
    ),
    "records_silent": (
        f"Lịch sử cuộc gọi của VBot ({_ASKED_VI}) không có mã này[; số này có {{others}} cuộc gọi khác]. "
        f"Như vậy chưa chắc là máy không đổ chuông.{_AGAIN_VI}",
        f"VBot's records ({_ASKED_EN}) do not hold this id[; of this number they hold {{others}} other(s)]. "
        f"That does not prove that the phone did not ring.{_AGAIN_EN}",
    ),
    "records_trusted": (
        f"Lịch sử cuộc gọi của VBot ({_ASKED_VI}) không có mã này sau {{detail}}, và VBOT_TRUST_SILENCE coi như vậy là "
        "máy chưa đổ chuông.",
        f"VBot's records ({_ASKED_EN}) do not hold this id after {{detail}}, which VBOT_TRUST_SILENCE takes to mean "
        "that the phone did not ring.",
    ),
    "records_partial": (
        f"Lịch sử cuộc gọi của VBot ({_ASKED_VI}) chưa được trả về đầy đủ nên chưa kết luận được.{_AGAIN_VI}",
        f"VBot's records ({_ASKED_EN}) were not told in full, which says nothing.{_AGAIN_EN}",
    ),
    "records_unproven": (
        f"Lịch sử cuộc gọi của VBot ({_ASKED_VI}) không có mã này, nhưng cũng không có một cuộc gọi khác mà "
        f"VBot chắc chắn đã gọi, nên chưa kết luận được.{_AGAIN_VI}",
        f"VBot's records ({_ASKED_EN}) do not hold this id, nor another call that VBot surely made, which says "
        f"nothing.{_AGAIN_EN}",
    ),
    "records_failed": (
        f"VBot chưa trả về lịch sử cuộc gọi[ ({{detail}})] ({_ASKED_VI}) nên chưa kết luận được.{_AGAIN_VI}",
        f"VBot did not tell its records[ ({{detail}})] ({_ASKED_EN}), which says nothing.{_AGAIN_EN}",
    ),
}
