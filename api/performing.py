"""Which door do deferred commands go through? The REST application, opened in the worker when the first one comes."""

import asyncio
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from adapters.bootstrap import Answered, Caller, Door, House, Postponed

if TYPE_CHECKING:
    from fastapi import FastAPI


def door_of(house: House) -> Door:
    """A door that costs nothing until somebody comes."""

    @cache
    def opened() -> "FastAPI":
        # A worker that is never asked reads no door.
        from api.main import create_app

        return create_app(house)

    def through(asked: Postponed, judge: Callable[[], Caller]) -> Answered:
        from api.rest.inner import send

        inner = send(
            opened(),
            asked.method,
            asked.path,
            query=asked.query,
            headers=asked.headers,
            body=asked.body.encode(),
            request_id=asked.request_id,
            acting_for=judge,
        )
        return asyncio.run(inner)

    return through
