"""Is a table a file after a while: whole, exact, harmless, one company's, and gone a day later?"""

import hashlib
import io
import json
import os
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import openpyxl
import psycopg
import pyarrow as pa
import pytest
from pyarrow import parquet

from adapters.analytics import exporting
from adapters.analytics.export_files import ExportFiles
from adapters.analytics.exporting import Exporter, ExportSweep
from adapters.analytics.formats import Origin, XlsxWriter
from adapters.analytics.reading import snapshot
from adapters.postgres import pools
from domain.platform.export import Export
from tests.api.test_analytics import BEYOND, LARGEST, book
from tests.kit.counting import rows_in
from tests.kit.house import Place, opened_place

EXPORT = "/api/v1/analytics/export"
EXPORTS = "/api/v1/analytics/exports"
FORMATS = ("csv", "ndjson", "parquet", "xlsx")
FORMULA = '=HYPERLINK("https://example.com","Click")'


@pytest.fixture(scope="module")
def place(database_url: str, redis_url: str, master_key: bytes) -> Iterator[Place]:
    """Two companies that travel."""

    with opened_place(database_url, redis_url, master_key) as place:
        for company, cents in ((place.north, LARGEST), (place.north, 12_345), (place.south, 77)):
            book(place, company, cents, "2090-01-15T23:30:00Z")
        body = {"traveller_id": str(place.north.traveller.id), "purpose": FORMULA}
        place.client.post("/api/v1/enterprise/trips", json=body, headers=place.north.owner.headers)
        place.house_at_rest()
        with psycopg.connect(database_url) as superuser:
            change = "update read.travel_spend set spend_eur_cents = %s where spend_eur_cents = %s"
            superuser.execute(change, (BEYOND, LARGEST))
        yield place


def request(place: Place, table: str, format: str, **fields: Any) -> dict[str, Any]:
    body = {"table": table, "format": format, **fields}
    asked = place.client.post(EXPORT, json=body, headers=place.north.owner.headers)
    assert asked.status_code == 202, asked.text
    made: dict[str, Any] = asked.json()
    assert asked.headers["location"] == f"{EXPORTS}/{made['id']}"
    return made


def work(place: Place, tenant_id: UUID | None = None) -> int:
    """What a worker does: follows the log, then performs what is due."""
    tenant = tenant_id or place.north.id
    place.house.jobs.processes.drain(tenant)
    return place.house.jobs.outbox.dispatch(tenant)


def state(place: Place, export: dict[str, Any]) -> dict[str, Any]:
    # By key: it outlives the day that passes in some of these tests.
    shown = place.client.get(f"{EXPORTS}/{export['id']}", headers=place.north.owner.key_headers)
    assert shown.status_code == 200, shown.text
    body: dict[str, Any] = shown.json()
    return body


def download(place: Place, export: dict[str, Any]) -> Any:
    return place.client.get(f"{EXPORTS}/{export['id']}/file", headers=place.north.owner.key_headers)


def exported(place: Place, table: str, format: str, **fields: Any) -> bytes:
    """The file's bytes, which must be those the export announced."""
    export = request(place, table, format, **fields)
    assert state(place, export)["state"] == "queued"
    assert work(place) == 1
    done = state(place, export)
    assert done["state"] == "done", done
    file = download(place, export)
    assert file.status_code == 200, file.text
    content: bytes = file.content
    digest = hashlib.sha256(content)
    assert (done["sha256"], done["size_bytes"]) == (digest.hexdigest(), len(content))
    assert file.headers["repr-digest"] == f"sha-256=:{b64encode(digest.digest()).decode()}:"
    assert file.headers["escale-position"] == str(done["read_at_position"])
    assert f"{table}-at-{done['read_at_position']}.{format}" in file.headers["content-disposition"]
    return content


class TestFiles:
    @pytest.mark.parametrize("format", FORMATS)
    def test_hold_the_company_s_rows_exactly(self, place: Place, format: str) -> None:
        rows = rows_in(exported(place, "travel_spend", format), format)
        assert sorted(int(row["spend_eur_cents"]) for row in rows) == [12_345, BEYOND]
        assert {row["state"] for row in rows} == {"booked"}

    @pytest.mark.parametrize("format", FORMATS)
    def test_hold_the_columns_and_rows_asked_for(self, place: Place, format: str) -> None:
        content = exported(
            place,
            "travel_spend",
            format,
            columns=["month", "spend_eur_cents"],
            filters=["spend_eur_cents:lt:20000"],
        )
        (row,) = rows_in(content, format)
        assert list(row) == ["month", "spend_eur_cents"]

    @pytest.mark.parametrize("format", FORMATS)
    def test_without_rows_are_files_all_the_same(self, place: Place, format: str) -> None:
        assert rows_in(exported(place, "trip", format, filters=["status:eq:rejected"]), format) == []

    def test_do_not_run_in_a_spreadsheet(self, place: Place) -> None:
        content = exported(place, "trip", "csv", columns=["purpose"])
        assert FORMULA.replace("=", "'=", 1) in {row["purpose"] for row in rows_in(content, "csv")}
        book = openpyxl.load_workbook(io.BytesIO(exported(place, "trip", "xlsx", columns=["purpose"])))
        cells = [line[0] for line in book["rows"].iter_rows(min_row=2)]
        assert (FORMULA, "s") in {(cell.value, cell.data_type) for cell in cells}
        assert all(cell.hyperlink is None for cell in cells)

    def test_keep_what_other_formats_can_hold_as_it_is(self, place: Place) -> None:
        for format in ("ndjson", "parquet"):
            rows = rows_in(exported(place, "trip", format, columns=["purpose"]), format)
            assert FORMULA in {row["purpose"] for row in rows}

    def test_say_where_they_come_from(self, place: Place) -> None:
        place.house_at_rest()
        asked = place.client.get("/api/v1/analytics/tables/trip", headers=place.north.owner.headers)
        position = asked.json()["position"]
        chosen = {"columns": ["trip_id", "departs_at", "spend_eur_cents"], "filters": ["status:eq:booked"]}
        schema = parquet.read_schema(io.BytesIO(exported(place, "trip", "parquet", **chosen)))
        assert schema.metadata[b"escale.tenant"] == b"north"
        assert int(schema.metadata[b"escale.position"]) == position
        assert json.loads(schema.metadata[b"escale.filters"]) == ["status:eq:booked"]
        assert schema.field("departs_at").type == pa.timestamp("us", tz="UTC")
        assert schema.field("spend_eur_cents").type == pa.int64()
        assert schema.field("trip_id").metadata[b"description"]
        book = openpyxl.load_workbook(io.BytesIO(exported(place, "trip", "xlsx", **chosen)))
        about = dict(book["about"].iter_rows(values_only=True))
        assert (about["table"], about["company"], about["filter"]) == ("trip", "north", "status:eq:booked")
        assert int(about["position"]) == position
        assert about["column trip_id"]

    def test_say_what_they_shortened(self, place: Place, database_url: str) -> None:
        with psycopg.connect(database_url) as superuser:
            superuser.execute("update read.trip set reason = repeat('x', 40000) where status = 'booked'")
        book = openpyxl.load_workbook(io.BytesIO(exported(place, "trip", "xlsx", columns=["reason"])))
        assert dict(book["about"].iter_rows(values_only=True))["shortened cells"] == 2
        texts = [line[0] for line in book["rows"].iter_rows(min_row=2, values_only=True) if line[0]]
        assert {len(text) for text in texts} == {32_767}
        assert all(text.endswith(" [shortened]") for text in texts)


class TestProgress:
    def test_is_seen_while_rows_are_written(self, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(exporting, "NOTE_EVERY_S", -1.0)
        seen: list[dict[str, Any]] = []
        export = request(place, "trip", "ndjson")
        performer = place.house.jobs.outbox._performers["make_export"]
        assert isinstance(performer, Exporter)
        note = performer._files.note

        def noticed(*args: Any) -> None:
            note(*args)
            seen.append(state(place, export))

        monkeypatch.setattr(performer, "_batch", 1)
        monkeypatch.setattr(performer._files, "note", noticed)
        work(place)
        assert {each["state"] for each in seen} == {"running"}
        assert [each["rows_written"] for each in seen] == [0, 1, 2, 3]
        assert {each["rows_total"] for each in seen} == {3}
        assert (state(place, export)["state"], state(place, export)["rows_written"]) == ("done", 3)

    def test_of_an_unfinished_one_offers_no_file(self, place: Place) -> None:
        export = request(place, "trip", "csv")
        early = download(place, export)
        assert (early.status_code, early.json()["code"]) == (409, "export_not_done")
        work(place)
        assert download(place, export).status_code == 200


class TestInterruptions:
    def test_a_broken_attempt_leaves_nothing_and_is_repeated(
        self, place: Place, database_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        performer = place.house.jobs.outbox._performers["make_export"]
        assert isinstance(performer, Exporter)
        export = request(place, "trip", "parquet")
        with monkeypatch.context() as broken:
            broken.setattr(performer._files, "finish", lambda *args: 1 / 0)
            assert work(place) == 0
        assert download(place, export).status_code == 409
        assert not list(place.house.settings.data_dir.glob("exports/*/*.part"))
        again_at_once(database_url)
        assert work(place) == 1
        assert state(place, export)["state"] == "done"

    def test_one_that_never_succeeds_fails_for_all_to_see(
        self, place: Place, database_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        performer = place.house.jobs.outbox._performers["make_export"]
        assert isinstance(performer, Exporter)
        export = request(place, "trip", "csv")
        monkeypatch.setattr(performer._files, "finish", lambda *args: 1 / 0)
        for _ in range(exporting.MOST_ATTEMPTS):
            work(place)
            again_at_once(database_url)
        failed = state(place, export)
        assert (failed["state"], failed["failure"]) == ("failed", "could_not_be_written")
        assert download(place, export).json()["code"] == "export_not_done"
        work(place)  # forgets its filters

    def test_a_worker_that_lost_its_lease_changes_nothing(self, place: Place, database_url: str) -> None:
        export = request(place, "trip", "csv")
        place.house.jobs.processes.drain(place.north.id)
        dispatcher = place.house.jobs.outbox
        slow = dispatcher.take(place.north.id)
        assert slow is not None
        again_at_once(database_url)
        assert work(place) == 1
        done = state(place, export)
        assert not dispatcher.perform(slow)
        assert state(place, export) == done
        assert hashlib.sha256(download(place, export).content).hexdigest() == done["sha256"]

    def test_a_company_makes_three_at_a_time(self, place: Place) -> None:
        waiting = [request(place, "trip", "csv") for _ in range(3)]
        body = {"table": "trip", "format": "csv"}
        fourth = place.client.post(EXPORT, json=body, headers=place.north.owner.headers)
        assert (fourth.status_code, fourth.json()["code"]) == (429, "too_many_exports")
        assert place.client.post(EXPORT, json=body, headers=place.south.owner.headers).status_code == 202
        work(place)
        work(place, place.south.id)
        assert {state(place, export)["state"] for export in waiting} == {"done"}
        request(place, "trip", "csv")
        work(place)

    def test_a_repeated_request_is_one_export(self, place: Place) -> None:
        headers = {**place.north.owner.headers, "Idempotency-Key": "nightly"}
        body = {"table": "trip", "format": "csv"}
        first = place.client.post(EXPORT, json=body, headers=headers)
        again = place.client.post(EXPORT, json=body, headers=headers)
        assert first.json()["id"] == again.json()["id"]
        assert again.headers["idempotency-replayed"] == "true"
        assert work(place) == 1

    def test_a_statement_may_take_longer_than_a_request_would_wait(
        self, place: Place, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(pools, "SILENCE_S", 0.2)
        performer = place.house.jobs.outbox._performers["make_export"]
        assert isinstance(performer, Exporter)
        slow = "select true as done from pg_sleep(0.5) where %(tenant_id)s::uuid is not null"
        limit_ms = exporting.STATEMENT_LIMIT_MS
        with snapshot(performer._pool, place.north.id, time_limit_ms=limit_ms) as sql:
            assert sql.row(slow) == {"done": True}


class TestEnd:
    def test_of_one_that_failed_is_at_once(
        self, place: Place, database_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        performer = place.house.jobs.outbox._performers["make_export"]
        assert isinstance(performer, Exporter)
        export = request(place, "trip", "csv", filters=["purpose:eq:Dinner with Camille"])
        with monkeypatch.context() as broken:
            broken.setattr(performer._files, "finish", lambda *args: 1 / 0)
            for _ in range(exporting.MOST_ATTEMPTS):
                work(place)
                again_at_once(database_url)
        work(place)
        assert place.house.streams(place.north.id).load(Export, UUID(export["id"])).filters == "[erased]"
        assert state(place, export)["state"] == "failed"
        assert download(place, export).json()["code"] == "export_not_done"

    def test_takes_along_what_a_killed_worker_had_begun(self, place: Place) -> None:
        house = place.house
        files = ExportFiles(house.settings.data_dir / "exports")
        part = files.begin(place.north.id, uuid4())
        before = set(part.parent.iterdir())
        table = house.analytics.table("trip")
        origin = Origin(table, table.columns[1:2], "north", 1, 1, (), house.clock())
        unfinished = XlsxWriter(part, origin)
        unfinished.write([{table.columns[1].name: "half a row"}])
        begun = {part, *(set(part.parent.iterdir()) - before)}
        assert len(begun) > 1, "a spreadsheet is written beside its file first"
        day_before_yesterday = (house.clock() - timedelta(days=2)).timestamp()
        for path in begun:
            os.utime(path, (day_before_yesterday, day_before_yesterday))
        ExportSweep(house.commands, files, house.clock).sweep()
        assert not [path for path in begun if path.exists()]

    def test_comes_a_day_later_with_the_file_and_the_filters(self, place: Place) -> None:
        export = request(place, "trip", "csv", filters=["purpose:eq:Dinner with Camille"])
        work(place)
        house = place.house
        stream = house.streams(place.north.id).load(Export, UUID(export["id"]))
        assert stream.filters == "purpose:eq:Dinner with Camille"
        with tomorrow(place):
            assert state(place, export)["state"] == "expired"
            gone = download(place, export)
            assert (gone.status_code, gone.json()["code"]) == (404, "export_gone")
            files = ExportFiles(house.settings.data_dir / "exports")
            path = files.of(place.north.id, stream)
            assert path is not None
            yesterday = (house.clock() - timedelta(days=1, hours=2)).timestamp()
            os.utime(path, (yesterday, yesterday))
            assert ExportSweep(house.commands, files, house.clock).sweep() >= 1
            assert not path.exists()
        work(place)
        assert house.streams(place.north.id).load(Export, UUID(export["id"])).filters == "[erased]"


class TestWho:
    def test_another_company_s_export_is_unknown(self, place: Place) -> None:
        export = request(place, "trip", "csv")
        work(place)
        for path in (f"{EXPORTS}/{export['id']}", f"{EXPORTS}/{export['id']}/file"):
            assert place.client.get(path, headers=place.south.owner.headers).status_code == 404
            assert place.client.get(path, headers=place.north.traveller.headers).status_code == 403

    def test_a_file_holds_no_row_of_another_company(self, place: Place) -> None:
        for table in place.house.analytics.tables():
            assert b"south" not in exported(place, table.name, "ndjson")

    def test_the_log_is_exported_as_ciphertext(self, place: Place) -> None:
        content = exported(place, "event", "ndjson", filters=["topic:eq:member.invited.v2"])
        rows = rows_in(content, "ndjson")
        assert rows
        assert b"@north.example" not in content
        assert all("sealed" in row["payload"]["email"] for row in rows)


class TestRefusals:
    @pytest.mark.parametrize(
        ("change", "pointer"),
        [
            ({"table": "canary"}, "/table"),
            ({"table": "../canary"}, "/table"),
            ({"columns": ["canary"]}, "/columns/0"),
            ({"columns": []}, "/columns"),
            ({"columns": ["status", "status"]}, "/columns"),
            ({"filters": ["status:like:canary"]}, "/filters/0"),
            ({"filters": ["status:eq:booked", "canary:eq:1"]}, "/filters/1"),
            ({"filters": ["status:eq:a\nb"]}, "/filters/0"),
            ({"format": "canary"}, "/format"),
        ],
    )
    def test_point_into_the_body(self, place: Place, change: dict[str, Any], pointer: str) -> None:
        before = place.heads()
        body = {"table": "trip", "format": "csv", **change}
        refused = place.client.post(EXPORT, json=body, headers=place.north.owner.headers)
        assert refused.status_code == 422, refused.text
        assert [error["pointer"] for error in refused.json()["errors"]] == [pointer]
        assert "canary" not in refused.text
        assert place.heads() == before


def again_at_once(database_url: str) -> None:
    """As if the pause, or the lease of a dead worker, were over."""
    with psycopg.connect(database_url) as superuser:
        superuser.execute("update es.outbox set due_at = now(), lease_until = null where state = 0")


@contextmanager
def tomorrow(place: Place) -> Iterator[None]:
    clock = place.house.clock
    place.house.clock = lambda: clock() + timedelta(hours=25)
    try:
        yield
    finally:
        place.house.clock = clock
