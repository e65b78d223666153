"""How many lines of a file of trips are planned in a second?"""

import csv
from datetime import timedelta
from io import BytesIO, StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from uuid import uuid4

import psycopg
from psycopg.types.json import Jsonb

from adapters.bootstrap import House, Settings, build
from api.terminal.importing import TERMINAL
from application.kernel.context import CommandId
from application.kernel.order import Order
from application.travel.trip_lines import FORMAT
from domain.travel.trip_import import ImportStatus
from tests.bench.figures import Figure, Sizes, at_least, interleaved
from tests.bench.place import Place
from tests.conftest import MASTER_KEY
from tests.kit.house import Company, Founder

BARE_TABLE = "create table line (trip_reference text primary key, cells jsonb not null)"
BARE_INSERT = "insert into line values (%s, %s::jsonb)"


def csv_import_rows_per_second(place: Place, sizes: Sizes) -> Figure:
    lines = sizes.long_stream // 5
    with TemporaryDirectory() as folder, place.database() as url, place.empty_database() as bare:
        settings = Settings(master_key=MASTER_KEY.hex(), data_dir=Path(folder))
        house = build(settings, database_url=url, redis_url=place.services.redis_url)
        try:
            founder = Founder(house)
            founder.platform()
            company = founder.company("north")
            with psycopg.connect(bare, autocommit=True) as connection:
                connection.execute(BARE_TABLE.encode())
                medians = interleaved(
                    min(sizes.rounds, 3),
                    {
                        "ours": lambda: imported(house, company, lines),
                        "bare": lambda: inserted(connection, a_file(house, company, lines)),
                    },
                )
        finally:
            house.close()
    return at_least(
        "csv_import_rows_per_second",
        f"a file of {lines} trips of one flight each, planned through the handlers, against one bare insert per line",
        medians["ours"],
        medians["bare"],
        unit="rows/s",
        target=0.05,
        method="ours: the importer in one process, eight trips in the air, members and policy looked up and guarded,"
        " carbon computed, personal words encrypted, chained and logged, results written down every 250 trips, no"
        f" worker running; theirs: csv.DictReader and one autocommit insert of the cells as jsonb per line; medians of"
        f" {min(sizes.rounds, 3)} interleaved files",
    )


def imported(house: House, company: Company, lines: int) -> float:
    """Lines per second from the examined file to the completed import."""
    file = BytesIO(a_file(house, company, lines))
    started = perf_counter()
    command = house.imports.examined(file)
    order = Order(company.id, command, TERMINAL, CommandId(uuid4(), b"bench"), house.clock(), source="import")
    import_id = house.imports.accept(order, file).saved.stream_id
    done = house.imports.run(company.id, import_id)
    assert (done.status, done.created) == (ImportStatus.COMPLETED, lines), done
    return lines / (perf_counter() - started)


def inserted(connection: psycopg.Connection[tuple[object, ...]], body: bytes) -> float:
    """The same lines with nothing around them."""
    started = perf_counter()
    rows = list(csv.DictReader(StringIO(body.decode())))
    for row in rows:
        connection.execute(BARE_INSERT, (row["trip_reference"], Jsonb(row)))
    return len(rows) / (perf_counter() - started)


def a_file(house: House, company: Company, lines: int) -> bytes:
    """New trips of one traveller."""
    departs = house.clock() + timedelta(days=400)
    return FORMAT.template(
        *(
            {
                "trip_reference": uuid4().hex,
                "traveller": company.traveller.email,
                "purpose": f"Visit {number}",
                "kind": "flight",
                "origin": "CDG",
                "destination": "JFK",
                "cabin": "economy",
                "departs_at": (departs + timedelta(hours=number)).strftime("%Y-%m-%dT%H:%M:%SZ"),
                "price": "400.00",
                "currency": "EUR",
            }
            for number in range(lines)
        )
    ).encode()
