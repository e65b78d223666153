"""Does every list arrive as it was sent?"""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import psycopg
import pytest

from adapters.postgres.array_text import integers, octets, texts, uuids


@pytest.fixture(scope="module")
def connection(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(database_url, autocommit=True) as opened:
        yield opened


ID = UUID("0199f5a2-7c1e-7b7e-8a51-0d6c5a3f4b21")
HARD = ["", "null", "NULL", ' {a,"b"} ', "\\", '\\"', "\\x00", "a\nb\tc", "{}", ",", "é €", "'; drop table--"]


@pytest.mark.parametrize(
    ("written", "kind", "sent"),
    [
        (texts(HARD), "text[]", HARD),
        (texts(()), "text[]", []),
        (octets([b"", b"\x00\xff\\", None, b'"{}']), "bytea[]", [b"", b"\x00\xff\\", None, b'"{}']),
        (octets(()), "bytea[]", []),
        (uuids([ID, None, str(ID)]), "uuid[]", [ID, None, ID]),
        (uuids([UUID(int=0), UUID(int=2**128 - 1)]), "uuid[]", [UUID(int=0), UUID(int=2**128 - 1)]),
        (integers([0, -1, 2**62]), "bigint[]", [0, -1, 2**62]),
        (integers(()), "int[]", []),
    ],
)
def test_a_list_arrives_as_it_was_sent(
    connection: psycopg.Connection[Any], written: str, kind: str, sent: list[Any]
) -> None:
    row = connection.execute(f"select %s::{kind}".encode(), (written,)).fetchone()
    assert row == (sent,)
    for element, value in enumerate(sent, start=1):
        alone = connection.execute(f"select (%s::{kind})[%s]".encode(), (written, element)).fetchone()
        assert alone == (value,)


def test_a_text_with_nul_is_refused(connection: psycopg.Connection[Any]) -> None:
    with pytest.raises(psycopg.DataError):
        connection.execute("select %s::text[]", (texts(["a\x00b"]),))
