"""How does a list travel as one cheap parameter? As PostgreSQL's own array text, cast where it arrives.

The driver's list dumpers work element by element in Python; for the eight arrays of an append
they were two fifths of the client's time.
"""

from collections.abc import Iterable
from uuid import UUID


def uuids(values: Iterable[UUID | str | None]) -> str:
    """For `%s::uuid[]`."""
    return _array("null" if value is None else _digits(value) for value in values)


def integers(values: Iterable[int]) -> str:
    """For `%s::int[]` and `%s::bigint[]`."""
    return _array(map(str, values))


def octets(values: Iterable[bytes | None]) -> str:
    """For `%s::bytea[]`."""
    return _array("null" if value is None else f'"\\\\x{value.hex()}"' for value in values)


def texts(values: Iterable[str]) -> str:
    """For `%s::text[]`; whatever a text holds, it stays one element."""
    return _array(f'"{_escaped(value)}"' for value in values)


def _digits(value: UUID | str) -> str:
    return value if isinstance(value, str) else value.hex


def _array(elements: Iterable[str]) -> str:
    return f"{{{','.join(elements)}}}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
