"""What does this company say of itself?"""

from adapters.postgres.pools import Pools
from adapters.postgres.scoped_sql import reading
from domain.kernel.event import DomainEvent
from domain.kernel.money import Money
from domain.kernel.nace import Sector
from domain.platform.company_profile import UNSTATED, CompanyProfileChanged, Profile, company_profile_id
from projections.platform import company_profiles
from projections.platform.company_profiles import CompanyProfiles
from tests.kit.builders import NOW, STREAM, TENANT
from tests.kit.projecting import given_events, is_stable, project_into

STATED = Profile(
    sector=Sector(division="62"),
    head_count=120,
    annual_revenue=Money(amount_minor=1_250_000, currency="CHF"),
    reporting_currency="CHF",
)


def changed(profile: Profile) -> DomainEvent:
    return CompanyProfileChanged(
        originator_id=company_profile_id(TENANT), originator_version=1, occurred_at=NOW, profile=profile
    )


def test_the_row_is_what_was_said_last(database_url: str, master_key: bytes, pools: Pools) -> None:
    history = given_events(changed(UNSTATED), changed(STATED))
    (row,) = is_stable(history, CompanyProfiles()).values()
    assert (row.nace_revision, row.nace_section, row.nace_division, row.head_count) == ("2.1", "K", "62", 120)
    assert (row.annual_revenue_minor, row.annual_revenue_currency) == (1_250_000, "CHF")
    project_into(database_url, master_key, CompanyProfiles(), history.events)
    with reading(pools.queries, TENANT) as sql:
        assert company_profiles.find(sql) == row
    with reading(pools.queries, STREAM) as sql:
        assert company_profiles.find(sql) is None
    (unstated,) = is_stable(given_events(changed(STATED), changed(UNSTATED)), CompanyProfiles()).values()
    assert (unstated.nace_section, unstated.head_count, unstated.reporting_currency) == (None, None, "EUR")
