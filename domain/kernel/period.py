"""What is a stretch of time? Half-open: start <= t < end."""

from datetime import datetime
from typing import Self

from pydantic import model_validator

from domain.kernel.instants import Instant
from domain.kernel.value import Value


class Period(Value):
    """From `start` until just before `end`."""

    start: Instant
    end: Instant

    @model_validator(mode="after")
    def ends_after_it_starts(self) -> Self:
        if self.start >= self.end:
            raise ValueError("end must be after start")
        return self

    def contains(self, at: datetime) -> bool:
        """Is the instant inside?"""
        return self.start <= at < self.end
