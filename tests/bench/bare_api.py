"""What is the least a FastAPI endpoint can do and still keep a trip? One row, one insert, one connection pool."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import uvicorn
from anyio import to_thread
from fastapi import FastAPI, Request
from psycopg.types.json import Jsonb
from psycopg_pool import ConnectionPool
from pydantic import BaseModel
from uuid_utils.compat import uuid7

TABLE = """
create table trip (
  tenant_id uuid not null, trip_id uuid not null, traveller_id uuid not null, purpose text not null,
  segments jsonb not null, primary key (tenant_id, trip_id))
"""
INSERT = "insert into trip values (%s, %s, %s, %s, %s)"
TENANT = UUID(int=7)


class Plan(BaseModel):
    """The same body that plans a trip with us."""

    traveller_id: UUID
    purpose: str
    segments: list[dict[str, Any]]


class Planned(BaseModel):
    """What was kept."""

    id: UUID
    traveller_id: UUID
    purpose: str
    segments: list[dict[str, Any]]


def create_app(database_url: str, threads: int) -> FastAPI:
    """One endpoint over one pool, with as many threads and connections as we have."""

    @asynccontextmanager
    async def opened(app: FastAPI) -> AsyncIterator[None]:
        to_thread.current_default_thread_limiter().total_tokens = threads
        with ConnectionPool(database_url, kwargs={"autocommit": True}, min_size=8, max_size=8) as pool:
            app.state.pool = pool
            yield

    app = FastAPI(lifespan=opened)

    @app.post("/trips", status_code=201)
    def plan(body: Plan, request: Request) -> Planned:
        trip_id = uuid7()
        with request.app.state.pool.connection() as connection:
            connection.execute(
                INSERT, (TENANT, trip_id, body.traveller_id, body.purpose, Jsonb(body.segments))
            )
        return Planned(id=trip_id, **body.model_dump())

    @app.get("/live")
    def live() -> None:
        """Answers."""

    return app


if __name__ == "__main__":
    uvicorn.run(
        create_app(os.environ["DATABASE_URL"], int(os.environ["BENCH_THREADS"])),
        host="127.0.0.1",
        port=int(os.environ["BENCH_PORT"]),
        log_level="warning",
        access_log=False,
        server_header=False,
    )
