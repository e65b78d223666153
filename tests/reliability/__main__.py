"""How long does nothing go wrong? Storm after storm, a new seed each, until the time is over.

    make soak SECONDS=600        storms for ten minutes, on embedded PostgreSQL
    make soak SEED=1234          that one storm again, once

Prints the first seed, a line of progress and a verdict; ends with status 1 when a promise was broken,
and names for every such seed the command that repeats it.
"""

import logging
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random, SystemRandom
from time import monotonic

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from adapters.embedded.services import EmbeddedServices
from adapters.postgres.migrate import migrate
from tests.conftest import MASTER_KEY, Services, at_database, create_database, fresh_database
from tests.reliability.storm import Outcome, Weather, rage

SEED_BITS = 32
ACKNOWLEDGED = 1_500  # per storm
TEMPLATE = "escale_soak"


@dataclass
class Tally:
    """All storms so far."""

    storms: int = 0
    acknowledged: int = 0
    kills: int = 0
    recognised: int = 0
    red: dict[int, str] = field(default_factory=dict)

    def count(self, outcome: Outcome) -> None:
        """One more."""
        self.storms += 1
        self.acknowledged += outcome.verdict.acknowledged
        self.kills += outcome.doses.kills
        self.recognised += outcome.doses.recognised
        if not outcome.verdict.is_green:
            self.red[outcome.seed] = str(outcome)

    def __str__(self) -> str:
        return (
            f"{self.storms} storms, {self.acknowledged} acknowledged, {self.kills} kills,"
            f" {self.recognised} repeats recognised, {len(self.red)} red"
        )


def main() -> int:
    """Soaks as the environment says; the status to exit with."""
    logging.getLogger("psycopg.pool").setLevel(logging.ERROR)  # killed connections are the point
    console = Console()
    seconds, asked = float(os.environ.get("SECONDS") or 60), os.environ.get("SEED")
    first = int(asked) if asked else SystemRandom().getrandbits(SEED_BITS)
    console.print(f"seed {first}")
    with servers() as services:
        tally = one(services, first) if asked else soak(services, first, seconds, console)
    return report(tally, console)


def report(tally: Tally, console: Console) -> int:
    """The verdict over all storms, and how to repeat those that went wrong; the status to exit with."""
    for seed, told in tally.red.items():
        console.print(told, markup=False)
        console.print(f"again: make soak SEED={seed}")
    console.print(f"{tally}: " + ("a promise was broken" if tally.red else "every promise was kept"))
    return 1 if tally.red else 0


def soak(services: Services, first: int, seconds: float, console: Console) -> Tally:
    """Storms until the time is over, at least one; each seed is drawn from the one before."""
    tally, seed, began = Tally(), first, monotonic()
    columns = TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn()
    with Progress(*columns, console=console) as progress:
        task = progress.add_task(f"seed {seed}", total=seconds)
        while not tally.storms or monotonic() - began < seconds:
            progress.update(task, description=f"{tally}; seed {seed}")
            tally.count(storm(services, seed))
            progress.update(task, completed=min(monotonic() - began, seconds), description=str(tally))
            seed = Random(seed).getrandbits(SEED_BITS)
    return tally


def one(services: Services, seed: int) -> Tally:
    """That seed again."""
    tally = Tally()
    tally.count(storm(services, seed))
    return tally


def storm(services: Services, seed: int) -> Outcome:
    """One storm on a fresh database, in a weather the seed decides."""
    dice = Random(f"{seed} weather")
    weather = Weather(
        acknowledged=ACKNOWLEDGED,
        writers=dice.choice((4, 12, 24)),
        tenants=dice.choice((1, 5, 10)),
        kills_every_s=dice.choice((None, 0.05, 0.3)),
        drop=dice.choice((0.0, 0.03, 0.1)),
        twins=dice.choice((0.0, 0.05, 0.3)),
    )
    with (
        fresh_database(services, TEMPLATE) as url,
        tempfile.TemporaryDirectory(prefix="escale-soak-") as folder,
    ):
        return rage(url, MASTER_KEY, Path(folder), seed=seed, weather=weather)


@contextmanager
def servers() -> Iterator[Services]:
    """Embedded servers with a migrated database to copy from."""
    with tempfile.TemporaryDirectory(prefix="escale-soak-", ignore_cleanup_errors=True) as folder:
        os.chmod(folder, 0o755)
        with EmbeddedServices.start(Path(folder), announce=lambda line: None) as embedded:
            services = Services(embedded.database_url, embedded.redis_url, Path(folder))
            create_database(services.database_url, TEMPLATE)
            migrate(at_database(services.database_url, TEMPLATE), master_key=MASTER_KEY, simulation=False)
            yield services


if __name__ == "__main__":
    sys.exit(main())
