"""Why a database cannot be used: one table of causes, each a sentence that says what to do, in two languages.

A sentence holds no value of DATABASE_URL: it also stands in logs, and in answers to whoever asks /readyz. A cause is
known by the SQLSTATE that Postgres gives, by SQLite's own name of the error, or, while a connection is made, by the
text of libpq, of psycopg or of the server, for then there is no code. Sources: appendix A of PostgreSQL's manual
(SQLSTATE), https://sqlite.org/rescode.html, and the messages of libpq, Postgres 15 and PgBouncer 1.18.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Cause:
    """One cause.

    states  SQLSTATEs, or classes of them, by which Postgres names it
    names   SQLite's names of it, or their beginnings
    texts   what its message holds where there is no code: a regular expression
    """

    code: str
    vietnamese: str
    english: str
    states: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    texts: str = ""

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile(self.texts, re.IGNORECASE)

    def is_said_by(self, message: str) -> bool:
        return bool(self.texts) and bool(self._pattern.search(message))


# The first that fits counts.
CAUSES = (
    Cause(
        "unknown_host",
        "không máy chủ nào có tên như trong DATABASE_URL: hãy xem phần giữa @ và cổng; trong mật khẩu, các ký tự @ : "
        "/ # % phải viết là %40 %3A %2F %23 %25",
        "no server has the host name in DATABASE_URL: check the part between @ and the port; in a password the signs "
        "@ : / # % are written %40 %3A %2F %23 %25",
        texts=r"failed to resolve host|could not translate host name|name or service not known",
    ),
    Cause(
        "closed_port",
        "không có gì lắng nghe ở máy và cổng trong DATABASE_URL: hãy khởi động máy chủ cơ sở dữ liệu, hoặc sửa địa chỉ",
        "nothing listens at the host and port in DATABASE_URL: start the database server, or correct the address",
        texts=r"connection refused|connection to server on socket .* failed: No such file",
    ),
    Cause(
        "no_answer",
        "máy chủ trong DATABASE_URL không trả lời: hãy xem máy, cổng, và tường lửa có cho máy này kết nối không",
        "the server in DATABASE_URL does not answer: check host and port, and whether a firewall lets this machine in",
        texts=r"timeout expired|connection timeout|connection timed out|no route to host|network is unreachable",
    ),
    Cause(
        "no_password",
        "DATABASE_URL không có mật khẩu mà máy chủ thì cần: hãy viết postgres://USER:PASSWORD@HOST:5432/DATABASE",
        "DATABASE_URL holds no password, and the server wants one: write postgres://USER:PASSWORD@HOST:5432/DATABASE",
        texts=r"no password supplied",
    ),
    Cause(
        "wrong_user",
        "máy chủ không có người dùng ghi trong DATABASE_URL: hãy xem phần giữa // và dấu : hoặc @",
        "the server knows no user of the name in DATABASE_URL: check the part between // and : or @",
        texts=r'role "[^"]*" (does not exist|is not permitted to log in)|no such user',
    ),
    Cause(
        "wrong_password",
        "máy chủ từ chối người dùng hoặc mật khẩu trong DATABASE_URL: hãy chép lại cả hai; các ký tự @ : / # % viết "
        "là %40 %3A %2F %23 %25",
        "the server refuses the user or the password in DATABASE_URL: copy both again; the signs @ : / # % are "
        "written %40 %3A %2F %23 %25",
        states=("28P01",),
        texts=r"authentication failed|wrong password|server login has been failing.*password",
    ),
    Cause(
        "no_database",
        "máy chủ không có cơ sở dữ liệu tên như trong DATABASE_URL: hãy tạo nó, hoặc sửa phần sau dấu / cuối",
        "the server has no database of the name in DATABASE_URL: create it, or correct the part behind the last /",
        states=("3D000",),
        texts=r'database "[^"]*" does not exist|no such database',
    ),
    Cause(
        "tls_wanted",
        "máy chủ chỉ nhận kết nối có TLS: hãy thêm ?sslmode=require vào cuối DATABASE_URL",
        "the server takes only connections with TLS: put ?sslmode=require at the end of DATABASE_URL",
        texts=r"SSL required|SSL\/TLS required|connection is insecure|"
        r"\A(?!(?s:.*)(SSL encryption|SSL on))(?s:.*)pg_hba\.conf .*(no encryption|SSL off)",
    ),
    Cause(
        "not_let_in",
        "máy chủ không cho máy này vào cơ sở dữ liệu với người dùng này: hãy thêm địa chỉ của máy này vào "
        "pg_hba.conf, hoặc vào danh sách địa chỉ được phép của nhà cung cấp",
        "the server does not let this machine in as this user: add its address to pg_hba.conf, or to the provider's "
        "list of trusted addresses",
        states=("28000",),
        texts=r"no pg_hba\.conf entry|pg_hba\.conf rejects",
    ),
    Cause(
        "tls_missing",
        "DATABASE_URL đòi TLS (sslmode) mà máy chủ không có: hãy bật TLS ở máy chủ, hoặc bỏ sslmode nếu tin được mạng "
        "này",
        "DATABASE_URL asks for TLS (sslmode) and the server has none: switch it on there, or take sslmode away on a "
        "network that you trust",
        texts=r"does not support SSL",
    ),
    Cause(
        "tls_untrusted",
        "không kiểm được chứng chỉ TLS của máy chủ: hãy ghi tệp CA của nhà cung cấp bằng sslrootcert=FILE trong "
        "DATABASE_URL (sslrootcert=system nếu là CA công cộng), và tên máy đúng như trong chứng chỉ",
        "the server's TLS certificate cannot be verified: name the provider's CA file by sslrootcert=FILE in "
        "DATABASE_URL (sslrootcert=system for a public one), and the host as the certificate names it",
        texts=r"certificate verify failed|server certificate for|root certificate file|self.signed certificate|"
        r"weak sslmode .* may not be used",
    ),
    Cause(
        "lost",
        "kết nối đến máy chủ cơ sở dữ liệu bị đứt: bridge tự kết nối lại",
        "the connection to the database server was lost: the bridge connects again by itself",
        states=("08",),
        texts=r"server closed the connection|connection (is|has been) closed|connection is lost|consuming input failed|"
        r"connection reset|broken pipe|server conn crashed|closed unexpectedly|unexpected eof|SSL SYSCALL error|"
        r"said nothing for",
    ),
    Cause(
        "tls_broken",
        "không lập được kết nối TLS với máy chủ: hãy xem sslmode, sslcert và sslkey trong DATABASE_URL",
        "no TLS connection to the server comes about: check sslmode, sslcert and sslkey in DATABASE_URL",
        texts=r"certificate file|private key file|SSL error|tlsv1 alert|sslv3 alert|"
        r"requires a valid client certificate",
    ),
    Cause(
        "too_many_clients",
        "máy chủ không còn kết nối trống: hãy dừng chương trình khác đang dùng nó, giảm WEB_CONCURRENCY hoặc số "
        "worker, hoặc chọn gói lớn hơn",
        "the server has no free connection: end other programs that use it, lower WEB_CONCURRENCY or run fewer "
        "workers, or take a larger plan",
        states=("53300",),
        texts=r"too many (clients|connections)|remaining connection slots|no more connections allowed|"
        r"max_client_conn|query_wait_timeout",
    ),
    Cause(
        "starting",
        "máy chủ cơ sở dữ liệu đang khởi động hoặc đang dừng: bridge tự thử lại",
        "the database server is starting or stopping: the bridge tries again by itself",
        states=("57P01", "57P02", "57P03", "57P04", "57P05"),
        texts=r"the database system is|server login has been failing|is not yet accepting connections|"
        r"pgbouncer cannot connect to server|server_login_retry|database is (disabled|paused)",
    ),
    Cause(
        "standby",
        "máy chủ này không nhận ghi như DATABASE_URL đòi (target_session_attrs): hãy ghi địa chỉ của máy chủ chính",
        "this server is not of the kind that DATABASE_URL asks for (target_session_attrs): write the primary's address",
        texts=r"server is (not )?in hot standby mode|session is (not )?read-only",
    ),
    Cause(
        "not_postgres",
        "ở máy và cổng trong DATABASE_URL không phải là Postgres: hãy sửa địa chỉ",
        "what listens at the host and port in DATABASE_URL is no Postgres: correct the address",
        texts=r"received invalid response to|expected authentication request",
    ),
    Cause(
        "bad_parameter",
        "một tham số của DATABASE_URL, sau dấu ?, hoặc cổng của nó, có giá trị không dùng được: hãy sửa hoặc bỏ đi",
        "a parameter of DATABASE_URL, behind the ?, or its port has a value that cannot be used: correct it, or take "
        "it away",
        texts=r"invalid \w+ value|invalid integer value|invalid port number|bad value for|must match number of",
    ),
    Cause(
        "pooler_refuses",
        "bộ gộp kết nối (PgBouncer) trong DATABASE_URL từ chối một tham số khởi đầu: hãy bỏ các tham số sau dấu ? mà "
        "nó không nhận, như options",
        "the pooler (PgBouncer) in DATABASE_URL refuses a start-up parameter: take away what it does not take behind "
        "the ?, such as options",
        texts=r"unsupported startup parameter",
    ),
    Cause(
        "pooler_transactions",
        "DATABASE_URL đi qua một bộ gộp kết nối ở chế độ transaction: hãy ghi thêm địa chỉ trực tiếp vào "
        "DATABASE_DIRECT_URL",
        "DATABASE_URL leads through a pooler in transaction mode: write the direct address into DATABASE_DIRECT_URL "
        "as well",
        states=("26000", "42P05", "25P01"),
    ),
    Cause(
        "read_only",
        "cơ sở dữ liệu chỉ đọc được: với Postgres, hãy ghi địa chỉ máy chủ chính hoặc giải phóng dung lượng của gói; "
        "với SQLite, hãy cho phép người chạy bridge ghi vào tệp và thư mục của nó",
        "the database can only be read: on Postgres write the primary's address, or free space of the plan; on SQLite "
        "let the bridge's user write the file and its folder",
        states=("25006",),
        names=("SQLITE_READONLY",),
    ),
    Cause(
        "disk_full",
        "đĩa của cơ sở dữ liệu đã đầy: hãy giải phóng dung lượng; cho đến khi đó không đơn nào được lưu",
        "the database's disk is full: make room; no order can be stored until then",
        states=("53100",),
        names=("SQLITE_FULL",),
        texts=r"no space left on device",
    ),
    Cause(
        "no_memory",
        "máy chủ cơ sở dữ liệu hết bộ nhớ: hãy dùng máy hoặc gói lớn hơn",
        "the database server has no memory left: take a larger machine or plan",
        states=("53",),
        names=("SQLITE_NOMEM",),
    ),
    Cause(
        "no_sqlite",
        "tệp mà DATABASE_URL ghi không phải là cơ sở dữ liệu SQLite: hãy ghi tên một tệp khác",
        "the file that DATABASE_URL names is no SQLite database: name another file",
        names=("SQLITE_NOTADB",),
    ),
    Cause(
        "cannot_open",
        "không mở hay tạo được tệp mà DATABASE_URL ghi: thư mục của nó phải có sẵn và người chạy bridge phải ghi được",
        "the file that DATABASE_URL names can be neither opened nor made: its folder must be there, and the bridge's "
        "user must be allowed to write in it",
        names=("SQLITE_CANTOPEN", "SQLITE_PERM", "SQLITE_AUTH"),
    ),
    Cause(
        "busy",
        "một chương trình khác giữ cơ sở dữ liệu quá lâu: hãy kết thúc nó (lệnh đang tạm dừng, sqlite3 chưa đóng giao "
        "dịch)",
        "another program holds the database for too long: end it (a suspended command, a sqlite3 with an open "
        "transaction)",
        states=("55P03",),
        names=("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_PROTOCOL"),
    ),
    Cause(
        "damaged",
        "cơ sở dữ liệu bị hỏng: hãy dừng bridge và khôi phục từ bản sao lưu mới nhất",
        "the database is damaged: stop the bridge, and restore the newest backup",
        states=("XX001", "XX002"),
        names=("SQLITE_CORRUPT",),
    ),
    Cause(
        "disk_fails",
        "đĩa của cơ sở dữ liệu báo lỗi khi đọc hoặc ghi: hãy xem nhật ký của máy đó, và sao lưu ngay",
        "the database's disk fails to read or write: see that machine's log, and take a backup now",
        states=("58",),
        names=("SQLITE_IOERR",),
    ),
    Cause(
        "too_slow",
        "cơ sở dữ liệu xử lý một câu lệnh quá lâu nên câu lệnh bị hủy: hãy xem nó có quá tải không",
        "the database took too long for a statement, which was cancelled: see whether it is overloaded",
        states=("57014",),
    ),
    Cause(
        "conflict",
        "các giao dịch chặn nhau hoặc lược đồ vừa đổi: bridge tự thử lại",
        "transactions blocked each other, or the schema changed just now: the bridge tries again by itself",
        states=("40", "0A000"),
    ),
    Cause(
        "schema",
        "lược đồ của cơ sở dữ liệu không phải là lược đồ mà bản này cần; hãy chạy: python -m bridge migrate",
        "the database's schema is not what this code needs; run: python -m bridge migrate",
        states=("42P01", "42703", "42883", "42704", "3F000"),
        names=("SQLITE_SCHEMA",),
        texts=r"no such (table|column)|has no column named",
    ),
    Cause(
        "no_right",
        "người dùng trong DATABASE_URL không được phép làm việc này: hãy cho nó làm chủ cơ sở dữ liệu (GRANT, ALTER … "
        "OWNER)",
        "the user in DATABASE_URL may not do this: make it the owner of the database (GRANT, ALTER … OWNER)",
        states=("42501",),
    ),
)
