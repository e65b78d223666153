"""How does a company say which GraphQL documents it answers?"""

from pydantic import Field

from application.kernel.command import Command
from application.kernel.context import Context
from application.kernel.handlers import Handlers
from application.ports.store import Saved
from domain.developer.trusted_documents import Documents, TrustedDocuments, trusted_documents_id


class SetTrustedDocuments(Command):
    """Say which GraphQL documents are trusted, the whole list, and whether no other is answered."""

    documents: Documents = Field(
        description="names and texts are each used once; 200,000 characters together"
    )
    is_locked: bool = Field(description="whether GraphQL answers these documents alone")


def set_trusted_documents(command: SetTrustedDocuments, context: Context) -> Saved:
    stream_id = trusted_documents_id(context.tenant_id)

    def decide() -> tuple[TrustedDocuments, ...]:
        found = context.store.read(TrustedDocuments, stream_id) or TrustedDocuments.new(stream_id)
        found.set(command.documents, is_locked=command.is_locked, at=context.now)
        return (found,)

    return context.store.save_all(decide)


HANDLERS: Handlers = {SetTrustedDocuments: set_trusted_documents}
