"""Can an auditor find every shipped factor in its publisher's own file?"""

import re
from collections import Counter

import pytest

from adapters.factors.shipped import shipped_rows
from domain.esg.factor_set import examine
from domain.esg.riding import HOTEL_COUNTRIES
from domain.kernel.factor_table import FactorTable

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

    def test_of_the_government_has_the_governments_id(self) -> None:
        ids = [row["row_id"] for row in ROWS if row["publisher"] == "DESNZ"]
        assert len(ids) == 335
        assert all(re.fullmatch(r"\d+_\d+_\d+_\d+_\d+", one) for one in ids)

    def test_of_a_publisher_without_ids_has_a_key_of_what_it_is_about(self) -> None:
        for row in ROWS:
            if row["publisher"] != "DESNZ":
                release, year, *about = row["row_id"].split(":")
                assert release.startswith(row["publisher"].lower()), row
                assert year == row["year"], row
                assert len(about) == 2, row
                assert about[1] == row["variant"].lower().replace("_", "-"), row

    def test_could_be_loaded_as_a_set_of_its_own(self) -> None:
        nothing = FactorTable(0, 2025, ())
        found = examine(enumerate(ROWS, start=2), nothing, this_year=2026)
        assert found.problems == ()
        assert len(found.added) == len(ROWS)
        assert len(found.to_confirm) == 5


class TestHotels:
    def test_every_country_on_the_list_has_a_factor(self) -> None:
        published = {
            row["variant"] for row in ROWS if row["activity"] == "hotel_night" and row["year"] == "2025"
        }
        assert published == {*HOTEL_COUNTRIES.values(), "UK (London)"}
