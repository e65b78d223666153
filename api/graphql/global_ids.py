"""How is one thing named among all things? As Relay asks: its kind and its id, opaque to clients."""

import re
from base64 import b64decode, b64encode
from typing import Any

from graphql import GraphQLError

UUID_TEXT = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
LONGEST = 200


def global_id(kind: str, local: str) -> str:
    """The one name of a thing."""
    return b64encode(f"{kind}:{local}".encode()).decode()


def parts_of(text: str) -> tuple[str, str] | None:
    """Kind and id; None for what is no global id."""
    try:
        decoded = b64decode(text, validate=True).decode() if len(text) <= LONGEST else ""
    except ValueError:
        return None
    kind, _, local = decoded.partition(":")
    return (kind, local) if UUID_TEXT.fullmatch(local) else None


def local_id(value: Any) -> str:
    """The id itself, whichever way it was written. The operation judges what it is the id of."""
    if not isinstance(value, str):
        raise GraphQLError("Must be a UUID or a global id.")
    parts = None if UUID_TEXT.fullmatch(value) else parts_of(value)
    return value if parts is None else parts[1]
