"""A company's carbon ledger, made up: what reports are tried on."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID, uuid5

from adapters.documents.publication import Publication, Step
from domain.esg.esg_report import digest_of
from domain.esg.reduction_levers import Alternatives
from domain.esg.report_composition import Frame, TargetSet, compose
from domain.esg.report_content import Cover, ReportContent
from domain.esg.reporting_line import FactorUsed, ReportLine
from domain.kernel.money import Money

TENANT = UUID("00000000-0000-7000-8000-00000000000a")
REPORT = UUID("00000000-0000-7000-8000-0000000000e5")
MEMBERS = [UUID(f"00000000-0000-7000-8000-00000000000{n}") for n in (1, 2, 3)]
DESNZ_SOURCE = "UK DESNZ/DEFRA, Greenhouse gas reporting: conversion factors {year}"
HOSTILE = (
    "<b>Étoile & Fils</b> <script>alert(1)</script> שלום חברה בעמ شركة الطاقة 😀🚀 \u202eevil\u202c {total} %s "
    + "Société générale des déplacements très longs " * 5
)[:300]


def factor(row: str, value: str, year: int = 2030, publisher: str = "DESNZ") -> FactorUsed:
    """A published factor."""
    return FactorUsed(row, Decimal(value), DESNZ_SOURCE.format(year=year), publisher, year)


LONG_BUSINESS = factor("21_316_3170_11_4", "0.33940")
LONG_ECONOMY = factor("21_316_3170_11_2", "0.11704")
EUROPE_ECONOMY = factor("21_316_3175_11_2", "0.10916")
EUROPE_BUSINESS = factor("21_316_3175_11_4", "0.31656")
RAIL = factor("23_320_3190_11_1", "0.03546")
HOTEL_FR = factor("26_400_1000_11_1", "6.7")
HOTEL_US = factor("26_400_1000_11_9", "16.1")
TAXI = factor("23_310_3180_11_1", "0.14861")
CAR = factor("17_200_2000_11_1", "0.17304")
GRID_FR = factor("fr-2029", "0.0415", 2029, "Ember")
GRID_DE = factor("de-2029", "0.330", 2029, "Ember")
GREEN = factor("contract-77", "0", 2030, "Grüne Energie GmbH")
GAS = factor("1_100_1000_11_1", "0.18254")
R410A = factor("4_100_1000_11_3", "1924")
COMMUTE = factor("24_330_3200_11_1", "0.16272")
SPEND = factor("90_100_9000_11_1", "0.187", 2029, "ADEME")

ALTERNATIVES = Alternatives(
    rail=RAIL,
    economy={(LONG_BUSINESS.id, 2030): LONG_ECONOMY, (EUROPE_BUSINESS.id, 2030): EUROPE_ECONOMY},
    rail_hours={
        "CDG-FRA": Decimal("3.4"),
        "CDG-AMS": Decimal("3.1"),
        "LYS-CDG": Decimal("3.2"),
        "CDG-LHR": Decimal("2.7"),
    },
)


def line(
    number: int,
    *,
    on: date,
    quantity: str,
    used: FactorUsed,
    scope: int = 3,
    category: str = "business_travel",
    mode: str = "flight",
    activity: str = "flight_long_haul",
    unit: str = "passenger-km",
    market: FactorUsed | None = None,
    **more: Any,
) -> ReportLine:
    """One line whose grams are quantity times factor."""
    grams = _grams(Decimal(quantity) * used.value)
    market_g = grams if market is None else _grams(Decimal(quantity) * market.value)
    facts = {
        "part": "direct",
        "method": "desnz",
        "is_estimate": False,
        "grade": 2,
        "positions": (number + 10,),
        **more,
    }
    identity = str(uuid5(TENANT, f"line:{number}"))
    return ReportLine(
        line_id=facts.pop("line_id", identity),
        subject=facts.pop("subject", f"subject-{number}"),
        occurred_on=on,
        scope=scope,
        category=category,
        activity=activity,
        mode=mode,
        quantity=Decimal(quantity),
        unit=unit,
        factor=used,
        location_g=grams,
        market_g=market_g,
        market_factor=market,
        market_basis=None if market is None else "supplier",
        **facts,
    )


def ledger(year: int = 2030, months: int = 12, trips: int = 12, **over: FactorUsed) -> Iterator[ReportLine]:
    """A year with every scope: sites, cars, a leak, trips, commuting and services. Sites and towns are invented."""
    number = year * 1_000_000
    long_business = over.get("long_business", LONG_BUSINESS)
    routes = [
        "CDG-JFK",
        "CDG-FRA",
        "CDG-AMS",
        "CDG-SIN",
        "LYS-CDG",
        "CDG-LHR",
        "CDG-NCE",
        "FRA-JFK",
        "CDG-MAD",
        "FRA-ARN",
    ]
    kms = [
        "5833.635",
        "446.925",
        "398.511",
        "10724.613",
        "409.331",
        "347.168",
        "694.520",
        "6205.114",
        "1064.220",
        "1222.045",
    ]
    departments = ["Sales", "Engineering", "Finance & legal", "Research <R&D>"]
    for month in range(1, months + 1):
        first = date(year, month, 1)
        for site, grid, kwh, market in (("Lyon", GRID_FR, 42_000, None), ("Hamburg", GRID_DE, 18_500, GREEN)):
            number += 1
            yield line(
                number,
                on=first,
                quantity=str(kwh + month * 37),
                used=grid,
                scope=2,
                category="purchased_electricity",
                mode="electricity",
                activity="electricity",
                unit="kWh",
                market=market,
                site=site,
                grade=1,
                method="ghg-protocol",
            )
        number += 1
        yield line(
            number,
            on=first,
            quantity=str(9_000 - abs(month - 7) * 800 + 0.5),
            used=GAS,
            scope=1,
            category="stationary_combustion",
            mode="natural_gas",
            activity="natural_gas",
            unit="kWh",
            site="Lyon",
            grade=1,
            method="ghg-protocol",
        )
        number += 1
        yield line(
            number,
            on=first,
            quantity="5210.4",
            used=CAR,
            scope=1,
            category="mobile_combustion",
            mode="company_car",
            activity="car_diesel",
            unit="vehicle-km",
            department="Sales",
            grade=1,
        )
        number += 1
        yield line(
            number,
            on=first,
            quantity="61000",
            used=COMMUTE,
            category="employee_commuting",
            mode="commuting",
            activity="car_average",
            unit="vehicle-km",
            is_estimate=True,
            grade=3,
        )
        number += 1
        yield line(
            number,
            on=first,
            quantity="48000",
            used=SPEND,
            category="purchased_goods_and_services",
            mode="services",
            activity="services",
            unit="EUR",
            is_estimate=True,
            grade=4,
            method="ghg-protocol",
        )
        for trip in range(trips):
            number += 3
            at = (trip + month) % len(routes)
            far = Decimal(kms[at]) > 3_700
            dear = (trip + month) % 3 == 0
            used = (
                (long_business if dear else LONG_ECONOMY)
                if far
                else (EUROPE_BUSINESS if dear else EUROPE_ECONOMY)
            )
            own = {"trip_id": uuid5(TENANT, f"trip:{number}"), "department": departments[trip % 4]}
            day = first + timedelta(days=trip % 27)
            booked = month > 10 and trip % 5 == 0
            yield line(
                number,
                on=day,
                quantity=kms[at],
                used=used,
                route=routes[at],
                variant="business|with_rf" if dear else "economy|with_rf",
                activity="flight_long_haul" if far else "flight_international_non_uk",
                is_estimate=booked,
                grade=1 if trip % 2 else 2,
                **own,
            )
            yield line(
                number + 1,
                on=day,
                quantity=str(1 + trip % 3),
                used=HOTEL_US if far else HOTEL_FR,
                mode="hotel",
                activity="hotel_night",
                unit="room-night",
                **own,
            )
            yield line(
                number + 2,
                on=day,
                quantity=f"{trip * 31 % 90 + 12}.4",
                used=RAIL if trip % 2 else TAXI,
                mode="rail" if trip % 2 else "taxi",
                activity="rail_national" if trip % 2 else "taxi",
                route="Lyon-Paris" if trip % 2 else None,
                grade=3,
                **own,
            )
    number += 1
    yield line(
        number,
        on=date(year, 7, 9),
        quantity="2.3",
        used=R410A,
        scope=1,
        category="fugitive_emissions",
        mode="refrigerant",
        activity="R410A",
        unit="kg",
        site="Hamburg",
        grade=1,
        method="ghg-protocol",
    )


def frame(name: str = "Aurore Conseil", year: int = 2030, **more: Any) -> Frame:
    """The frame of a year."""
    facts: dict[str, Any] = {
        "cover": Cover(company_name=name, primary_colour="#12355B", accent_colour="#E07A3F"),
        "start": date(year, 1, 1),
        "end": date(year + 1, 1, 1),
        "position": 4_711,
        "head_count": 240,
        "annual_revenue": Money(amount_minor=5_230_000_000, currency="EUR"),
        "base_year": year - 3,
        "targets": (TargetSet("Half by 2035", year - 3, year + 5, Decimal(50)),),
        "alternatives": ALTERNATIVES,
        **more,
    }
    return Frame(**facts)


OLD_LONG_BUSINESS = factor("21_316_3170_11_4", "0.58029", 2029)


def content(name: str = "Aurore Conseil", *, trips: int = 12) -> ReportContent:
    """The figures of a year, with two others to compare them with."""
    return compose(
        frame(name),
        ledger(trips=trips),
        previous=ledger(2029, trips=trips, long_business=OLD_LONG_BUSINESS),
        base=ledger(2027, trips=trips + 3, long_business=OLD_LONG_BUSINESS),
    )


def publication(figures: ReportContent | None = None, **more: Any) -> Publication:
    """A published report without a log behind it."""
    figures = figures or content()
    at = datetime(2031, 2, 3, 9, 30, tzinfo=UTC)
    steps = tuple(
        Step(what, at - timedelta(days=days), by)
        for what, days, by in (
            ("drafted", 30, None),
            ("reviewed", 12, MEMBERS[0]),
            ("approved", 5, MEMBERS[1]),
            ("published", 0, MEMBERS[2]),
        )
    )
    return Publication(TENANT, REPORT, "year", figures, digest_of(figures), at, steps, **more)


def _grams(kilograms: Decimal) -> int:
    return int((kilograms * 1000).quantize(Decimal(1), ROUND_HALF_UP))
