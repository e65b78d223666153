"""A house on a small disk that fills up and is cleared again, twice; prints what its clients were told, a line each.

Runs inside a mount namespace of its own: `python -m tests.reliability.full_disk_house DATA_DISK WAL_DISK ELSEWHERE`.
"""

import json
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import psycopg

from adapters.embedded.services import EmbeddedServices
from adapters.postgres.migrate import migrate
from tests.kit.house import Place, opened_place

MASTER_KEY = bytes(range(32))
PIECE = 1_048_576
# A page of the log takes a few trips, and a new one needs the space that is gone.
MOST_TRIPS = 400
REFUSALS = 2
PATIENCE_S = 30.0


@dataclass
class Told:
    """What happened, for the test to judge."""

    bytes_free: int = -1
    acknowledged: list[str] = field(default_factory=list)
    refused: list[tuple[int, str, int]] = field(default_factory=list)
    reads_when_full: list[int] = field(default_factory=list)
    postgres_ended: bool = False
    held_back: bool = False
    announced: list[str] = field(default_factory=list)
    served_afterwards: int = 0
    same_process: bool = False
    lost: list[str] = field(default_factory=list)


def initialised(data_dir: Path) -> Path:
    """A migrated house to copy; where its database lies in it."""
    with EmbeddedServices.start(data_dir, announce=lambda line: None) as services:
        migrate(services.database_url, master_key=MASTER_KEY)
        return services.postgres_dir.relative_to(data_dir)


@contextmanager
def servers(data_dir: Path, wal_dir: Path, database: Path, told: Told) -> Iterator[EmbeddedServices]:
    """Embedded servers whose log of changes lies apart from the tables."""
    inside = data_dir / database / "pg_wal"
    shutil.move(inside, wal_dir)
    inside.symlink_to(wal_dir)
    with EmbeddedServices.start(data_dir, announce=told.announced.append) as services:
        yield services


def plan(place: Place, told: Told) -> int:
    answer = place.client.post(
        "/api/v1/enterprise/trips",
        json={"traveller_id": str(place.north.traveller.id), "purpose": "As long as there is space." * 4},
        headers=place.north.owner.headers,
    )
    if answer.status_code == 201:
        told.acknowledged.append(answer.json()["id"])
    else:
        assert answer.status_code in (429, 503), answer.text
        told.refused.append(
            (answer.status_code, answer.json()["code"], int(answer.headers.get("retry-after", 0)))
        )
    return answer.status_code


def read(place: Place) -> int:
    return int(place.client.get("/api/v1/enterprise/trips", headers=place.north.owner.headers).status_code)


def fill(disk: Path) -> Path:
    """Leaves not a byte."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (PIECE, 4_096, 1):
            try:
                while file.write(b"\0" * size):
                    pass
            except OSError:
                continue
    return ballast


def bytes_free(disk: Path) -> int:
    stat = os.statvfs(disk)
    return stat.f_bavail * stat.f_frsize


def use_up(variant: str, database_url: str) -> None:
    """Asks for a new segment of the log of changes, as a busy day would."""
    if variant == "wal":
        try:
            with psycopg.connect(database_url, autocommit=True) as superuser:
                for _ in range(8):
                    superuser.execute("select pg_logical_emit_message(false, 'use', repeat('x', 4000000))")
        except psycopg.OperationalError:
            return


def eventually(act: Any) -> bool:
    until = monotonic() + PATIENCE_S
    while not act():
        if monotonic() > until:
            return False
        sleep(0.1)
    return True


def story(variant: str, disk: Path, elsewhere: Path, made: Path, database: Path) -> Told:
    told = Told()
    elsewhere.mkdir()
    data_dir = (disk if variant == "data" else elsewhere) / "house"
    wal_dir = (elsewhere if variant == "data" else disk) / "wal"
    shutil.copytree(made, data_dir, symlinks=True)
    with servers(data_dir, wal_dir, database, told) as services:
        with opened_place(services.database_url, services.redis_url, MASTER_KEY) as place:
            plan(place, told)
            place.house_at_rest()
            postmaster = _postmaster(services)
            ballast = fill(disk)
            told.bytes_free = bytes_free(disk)
            use_up(variant, services.database_url)
            while len(told.refused) < REFUSALS and len(told.acknowledged) < MOST_TRIPS:
                plan(place, told)
            told.reads_when_full = [read(place) for _ in range(2)]
            told.postgres_ended = services.dead() is not None
            for _ in range(3):
                services.revive()
            told.held_back = services.dead() is not None

            ballast.unlink()
            assert eventually(lambda: (services.revive(), plan(place, told))[1] == 201), told
            told.served_afterwards = [plan(place, told) for _ in range(10)].count(201)
            told.same_process = _postmaster(services) == postmaster
            told.lost = lost(services.database_url, told.acknowledged)
    return told


def lost(database_url: str, acknowledged: list[str]) -> list[str]:
    with psycopg.connect(database_url, autocommit=True) as superuser:
        rows = superuser.execute("select originator_id from es.event where topic = 'trip.planned.v1'")
        return sorted(set(acknowledged) - {str(row[0]) for row in rows})


def _postmaster(services: EmbeddedServices) -> str:
    pidfile = services.postgres_dir / "postmaster.pid"
    return pidfile.read_text().splitlines()[0] if pidfile.exists() else ""


def main(data_disk: Path, wal_disk: Path, elsewhere: Path) -> None:
    made = elsewhere / "made"
    database = initialised(made)
    for variant, disk in (("data", data_disk), ("wal", wal_disk)):
        told = story(variant, disk, elsewhere / variant, made, database)
        print(json.dumps({"variant": variant, **asdict(told)}))  # noqa: T201


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
