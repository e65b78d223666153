"""Can an auditor find every shipped factor in its publisher's own file?"""

from collections import Counter
from decimal import Decimal

import pytest

from adapters.factors.desnz import GROUND, HOTEL_COUNTRIES, DesnzFactors
from adapters.factors.shipped import shipped_factors, shipped_rows
from domain.kernel.haul import Haul
from domain.travel.itinerary import Cabin

ROWS = list(shipped_rows())


class TestEveryRow:
    def test_has_a_source_a_publisher_a_year_and_a_row_id(self) -> None:
        assert len(ROWS) == 665
        for row in ROWS:
            assert row["source"], row
            assert row["publisher"] in {"DESNZ", "ADEME", "Ember", "Google", "ICAO"}, row
            assert 2022 <= int(row["year"]) <= 2026, row
            assert row["row_id"], row
            assert row["unit"], row

    def test_is_found_by_one_key(self) -> None:
        keys = Counter((row["publisher"], row["year"], row["row_id"]) for row in ROWS)
        assert [key for key, count in keys.items() if count > 1] == []

    @pytest.mark.parametrize("word", ["github", "repositor", "co2.js", "green web", "extraction"])
    def test_names_nobody_between_us_and_the_publisher(self, word: str) -> None:
        assert [row for row in ROWS if word in " ".join(row.values()).lower()] == []


class TestDesnz2025:
    def test_every_row_becomes_a_factor_with_the_governments_id(self) -> None:
        factors = shipped_factors("DESNZ", 2025)
        assert len(factors) == 252
        assert all(factor.factor_id.count("_") == 4 for factor in factors)
        assert all(factor.value >= 0 for factor in factors)

    def test_every_country_on_the_list_has_a_hotel_factor(self) -> None:
        assert [country for country in HOTEL_COUNTRIES if DesnzFactors().for_hotel(country) is None] == []
        published = {one.variant for one in shipped_factors("DESNZ", 2025) if one.activity == "hotel_night"}
        assert published == {*HOTEL_COUNTRIES.values(), "UK (London)"}

    def test_ground_factors_are_direct_ones(self) -> None:
        for mode in GROUND:
            factor = DesnzFactors().for_ground(mode)
            assert factor is not None
            assert "wtt" not in factor.variant

    @pytest.mark.parametrize("haul", list(Haul))
    def test_every_haul_has_an_average(self, haul: Haul) -> None:
        assert DesnzFactors().for_flight(haul, None) is not None

    def test_a_cabin_without_a_row_has_no_factor(self) -> None:
        assert DesnzFactors().for_flight(Haul.SHORT, Cabin.FIRST) is None

    def test_radiative_forcing_is_seven_tenths_of_the_co2_part(self) -> None:
        values = {(one.activity, one.variant): one.value for one in shipped_factors("DESNZ", 2025)}
        with_rf = [key for key in values if key[1].endswith("|with_rf")]
        assert len(with_rf) == 14
        for activity, variant in with_rf:
            without = values[activity, variant.replace("with_rf", "without_rf")]
            assert Decimal("1.65") < values[activity, variant] / without < Decimal("1.70")
