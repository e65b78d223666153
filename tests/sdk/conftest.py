"""A house behind a real port, with somebody who works behind it."""

from collections.abc import Iterator

import pytest

from adapters.jobs.worker import run_scheduler, run_worker
from tests.api.conftest import place
from tests.kit.house import Place
from tests.kit.serving import served

__all__ = ["place", "url"]


@pytest.fixture(scope="module")
def url(place: Place) -> Iterator[str]:
    """Where the API answers."""
    worker, scheduler = run_worker(place.house.jobs), run_scheduler(place.house.jobs)
    place.house.webhooks.courier.start()
    with served(place.client.app) as address:  # type: ignore[arg-type]
        yield address
    place.house.webhooks.courier.stop()
    scheduler.stop()
    worker.stop()
