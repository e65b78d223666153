"""Can a company take its trips with it: all of them, exactly, its own, and without filling the memory?"""

import csv
import io
from io import StringIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from rich.console import Console

from adapters.analytics import immediate
from adapters.analytics.formats import WRITERS
from api.terminal.exporting import UnknownFormat, export_trips
from domain.platform.export import Format
from domain.travel.trip import TripStatus
from tests.kit.house import Place, a_flight

URL = "/api/v1/enterprise/trips/export"
LIST = "/api/v1/enterprise/trips"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture(scope="module")
def trips(place: Place) -> list[str]:
    """Three trips of the north and one of the south; the first one of the north is booked."""
    formula = {"purpose": "=1+1"}
    made = [place.plan(place.north, a_flight(), **fields)["id"] for fields in ({}, formula, {})]
    place.plan(place.south)
    booked = place.client.post(f"{LIST}/{made[0]}/book", headers=place.north.owner.headers)
    assert booked.status_code == 200, booked.text
    place.house_at_rest()
    return made


def rows(answer: Any) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/csv")
    return list(csv.DictReader(io.StringIO(answer.content.decode())))


def test_csv_holds_the_trips_of_the_list_in_its_order(place: Place, trips: list[str]) -> None:
    answer = place.client.get(URL, headers=place.north.owner.headers)
    found = rows(answer)
    listed = place.client.get(f"{LIST}?limit=100", headers=place.north.owner.headers).json()["data"]
    assert [row["trip_id"] for row in found] == [one["id"] for one in listed]
    assert [row["spend_eur_cents"] for row in found] == [str(one["spend_eur_cents"]) for one in listed]
    assert "'=1+1" in [row["purpose"] for row in found]


def test_names_the_position_it_was_read_at(place: Place, trips: list[str]) -> None:
    answer = place.client.get(URL, headers=place.north.owner.headers)
    position = place.house.streams(place.north.id).head()
    assert answer.headers["escale-position"] == str(position)
    assert f"trips-at-{position}.csv" in answer.headers["content-disposition"]
    assert int(answer.headers["content-length"]) == len(answer.content)
    beyond = place.client.get(f"{URL}?min_position={position + 1}", headers=place.north.owner.headers)
    assert beyond.status_code == 422


def test_xlsx_holds_them_too(place: Place, trips: list[str]) -> None:
    answer = place.client.get(f"{URL}?format=xlsx&status=booked", headers=place.north.owner.headers)
    assert (answer.status_code, answer.headers["content-type"]) == (200, XLSX)
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    names, *found = book["rows"].iter_rows(values_only=True)
    assert [row[names.index("trip_id")] for row in found] == [trips[0]]


def test_filters_as_the_list_does(place: Place, trips: list[str]) -> None:
    headers, mine = place.north.owner.headers, place.north.traveller.id
    assert [row["trip_id"] for row in rows(place.client.get(f"{URL}?status=booked", headers=headers))] == [
        trips[0]
    ]
    assert len(rows(place.client.get(f"{URL}?traveller_id={mine}", headers=headers))) == 3
    assert not rows(place.client.get(f"{URL}?traveller_id={place.south.traveller.id}", headers=headers))
    assert place.client.get(f"{URL}?format=parquet", headers=headers).status_code == 422
    assert place.client.get(f"{URL}?status=lost", headers=headers).status_code == 422


def test_shows_travellers_their_own_only(place: Place, trips: list[str]) -> None:
    found = rows(place.client.get(URL, headers=place.north.traveller.headers))
    assert {row["traveller_id"] for row in found} == {str(place.north.traveller.id)}
    other = f"{URL}?traveller_id={place.north.owner.id}"
    assert place.client.get(other, headers=place.north.traveller.headers).status_code == 404


def test_goes_to_the_disk_in_batches_and_leaves_nothing_there(
    place: Place, trips: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []

    class Watched(WRITERS[Format.CSV]):  # type: ignore[misc]
        def write(self, rows: Any) -> None:
            sizes.append(len(rows))
            super().write(rows)

    monkeypatch.setitem(WRITERS, Format.CSV, Watched)  # type: ignore[misc]
    monkeypatch.setattr(immediate, "BATCH", 2)
    assert len(rows(place.client.get(URL, headers=place.north.owner.headers))) == 3
    assert sizes == [2, 1]
    assert not list((place.house.settings.data_dir / "exports").glob("*/*"))


def test_a_spreadsheet_too_long_is_refused(
    place: Place, trips: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.analytics.formats.SPREADSHEET_ROWS", 2)
    answer = place.client.get(f"{URL}?format=xlsx", headers=place.north.owner.headers)
    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_rows_for_format")


def test_leaves_at_a_terminal(place: Place, trips: list[str], tmp_path: Path) -> None:
    file, shown = tmp_path / "trips.csv", StringIO()
    export_trips(place.house, place.north.id, file, TripStatus.BOOKED, Console(file=shown, width=200))
    found = list(csv.DictReader(file.read_text().splitlines()))
    assert [row["trip_id"] for row in found] == [trips[0]]
    assert "1 trip up to position" in shown.getvalue()
    assert [path.name for path in tmp_path.iterdir()] == ["trips.csv"]
    with pytest.raises(UnknownFormat):
        export_trips(place.house, place.north.id, tmp_path / "trips.pdf", None, Console(file=shown))
