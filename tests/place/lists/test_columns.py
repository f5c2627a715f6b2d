"""Which column is what, by the words that sellers write above their lists."""

from __future__ import annotations

import pytest

from bridge.place.lists.columns import guess_columns
from bridge.place.lists.lines import open_list
from bridge.place.lists.sheet import BadSheet, read_head

A = "0912345671"
FIELDS = [
    {"cfkey": "customer_name", "cfname": "Tên khách hàng", "isRequired": True},
    {"cfkey": "order_id", "cfname": "", "isRequired": True},
    {"cfkey": "tong_tien", "cfname": "Số tiền"},
    {"cfkey": "deliveryDate", "cfname": ""},
]
WHO = {"name": "TÊN KHÁCH HÀNG", "customer_name": "TÊN KHÁCH HÀNG"}


def guessed(header: str, cells: str = "", fields: list[dict[str, object]] | None = FIELDS) -> dict[str, str]:
    return guess_columns(read_head(f"{header}\n{cells}\n".encode()), fields)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (
            "phone,customer_name,order_id",
            {"phone": "phone", "name": "customer_name", "customer_name": "customer_name", "order_id": "order_id"},
        ),
        (
            "STT;Họ và tên;Số điện thoại;Mã đơn hàng;Thành tiền",
            {
                "phone": "Số điện thoại",
                "name": "Họ và tên",
                "customer_name": "Họ và tên",
                "order_id": "Mã đơn hàng",
                "tong_tien": "Thành tiền",
            },
        ),
        ("SĐT người nhận\tTÊN KHÁCH HÀNG", {"phone": "SĐT người nhận", **WHO}),
        ("Di động,Mã KH,số tiền", {"phone": "Di động", "customer_uid": "Mã KH", "tong_tien": "số tiền"}),
        ("Mobile,Delivery Date", {"phone": "Mobile", "deliveryDate": "Delivery Date"}),
        (
            "Phone,Name,Customer_UID",
            {"phone": "phone", "name": "name", "customer_name": "name", "customer_uid": "customer_uid"},
        ),
        ("Hotline shop,Ghi chú", {}),
    ],
)
def test_a_column_is_known_by_what_it_is_called(header: str, expected: dict[str, str]) -> None:
    assert guessed(header) == expected


def test_a_column_without_a_telling_name_is_the_phone_where_most_of_its_cells_can_be_dialled() -> None:
    assert guessed("Người mua,Cột 2", f"Hoa,{A}\nLan,84912345672\nMai,không có")["phone"] == "Cột 2"
    assert "phone" not in guessed("Người mua,Cột 2", f"Hoa,{A}\nLan,\nMai,12\nAn,13")


def test_where_the_custom_fields_are_not_known_each_other_column_is_one() -> None:
    assert guessed("SĐT,Tên,code", fields=None) == {"phone": "SĐT", "name": "Tên", "code": "code"}


def test_one_column_fills_one_custom_field() -> None:
    fields = [{"cfkey": "total"}, {"cfkey": "amount"}]
    assert guessed("phone,Tổng tiền", fields=fields) == {"phone": "phone", "total": "Tổng tiền"}


def test_a_name_that_the_script_speaks_is_the_persons() -> None:
    assert guessed("phone,Họ tên", fields=[{"cfkey": "name"}]) == {"phone": "phone", "name": "Họ tên"}


def test_a_file_that_begins_with_a_person_is_told_so_and_none_is_quoted() -> None:
    with pytest.raises(BadSheet, match="the first line is that of a person") as refused:
        read_head(f"Hoa,{A}\nLan,0912345672\n".encode())
    assert A not in "".join(refused.value.texts)


def test_the_command_names_the_columns_that_it_takes_to_be_meant() -> None:
    with pytest.raises(BadSheet, match="write --set 'phone=column:Số điện thoại'"):
        open_list(f"Họ tên,Số điện thoại\nHoa,{A}\n".encode(), {}, (), {}, None)
    with pytest.raises(BadSheet, match="Write --set 'order_id=column:Mã đơn', or --ignore 'Mã đơn'"):
        open_list(f"phone,Mã đơn\n{A},1\n".encode(), {}, (), {}, FIELDS)
    with pytest.raises(BadSheet, match="Write --set FIELD=column:STT, or --ignore STT"):
        open_list(f"phone,STT\n{A},1\n".encode(), {}, (), {}, FIELDS)
