"""A mail server on loopback that misbehaves on command."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.kit.streaming import free_port

Answer = Callable[[str], str | None]


def takes_it(recipient: str) -> str | None:
    """No objection."""
    return None


@dataclass
class PostOffice:
    """What arrived, and how the next mails are answered."""

    port: int = 0
    arrived: list[tuple[str, EmailMessage]] = field(default_factory=list)
    at_recipient: Answer = takes_it
    after_data: Answer = takes_it
    drops_after_data: int = 0
    delay_s: float = 0.0

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Asked for every recipient."""
        if objection := self.at_recipient(address):
            return objection
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Asked for every mail."""
        await asyncio.sleep(self.delay_s)
        (recipient,) = envelope.rcpt_tos
        if objection := self.after_data(recipient):
            return objection
        content: Any = envelope.content
        mail: Any = message_from_bytes(content, policy=policy.default)
        self.arrived.append((recipient, mail))
        if self.drops_after_data:
            self.drops_after_data -= 1
            transport: Any = server.transport
            transport.abort()
        return "250 taken"

    def to(self, recipient: str) -> list[EmailMessage]:
        """The mails of one recipient, repeats included."""
        return [mail for address, mail in self.arrived if address == recipient]


@contextmanager
def open_post_office(**options: Any) -> Iterator[PostOffice]:
    """The server, for as long as it is needed."""
    office = PostOffice(port=free_port())
    controller = Controller(office, hostname="127.0.0.1", port=office.port, **options)
    controller.start()
    try:
        yield office
    finally:
        controller.stop()
