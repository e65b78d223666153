"""Do our recorders keep the eventsourcing library's own contracts? Its suites say so, under FORCE RLS."""

import pytest
from eventsourcing.persistence import ApplicationRecorder
from eventsourcing.tests.persistence import (
    AggregateRecorderTestCase,
    ApplicationRecorderTestCase,
    NonInterleavingNotificationIDsBaseCase,
    TrackingRecorderTestCase,
)

from adapters.event_store.application import TenantFactory
from adapters.event_store.recorders import TenantTrackingRecorder
from tests.adapters.event_store.conftest import Bench

_bench: list[Bench] = []


@pytest.fixture(autouse=True)
def _the_bench(bench: Bench) -> None:
    _bench[:] = [bench]


def factory() -> TenantFactory:
    """The factory that bootstrap's engine hands to the library, for a new tenant."""
    return TenantFactory(_bench[0].engine, _bench[0].tenant())


class TestSnapshotsKeepTheAggregateContract(AggregateRecorderTestCase):
    def create_recorder(self):  # type: ignore[no-untyped-def]
        return factory().aggregate_recorder()


class TestTheLogKeepsTheApplicationContract(ApplicationRecorderTestCase):  # type: ignore[type-arg]
    def create_recorder(self):  # type: ignore[no-untyped-def]
        return factory().application_recorder()


class TestPositionsNeverInterleave(NonInterleavingNotificationIDsBaseCase):
    insert_num = 1000

    def create_recorder(self) -> ApplicationRecorder:
        return factory().application_recorder()


class TestCheckpointsKeepTheTrackingContract(TrackingRecorderTestCase):
    def create_recorder(self):  # type: ignore[no-untyped-def]
        return TenantTrackingRecorder(_bench[0].tenant(), _bench[0].pools.projector)


# The abstract suites are run through the classes above only.
for _suite in (
    "AggregateRecorderTestCase",
    "ApplicationRecorderTestCase",
    "NonInterleavingNotificationIDsBaseCase",
    "TrackingRecorderTestCase",
):
    del globals()[_suite]
