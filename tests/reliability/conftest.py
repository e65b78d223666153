"""A database and a folder for sockets of one test alone."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Services, fresh_database


@pytest.fixture
def own_database(services: Services, template: str) -> Iterator[str]:
    """A fresh database that this test may leave in any state."""
    with fresh_database(services, template) as url:
        yield url


@pytest.fixture
def sockets() -> Iterator[Path]:
    """A folder whose path leaves room for a socket's name: a hundred characters are all there is."""
    with tempfile.TemporaryDirectory(prefix="esg-", dir="/tmp") as folder:
        yield Path(folder)
