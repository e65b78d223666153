"""Which rates does the house convert by, once it has fetched some itself?"""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial

import pytest

from adapters.bootstrap import House
from adapters.postgres.scoped_sql import reading
from adapters.rates.ecb import RatesNotUnderstood, fetch_rates
from adapters.rates.publishing import RatePublishing
from adapters.rates.recorded import RecordedRates
from adapters.rates.shipped import ShippedRates
from application.ports.rates import ExchangeRatesTooOld
from domain.platform.platform_tenant import PLATFORM_TENANT_ID
from domain.travel.exchange_day import ExchangeDay, RatesCorrected, RatesPublished, exchange_day_id
from tests.adapters.rates.test_ecb import a_file, a_server, sends
from tests.kit.house import Place, opened_place

MONDAY = datetime(2030, 3, 4, 17, tzinfo=UTC)


@pytest.fixture(scope="module")
def place(database_url: str, redis_url: str, master_key: bytes) -> Iterator[Place]:
    with opened_place(database_url, redis_url, master_key) as opened:
        yield opened


def published(house: House, *days: tuple[str, str]) -> int:
    """How many days were new or corrected, after fetching these from a server."""
    with a_server(sends(a_file(*days))) as (url, _):
        recorded = RatePublishing(url, house.execute, lambda: MONDAY).publish()
    house.jobs.projections.drain(PLATFORM_TENANT_ID)
    return recorded


def rates_of(house: House, max_age_days: int | None = None) -> RecordedRates:
    platform = partial(reading, house.pools.queries, PLATFORM_TENANT_ID)
    return RecordedRates(platform, ShippedRates(), max_age_days=max_age_days, kept_s=0)


def test_are_recorded_once_per_day_and_corrected_by_name(place: Place) -> None:
    assert published(place.house, ("2030-03-01", "1.08"), ("2030-03-04", "1.09")) == 2
    assert published(place.house, ("2030-03-01", "1.08"), ("2030-03-04", "1.09")) == 0
    assert published(place.house, ("2030-03-04", "1.10")) == 1
    assert published(place.house, ("2030-03-04", "1.09")) == 1, "and back: that is a correction too"
    streams = place.house.streams(PLATFORM_TENANT_ID)
    events = streams.events_of(exchange_day_id(PLATFORM_TENANT_ID, date(2030, 3, 4)), after=0, limit=10)
    assert [type(event) for event in events] == [RatesPublished, RatesCorrected, RatesCorrected]
    assert events[1].rates == {"USD": Decimal("1.10")}  # type: ignore[attr-defined]
    day = streams.load(ExchangeDay, exchange_day_id(PLATFORM_TENANT_ID, date(2030, 3, 4)))
    assert day.rates == {"USD": Decimal("1.09"), "JPY": Decimal("160.25")}


def test_are_found_on_the_day_and_after_it(place: Place) -> None:
    published(place.house, ("2030-03-01", "1.08"), ("2030-03-04", "1.09"))
    rates = rates_of(place.house)
    found = {day: rates.find("USD", date(2030, 3, day)) for day in (1, 3, 4, 9)}
    assert {day: rate.units_per_eur for day, rate in found.items() if rate} == {
        1: Decimal("1.08"),
        3: Decimal("1.08"),
        4: Decimal("1.09"),
        9: Decimal("1.09"),
    }


def test_fall_back_to_the_history_of_the_release(place: Place) -> None:
    published(place.house, ("2030-03-04", "1.09"))
    shipped = ShippedRates().find("USD", date(2026, 10, 30))
    assert rates_of(place.house).find("USD", date(2026, 11, 2)) == shipped
    pounds = rates_of(place.house).find("GBP", date(2030, 3, 4))
    assert pounds is not None
    assert pounds.published_on == date(2026, 10, 30), "the file of that day did not have it"


def test_are_refused_in_production_when_they_are_older_than_ten_days(place: Place) -> None:
    published(place.house, ("2030-03-04", "1.09"))
    strict = rates_of(place.house, max_age_days=10)
    assert strict.find("USD", date(2030, 3, 14)) is not None
    with pytest.raises(ExchangeRatesTooOld):
        strict.find("USD", date(2030, 3, 15))
    assert rates_of(place.house).find("USD", date(2030, 3, 15)) is not None, "a demo may use any"
    assert strict.find("GBP", date(2030, 3, 5)) is None, "others are published, this one no longer"
    assert strict.find("USD", date(2020, 1, 1)) is None, "production invents no rate of the past"


def test_of_a_day_to_come_are_not_believed(place: Place) -> None:
    before = place.heads()
    with pytest.raises(RatesNotUnderstood):
        published(place.house, ("2030-03-06", "1.09"))
    assert place.heads() == before


def test_that_cannot_be_fetched_leave_everything_as_it_was(place: Place) -> None:
    before = place.heads()
    with a_server(sends(b"", 500)) as (url, asked):
        quickly = partial(fetch_rates, attempts=2, pause_s=0)
        action = RatePublishing(url, place.house.execute, lambda: MONDAY, fetch=quickly)
        action.act(1)
        action.act(1)
        assert action.wait(10)
    assert len(asked) == 2, "one fetch, tried twice"
    assert place.heads() == before


def test_are_answered_at_the_door(place: Place) -> None:
    published(place.house, ("2030-03-04", "1.09"))
    ask = partial(place.client.get, "/api/v1/exchange-rates", headers=place.north.traveller.headers)
    answer = ask(params={"currency": "USD", "on": "2030-03-09"}).json()
    assert (answer["units_per_eur"], answer["published_on"]) == ("1.09", "2030-03-04")
    assert ask(params={"currency": "AFN"}).status_code == 404
    assert ask(params={"currency": "usd"}).status_code == 422
    assert ask(params={"currency": "USD", "on": "someday"}).status_code == 422
