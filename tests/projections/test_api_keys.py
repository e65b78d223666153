"""Which programs may act in this tenant, how far and until when?"""

from datetime import timedelta
from uuid import UUID, uuid5

from adapters.postgres.pools import Pools
from adapters.postgres.scoped_sql import reading
from domain.platform.api_key import ApiKeyIssued, ApiKeyRevoked
from domain.platform.roles import Scope
from projections.platform import api_keys
from projections.platform.api_keys import ApiKeys
from tests.kit.builders import MANAGER, NOW, STREAM, TENANT, TRAVELLER
from tests.kit.projecting import given_events, is_stable, project_into

HASH = "ab" * 32


def key_of(number: int) -> UUID:
    return uuid5(STREAM, f"key:{number}")


def key_issued(number: int, *, member_id: UUID = TRAVELLER) -> ApiKeyIssued:
    return ApiKeyIssued(
        originator_id=key_of(number),
        originator_version=1,
        occurred_at=NOW,
        member_id=member_id,
        name="Nightly export",
        prefix=f"esk_{number}",
        secret_hash=HASH,
        scopes=(Scope.TRIPS_READ, Scope.ANALYTICS_READ),
        expires_at=NOW + timedelta(days=90),
    )


HISTORY = given_events(
    key_issued(1),
    key_issued(2, member_id=MANAGER),
    ApiKeyRevoked(originator_id=key_of(1), originator_version=2, occurred_at=NOW),
    key_issued(3),
)


class TestTheRow:
    def test_is_the_key_as_it_stands(self) -> None:
        rows = is_stable(HISTORY, ApiKeys())
        assert rows[(key_of(1),)].is_revoked
        assert not rows[(key_of(2),)].is_revoked
        assert rows[(key_of(1),)].scopes == (Scope.ANALYTICS_READ, Scope.TRIPS_READ)

    def test_never_holds_the_secret(self) -> None:
        assert HASH not in HISTORY.project(ApiKeys()).row(key_of(1)).model_dump_json()


def test_queries_read_what_was_projected(database_url: str, master_key: bytes, pools: Pools) -> None:
    project_into(database_url, master_key, ApiKeys(), HISTORY.events)
    with reading(pools.queries, TENANT) as sql:
        assert api_keys.get(sql, key_of(1)) == HISTORY.project(ApiKeys()).row(key_of(1))
        assert api_keys.find(sql, key_of(99)) is None
        first = api_keys.page(sql, limit=2)
        assert [row.key_id for row in first.rows] == [key_of(3), key_of(2)]
        assert [row.key_id for row in api_keys.page(sql, after=first.next_after).rows] == [key_of(1)]
        assert [row.key_id for row in api_keys.page(sql, member_id=MANAGER).rows] == [key_of(2)]
    with reading(pools.queries, STREAM) as sql:
        assert api_keys.page(sql).rows == []
