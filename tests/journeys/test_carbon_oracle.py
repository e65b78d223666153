"""Does a program that never saw the product reckon the same grams as the public door?"""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.kit.house import Place, opened_place

ROOT = Path(__file__).parents[2]
ORACLE = ROOT / "tests" / "oracle" / "carbon_figures.py"
FACTORS = ROOT / "adapters" / "factors" / "data" / "emission_factors.csv"
SEED, COUNT = 20261121, 500
IN_FORCE = {"desnz": "2024-01-01", "ademe-france": "2025-01-01", "icao": "2026-01-01", "tim": "2027-01-01"}
SUMS = (
    *("kg", "kg_market_based", "scope_1_kg", "scope_2_location_kg", "scope_2_market_kg", "scope_3_kg"),
    "upstream_kg",
)


@pytest.fixture(scope="module")
def asked() -> list[dict[str, Any]]:
    """The oracle's requests and figures, from a process of its own that is shown no package of ours."""
    package = find_spec("airportsdata")
    assert package is not None
    assert package.origin is not None
    command = [
        sys.executable,
        "-I",
        str(ORACLE),
        str(FACTORS),
        str(Path(package.origin).parent / "airports.csv"),
    ]
    ran = subprocess.run(
        [*command, str(SEED), str(COUNT)], capture_output=True, text=True, check=True, cwd="/"
    )
    drawn: list[dict[str, Any]] = json.loads(ran.stdout)
    return drawn


@pytest.fixture(scope="module")
def place(database_url: str, redis_url: str, master_key: bytes) -> Iterator[Place]:
    with opened_place(database_url, redis_url, master_key) as opened:
        for method, day in IN_FORCE.items():
            adopted = opened.client.put(
                "/api/v1/enterprise/carbon/method",
                json={"method": method, "effective_on": day, "unknown_hotel_country": "european_mean"},
                headers=opened.north.owner.headers,
            )
            assert adopted.status_code == 200, adopted.text
        yield opened


def grams(kilograms: str | None) -> int | None:
    return None if kilograms is None else int(Decimal(kilograms) * 1000)


class TestFiveHundredSegments:
    def test_come_to_the_same_grams(self, asked: list[dict[str, Any]], place: Place) -> None:
        compared = 0
        for one in asked:
            answer = place.client.post(
                "/api/v2/trips/carbon", json=one["request"], headers=place.north.owner.headers
            )
            assert answer.status_code == 200, answer.text
            found = answer.json()
            assert found["method"] == one["method"]
            for segment, wanted, got in zip(
                one["request"]["elements"], one["figures"], found["elements"], strict=True
            ):
                told = {name: grams(got[name]) for name in (*SUMS, "well_to_wheel_kg")}
                told["lines"] = [[line["category"], line["factor"]["factor_id"]] for line in got["lines"]]
                assert told == wanted, (one["method"], segment)
                compared += 1
            for name in SUMS:
                assert grams(found["totals"][name]) == sum(each[name] for each in one["figures"])
        assert compared == COUNT

    def test_leave_no_mode_class_country_year_or_switch_out(self, asked: list[dict[str, Any]]) -> None:
        drawn = [segment for one in asked for segment in one["request"]["elements"]]
        modes = Counter(segment["mode"] for segment in drawn)
        assert len(modes) == 9
        assert min(modes.values()) >= 10
        assert {one["method"] for one in asked} == set(IN_FORCE)
        assert {segment.get("cabin") for segment in drawn if segment["mode"] == "flight"} == {
            *("economy", "premium_economy", "business", "first"),
            None,
        }
        assert {segment.get("factor_year") for segment in drawn} == {2024, 2025, 2026, None}
        assert len({segment["country"] for segment in drawn if "country" in segment}) >= 40
        for switch in ("wtt", "radiative_forcing", "hotels"):
            assert {one["request"][switch] for one in asked} == {True, False}
        assert {segment.get("fuel") for segment in drawn if segment["mode"] == "car"} == {
            *("petrol", "diesel", "hybrid", "phev", "bev", "cng", "lpg", "unknown"),
        }
