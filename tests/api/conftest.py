"""One house per test module."""

from collections.abc import Iterator

import pytest

from tests.kit.house import Place, opened_place


@pytest.fixture(scope="module")
def place(database_url: str, redis_url: str, master_key: bytes) -> Iterator[Place]:
    """Two companies and the platform behind a REST door."""
    with opened_place(database_url, redis_url, master_key) as opened:
        yield opened
