"""How does a letter become a mail that every reader can show, as text and as a page?"""

from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from uuid import UUID

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from adapters.messaging.language import Catalogue
from adapters.messaging.letters import Content

HERE = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class Reader:
    """Whom a letter is for."""

    member_id: UUID
    address: str
    name: str


@dataclass(frozen=True)
class House:
    """In whose name it is sent."""

    company: str
    colour: str


def text_of(content: Content, words: Catalogue, *, to: Reader, house: House) -> str:
    """The letter for readers that show text."""
    template = _templates(escape=False).get_template("letter.txt")
    return template.render(
        letter=_letter(content, words, to, house),
        say=lambda label, value: words.say("label", label=label, value=value),
    )


def page_of(content: Content, words: Catalogue, *, to: Reader, house: House) -> str:
    """The letter as a page; nothing in it is loaded from elsewhere."""
    template = _templates(escape=True).get_template("letter.html")
    return template.render(letter=_letter(content, words, to, house))


def mail_of(
    content: Content, words: Catalogue, *, to: Reader, house: House, sender: str, id: str, at: datetime
) -> EmailMessage:
    """The whole mail, both forms of the letter in it."""
    mail = EmailMessage()
    mail["From"] = sender
    mail["To"] = to.address
    mail["Subject"] = content.subject
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = id
    # Nobody's holiday notice should answer this.
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(text_of(content, words, to=to, house=house), cte="quoted-printable")
    mail.add_alternative(page_of(content, words, to=to, house=house), subtype="html", cte="quoted-printable")
    # Last, because whatever begins with Content moves into the parts made above.
    mail["Content-Language"] = words.language
    return mail


def message_id(tenant_id: UUID, effect_key: str, member_id: UUID, *, domain: str) -> str:
    """The same for every try of one effect for one recipient: a repeated delivery can be recognised."""
    digest = sha256(f"{tenant_id}:{effect_key}:{member_id}".encode()).hexdigest()
    return f"<{digest[:40]}@{domain}>"


def _letter(content: Content, words: Catalogue, to: Reader, house: House) -> dict[str, object]:
    return {
        **vars(content),
        "language": words.language,
        "company": house.company,
        "colour": house.colour,
        "greeting": words.say("greeting", name=to.name),
        "headings": words.words["headings"],
        "footer": words.say("footer", company=house.company),
    }


@cache
def _templates(*, escape: bool) -> Environment:
    return Environment(
        loader=FileSystemLoader(HERE),
        autoescape=escape,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
