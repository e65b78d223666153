"""How much does a kilogram of a refrigerant warm, compared with carbon dioxide? Over a hundred years, as the IPCC
published it.

Pure substances stand in the tables of its assessment reports. A blend is the mean of its parts by mass, as the
designation of the blend defines them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from domain.kernel.emissions import EmissionFactor

PUBLISHER = "IPCC"
DESIGNATIONS = "parts by mass of the blend as designated in ISO 817"


@dataclass(frozen=True)
class AssessmentReport:
    """One report of the IPCC, and what it says of pure substances, by their refrigerant number."""

    code: str
    year: int
    source: str
    potentials: Mapping[str, Decimal]


AR5 = AssessmentReport(
    "ar5",
    2013,
    "IPCC, Fifth Assessment Report, Working Group I, table 8.A.1, GWP 100 without feedbacks",
    {
        "R-23": Decimal(12_400),
        "R-32": Decimal(677),
        "R-125": Decimal(3_170),
        "R-134a": Decimal(1_300),
        "R-143a": Decimal(4_800),
        "R-152a": Decimal(138),
        "R-227ea": Decimal(3_350),
        "R-236fa": Decimal(8_060),
        "R-245fa": Decimal(858),
    },
)
AR6 = AssessmentReport(
    "ar6",
    2021,
    "IPCC, Sixth Assessment Report, Working Group I, table 7.SM.7, GWP 100",
    {
        "R-23": Decimal(14_600),
        "R-32": Decimal(771),
        "R-125": Decimal(3_740),
        "R-134a": Decimal(1_530),
        "R-143a": Decimal(5_810),
        "R-152a": Decimal(164),
        "R-227ea": Decimal(3_600),
        "R-236fa": Decimal(8_690),
        "R-245fa": Decimal(962),
    },
)
REPORTS = (AR6, AR5)
# Hundredths by mass.
BLENDS: Mapping[str, Mapping[str, int]] = {
    "R-404A": {"R-125": 44, "R-143a": 52, "R-134a": 4},
    "R-407C": {"R-32": 23, "R-125": 25, "R-134a": 52},
    "R-410A": {"R-32": 50, "R-125": 50},
    "R-507A": {"R-125": 50, "R-143a": 50},
}


def warming_potential(gas: str, year: int) -> EmissionFactor | None:
    """By the latest report that was out in that year, else by the first; None for a gas nobody listed."""
    report = next((one for one in REPORTS if one.year <= year), REPORTS[-1])
    return _factors(report.code).get(gas.upper())


def known_gases() -> tuple[str, ...]:
    """Everything that has a potential, in order."""
    return tuple(sorted((*AR6.potentials, *BLENDS)))


@cache
def _factors(code: str) -> Mapping[str, EmissionFactor]:
    (report,) = (one for one in REPORTS if one.code == code)
    pure = {gas: _factor(report, gas, value) for gas, value in report.potentials.items()}
    blends = {
        gas: _factor(report, gas, _mean(parts, report), f"{report.source}; {DESIGNATIONS}")
        for gas, parts in BLENDS.items()
    }
    return {gas.upper(): factor for gas, factor in (pure | blends).items()}


def _mean(parts: Mapping[str, int], report: AssessmentReport) -> Decimal:
    return sum((report.potentials[gas] * share for gas, share in parts.items()), Decimal(0)) / 100


def _factor(report: AssessmentReport, gas: str, value: Decimal, source: str | None = None) -> EmissionFactor:
    return EmissionFactor(
        factor_id=f"{report.code}:gwp100:{gas.lower()}",
        source=source or report.source,
        publisher=PUBLISHER,
        year=report.year,
        activity="refrigerant",
        variant=gas,
        unit="kg",
        value=value,
    )
