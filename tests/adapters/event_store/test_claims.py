"""What spans streams is decided under the tenant's lock: exactly the capacity, never more."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID, uuid4

import pytest

from adapters.event_store import appending
from adapters.event_store.appending import Appender, AppendRequest
from adapters.event_store.lookups import ClaimTotals
from adapters.event_store.outcomes import Outcome
from domain.kernel.claims import Claim, Claims, PersonalKey, Release, net
from domain.kernel.refusals import CapacityTaken
from tests.adapters.event_store.conftest import Bench
from tests.kit.crowd import all_at_once
from tests.kit.ledger import NOON, Ledger

CLIENTS = 100
ROUNDS = 10


def positions_are_gapless(bench: Bench, tenant_id: UUID) -> bool:
    with bench.pools.commands.connection() as connection:
        rows = connection.execute(
            "select position from es.read_feed(%s, 0, 100000, 100000)", (tenant_id,)
        ).fetchall()
        return [row[0] for row in rows] == list(range(1, len(rows) + 1))


def taken_slots(bench: Bench, tenant_id: UUID) -> list[tuple[str, datetime, datetime, int]]:
    with bench.pools.commands.connection() as connection, connection.transaction():
        connection.execute("select es.enter_tenant(%s)", (tenant_id,))
        return connection.execute(
            "select key, starts_at, ends_at, units from es.claim where tenant_id = %s and kind = 'slot'",
            (tenant_id,),
        ).fetchall()


@pytest.mark.parametrize("round_number", range(ROUNDS))
class TestAHundredClients:
    """Of ten processes: they share a line in tens, and the ten lines meet at the tenant's lock."""

    def test_share_a_capacity_of_one(self, bench: Bench, tenant_id: UUID, round_number: int) -> None:
        ledgers = bench.ledgers(tenant_id, CLIENTS)

        answers = all_at_once(
            CLIENTS,
            lambda n: bench.client(n, tenant_id).change(Ledger, ledgers[n], lambda it: it.take_slot("chair")),
        )

        assert sum(not isinstance(answer, BaseException) for answer in answers) == 1
        assert sum(isinstance(answer, CapacityTaken) for answer in answers) == CLIENTS - 1
        assert positions_are_gapless(bench, tenant_id)

    def test_share_a_capacity_of_twelve_with_mixed_units(
        self, bench: Bench, tenant_id: UUID, round_number: int
    ) -> None:
        random = Random(round_number)
        ledgers = bench.ledgers(tenant_id, CLIENTS)
        wishes = [(random.choice((1, 2, 5)), random.randrange(0, 120)) for _ in range(CLIENTS)]

        answers = all_at_once(
            CLIENTS,
            lambda n: bench.client(n, tenant_id).change(
                Ledger,
                ledgers[n],
                lambda it: it.take_slot(
                    "room", starts_at=NOON + timedelta(minutes=wishes[n][1]), units=wishes[n][0], capacity=12
                ),
            ),
        )

        slots = taken_slots(bench, tenant_id)
        accepted = sum(not isinstance(answer, BaseException) for answer in answers)
        assert accepted == len(slots) > 0
        assert peak(slots) <= 12
        assert positions_are_gapless(bench, tenant_id)

    def test_twelve_win_when_all_want_one_unit_of_twelve(
        self, bench: Bench, tenant_id: UUID, round_number: int
    ) -> None:
        ledgers = bench.ledgers(tenant_id, CLIENTS)
        answers = all_at_once(
            CLIENTS,
            lambda n: bench.client(n, tenant_id).change(
                Ledger, ledgers[n], lambda it: it.take_slot("class", capacity=12)
            ),
        )
        assert sum(not isinstance(answer, BaseException) for answer in answers) == 12
        assert positions_are_gapless(bench, tenant_id)

    def test_teams_of_three_in_any_order(self, bench: Bench, tenant_id: UUID, round_number: int) -> None:
        ledgers = bench.ledgers(tenant_id, CLIENTS)

        def team(n: int) -> list[str]:
            members = ["anaesthetist", "nurse", "surgeon"]
            Random(n).shuffle(members)
            return members

        answers = all_at_once(
            CLIENTS,
            lambda n: bench.client(n, tenant_id).change(
                Ledger, ledgers[n], lambda it: it.take_slot(*team(n))
            ),
        )

        assert sum(not isinstance(answer, BaseException) for answer in answers) == 1
        assert all(
            isinstance(answer, CapacityTaken) for answer in answers if isinstance(answer, BaseException)
        )
        assert len(taken_slots(bench, tenant_id)) == 3
        assert positions_are_gapless(bench, tenant_id)


def peak(slots: list[tuple[str, datetime, datetime, int]]) -> int:
    """The highest number of units at any instant."""
    instants = {start for _, start, _, _ in slots}
    return max(sum(units for _, start, end, units in slots if start <= at < end) for at in instants)


class TestWithinOneCommand:
    """What a command takes and gives back is neither taken nor given back."""

    @pytest.mark.parametrize(
        "take",
        [
            lambda it: it.take_slot("chair"),
            lambda it: it.take_name("acme"),
            lambda it: it.spend("2030", 7, 100),
        ],
        ids=["slot", "name", "amount"],
    )
    def test_taking_and_returning_leaves_nothing(
        self, bench: Bench, tenant_id: UUID, take: Callable[[Ledger], None]
    ) -> None:
        def decide(ledger: Ledger) -> None:
            take(ledger)
            ledger.return_all()

        assert bench.store(tenant_id).change(Ledger, bench.ledger(tenant_id), decide).version == 3
        assert held(bench, tenant_id) == []
        bench.store(tenant_id).change(Ledger, bench.ledger(tenant_id), take)
        assert len(held(bench, tenant_id)) == 1

    def test_a_name_of_a_person_is_known_again(self) -> None:
        holder, key = uuid4(), PersonalKey("ada@example.com")
        taken = Claims(taken=(Claim("email", key, holder),))
        released = Claims(released=(Release("email", key, holder),))
        assert net([taken, released]).taken == ()
        assert net([released, taken]) == Claims(taken=taken.taken, released=released.released)

    def test_returning_and_taking_again_keeps_what_was_taken_last(
        self, bench: Bench, tenant_id: UUID
    ) -> None:
        ledger = bench.ledger(tenant_id)
        bench.store(tenant_id).change(Ledger, ledger, lambda it: it.spend("2030", 60, 100))

        def decide(it: Ledger) -> None:
            it.return_all()
            it.spend("2030", 90, 100)

        bench.store(tenant_id).change(Ledger, ledger, decide)
        assert total(bench, tenant_id) == 90


class TestAClaim:
    def test_takes_no_more_than_there_is_and_at_least_something(self) -> None:
        for units in (0, -1, 13):
            with pytest.raises(ValueError, match="between 1 and 12 units"):
                Claim("slot", "room", uuid4(), units=units, capacity=12)

    def test_ends_after_it_starts(self) -> None:
        for ends_at in (NOON, NOON - timedelta(minutes=1)):
            with pytest.raises(ValueError, match="ends after it starts"):
                Claim("slot", "room", uuid4(), starts_at=NOON, ends_at=ends_at)


def held(bench: Bench, tenant_id: UUID) -> list[tuple[str, int]]:
    with bench.pools.commands.connection() as connection, connection.transaction():
        connection.execute("select es.enter_tenant(%s)", (tenant_id,))
        return connection.execute(
            "select kind, units from es.claim where tenant_id = %s", (tenant_id,)
        ).fetchall()


class TestUniqueFacts:
    def test_have_one_holder(self, bench: Bench, tenant_id: UUID) -> None:
        first, second = bench.ledger(tenant_id), bench.ledger(tenant_id)
        bench.store(tenant_id).change(Ledger, first, lambda it: it.take_name("acme"))
        with pytest.raises(CapacityTaken) as refusal:
            bench.store(tenant_id).change(Ledger, second, lambda it: it.take_name("acme"))
        assert refusal.value.facts["claims"] == [{"kind": "name", "key": "acme", "capacity": 1, "units": 1}]
        assert bench.store(tenant_id).load(Ledger, second).version == 1

    def test_are_free_again_once_released(self, bench: Bench, tenant_id: UUID) -> None:
        first, second = bench.ledger(tenant_id), bench.ledger(tenant_id)
        bench.store(tenant_id).change(Ledger, first, lambda it: it.take_name("acme"))
        bench.store(tenant_id).change(Ledger, first, lambda it: it.return_all())
        assert bench.store(tenant_id).change(Ledger, second, lambda it: it.take_name("acme")).version == 2

    def test_belong_to_one_tenant_only(self, bench: Bench, tenant_id: UUID) -> None:
        other = bench.tenant()
        for each in (tenant_id, other):
            bench.store(each).change(Ledger, bench.ledger(each), lambda it: it.take_name("acme"))

    def test_are_stored_as_a_digest_when_they_name_a_person(self, bench: Bench, tenant_id: UUID) -> None:
        ledger = bench.ledger(tenant_id)
        bench.store(tenant_id).change(
            Ledger, ledger, lambda it: it.take_name("ada@example.com", personal=True)
        )
        with bench.pools.commands.connection() as connection, connection.transaction():
            connection.execute("select es.enter_tenant(%s)", (tenant_id,))
            keys = connection.execute(
                "select key from es.claim where tenant_id = %s", (tenant_id,)
            ).fetchall()
        assert len(keys) == 1
        assert "@" not in keys[0][0]
        assert len(keys[0][0]) == 64


class TestAmounts:
    def test_are_kept_as_a_running_total_that_never_passes_the_capacity(
        self, bench: Bench, tenant_id: UUID
    ) -> None:
        ledgers = bench.ledgers(tenant_id, 40)
        answers = all_at_once(
            40,
            lambda n: bench.store(tenant_id).change(Ledger, ledgers[n], lambda it: it.spend("2030", 7, 100)),
        )
        assert sum(not isinstance(answer, BaseException) for answer in answers) == 14
        assert total(bench, tenant_id) == 98

    def test_come_back_when_released(self, bench: Bench, tenant_id: UUID) -> None:
        ledger = bench.ledger(tenant_id)
        bench.store(tenant_id).change(Ledger, ledger, lambda it: it.spend("2030", 60, 100))
        bench.store(tenant_id).change(Ledger, ledger, lambda it: it.return_all())
        assert total(bench, tenant_id) == 0
        bench.store(tenant_id).change(Ledger, ledger, lambda it: it.spend("2030", 100, 100))
        assert total(bench, tenant_id) == 100

    def test_are_replaced_when_the_holder_takes_again(self, bench: Bench, tenant_id: UUID) -> None:
        ledger = bench.ledger(tenant_id)
        bench.store(tenant_id).change(Ledger, ledger, lambda it: it.spend("2030", 60, 100))
        bench.store(tenant_id).change(Ledger, ledger, lambda it: it.spend("2030", 90, 100))
        assert total(bench, tenant_id) == 90

    def test_refused_leave_the_total_as_it_was(self, bench: Bench, tenant_id: UUID) -> None:
        ledger = bench.ledger(tenant_id)
        bench.store(tenant_id).change(Ledger, ledger, lambda it: it.spend("2030", 60, 100))
        with pytest.raises(CapacityTaken):
            bench.store(tenant_id).change(
                Ledger, bench.ledger(tenant_id), lambda it: it.spend("2030", 41, 100)
            )
        assert total(bench, tenant_id) == 60


def total(bench: Bench, tenant_id: UUID) -> int:
    with bench.pools.commands.connection() as connection, connection.transaction():
        connection.execute("select es.enter_tenant(%s)", (tenant_id,))
        row = connection.execute(
            "select units from es.claim_total where tenant_id = %s", (tenant_id,)
        ).fetchone()
        held = connection.execute(
            "select coalesce(sum(units), 0) from es.claim where tenant_id = %s and kind = 'budget'",
            (tenant_id,),
        ).fetchone()
    assert row is not None
    assert held is not None
    assert row[0] == held[0]
    return int(row[0])


class TestAmountsOnHold:
    def hold(self, bench: Bench, tenant_id: UUID, units: int, expires_at: datetime | None) -> Outcome:
        claim = Claim(
            "budget", "2030", uuid4(), units=units, capacity=100, shape="amount", expires_at=expires_at
        )
        request = AppendRequest(events=[], claims=Claims(taken=(claim,)))
        return Appender(bench.pools.commands, bench.engine.claim_keys)(tenant_id, [request])[0]

    def test_count_while_live_and_not_after(self, bench: Bench, tenant_id: UUID) -> None:
        soon = datetime.now(UTC) + timedelta(seconds=0.4)
        totals = ClaimTotals(bench.pools.commands, bench.engine.claim_keys, tenant_id)
        assert self.hold(bench, tenant_id, 60, soon).name == "settled"
        assert self.hold(bench, tenant_id, 41, None).name == "refused"
        assert totals.of("budget", "2030", without=uuid4()) == 60
        while datetime.now(UTC) < soon:
            pass
        assert totals.of("budget", "2030", without=uuid4()) == 0
        assert self.hold(bench, tenant_id, 100, None).name == "settled"
        assert totals.of("budget", "2030", without=uuid4()) == total(bench, tenant_id) == 100


class TestHolds:
    def test_block_while_live_and_not_after(self, bench: Bench, tenant_id: UUID) -> None:
        holder, rival = bench.ledger(tenant_id), bench.ledger(tenant_id)
        soon = datetime.now(UTC) + timedelta(seconds=0.3)
        bench.store(tenant_id).change(Ledger, holder, lambda it: it.take_slot("chair", expires_at=soon))
        with pytest.raises(CapacityTaken):
            bench.store(tenant_id).change(Ledger, rival, lambda it: it.take_slot("chair"))
        while datetime.now(UTC) < soon:
            pass
        assert bench.store(tenant_id).change(Ledger, rival, lambda it: it.take_slot("chair")).version == 2
        with pytest.raises(CapacityTaken):
            bench.store(tenant_id).change(Ledger, holder, lambda it: it.take_slot("chair"))

    def test_are_confirmed_by_taking_again_without_expiry(self, bench: Bench, tenant_id: UUID) -> None:
        holder, rival = bench.ledger(tenant_id), bench.ledger(tenant_id)
        soon = datetime.now(UTC) + timedelta(seconds=0.2)
        bench.store(tenant_id).change(Ledger, holder, lambda it: it.take_slot("chair", expires_at=soon))
        bench.store(tenant_id).change(Ledger, holder, lambda it: it.take_slot("chair"))
        while datetime.now(UTC) < soon:
            pass
        with pytest.raises(CapacityTaken):
            bench.store(tenant_id).change(Ledger, rival, lambda it: it.take_slot("chair"))

    def test_of_the_same_holder_never_conflict(self, bench: Bench, tenant_id: UUID) -> None:
        holder = bench.ledger(tenant_id)
        bench.store(tenant_id).change(Ledger, holder, lambda it: it.take_slot("chair"))
        moved = NOON + timedelta(minutes=15)
        bench.store(tenant_id).change(Ledger, holder, lambda it: it.take_slot("chair", starts_at=moved))


@pytest.mark.parametrize("many", [16, 10_000], ids=["set by set", "one by one"])
def test_many_facts_at_once_are_judged_as_one_by_one(
    bench: Bench, tenant_id: UUID, monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    """A thousand transaction ids are one statement; what it refuses, and what it leaves, is the same."""
    monkeypatch.setattr(appending, "MANY", many)
    append = Appender(bench.pools.commands, bench.engine.claim_keys)
    mine, other = uuid4(), uuid4()

    def take(kind: str, holder: UUID, *numbers: int, **more: datetime) -> tuple[Claim, ...]:
        return tuple(Claim(kind, f"fact-{number}", holder, **more) for number in numbers)

    def answer(*claims: Claim) -> Outcome:
        return append(tenant_id, [AppendRequest(events=[], claims=Claims(taken=claims))])[0]

    def facts() -> int:
        return len([one for one in held(bench, tenant_id) if one[0] in ("use", "name")])

    assert answer(*take("use", mine, *range(20)), *take("name", other, *range(20))).name == "settled"
    assert facts() == 40
    # The same holder again is calm; somebody else is refused, with every fact that is taken, and leaves nothing.
    assert answer(*take("use", mine, *range(5, 25))).name == "settled"
    refused = answer(*take("use", other, *range(23, 60)))
    assert refused.name == "refused"
    assert sorted(one["key"] for one in refused.detail or ()) == ["fact-23", "fact-24"]
    assert facts() == 45
    # A hold that has run out is not there, and another company's facts are its own.
    soon = datetime.now(UTC) + timedelta(seconds=0.2)
    assert answer(*take("use", other, 70, expires_at=soon)).name == "settled"
    assert answer(*take("use", mine, *range(60, 90))).name == "refused"
    while datetime.now(UTC) < soon:
        pass
    assert answer(*take("use", mine, *range(60, 90))).name == "settled"
    totals = ClaimTotals(bench.pools.commands, bench.engine.claim_keys, tenant_id)
    assert totals.holders_of("use", ["fact-70", "fact-95"]) == {"fact-70": mine}
    # A key named twice by different holders is refused like any other conflict.
    assert answer(*take("use", mine, *range(200, 230)), *take("use", other, 229)).name == "refused"


def test_a_rebuild_of_claims_folds_the_same_function(bench: Bench, tenant_id: UUID) -> None:
    keep, give_back = bench.ledger(tenant_id), bench.ledger(tenant_id)
    bench.store(tenant_id).change(Ledger, keep, lambda it: it.take_slot("chair", "table"))
    bench.store(tenant_id).change(Ledger, give_back, lambda it: it.take_slot("lamp"))
    bench.store(tenant_id).change(Ledger, give_back, lambda it: it.return_all())

    folded: set[tuple[str, str]] = set()
    for ledger_id in (keep, give_back):
        ledger = Ledger.new(ledger_id)
        for event in bench.store(tenant_id)._application.events.get(ledger_id):
            claims = ledger.claims(event)
            ledger.apply(event)  # type: ignore[arg-type]
            folded -= {(release.kind, str(release.key)) for release in claims.released}
            folded |= {(claim.kind, str(claim.key)) for claim in claims.taken}

    assert (
        folded
        == {("slot", key) for key, *_ in taken_slots(bench, tenant_id)}
        == {("slot", "chair"), ("slot", "table")}
    )
