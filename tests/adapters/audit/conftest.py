"""A company with a short history, sealed twice, and its export."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.kit.house import Place, opened_place


@dataclass
class Sealed:
    """The export of a log whose second half has a seal of its own, and the seals outside the database."""

    place: Place
    lines: list[str]
    folder: Path

    @property
    def tenant_id(self) -> str:
        return str(self.place.north.id)


@pytest.fixture(scope="module")
def sealed(database_url: str, redis_url: str, master_key: bytes) -> Iterator[Sealed]:
    with opened_place(database_url, redis_url, master_key) as place:
        house, north = place.house, place.north
        place.plan(north)
        house.auditing.sealer.seal(north.id)
        place.plan(north, purpose="Second journey")
        place.house_at_rest()
        house.auditing.sealer.seal(north.id)
        folder = house.settings.data_dir / "seals" / str(north.id)
        yield Sealed(place, list(house.auditing.export(north.id)), folder)
