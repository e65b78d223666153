"""Does what goes through a pipeline arrive, however much it is?"""

from adapters.postgres.pools import Pools, pipelined

MEGABYTES = "x" * 8_000_000


def test_megabytes_arrive_in_both_directions(pools: Pools) -> None:
    """The end of a month of uses: the server waited for the other half of a statement, and we for its answer."""
    with pipelined(pools.projector) as connection:
        answers = [connection.execute("select %s::text || ''", (MEGABYTES,)) for _ in range(3)]
    assert [answer.fetchall()[0][0] == MEGABYTES for answer in answers] == [True] * 3
