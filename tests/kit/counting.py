"""What do a company's journeys come to: in SQL, over REST, in every file, and by counting the events alone?"""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

import openpyxl
import psycopg
from pyarrow import parquet

from adapters.bootstrap import House, OpenCompany
from tests.kit.client import TestClient

TABLES = "/api/v1/analytics/tables"


@dataclass(frozen=True)
class Totals:
    """Euro cents and grams that were booked and still stand, and the rules that were broken."""

    cents: int
    grams: int
    violations: int


@dataclass
class Counting:
    """The doors at which somebody counts."""

    house: House
    client: TestClient

    def headers(self, company: OpenCompany) -> dict[str, str]:
        return {"Authorization": f"Bearer {company.api_key}"}

    def rest(self, company: OpenCompany, table: str, **query: Any) -> dict[str, Any]:
        answer = self.client.get(f"{TABLES}/{table}", params=query, headers=self.headers(company))
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    def file(self, company: OpenCompany, table: str, format: str, **fields: Any) -> tuple[int, bytes]:
        body = {"table": table, "format": format, **fields}
        headers = self.headers(company)
        asked = self.client.post("/api/v1/analytics/export", json=body, headers=headers)
        assert asked.status_code == 202, asked.text
        self.house.jobs.processes.drain(company.tenant_id)
        assert self.house.jobs.outbox.dispatch(company.tenant_id) >= 1
        place = asked.headers["location"]
        done = self.client.get(place, headers=headers).json()
        assert (done["state"], done["rows_written"]) == ("done", done["rows_total"])
        return done["read_at_position"], self.client.get(f"{place}/file", headers=headers).content


def counted(url: str, tenant_id: UUID, upto: int) -> Totals:
    """A fold over the raw rows of the log that shares nothing with the read models: plain JSON, plain sums."""
    with psycopg.connect(url) as connection:
        rows = connection.execute(
            "select topic, originator_id, state from es.event"
            " where tenant_id = %s and position <= %s order by position",
            (tenant_id, upto),
        ).fetchall()
    cents: Counter[UUID] = Counter()
    grams: Counter[UUID] = Counter()
    segments: dict[str, tuple[int, int]] = {}
    booked: set[UUID] = set()
    violations = 0
    for topic, stream, state in rows:
        facts = json.loads(state)
        match topic.rsplit(".v", 1)[0]:
            case "trip.flight-added" | "trip.hotel-added" | "trip.ground-added" | "trip.ground-leg-added":
                details = facts.get("flight") or facts.get("stay") or facts["leg"]
                kilograms = (facts.get("carbon") or {}).get("kg", "0")
                own = details["price"]["amount_minor"], int((Decimal(kilograms) * 1_000).to_integral_value())
                segments[facts["segment_id"]] = own
                cents[stream] += own[0]
                grams[stream] += own[1]
            case "trip.segment-removed":
                own = segments.pop(facts["segment_id"])
                cents[stream] -= own[0]
                grams[stream] -= own[1]
            case "trip.booked":
                booked.add(stream)
                # In euros at the rate of that day; prices may be in other currencies.
                cents[stream] = int(facts["journey"]["spend_eur_cents"])
            case "trip.cancelled":
                booked.discard(stream)
            case "violation.flagged":
                violations += 1
    return Totals(sum(cents[each] for each in booked), sum(grams[each] for each in booked), violations)


@contextmanager
def as_application(url: str, tenant_id: UUID) -> Iterator[psycopg.Connection[Any]]:
    """SQL under the application's role, inside one tenant."""
    with psycopg.connect(url) as connection:
        connection.execute("set local role escale_app")
        connection.execute("select set_config('app.tenant_id', %s, true)", (str(tenant_id),))
        yield connection


def in_sql(url: str, tenant_id: UUID) -> Totals:
    with as_application(url, tenant_id) as connection:
        cents, grams, violations = connection.execute(
            "select sum(spend_eur_cents) filter (where state = 'booked'),"
            " sum(carbon_g) filter (where state = 'booked'), (select count(*) from analytics.violation)"
            " from analytics.travel_spend"
        ).fetchone() or (0, 0, 0)
    return Totals(int(cents), int(grams), violations)


def over_rest(counting: Counting, company: OpenCompany) -> Totals:
    """Month by month, added up here."""
    spend = counting.rest(
        company,
        "travel_spend",
        filter="state:eq:booked",
        group_by="month(month),cost_type",
        sum="spend_eur_cents,carbon_g",
        limit=1_000,
    )
    assert not spend["has_more"]
    rules = counting.rest(company, "violation", group_by="rule,month(flagged_at)", count="true", limit=1_000)
    return Totals(
        sum(row["sum_spend_eur_cents"] for row in spend["data"]),
        sum(row["sum_carbon_g"] for row in spend["data"]),
        sum(row["count"] for row in rules["data"]),
    )


def rows_in(content: bytes, format: str) -> list[dict[str, Any]]:
    """The rows of an exported file, through a reader that knows nothing of us."""
    match format:
        case "csv":
            return list(csv.DictReader(io.StringIO(content.decode(), newline="")))
        case "ndjson":
            return [json.loads(line) for line in content.decode().splitlines()]
        case "parquet":
            rows: list[dict[str, Any]] = parquet.read_table(io.BytesIO(content)).to_pylist()
            return rows
        case _:
            names, *lines = openpyxl.load_workbook(io.BytesIO(content))["rows"].iter_rows(values_only=True)
            return [dict(zip(map(str, names), line, strict=True)) for line in lines]


def in_file(counting: Counting, company: OpenCompany, format: str) -> Totals:
    _, spend = counting.file(company, "travel_spend", format, filters=["state:eq:booked"])
    _, violations = counting.file(company, "violation", format)
    lines = rows_in(spend, format)
    return Totals(
        sum(int(row["spend_eur_cents"]) for row in lines),
        sum(int(row["carbon_g"]) for row in lines),
        len(rows_in(violations, format)),
    )
