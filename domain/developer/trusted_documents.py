"""Which GraphQL documents does a company answer, and does it answer those alone?"""

from datetime import datetime
from hashlib import sha256
from typing import Annotated, ClassVar, assert_never
from uuid import UUID, uuid5

from pydantic import AfterValidator, Field, StringConstraints

from domain.kernel.aggregate import Aggregate
from domain.kernel.event import DomainEvent
from domain.kernel.personal import Impersonal
from domain.kernel.refusals import RuleBroken
from domain.kernel.text import Title, without_control_characters
from domain.kernel.value import Value

MOST_DOCUMENTS = 100
MOST_CHARACTERS = 200_000
# As it is sent, blanks and all: its hash is what is compared.
DocumentText = Annotated[
    str,
    StringConstraints(min_length=1, max_length=16_384),
    AfterValidator(without_control_characters),
    Impersonal(),
]


class TrustedDocument(Value):
    """A document that programs of the company send, and what it is called."""

    name: Title
    text: DocumentText

    @property
    def digest(self) -> str:
        """Its SHA-256, by which it can be asked for."""
        return sha256(self.text.encode()).hexdigest()


Documents = Annotated[tuple[TrustedDocument, ...], Field(max_length=MOST_DOCUMENTS)]


class TrustedDocumentsSet(DomainEvent):
    """The company said which documents it trusts, the whole list, and whether it answers others too."""

    TOPIC: ClassVar[str] = "trusted-documents.set.v1"

    documents: Documents
    is_locked: bool


class DocumentListedTwice(RuleBroken):
    """Two documents of the list have the same text or the same name."""


class DocumentsTooLong(RuleBroken):
    """The documents of a list have 200,000 characters together at most."""


class LockWithoutDocuments(RuleBroken):
    """Locked with an empty list, nothing would be answered; list the documents first."""


def trusted_documents_id(tenant_id: UUID) -> UUID:
    """The one list of a company."""
    return uuid5(tenant_id, "trusted-documents")


class TrustedDocuments(Aggregate):
    """A company's list of documents. While it is locked, GraphQL answers those and no other."""

    CATEGORY: ClassVar[str] = "trusted-documents"

    documents: tuple[TrustedDocument, ...] = ()
    is_locked: bool = False

    def text(self, digest: str) -> str | None:
        """The document with this SHA-256; None if it is not on the list."""
        return next((each.text for each in self.documents if each.digest == digest), None)

    def set(self, documents: tuple[TrustedDocument, ...], *, is_locked: bool, at: datetime) -> None:
        """States the whole list anew."""
        if is_locked and not documents:
            raise LockWithoutDocuments(pointer="/is_locked")
        names, texts = {each.name for each in documents}, {each.text for each in documents}
        if min(len(names), len(texts)) < len(documents):
            raise DocumentListedTwice(pointer="/documents")
        if sum(map(len, texts)) > MOST_CHARACTERS:
            raise DocumentsTooLong(pointer="/documents")
        if (documents, is_locked) != (self.documents, self.is_locked) or not self.version:
            self.record(TrustedDocumentsSet, at=at, documents=documents, is_locked=is_locked)

    def evolve(self, event: TrustedDocumentsSet) -> None:
        match event:
            case TrustedDocumentsSet():
                self.documents, self.is_locked = event.documents, event.is_locked
            case _:
                assert_never(event)
