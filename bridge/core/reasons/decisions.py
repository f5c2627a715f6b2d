"""Why an order is called or not: reason code -> (Vietnamese, English)."""

from __future__ import annotations

DECISIONS = {
    "wanted": (
        "Sẽ gọi cho khách[ theo quy tắc “{rule}”][, sớm nhất lúc {at}].[ {because}.]",
        "The customer will be called[ under the rule “{rule}”][, {at} at the earliest].[ {because}.]",
    ),
    "hour_learning": (
        "Giờ tốt nhất: chưa đủ cuộc gọi để học, nên gọi như thường.",
        "Best hour: too few calls to learn from, so it is called as usual.",
    ),
    "hour_held_out": (
        "Giờ tốt nhất: đơn thuộc nhóm 20% đối chứng, nên gọi như thường.",
        "Best hour: the order is among the 20 % that are held out, so it is called as usual.",
    ),
    "hour_kept": (
        "Giờ tốt nhất: trong thời gian cho phép không có giờ nào tốt hơn.",
        "Best hour: within its time no other hour is better.",
    ),
    "hour_moved": (
        "Giờ tốt nhất: dời đến {at} ({detail} nghe máy, so với {usual} nếu gọi ngay).",
        "Best hour: moved to {at} ({detail} answer, and {usual} if rung at once).",
    ),
    "manual": (
        "Cuộc gọi do người dùng yêu cầu[: {detail}].",
        "A person asked for this call[: {detail}].",
    ),
    "own_write": (
        "Không gọi: tin này chỉ nói về kết quả mà bridge vừa ghi vào đơn.",
        "Not called: this message says nothing but what was written to the order for a call's result.",
    ),
    "no_rule": (
        "Không gọi: chưa có quy tắc nào đang bật cho loại sự kiện này[ ({topic})].",
        "Not called: no enabled rule covers this kind of event[ ({topic})].",
    ),
    "test_message": (
        "Không gọi: đây chỉ là tin thử của cửa hàng, không phải đơn hàng thật.",
        "Not called: this is only a test message from the shop, not a real order.",
    ),
    "sold_in_store": (
        "Không gọi: đơn bán tại quầy, khách đã nhận hàng ở cửa hàng.",
        "Not called: the order was sold over the counter, nothing is delivered.",
    ),
    "part_of_order": (
        "Không gọi: đơn này là một phần của đơn {order}; khách chỉ nghe một cuộc gọi, cho cả đơn {order}.",
        "Not called: this order is a part of order {order}; the buyer gets one call, about the whole order {order}.",
    ),
    "marked_duplicate": (
        "Không gọi: cửa hàng đã gắn thẻ “{detail}”, nghĩa là đơn này trùng với một đơn khác.",
        "Not called: the shop tagged the order “{detail}”, so it is the same purchase as another order.",
    ),
    "order_cancelled": (
        "Không gọi: đơn hàng đã bị hủy.",
        "Not called: the order is cancelled.",
    ),
    "order_refunded": (
        "Không gọi: đơn hàng đã được hoàn tiền.",
        "Not called: the order is refunded.",
    ),
    "order_returned": (
        "Không gọi: đơn hàng đã hoàn, hàng đang về hoặc đã về lại cửa hàng.",
        "Not called: the order is returned, its parcel is on the way back or back at the shop.",
    ),
    "order_failed": (
        "Không gọi: đơn hàng không thành công.",
        "Not called: the order has failed.",
    ),
    "order_trashed": (
        "Không gọi: đơn hàng đã bị chuyển vào thùng rác.",
        "Not called: the order is in the trash.",
    ),
    "order_deleted": (
        "Không gọi: đơn hàng đã bị xóa.",
        "Not called: the order is deleted.",
    ),
    "order_draft": (
        "Không gọi: đơn hàng mới là bản nháp, khách chưa đặt xong.",
        "Not called: the order is only a draft, the customer has not finished it.",
    ),
    "order_completed": (
        "Không gọi: đơn hàng đã hoàn tất.",
        "Not called: the order is completed.",
    ),
    "not_in_sample": (
        "Không gọi: đơn hàng không nằm trong phần đơn mà quy tắc[ “{rule}”] chạy thử.",
        "Not called: the order is not in the share that the rule[ “{rule}”] takes.",
    ),
    "order_delivered": (
        "Không gọi: đơn vị vận chuyển đã báo giao xong hoặc đã hoàn hàng.",
        "Not called: the carrier has said that it was delivered, or is back.",
    ),
    "parcel_moved_on": (
        "Không gọi: đơn vị vận chuyển đã có tin mới hơn về kiện hàng[ ({topic})].",
        "Not called: the carrier has a newer status of the parcel[ ({topic})].",
    ),
    "parcel_cancelled": (
        "Không gọi: đơn vị vận chuyển không còn giao kiện hàng này.",
        "Not called: the carrier does not deliver this parcel any more.",
    ),
    "parcel_appointment": (
        "Không gọi: khách đã hẹn ngày nhận với bưu tá.",
        "Not called: the buyer has set a day with the courier.",
    ),
    "parcel_collects_nothing": (
        "Không gọi: kiện hàng không thu tiền nữa.",
        "Not called: nothing is collected for the parcel any more.",
    ),
    "parcel_unjoined": (
        "Không gọi: chưa biết kiện hàng[ mã {order}] thuộc đơn nào của cửa hàng; hãy xem mã đơn ghi trên vận đơn, và "
        "nguồn của hãng vận chuyển có nêu đúng cửa hàng không.",
        "Not called: no order of the shop is known for the parcel[ with the reference {order}]; look at the "
        "reference on the waybill, and whether the carrier's source names the right shop.",
    ),
    "parcel_ambiguous": (
        "Không gọi: nhiều đơn của cửa hàng cùng mang mã {order} ghi trên vận đơn.",
        "Not called: several orders have the reference {order} that the waybill names.",
    ),
    "order_fulfilled": (
        "Không gọi: đơn hàng đã được giao.",
        "Not called: the order is fulfilled.",
    ),
    "cod_paid": (
        "Không gọi: đơn thu tiền khi nhận hàng (COD) này đã được thanh toán.",
        "Not called: this cash-on-delivery order is already paid.",
    ),
    "condition_false": (
        "Không gọi: đơn hàng không thuộc diện gọi theo điều kiện “when” của quy tắc[ “{rule}”].[ Phương thức thanh "
        "toán “{method}” được hiểu là không thu tiền khi nhận hàng; nếu thực ra có thu, hãy thêm tên đó vào cod_names "
        "của cửa hàng.]",
        "Not called: the order does not meet the “when” condition of the rule[ “{rule}”].[ Its payment method "
        "“{method}” is read as not paid on delivery; if it is, add that name to cod_names of the source.]",
    ),
    "mapping_failed": (
        "Không gọi: không điền được trường “{field}” của kịch bản[: {detail}].",
        "Not called: the script's field “{field}” cannot be filled in[: {detail}].",
    ),
    "too_old": (
        "Không gọi: đã quá hạn gọi của đơn hàng này[ ({not_after})].",
        "Not called: it is too late for this order[; the call had to start by {not_after}].",
    ),
    "already_called": (
        "Không gọi thêm: đơn hàng này đã có cuộc gọi theo cùng quy tắc[, chung với đơn {order}][ (cuộc gọi {call})].",
        "Not called again: this rule already has a call for this order[, shared with order {order}][ (call {call})].",
    ),
    "replayed": (
        "Sẽ gọi cho khách: cuộc gọi chưa đến được khách, nay chờ gọi lại theo quy tắc hiện tại[ “{rule}”].",
        "The customer will be called: the call had not reached anybody, and waits again under the rule[ “{rule}”].",
    ),
    "forced": (
        "Sẽ gọi thêm một lần nữa vì có người yêu cầu[, lý do: {detail}].",
        "The customer will be called once more, because a person asked for it[, reason: {detail}].",
    ),
    "do_not_call": (
        "Không gọi: số điện thoại này nằm trong danh sách không gọi.",
        "Not called: this phone number is on the do-not-call list.",
    ),
    "cancelled_first": (
        "Không gọi: yêu cầu hủy đơn đã đến trước.",
        "Not called: the cancellation of the order arrived first.",
    ),
    "no_hotline": (
        "Không gọi: chưa có đầu số gọi ra. Hãy ghi hotline trong quy tắc, hoặc đặt VBOT_HOTLINE.",
        "Not called: no hotline is known. Write one into the rule, or set VBOT_HOTLINE.",
    ),
    "no_window": (
        "Không gọi: từ nay đến hết hạn gọi[ ({not_after})] không có khung giờ nào được phép gọi.",
        "Not called: no permitted hour comes before the call's time ends[ ({not_after})].",
    ),
    "internal_error": (
        "Chương trình gặp lỗi khi xử lý tin này. Tin vẫn được lưu và có thể xử lý lại.",
        "The program failed on this message. The message is kept and can be replayed.",
    ),
}

PHONES = {
    "phone_missing": (
        "Không gọi: đơn hàng không có số điện thoại.",
        "Not called: the order has no phone number.",
    ),
    "phone_masked": (
        "Không gọi: số điện thoại đã bị sàn hoặc cửa hàng che bớt chữ số.",
        "Not called: digits of the phone number are hidden by the marketplace or the shop.",
    ),
    "marketplace_hides_phone": (
        "Không gọi: sàn[ {marketplace}] giấu số điện thoại của người mua, đơn gửi đến không có số gọi được.",
        "Not called: the marketplace[ {marketplace}] hides its buyers' phone numbers; the order came without one.",
    ),
    "phone_rounded": (
        "Không gọi: bảng tính đã làm tròn số điện thoại (dạng 8.49E+10) nên mất các chữ số cuối. Hãy định dạng cột số "
        "điện thoại là văn bản (Text) rồi xuất lại.",
        "Not called: a spreadsheet rounded the phone number (such as 8.49E+10), and its last digits are lost. Format "
        "the column of phones as text, and export it again.",
    ),
    "phone_impossible": (
        "Không gọi: số điện thoại không đúng, không có số thuê bao nào như vậy.",
        "Not called: the phone number is wrong, no such number can exist.",
    ),
    "phone_foreign": (
        "Không gọi: đây là số điện thoại nước ngoài. Muốn gọi, hãy đặt “abroad: true” trong quy tắc.",
        "Not called: this is a foreign phone number. To call such numbers, set “abroad: true” in the rule.",
    ),
    "phone_premium": (
        "Không gọi: đây là số dịch vụ hoặc tổng đài (1800, 1900), không phải số của khách.",
        "Not called: this is a service number (1800, 1900), not a customer's own.",
    ),
    "phone_voip": (
        "Không gọi: đây là số điện thoại Internet (VoIP); chỉ gọi số di động và số cố định.",
        "Not called: this is an internet (VoIP) number; only mobile and landline numbers are called.",
    ),
    "phone_extension": (
        "Không gọi: số điện thoại có kèm số máy lẻ, cuộc gọi tự động không bấm được máy lẻ.",
        "Not called: the phone number has an extension, which an automatic call cannot dial.",
    ),
    "phone_other": (
        "Không gọi: số điện thoại này không phải số di động hay số cố định.",
        "Not called: this is neither a mobile nor a landline number.",
    ),
}

# Why a field of a rule, or of its template, cannot be filled in.
MAPPINGS = {
    "mapping_required": (
        "Kịch bản bắt buộc có giá trị này nhưng giá trị bị trống.",
        "The template needs this value, and it is blank.",
    ),
    "mapping_unknown_field": (
        "Kịch bản không có trường này.",
        "The template has no such field.",
    ),
    "mapping_number": (
        "Kịch bản cần một số ở trường này.",
        "The template wants a number here.",
    ),
    "mapping_text": (
        "Kịch bản cần chữ ở trường này.",
        "The template wants a text here.",
    ),
    "mapping_too_long": (
        "Giá trị dài hơn số ký tự mà kịch bản nhận.",
        "The value is longer than the template takes.",
    ),
    "mapping_currency": (
        "Đơn hàng tính bằng {currency} mà bộ lọc này chỉ nhận VND; hãy dùng money_words.",
        "The order is in {currency}, and this filter takes VND only; use money_words.",
    ),
    "mapping_no_amount": (
        "Đơn hàng không kèm số tiền; hãy viết lời không nhắc số tiền, hoặc thêm default.",
        "The order came without an amount; write words that name none, or a default.",
    ),
    "mapping_blank": (
        "Bộ lọc cần một số nhưng giá trị bị trống.",
        "The filter needs a number, and the value is blank.",
    ),
    "mapping_not_number": (
        "Bộ lọc cần một số nhưng giá trị không phải là số; số tiền dạng chữ trong raw cần qua bộ lọc number.",
        "The filter needs a number, and the value is none; an amount that raw holds as text goes through number.",
    ),
    "mapping_not_amount": (
        "Bộ lọc number không hiểu đoạn chữ này là một số tiền duy nhất bằng loại tiền của đơn.",
        "The filter number cannot read this text as one amount in the order's currency.",
    ),
    "mapping_group": (
        "Giá trị là một nhóm trường, không đọc được; hãy chọn một trường trong đó.",
        "The value is a group of fields, which cannot be said; name one field of it.",
    ),
    "mapping_kinds": (
        "Không so sánh được số với chữ; số tiền trong raw có thể là chữ, order.total là số.",
        "A number and a text cannot be compared; raw may hold amounts as text, order.total is a number.",
    ),
    "mapping_blank_key": (
        "Giá trị của once_per bị trống với đơn này; hãy dùng giá trị mà đơn nào cũng có.",
        "The value of once_per is blank for this order; use one that every order has.",
    ),
}

# What the decisions of the last days say of a source.
SOURCES = {
    "method_not_cod": (
        "Phương thức thanh toán “{method}” được hiểu là không thu tiền khi nhận hàng, nên gần đây có {orders} đơn "
        "không được gọi. Nếu thực ra có thu, hãy thêm tên đó vào cod_names của cửa hàng.",
        "The payment method “{method}” is read as not paid on delivery: {orders} order(s) of the last days were not "
        "called. If it is, add that name to cod_names of the source.",
    ),
    "parcels_unjoined": (
        "Trong {parcels} kiện hàng của 7 ngày qua, {unjoined} kiện chưa tìm được đơn nên không ai được gọi. Số đơn của "
        "cửa hàng phải nằm trên vận đơn, và `orders_of` của nguồn phải nêu cửa hàng đó.",
        "Of {parcels} parcels of the last 7 days {unjoined} belong to no known order, so nobody is called. The shop's "
        "order number must stand on the waybill, and `orders_of` of the source must name that shop.",
    ),
    "state_unknown": (
        "Chưa rõ trạng thái “{state}” nghĩa là gì nên {orders} đơn gần đây được coi là đang mở. Hãy ghi ý nghĩa của nó "
        "vào states trong phần settings của cửa hàng: open, cancelled, returned, fulfilled hoặc paid.",
        "What the state “{state}” means is not known, so {orders} order(s) of the last days count as open. Write its "
        "meaning into states in the settings of the source: open, cancelled, returned, fulfilled or paid.",
    ),
}

# Why a number that the order names earlier is not the one that is called.
PASSED = {
    "passed_phone_foreign": (
        "Số ghi trước trong đơn là số nước ngoài nên gọi số tiếp theo.",
        "An earlier number of the order is foreign, so the next one is called.",
    ),
    "passed_phone_premium": (
        "Số ghi trước trong đơn là số dịch vụ hoặc tổng đài nên gọi số tiếp theo.",
        "An earlier number of the order is a service number, so the next one is called.",
    ),
    "passed_phone_voip": (
        "Số ghi trước trong đơn là số điện thoại Internet (VoIP) nên gọi số tiếp theo.",
        "An earlier number of the order is an internet (VoIP) number, so the next one is called.",
    ),
    "passed_phone_extension": (
        "Số ghi trước trong đơn có kèm số máy lẻ nên gọi số tiếp theo.",
        "An earlier number of the order has an extension, so the next one is called.",
    ),
    "passed_phone_other": (
        "Số ghi trước trong đơn không phải số di động hay số cố định nên gọi số tiếp theo.",
        "An earlier number of the order is neither mobile nor landline, so the next one is called.",
    ),
    "passed_phone_masked": (
        "Số ghi trước trong đơn bị che bớt chữ số nên gọi số tiếp theo.",
        "Digits of an earlier number of the order are hidden, so the next one is called.",
    ),
    "passed_phone_rounded": (
        "Số ghi trước trong đơn bị bảng tính làm tròn nên gọi số tiếp theo.",
        "A spreadsheet rounded an earlier number of the order, so the next one is called.",
    ),
    "passed_phone_impossible": (
        "Số ghi trước trong đơn không đúng nên gọi số tiếp theo.",
        "An earlier number of the order is wrong, so the next one is called.",
    ),
    "passed_phone_missing": (
        "Trường ghi trước trong đơn không có số điện thoại nên gọi số tiếp theo.",
        "An earlier field of the order holds no phone number, so the next one is called.",
    ),
}

CANCELS = {
    "order_created": (
        "Đã hủy cuộc gọi đang chờ vì cửa hàng báo có đơn hàng mới.",
        "The waiting call was cancelled because the shop reported a new order.",
    ),
    "order_updated": (
        "Đã hủy cuộc gọi đang chờ vì đơn hàng vừa được sửa.",
        "The waiting call was cancelled because the order was edited.",
    ),
    "order_paid": (
        "Đã hủy cuộc gọi đang chờ vì đơn hàng đã được thanh toán.",
        "The waiting call was cancelled because the order is paid.",
    ),
    "checkout_abandoned": (
        "Đã hủy cuộc gọi đang chờ vì khách bỏ dở việc đặt hàng.",
        "The waiting call was cancelled because the customer left the checkout.",
    ),
    "delivery_out": (
        "Đã hủy cuộc gọi đang chờ vì đơn hàng đang được giao.",
        "The waiting call was cancelled because the parcel is out for delivery.",
    ),
    "delivery_failed": (
        "Đã hủy cuộc gọi đang chờ vì giao hàng không thành công.",
        "The waiting call was cancelled because the delivery failed.",
    ),
    "delivery_returning": (
        "Đã hủy cuộc gọi đang chờ vì đơn hàng đang được hoàn về.",
        "The waiting call was cancelled because the parcel goes back to the shop.",
    ),
    "delivery_returned": (
        "Đã hủy cuộc gọi đang chờ vì đơn hàng đã hoàn về cửa hàng.",
        "The waiting call was cancelled because the parcel is back at the shop.",
    ),
    "delivery_delivered": (
        "Đã hủy cuộc gọi đang chờ vì đơn hàng đã được giao.",
        "The waiting call was cancelled because the parcel was delivered.",
    ),
    "cancel_topic": (
        "Đã hủy cuộc gọi đang chờ vì cửa hàng vừa báo: {topic}.",
        "The waiting call was cancelled because the shop reported: {topic}.",
    ),
    "too_late": (
        "Đã quá muộn để dừng[ lúc {at}]: cuộc gọi đã bắt đầu trước đó.",
        "Too late to stop it[ at {at}]: the call had already started.",
    ),
    "changed": (
        "Đã hủy cuộc gọi: đơn hàng đã thay đổi và không còn cần gọi nữa[: {detail}].[ {because}.]",
        "The call was cancelled: the order has changed and no longer needs it[: {detail}].[ {because}.]",
    ),
    "rule_removed": (
        "Đã hủy cuộc gọi: quy tắc[ “{rule}”] hoặc cửa hàng này đã bị tắt hay gỡ bỏ.",
        "The call was cancelled: the rule[ “{rule}”] or its shop was switched off or removed.",
    ),
    "source_removed": (
        "Đã hủy cuộc gọi: cửa hàng này đã bị tắt hoặc gỡ khỏi cấu hình.",
        "The call was cancelled: its shop was switched off or removed.",
    ),
    "forgotten": (
        "Đã hủy cuộc gọi: dữ liệu của khách này đã được xóa theo yêu cầu.",
        "The call was cancelled: this customer's data was erased on request.",
    ),
    "by_person": (
        "Đã có người hủy cuộc gọi[, lý do: {detail}].",
        "A person cancelled the call[, reason: {detail}].",
    ),
}
