"""Do slow questions of one company leave seats for everybody else?"""

from contextlib import ExitStack
from uuid import uuid4

import pytest

from adapters.analytics import reading
from adapters.analytics.reading import Seats
from adapters.postgres.errors import Busy


def test_one_company_takes_half_of_the_seats_and_gives_them_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "WAIT_S", 0.01)
    seats, greedy, other, third = Seats(4), uuid4(), uuid4(), uuid4()
    for _ in range(2):
        with ExitStack() as taken:
            for tenant_id in (greedy, greedy):
                taken.enter_context(seats.of(tenant_id))
            with pytest.raises(Busy), seats.of(greedy):
                pass
            for tenant_id in (other, third):
                taken.enter_context(seats.of(tenant_id))
            with pytest.raises(Busy), seats.of(uuid4()):
                pass


def test_a_failed_question_gives_its_seat_back() -> None:
    seats, tenant_id = Seats(1), uuid4()
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), seats.of(tenant_id):
            raise ZeroDivisionError
