"""One e-mail handed to a mail server, with a true answer to whether it took it.

Never logs; no exception text holds an address or the server's words.
Source   RFC 5321 4.2: 4yz may be tried again, 5yz not; RFC 3207 (STARTTLS); RFC 5322 (Message-ID)
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Literal

TIMEOUT_SECONDS = 10


class MailRefused(Exception):
    """The server says no for good. `reason` is a short code, such as 550 or tls_failed."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class MailUnsent(Exception):
    """It was not taken now, or nobody knows: it may be handed over again, under the same Message-ID."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, repr=False)
class MailServer:
    """`tls`: starttls on the plain port, tls from the first byte, or none."""

    host: str
    port: int
    tls: Literal["starttls", "tls", "none"] = "starttls"
    username: str | None = None
    password: str | None = field(default=None)


def make_mail(sender: str, to: Sequence[str], subject: str, body: str, message_id: str, now: datetime) -> EmailMessage:
    """A plain text. Line breaks in the subject or an address are blanks, so that nothing becomes a header."""
    mail = EmailMessage()
    mail["From"] = _one_line(sender)
    mail["To"] = ", ".join(map(_one_line, to))
    mail["Subject"] = _one_line(subject)
    mail["Message-ID"] = f"<{message_id}@{_one_line(sender).rpartition('@')[2].rstrip('>') or 'localhost'}>"
    mail["Date"] = format_datetime(now)
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's holiday message answers it
    mail.set_content(body)
    return mail


def send_mail(server: MailServer, mail: EmailMessage) -> None:
    """Hand this e-mail over; each step has TIMEOUT_SECONDS.

    Errors   MailUnsent: no connection, a 4yz, or the connection ended after the text: it may have been taken.
             MailRefused: a 5yz, no STARTTLS, a certificate that is not trusted, a login that is refused.
    """
    try:
        session = _open(server)
        try:
            if server.username is not None:
                session.login(server.username, server.password or "")
            session.send_message(mail)
            with suppress(smtplib.SMTPException, OSError):  # it is taken: what the server says to QUIT changes nothing
                session.quit()
        finally:
            session.close()
    except ssl.SSLError:
        raise MailRefused("tls_failed") from None
    except smtplib.SMTPRecipientsRefused as error:
        raise _by_code(max(code for code, _ in error.recipients.values())) from None
    except smtplib.SMTPResponseException as error:
        raise _by_code(error.smtp_code) from None
    except smtplib.SMTPNotSupportedError:
        raise MailRefused("not_supported") from None
    except TimeoutError:
        raise MailUnsent("timeout") from None
    except (smtplib.SMTPException, OSError) as error:
        raise MailUnsent("closed" if isinstance(error, smtplib.SMTPServerDisconnected) else "connect_failed") from None


def _open(server: MailServer) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if server.tls == "tls":
        return smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT_SECONDS, context=context)
    session = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_SECONDS)
    try:
        if server.tls == "starttls":
            session.starttls(context=context)
    except BaseException:
        session.close()
        raise
    return session


def _by_code(code: int) -> MailRefused | MailUnsent:
    return MailRefused(str(code)) if code >= 500 else MailUnsent(str(code))


def _one_line(text: str) -> str:
    return " ".join(text.split())
