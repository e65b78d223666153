"""PostgreSQL is absent at the start and appears later: nobody dies, and nobody stays away."""

from contextlib import ExitStack
from pathlib import Path

from tests.kit.house import Place, opened_place
from tests.reliability.gate import gate_to_postgres
from tests.reliability.house_processes import ask, escale, eventually, free_port

CREW = ("api", "worker", "scheduler")
# Long enough that a pool which doubles its pauses would be asleep when the database comes.
UNREADY_ANSWERS = 2


def test_the_crew_waits_for_it(
    own_database: str, redis_url: str, master_key: bytes, sockets: Path, tmp_path: Path
) -> None:
    with opened_place(own_database, redis_url, master_key) as place:
        trips = [place.plan(place.north)["id"] for _ in range(3)]
        port = free_port()
        with gate_to_postgres(sockets, own_database) as (gate, url), ExitStack() as stack:
            crew = {
                name: stack.enter_context(
                    escale(
                        name,
                        log=tmp_path / f"{name}.log",
                        database_url=url,
                        redis_url=redis_url,
                        master_key=master_key,
                        ESCALE_PORT=str(port),
                    )
                )
                for name in CREW
            }
            assert eventually(lambda: ask(port, "/live").status == 200), (tmp_path / "api.log").read_text()
            assert not gate.path.exists()
            for _ in range(UNREADY_ANSWERS):
                ready = ask(port, "/ready")
                assert (ready.status, ready.json["checks"][0]["status"]) == (503, "failing")
                asked = ask(port, "/api/v1/position", headers=place.north.owner.headers)
                assert (asked.status, "retry-after" in asked.headers) == (503, True)
            assert ask(port, "/live").status == 200
            assert {name: process.poll() for name, process in crew.items()} == dict.fromkeys(CREW)

            gate.open()
            # The very first request waits for the connection that it caused.
            asked = ask(port, "/api/v1/position", headers=place.north.owner.headers)
            assert asked.status == 200, asked.text
            assert eventually(lambda: ask(port, "/ready").status == 200)
            # Nothing woke the worker: the scheduler found what lay there, once it found the database.
            assert eventually(lambda: is_projected(place, trips))
            assert {name: process.poll() for name, process in crew.items()} == dict.fromkeys(CREW)
            assert gate.connections > 0


def is_projected(place: Place, trips: list[str]) -> bool:
    headers = place.north.owner.headers
    return all(
        place.client.get(f"/api/v1/enterprise/trips/{trip}", headers=headers).status_code == 200
        for trip in trips
    )
