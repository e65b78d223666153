"""Trusted documents: which GraphQL documents a company answers, and whether it answers those alone."""

from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from api.rest.conventions import Resource
from api.rest.session import AtLeast, SessionDep
from api.rest.shelf import Shelf
from api.rest.strict_json import StrictRoute
from application.developer.trusted_documents import SetTrustedDocuments
from domain.developer.trusted_documents import TrustedDocuments, trusted_documents_id

router = Shelf(prefix="/api/v1/graphql/documents", tags=["graphql"], route_class=StrictRoute)


class TrustedDocumentView(BaseModel):
    """A document and the hash under which it can be asked for."""

    model_config = ConfigDict(frozen=True)

    name: str
    sha256: str = Field(description="of its text in UTF-8; send it as `documentId`, or as a persisted query")
    text: str


class TrustedDocumentsView(Resource):
    """The list of a company."""

    is_locked: bool = Field(description="whether GraphQL answers these documents alone")
    documents: list[TrustedDocumentView]

    @classmethod
    def of(cls, found: TrustedDocuments, position: int | None = None) -> Self:
        """The list as it stands."""
        told = [
            TrustedDocumentView(name=each.name, sha256=each.digest, text=each.text)
            for each in found.documents
        ]
        return cls(version=found.version, position=position, is_locked=found.is_locked, documents=told)


@router.get(
    "", operation_id="get_trusted_documents", summary="Get the trusted documents", dependencies=[AtLeast]
)
def get_trusted_documents(session: SessionDep) -> TrustedDocumentsView:
    """The GraphQL documents that can be asked for by their hash; version 0 until there was a list."""
    stream_id = trusted_documents_id(session.tenant_id)
    found = session.house.streams(session.tenant_id).find(TrustedDocuments, stream_id)
    return session.show(TrustedDocumentsView.of(found or TrustedDocuments.new(stream_id)))


@router.put("", operation_id="set_trusted_documents", summary="Set the trusted documents")
def set_trusted_documents(body: SetTrustedDocuments, session: SessionDep) -> TrustedDocumentsView:
    """States the whole list. Locked, GraphQL answers these documents and no other, within three seconds everywhere;
    the REST door stays open, so that the lock can be taken away."""
    made, answer = session.change(body, TrustedDocuments, trusted_documents_id(session.tenant_id))
    return TrustedDocumentsView.of(made, answer.saved.position)
