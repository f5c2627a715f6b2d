"""Telegram, Slack, Zalo Bot and a mail server as they document themselves: strict servers on loopback."""

from __future__ import annotations

import json
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TELEGRAM_TOKEN, ZALO_TOKEN, SLACK_PATH = "123:telegram-token", "456:zalo-token", "/services/T0/B0/secret"


@dataclass
class Messengers:
    """`heard`: the texts that arrived. `faults`: for the next requests to all of them, in turn."""

    url: str
    heard: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    chats: set[str] = field(default_factory=lambda: {"77", "88"})

    def telegram(self, **more: Any) -> dict[str, Any]:
        return {"telegram": {"token": TELEGRAM_TOKEN, "chat_id": "77", "api_url": self.url, **more}, **_LOCAL}

    def slack(self) -> dict[str, Any]:
        return {"slack": {"url": f"{self.url}{SLACK_PATH}"}, **_LOCAL}

    def zalo(self) -> dict[str, Any]:
        return {"zalo": {"token": ZALO_TOKEN, "chat_id": "88", "api_url": self.url}, **_LOCAL}

    def answer(self, path: str, body: Any) -> tuple[int, dict[str, str], bytes]:
        fault = self.faults.pop(0) if self.faults else ""
        if path == SLACK_PATH:
            return self._slack(fault, body)
        if path == f"/bot{ZALO_TOKEN}/sendMessage":
            return self._zalo(fault, body)
        if path == f"/bot{TELEGRAM_TOKEN}/sendMessage":
            return self._telegram(fault, body)
        return _json(404, {"ok": False, "error_code": 404, "description": "Not Found"})

    def _telegram(self, fault: str, body: Any) -> tuple[int, dict[str, str], bytes]:
        if fault == "down":
            return 502, {}, b"<html>Bad Gateway</html>"
        if fault in _TELEGRAM_FAULTS:
            self.chats |= {"-1001"} if fault == "moved" else set()
            return _telegram_no(*_TELEGRAM_FAULTS[fault])
        if str(body["chat_id"]) not in self.chats:
            return _telegram_no(400, "Bad Request: chat not found")
        if not 0 < len(body["text"]) <= 4096 or "parse_mode" in body:
            return _telegram_no(400, "Bad Request: message is too long")
        self.heard.append(body["text"])
        return _json(200, {"ok": True, "result": {"message_id": len(self.heard)}})

    def _slack(self, fault: str, body: Any) -> tuple[int, dict[str, str], bytes]:
        known = {"archived": (410, b"channel_is_archived"), "lost": (404, b"no_service")}
        if fault in known:
            return known[fault][0], {}, known[fault][1]
        if fault == "flood":
            return 429, {"Retry-After": "30"}, b"rate_limited"
        if set(body) != {"text"} or not body["text"]:
            return 400, {}, b"invalid_payload"
        self.heard.append(body["text"])
        return 200, {}, b"ok"

    def _zalo(self, fault: str, body: Any) -> tuple[int, dict[str, str], bytes]:
        # Its documentation gives the code in the body, and says nothing of the status: both are met.
        if fault:
            status = int(fault.removeprefix("http ")) if fault.startswith("http ") else 200
            return _json(status, {"ok": False, "error_code": int(fault.rsplit(maxsplit=1)[-1]), "description": "no"})
        assert body.keys() == {"chat_id", "text"} and all(isinstance(part, str) for part in body.values())
        if body["chat_id"] not in self.chats or not 0 < len(body["text"]) <= 2000:
            return _json(200, {"ok": False, "error_code": 400, "description": "bad request"})
        self.heard.append(body["text"])
        return _json(200, {"ok": True, "result": {"message_id": "82599fa32f56d00e8941", "date": 1749632637199}})


@contextmanager
def messengers() -> Iterator[Messengers]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            assert self.headers["Content-Type"] == "application/json"
            status, headers, content = running.answer(self.path, body)
            self.send_response(status)
            for name, text in {**headers, "Content-Length": str(len(content))}.items():
                self.send_header(name, text)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *arguments: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    running = Messengers(f"http://127.0.0.1:{server.server_port}")
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield running
    server.shutdown()
    server.server_close()


@dataclass
class Mailbox:
    """A mail server that takes mail for shop@example.test. `faults`: a step of SMTP -> what it answers there."""

    port: int
    tls: ssl.SSLContext | None = None
    mails: list[EmailMessage] = field(default_factory=list)
    faults: dict[str, str] = field(default_factory=dict)
    encrypted: list[bool] = field(default_factory=list)

    def channel(self, **more: Any) -> dict[str, Any]:
        server = {"server": f"localhost:{self.port}", "from": "bridge@example.test", "to": ["shop@example.test"]}
        return {"email": {**server, "tls": "none", **more}}


class _Session(socketserver.StreamRequestHandler):
    """RFC 5321's minimum, in its order. `server.box` holds what came, and the faults."""

    def handle(self) -> None:
        self.box: Mailbox = self.server.box  # type: ignore[attr-defined]
        self.is_encrypted, self.said_hello = False, False
        self.to: list[str] = []
        self.reply("220 localhost ESMTP")
        is_open = True
        while is_open and (line := self.rfile.readline().decode().rstrip("\r\n")):
            verb = line.split(" ", 1)[0].upper()
            fault = self.box.faults.get(verb, "drop")
            if fault != "drop":
                self.reply(fault)
            else:
                is_open = self.take(verb, line)

    def take(self, verb: str, line: str) -> bool:
        """Whether the session goes on."""
        offers_tls = self.box.tls is not None and not self.is_encrypted
        if verb == "EHLO":
            self.said_hello = True
            self.reply("250-localhost", *(["250-STARTTLS"] if offers_tls else []), "250 SIZE")
        elif not self.said_hello and verb != "QUIT":
            self.reply("503 say EHLO first")
        elif verb == "STARTTLS" and offers_tls:
            self.encrypt()
        elif verb == "DATA" and self.to:
            return self.data()
        else:
            self.to += [line] if verb == "RCPT" and "<shop@example.test>" in line else []
            known = {"MAIL": "250 ok", "RCPT": "250 ok" if self.to else "550 no such user", "QUIT": "221 bye"}
            self.reply(known.get(verb, "500 what"))
        return verb != "QUIT"

    def encrypt(self) -> None:
        assert self.box.tls is not None
        self.reply("220 go ahead")
        self.connection = self.box.tls.wrap_socket(self.connection, server_side=True)
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb")
        self.is_encrypted, self.said_hello = True, False

    def data(self) -> bool:
        self.reply("354 go on")
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        mail = message_from_bytes(b"".join(lines), policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.box.mails.append(mail)
        self.box.encrypted.append(self.is_encrypted)
        if self.box.faults.get("DATA") == "drop":
            return False
        self.reply("250 taken")
        return True

    def reply(self, *lines: str) -> None:
        self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())
        self.wfile.flush()

    def finish(self) -> None:
        super().finish()
        self.connection.close()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self, tls: ssl.SSLContext | None) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.box = Mailbox(self.server_address[1], tls)

    def handle_error(self, request: Any, address: Any) -> None:
        request.close()  # a client that does not trust the certificate goes away


@contextmanager
def mailbox(tls: ssl.SSLContext | None = None) -> Iterator[Mailbox]:
    with _Server(tls) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield server.box
        server.shutdown()


_TELEGRAM_FAULTS: dict[str, tuple[int, str, Any]] = {
    "flood": (429, "Too Many Requests: retry after 35", {"retry_after": 35}),
    "moved": (400, "Bad Request: group chat was upgraded to a supergroup chat", {"migrate_to_chat_id": -1001}),
    "kicked": (403, "Forbidden: bot was blocked by the user", None),
}
_LOCAL = {"allow_private_addresses": True}


def _json(status: int, body: Any) -> tuple[int, dict[str, str], bytes]:
    return status, {}, json.dumps(body).encode()


def _telegram_no(code: int, why: str, parameters: Any = None) -> tuple[int, dict[str, str], bytes]:
    body = {"ok": False, "error_code": code, "description": why}
    return _json(code, {**body, "parameters": parameters} if parameters else body)
