"""users: who may enter the console."""

from __future__ import annotations

from typing import Any

from bridge.lib.passwords import is_password
from bridge.store import Store
from bridge.store.people.users import find_user
from tests.cli.conftest import Cli


def test_users_are_added_listed_changed_and_removed_and_one_admin_stays(cli: Cli, listed: Any, store: Store) -> None:
    assert cli("users", "add", "lan", "--role", "admin", stdin="a-long-password\n").stdout == "added lan: admin\n"
    assert cli("users", "add", "hoa", stdin="another-password\n", BRIDGE_LANG="vi").stdout == "đã thêm hoa: người xem\n"
    with store.read() as conn:
        lan = find_user(conn, "lan")
    assert lan is not None and is_password("a-long-password", lan.password_hash)
    assert [(user["name"], user["role"]) for user in listed("users", "list")["items"]] == [
        ("hoa", "viewer"),
        ("lan", "admin"),
    ]
    for words in (("role", "lan", "operator"), ("remove", "lan", "--yes")):
        refused = cli("users", *words)
        assert refused.returncode == 1 and "the last admin" in refused.stderr
    assert cli("users", "role", "hoa", "admin").stdout == "hoa: viewer → admin\n"
    assert cli("users", "remove", "lan").returncode == 2  # nobody can be asked
    assert cli("users", "remove", "lan", "--yes").returncode == 0
    assert cli("users", "add", "hoa", "--reset", stdin="a-third-password\n").returncode == 0
    with store.read() as conn:
        hoa = find_user(conn, "hoa")
        assert find_user(conn, "lan") is None
    assert hoa is not None and is_password("a-third-password", hoa.password_hash)
    acts = [(act["what"], act["on"]) for act in listed("audit")["items"]]
    assert acts == [
        ("users reset", "user:hoa"),
        ("users remove", "user:lan"),
        ("users role", "user:hoa"),
        ("users add", "user:hoa"),
        ("users add", "user:lan"),
    ]


def test_what_cannot_be_is_said_in_one_line(cli: Cli) -> None:
    cli("users", "add", "lan", stdin="a-long-password\n")
    for words, typed, code, said in (
        (("add", "lan"), "a-long-password\n", 1, "--reset"),
        (("add", "hoa"), "short\n", 1, "8 characters"),
        (("add", "hoa"), "", 1, "8 characters"),
        (("add", "two words"), "a-long-password\n", 2, "no blanks"),
        (("add", "lan", "--reset", "--role", "admin"), "a-long-password\n", 2, "users role"),
        (("role", "nobody", "admin"), "", 1, "no user is called nobody"),
        (("remove", "nobody", "--yes"), "", 1, "no user is called nobody"),
    ):
        refused = cli("users", *words, stdin=typed)
        assert refused.returncode == code and said in refused.stderr
        assert len(refused.stderr.splitlines()) == 1 or code == 2
