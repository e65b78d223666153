"""What becomes of a party when the line fails: its leader, one of its followers, or the way to the database?"""

import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event, Thread
from time import monotonic, sleep
from typing import Any
from uuid import UUID, uuid4

import pytest

from adapters.event_store import line as lines
from adapters.event_store.line import LeaderLost, TenantLine
from domain.kernel.refusals import Unavailable

PATIENCE_S = 5
TENANT = uuid4()


class Interrupted(BaseException):
    """As Ctrl-C, a time limit or a shutdown interrupts a thread."""


class Gate:
    """A way to the database which holds the first party up and treats the others as told."""

    def __init__(self, fails: Callable[[Sequence[int]], BaseException | None] = lambda party: None) -> None:
        self.fails = fails
        self.opened = Event()
        self.parties: list[list[int]] = []

    def __call__(self, tenant_id: UUID, requests: Sequence[int]) -> list[int]:
        self.parties.append(list(requests))
        if len(self.parties) == 1:
            assert self.opened.wait(PATIENCE_S)
        elif error := self.fails(requests):
            raise error
        return [10 * request for request in requests]


@pytest.fixture
def crowd() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(16) as crowd:
        yield crowd


def queued_behind(
    gate: Gate, line: TenantLine[int, int], crowd: ThreadPoolExecutor, followers: int
) -> list["Future[int]"]:
    """One request under way (number 0), and the others waiting for it."""
    futures = [crowd.submit(line.submit, TENANT, 0)]
    until(lambda: len(gate.parties) == 1)
    for number in range(1, followers + 1):
        futures.append(crowd.submit(line.submit, TENANT, number))
        until(lambda number=number: len(line._queues[TENANT]) == number)  # type: ignore[misc]
    return futures


def until(condition: Callable[[], bool]) -> None:
    deadline = monotonic() + PATIENCE_S
    while not condition():
        assert monotonic() < deadline
        sleep(0.002)


def outcome(future: "Future[int]") -> int | type[BaseException]:
    error = future.exception(timeout=PATIENCE_S)
    return future.result() if error is None else type(error)


def is_free(line: TenantLine[int, int]) -> bool:
    """Nobody is waiting, and the next request is carried."""
    assert line._queues == {}
    return line.submit(TENANT, 7) == 70


def test_an_interrupted_leader_tells_its_followers(crowd: ThreadPoolExecutor) -> None:
    gate = Gate(lambda party: Interrupted() if len(party) > 1 else None)
    line = TenantLine(gate)
    futures = queued_behind(gate, line, crowd, followers=4)
    gate.opened.set()
    assert [outcome(future) for future in futures] == [0, Interrupted, LeaderLost, LeaderLost, LeaderLost]
    assert is_free(line)


def test_one_bad_request_fails_alone(crowd: ThreadPoolExecutor) -> None:
    gate = Gate(lambda party: ValueError() if 3 in party else None)
    line = TenantLine(gate)
    futures = queued_behind(gate, line, crowd, followers=4)
    gate.opened.set()
    assert [outcome(future) for future in futures] == [0, 10, 20, ValueError, 40]
    assert gate.parties == [[0], [1, 2, 3, 4], [1], [2], [3], [4]]
    assert is_free(line)


def test_an_error_of_the_way_reaches_the_whole_party_after_one_send(crowd: ThreadPoolExecutor) -> None:
    gate = Gate(lambda party: Unavailable() if len(party) > 1 else None)
    line = TenantLine(gate, (Unavailable,))
    futures = queued_behind(gate, line, crowd, followers=4)
    gate.opened.set()
    assert [outcome(future) for future in futures] == [0, *[Unavailable] * 4]
    assert gate.parties == [[0], [1, 2, 3, 4]]
    assert is_free(line)


def test_a_follower_interrupted_while_it_waits_leaves_the_queue(crowd: ThreadPoolExecutor) -> None:
    """The main thread is the follower here, because only that one hears signals."""
    gate = Gate()
    line = TenantLine(gate)
    futures = queued_behind(gate, line, crowd, followers=1)

    def interrupt(number: int, frame: object) -> None:
        raise Interrupted

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    try:
        with pytest.raises(Interrupted):
            line.submit(TENANT, 2)
    finally:
        signal.signal(signal.SIGALRM, before)
    futures.append(crowd.submit(line.submit, TENANT, 3))
    until(lambda: len(line._queues[TENANT]) == 2)
    gate.opened.set()
    assert [outcome(future) for future in futures] == [0, 10, 30]
    assert gate.parties == [[0], [1, 3]]
    assert is_free(line)


def test_a_follower_interrupted_as_it_becomes_the_leader_hands_over(
    crowd: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    class WokenToBeInterrupted(Event):
        def wait(self, timeout: float | None = None) -> bool:
            super().wait(timeout)
            raise Interrupted

    gate = Gate()
    line = TenantLine(gate)
    futures = queued_behind(gate, line, crowd, followers=0)
    monkeypatch.setattr(lines, "Event", WokenToBeInterrupted)
    futures.append(crowd.submit(line.submit, TENANT, 1))
    until(lambda: len(line._queues[TENANT]) == 1)
    monkeypatch.setattr(lines, "Event", Event)
    futures.append(crowd.submit(line.submit, TENANT, 2))
    until(lambda: len(line._queues[TENANT]) == 2)
    gate.opened.set()
    assert [outcome(future) for future in futures] == [0, Interrupted, 20]
    assert is_free(line)


def test_a_tenant_waits_for_nobody_else(crowd: ThreadPoolExecutor) -> None:
    gate = Gate()
    line = TenantLine(gate)
    held_up = queued_behind(gate, line, crowd, followers=0)
    answers: list[Any] = []
    other = Thread(target=lambda: answers.append(line.submit(uuid4(), 5)))
    other.start()
    other.join(PATIENCE_S)
    assert answers == [50]
    gate.opened.set()
    assert outcome(held_up[0]) == 0
