"""In which ways does this door say no before it has asked anything?"""

from domain.kernel.refusals import Forbidden, Refusal


class DocumentRefused(Refusal):
    """This GraphQL request asks too much or is not well formed."""


class DocumentTooLong(DocumentRefused):
    """The document is longer than 16,384 characters or 1,000 words; ask in several requests."""


class DocumentTooDeep(DocumentRefused):
    """Fields are nested deeper than eight levels; ask for the inner ones by node(id:)."""


class DocumentTooWide(DocumentRefused):
    """More than 15 fields are renamed or repeated, or too many directives, fragments or operations are used."""


class DocumentTooCostly(DocumentRefused):
    """The answer could be too large; ask for fewer fields or shorter pages, see extensions.cost."""


class DocumentWentRound(DocumentRefused):
    """A fragment contains itself."""


class DocumentTookTooLong(DocumentRefused):
    """The answer took longer than ten seconds; ask for less at once."""


class DocumentNotTrusted(DocumentRefused):
    """Your company answers only documents on its list of trusted ones."""


class DocumentUnknown(DocumentRefused):
    """No document with this hash is on your company's list of trusted ones."""


class BatchRefused(DocumentRefused):
    """Send one request at a time; a list of them is not answered."""


class JsonExpected(DocumentRefused):
    """Send the request as application/json, encoded in UTF-8; a form or plain text is not read."""


class PostExpected(DocumentRefused):
    """GET answers queries alone; send what changes something by POST."""


class SocketExpected(DocumentRefused):
    """A subscription is told over a WebSocket, sub-protocol graphql-transport-ws."""


class SocketForSubscriptions(DocumentRefused):
    """Only subscriptions are answered over a WebSocket; send queries and mutations by POST."""


class NotForYou(Forbidden):
    """Your roles, or the scopes of your key, do not include what this subscription tells."""


class PlaceUnknown(DocumentRefused):
    """Nothing has this cursor yet; take it from a message of this subscription."""
