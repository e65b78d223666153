"""After a crash PostgreSQL may recover for minutes; as long as it lives, its supervisor waits and says so."""

from types import SimpleNamespace
from typing import Any

import pytest

from adapters.embedded import postgres
from adapters.embedded.postgres import Postgres
from adapters.embedded.services import CannotStart

RECOVERY_S = 61.0


class Clock:
    """Time that passes only by waiting."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def monotonic(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        self.now_s += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(postgres, "time", clock)
    monkeypatch.setattr(Postgres, "_answers", lambda self: clock.now_s > RECOVERY_S)
    return clock


def recovering(said: list[str]) -> Postgres:
    nothing: Any = None
    return Postgres(nothing, nothing, nothing, "", said.append)


def test_of_a_minute_is_waited_for_and_told(clock: Clock) -> None:
    said: list[str] = []
    child: Any = SimpleNamespace(exit_code=lambda: None)
    recovering(said).wait_until_ready(child)
    assert clock.now_s > RECOVERY_S
    assert said == ["PostgreSQL is still starting, probably recovering from a crash"] * 6


def test_that_ends_in_death_is_told_at_once(clock: Clock) -> None:
    child: Any = SimpleNamespace(
        exit_code=lambda: 1 if clock.now_s > 20 else None, log="the log", last_words=lambda: "PANIC"
    )
    with pytest.raises(CannotStart, match="PANIC"):
        recovering([]).wait_until_ready(child)
    assert clock.now_s < RECOVERY_S
