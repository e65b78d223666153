"""Are a company's requests kept, so many and for so long, without anybody waiting? (issue 8 part 5)"""

from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from redis import Redis

from adapters.redis.request_trail import KEPT, KEPT_FOR, NotedRequest, RequestTrail

NOON = datetime(2030, 5, 2, 12, tzinfo=UTC)


@pytest.fixture
def trail(redis_url: str) -> Iterator[RequestTrail]:
    opened = RequestTrail(redis_url)
    yield opened
    opened.close()


def noted(number: int, key_id: UUID | None = None) -> NotedRequest:
    return NotedRequest(NOON, "GET", "/api/v1/me", 200, number / 10, f"request-{number}", key_id)


def test_the_latest_come_first_and_can_be_gone_back_through(trail: RequestTrail) -> None:
    north, south, key = uuid4(), uuid4(), uuid4()
    for number in range(5):
        trail.note(north, noted(number, key))
    trail.note(south, noted(9))
    assert list(trail.latest(north)) == []  # nobody waited
    trail.flush()
    told = list(trail.latest(north))
    assert [each.request_id for each in told] == [f"request-{number}" for number in (4, 3, 2, 1, 0)]
    assert (told[0].at, told[0].duration_ms, told[0].key_id) == (NOON, 0.4, key)
    assert [each.request_id for each in trail.latest(north, before=told[2].place)] == [
        "request-1",
        "request-0",
    ]
    assert [each.key_id for each in trail.latest(south)] == [None]


def test_only_so_many_are_kept_and_only_for_so_long(trail: RequestTrail, redis_url: str) -> None:
    tenant_id = uuid4()
    for number in range(KEPT + 500):
        trail.note(tenant_id, noted(number))
    trail.flush()
    kept = list(trail.latest(tenant_id))
    assert KEPT <= len(kept) < KEPT + 200
    assert kept[0].request_id == f"request-{KEPT + 499}"
    with Redis.from_url(redis_url) as client:
        left_s = client.ttl(f"escale:requests:{tenant_id}")
    assert 0 < int(str(left_s)) <= KEPT_FOR.total_seconds()


def test_without_redis_requests_are_missing_and_nothing_else() -> None:
    lonely = RequestTrail("redis://127.0.0.1:1/0")
    lonely.note(uuid4(), noted(1))
    lonely.flush()
    assert list(lonely.latest(uuid4())) == []
    lonely.close()
