"""How is a mail handed to a mail server: encrypted, in bounded time, and with a clear answer?"""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import parseaddr
from functools import cache
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit

from pydantic import SecretStr

TIMEOUT_S = 10.0
PORTS = {"smtp": 587, "smtps": 465}


class MailMisconfigured(Exception):
    """SMTP_URL must be smtp://[user:password@]host[:port] or smtps://..., with ESCALE_MAIL_FROM beside it."""


class MailRefused(Exception):
    """The server will not take this mail for this recipient, now or later."""

    def __init__(self, code: int | None) -> None:
        self.code = code
        super().__init__(f"refused with {code}")


# Reading the machine's certificates takes longer than sending a mail.
@cache
def _trusted() -> ssl.SSLContext:
    return ssl.create_default_context()


@dataclass(frozen=True)
class MailServer:
    """Where mail goes. `smtps` is TLS from the start; `smtp` is STARTTLS, except on this machine itself."""

    host: str
    port: int
    sender: str
    is_tls_at_once: bool
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    timeout_s: float = TIMEOUT_S
    trust: ssl.SSLContext = field(default_factory=_trusted, repr=False)

    @classmethod
    def of(cls, url: SecretStr, sender: str | None) -> "MailServer":
        """The server a URL names. Refuses with MailMisconfigured."""
        parts = urlsplit(url.get_secret_value())
        try:
            port = parts.port or PORTS[parts.scheme]
        except (KeyError, ValueError):
            raise MailMisconfigured(MailMisconfigured.__doc__) from None
        if not parts.hostname or not sender or "@" not in parseaddr(sender)[1]:
            raise MailMisconfigured(MailMisconfigured.__doc__)
        return cls(
            host=parts.hostname,
            port=port,
            sender=sender,
            is_tls_at_once=parts.scheme == "smtps",
            user=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
        )

    @property
    def domain(self) -> str:
        """Whose mail this is; the right side of its Message-IDs."""
        return parseaddr(self.sender)[1].rpartition("@")[2]

    @contextmanager
    def connected(self) -> Iterator[smtplib.SMTP]:
        """A session with the server, ended on leaving. Whatever goes wrong passes, or an operator mends it."""
        connection = self._connect()
        try:
            if self.user is not None and self.password is not None:
                connection.login(self.user, self.password)
            yield connection
        finally:
            try:
                connection.quit()
            except (smtplib.SMTPException, OSError):
                connection.close()

    def _connect(self) -> smtplib.SMTP:
        if self.is_tls_at_once:
            return smtplib.SMTP_SSL(self.host, self.port, timeout=self.timeout_s, context=self.trust)
        connection = smtplib.SMTP(self.host, self.port, timeout=self.timeout_s)
        if not _is_this_machine(self.host):
            # A server that offers no encryption gets neither the password nor the mail.
            connection.starttls(context=self.trust)
        return connection


def deliver(connection: smtplib.SMTP, mail: EmailMessage, recipient: str) -> None:
    """Hands over one mail. Refuses with MailRefused what no repeat will change; all else may be tried again."""
    try:
        connection.send_message(mail, to_addrs=[recipient])
    except smtplib.SMTPRecipientsRefused as refused:
        code, _ = refused.recipients[recipient]
        if code >= 500:
            raise MailRefused(code) from None
        raise
    except smtplib.SMTPDataError as refused:
        if refused.smtp_code >= 500:
            raise MailRefused(refused.smtp_code) from None
        raise
    except (smtplib.SMTPNotSupportedError, UnicodeEncodeError):
        raise MailRefused(None) from None


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
