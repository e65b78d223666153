"""Many clients at once, released together."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

T = TypeVar("T")


def all_at_once(count: int, act: Callable[[int], T]) -> list[T | BaseException]:
    """Runs `act(0..count-1)` from a barrier; answers what each returned or raised, in order."""
    barrier = Barrier(count)

    def one(number: int) -> T | BaseException:
        barrier.wait()
        try:
            return act(number)
        except BaseException as error:
            return error

    with ThreadPoolExecutor(count) as crowd:
        return list(crowd.map(one, range(count)))
