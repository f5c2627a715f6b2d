"""Each cause for which a database cannot be used has a sentence of its own; real servers give the errors."""

from __future__ import annotations

import contextlib
import re
import socket
import sqlite3
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from sqlalchemy import exc, insert, select, text

from bridge.core.model import BadSetting, StoreDown
from bridge.store import Store, open_store
from bridge.store.db.causes import CAUSES
from bridge.store.db.errors import store_down
from bridge.store.db.tables import state
from tests import postgres

SECRET = "hush-hush"
HBA = (
    "host all guarded 127.0.0.1/32 scram-sha-256",
    "hostnossl all tls_only 127.0.0.1/32 reject",
    "host all nobody_in 127.0.0.1/32 reject",
)


@pytest.fixture(scope="module")
def strange() -> Iterator[str]:
    """A server with TLS, a user with a password, one who must use TLS, one not let in, one with a single connection."""
    try:
        key, certificate = _certificate()
        files = {"server.key": key, "server.crt": certificate}
        with postgres.cluster(HBA, files, ssl="on") as url:
            with psycopg.connect(url, autocommit=True) as admin:
                admin.execute(f"CREATE ROLE guarded LOGIN PASSWORD '{SECRET}'")
                for user in ("tls_only", "nobody_in", "single"):
                    admin.execute(f"CREATE ROLE {user} LOGIN")
                admin.execute("ALTER ROLE single CONNECTION LIMIT 1")
                admin.execute("ALTER ROLE tls_only SET default_transaction_read_only = on")
            yield url
    except postgres.NoServer as reason:
        pytest.skip(f"Postgres could not be had: {reason}")


@pytest.mark.parametrize(
    ("user", "rest", "code"),
    [
        ("nobody", "", "wrong_user"),
        ("guarded", "", "no_password"),
        (f"guarded:not-{SECRET}", "", "wrong_password"),
        (f"guarded:{SECRET}", "/nowhere", "no_database"),
        ("tls_only", "?sslmode=disable", "tls_wanted"),
        ("nobody_in", "", "not_let_in"),
        ("postgres", "?sslmode=verify-full&sslrootcert=/nowhere.pem", "tls_untrusted"),
        ("postgres", "?sslmode=verify-full&sslrootcert=system", "tls_untrusted"),
        ("postgres", "?sslmode=always", "bad_parameter"),
        ("postgres", "?target_session_attrs=standby", "standby"),
        ("postgres", "?sslcert=/nowhere.pem&sslkey=/nowhere.key&sslmode=require", None),
    ],
)
def test_a_server_that_refuses_is_told_by_its_cause(strange: str, user: str, rest: str, code: str | None) -> None:
    parts = urlsplit(strange)
    path, _, query = rest.partition("?")
    url = f"postgres://{user}@{parts.hostname}:{parts.port}{path or '/postgres'}?{query}".rstrip("?")
    if code is None:  # libpq takes no certificate that is not there, and asks for none
        assert failure(url) is None
        return
    assert code_of(url) == code


def test_a_server_without_tls_and_a_port_without_a_server_are_told(migrated_postgres: str, free_port: int) -> None:
    assert code_of(f"{migrated_postgres}?sslmode=require") == "tls_missing"
    assert code_of(f"postgres://u:{SECRET}@127.0.0.1:{free_port}/b") == "closed_port"
    assert code_of(f"postgres://u:{SECRET}@no-such-host.invalid/b") == "unknown_host"


def test_a_server_whose_connections_are_all_taken_is_told(strange: str) -> None:
    url = strange.replace("postgres@", "single@")
    with psycopg.connect(url):
        assert code_of(url) == "too_many_clients"


def test_a_server_that_may_only_be_read_is_told(strange: str) -> None:
    store = open_store(strange.replace("postgres@", "tls_only@"))
    with pytest.raises(StoreDown) as down, store.write() as conn:
        conn.execute(text("CREATE TABLE things (n int)"))
    store.close()
    assert down.value.code == "read_only"


@pytest.mark.parametrize(
    "url",
    [
        "postgres://u:{s}@h/b?pgbouncer=true",
        "postgres://u:{s}@h/b?schema=public",
        "postgres://u:{s}%zz@h/b",
        "postgres://u:{s}@h:abc/b",
        "postgres://u:{s}@h/b?connect_timeout=soon",
        "postgres://u:{s}@[::1/b",
    ],
)
def test_an_address_that_libpq_cannot_use_is_a_setting_to_correct(url: str) -> None:
    with pytest.raises(BadSetting) as refused:
        open_store(url.format(s=SECRET))
    said = str(refused.value) + refused.value.vietnamese
    assert str(refused.value).startswith("DATABASE_URL ") and refused.value.vietnamese.startswith("DATABASE_URL ")
    assert SECRET not in said
    name = re.search(r"\?(\w+)=", url)
    assert name is None or name[1] in said


def test_what_listens_and_is_no_postgres_is_told() -> None:
    with contextlib.closing(_Greeting()) as greeting:
        assert code_of(f"postgres://u:{SECRET}@127.0.0.1:{greeting.port}/b") == "not_postgres"


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "letter.db").write_text("a letter to the bank, and no database at all" * 100)
    assert code_of(f"sqlite:///{tmp_path}/letter.db") == "no_sqlite"


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert code_of(f"sqlite:///{tmp_path}/nowhere/bridge.db") == "cannot_open"


def test_a_file_that_cannot_grow_is_a_full_disk(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/full.db")
    with pytest.raises(StoreDown) as down, store.write() as conn:
        conn.execute(text("CREATE TABLE some (t)"))
        conn.execute(text("PRAGMA max_page_count = 3"))
        conn.execute(text("INSERT INTO some VALUES (zeroblob(100000))"))
    store.close()
    assert down.value.code == "disk_full"


def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "bridge.db"
    with contextlib.closing(sqlite3.connect(path)) as file, file:
        file.execute("CREATE TABLE some (t)")
        file.execute("INSERT INTO some VALUES (zeroblob(100000))")
    whole = path.read_bytes()
    path.write_bytes(whole[:100] + b"\xff" * 4000 + whole[4100:])
    assert code_of(f"sqlite:///{path}", "SELECT count(*) FROM some") == "damaged"


def test_a_schema_that_is_not_there_says_migrate(tmp_path: Path, postgres_server: str) -> None:
    assert code_of(f"sqlite:///{tmp_path}/bridge.db", "SELECT * FROM calls") == "schema"
    assert code_of(postgres_server, "SELECT * FROM no_table_of_ours") == "schema"


@pytest.mark.parametrize("migrated_url", ["postgres"], indirect=True)
@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '53100'; END $$", "disk_full"),
        ("DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '40P01'; END $$", "conflict"),
        ("DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '55P03'; END $$", "busy"),
        ("DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '57014'; END $$", "too_slow"),
        ("DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '42501'; END $$", "no_right"),
        ("DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = 'XX001'; END $$", "damaged"),
        ("DO $$ BEGIN RAISE EXCEPTION '0912345678' USING ERRCODE = 'XX000'; END $$", ""),
        ("SELECT pg_terminate_backend(pg_backend_pid())", "starting"),
    ],
)
def test_an_error_that_passes_is_a_store_that_is_down(store: Store, statement: str, code: str) -> None:
    with pytest.raises(StoreDown) as down, store.write() as conn:
        conn.execute(text(statement))
    assert down.value.code == code
    assert "0912345678" not in str(down.value)
    assert code or "SQLSTATE XX000" in str(down.value)


def test_what_a_value_is_at_fault_for_is_no_store_that_is_down(store: Store) -> None:
    """A key too long for an index of Postgres, a text that no JSON column takes, and a number that is none."""
    too_long = "".join(chr(0x4E00 + n) for n in range(4000))  # it does not compress
    with store.write() as conn:
        conn.execute(insert(state).values(key="some", value=1))
    faults = [
        (exc.IntegrityError, insert(state).values(key="some", value=1)),
        (exc.DataError, text("SELECT * FROM state WHERE n n")),
    ]
    if store.is_postgres:
        faults += [
            (exc.DataError, text("INSERT INTO state VALUES (:key, '1')").bindparams(key=too_long)),
            (exc.DataError, text("SELECT 'x'::int")),
        ]
    for kind, statement in faults:
        with pytest.raises(kind) as refused, store.write() as conn:
            conn.execute(statement)
        assert "\n" not in str(refused.value.orig)
    with store.read() as conn:
        assert conn.execute(select(state.c.value).where(state.c.key == "some")).scalar_one() == 1


def test_every_cause_says_what_to_do_in_both_languages() -> None:
    for cause in CAUSES:
        assert len(cause.english) > 40 and len(cause.vietnamese) > 40
        assert ":" in cause.english or ";" in cause.english
        assert cause.english != cause.vietnamese
    assert len({cause.code for cause in CAUSES}) == len(CAUSES)


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("FATAL:  unsupported startup parameter: options", "pooler_refuses"),
        ("FATAL:  no such user: guarded", "wrong_user"),
        ("FATAL:  no such database: b", "no_database"),
        ("FATAL:  SASL authentication failed", "wrong_password"),
        ("FATAL:  no more connections allowed (max_client_conn)", "too_many_clients"),
        ("FATAL:  remaining connection slots are reserved for roles with the SUPERUSER attribute", "too_many_clients"),
        ("FATAL:  the database system is starting up", "starting"),
        ("connection timeout expired", "no_answer"),
        ("consuming input failed: SSL SYSCALL error: EOF detected", "lost"),
        ("SSL connection has been closed unexpectedly", "lost"),
        ('server certificate for "a" does not match host name "b"', "tls_untrusted"),
        (
            'failed: FATAL:  no pg_hba.conf entry for host "1.2.3.4", user "u", database "b", SSL encryption\n'
            'failed: FATAL:  no pg_hba.conf entry for host "1.2.3.4", user "u", database "b", no encryption',
            "not_let_in",
        ),
    ],
)
def test_messages_of_servers_that_are_not_here_are_told_by_their_cause(message: str, code: str) -> None:
    assert store_down(psycopg.OperationalError(message)).code == code


def test_a_message_that_nobody_knows_is_quoted_without_its_values() -> None:
    down = store_down(psycopg.OperationalError(f'FATAL:  the tenant "{SECRET}" of u:{SECRET}@h at 10.1.2.3 sleeps'))
    assert "the tenant … of … at … sleeps" in str(down)
    assert SECRET not in str(down) + down.vietnamese


def code_of(url: str, statement: str = "SELECT 1") -> str:
    """The cause for which this database cannot be read."""
    down = failure(url, statement)
    assert down is not None
    for part in (SECRET, "127.0.0.1", "Error"):
        assert part not in str(down) + down.vietnamese
    return down.code


def failure(url: str, statement: str = "SELECT 1") -> StoreDown | None:
    store = open_store(url)
    try:
        with store.read() as conn:
            conn.execute(text(statement))
    except StoreDown as down:
        return down
    finally:
        store.close()
    return None


class _Greeting:
    """A server that greets whoever connects, as SSH and SMTP do."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._greet, daemon=True).start()

    def _greet(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                with client:
                    client.sendall(b"HELLO\r\n")
                    client.recv(1000)

    def close(self) -> None:
        self._listener.close()


def _certificate() -> tuple[bytes, bytes]:
    """A key and a certificate that it signed itself, in PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "database.example.test")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = (
        builder.serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    )
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    signed = builder.add_extension(names, critical=False).sign(key, hashes.SHA256())
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return private, signed.public_bytes(pem)
