"""What is taken of each budget of a year, in all and by month?

What is taken in all comes from the claims, by which every booking is judged: it is exact at any moment. The months
come from read models and are as new as the position says: euros from `travel-totals`, carbon from the carbon ledger,
so that a budget in kilograms is one with the lines an auditor sees.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from domain.travel.commitments import CARBON_YEAR, SPEND_YEAR
from projections.kernel.sql import Sql

MONTHS = 12
# A budget's owner as the claims and the totals name it.
DIMENSIONS = {
    "tenant": "all",
    "department": "department",
    "cost_centre": "cost_centre",
    "traveller": "traveller",
}


@dataclass(frozen=True)
class Account:
    """Whose year is asked for, in which unit, and the key the claims of that year bear."""

    owner: str
    owner_id: UUID | None
    unit: str
    claim_key: str


@dataclass(frozen=True)
class Standing:
    """What is taken: in all, by month, and by month of the year before."""

    taken: int
    by_month: Sequence[int]
    year_before: Sequence[int]


TAKEN = """
select kind, key, units from es.claim_total
where tenant_id = %(tenant_id)s and kind = any(%(kinds)s) and key = any(%(keys)s)
"""
BY_MONTH = """
select t.dimension, t.value, t.month, t.spend_eur_cents
from unnest(%(dimensions)s::text[], %(values)s::text[]) as asked (dimension, value)
join read.travel_total as t on t.tenant_id = %(tenant_id)s and t.dimension = asked.dimension and t.value = asked.value
  and t.month >= %(start)s and t.month < %(end)s
"""
# What lies upstream is beside a journey's figure, and beside its budgets.
CARBON_BY_MONTH = """
select asked.dimension, asked.value, t.month, sum(t.location_g)::bigint as carbon_g
from unnest(%(dimensions)s::text[], %(values)s::text[]) as asked (dimension, value)
join read.carbon_line as t on t.tenant_id = %(tenant_id)s and t.occurred_on >= %(start)s and t.occurred_on < %(end)s
  and t.trip_id is not null and t.part <> 'upstream'
  and case asked.dimension
        when 'department' then t.department_id::text when 'cost_centre' then t.cost_centre_id::text
        when 'traveller' then t.traveller_id::text else '' end = asked.value
group by 1, 2, 3
"""
STANDS_AT = """
select min(position) as position from es.checkpoint
where tenant_id = %(tenant_id)s and consumer in ('projection:travel-totals', 'projection:carbon-ledger')
"""


def standings(sql: Sql, accounts: Sequence[Account], *, year: int) -> Mapping[Account, Standing]:
    """What is taken of each account's year."""
    keys = {account: _claim(account) for account in accounts}
    taken = {
        (row["kind"], row["key"]): row["units"]
        for row in sql.rows(
            TAKEN, kinds=[SPEND_YEAR, CARBON_YEAR], keys=sorted({key for _, key in keys.values()})
        )
    }
    months = _months(sql, accounts, year)
    return {
        account: Standing(
            taken=taken.get(keys[account], 0),
            by_month=months[account][MONTHS:],
            year_before=months[account][:MONTHS],
        )
        for account in accounts
    }


def stands_at(sql: Sql) -> int:
    """The position up to which the months count."""
    row = sql.row(STANDS_AT)
    return 0 if row is None or row["position"] is None else int(row["position"])


def _months(sql: Sql, accounts: Sequence[Account], year: int) -> Mapping[Account, list[int]]:
    months = {account: [0] * (2 * MONTHS) for account in accounts}
    for unit, statement, column in (
        ("EUR", BY_MONTH, "spend_eur_cents"),
        ("kg", CARBON_BY_MONTH, "carbon_g"),
    ):
        asked = sorted({_total(account) for account in accounts if account.unit == unit})
        if not asked:
            continue
        found = sql.rows(
            statement,
            dimensions=[dimension for dimension, _ in asked],
            values=[value for _, value in asked],
            start=date(year - 1, 1, 1),
            end=date(year + 1, 1, 1),
        )
        for row in found:
            place = (row["month"].year - year + 1) * MONTHS + row["month"].month - 1
            for account in accounts:
                if account.unit == unit and _total(account) == (row["dimension"], row["value"]):
                    months[account][place] = row[column]
    return months


def _claim(account: Account) -> tuple[str, str]:
    return SPEND_YEAR if account.unit == "EUR" else CARBON_YEAR, account.claim_key


def _total(account: Account) -> tuple[str, str]:
    return DIMENSIONS[account.owner], str(account.owner_id or "")
