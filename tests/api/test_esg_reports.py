"""Does a company come to a report it stands by, and does nothing in it ever change?"""

import csv
import io
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import openpyxl
import pypdf
import pytest
from rich.console import Console

from adapters.audit import verifier
from adapters.documents.report_pdf import pdf_of
from adapters.esg.drafting import EsgDrafting
from api.terminal import reporting
from domain.esg.esg_report import EsgReport
from domain.esg.report_composition import Frame, compose
from domain.platform.roles import Role, Scope
from tests.kit.house import Founder, Person, Place, a_flight

CARBON, REPORTS = "/api/v1/enterprise/carbon", "/api/v1/enterprise/esg-reports"
YEAR = 2025
GREEN = {
    "basis": "guarantee_of_origin",
    "factor": {
        "reference": "GO-77",
        "kg_per_unit": "0",
        "publisher": "Vent du Nord",
        "source": "Guarantees",
        "year": YEAR,
    },
}
SPEND = {
    "reference": "S-1",
    "kg_per_unit": "0.187",
    "publisher": "ADEME",
    "source": "Monetary ratios",
    "year": YEAR,
}


class Company:
    """The first company with a ledger of one year, and the people it takes to publish."""

    def __init__(self, place: Place) -> None:
        self.place = place
        founder = Founder(place.house)
        scopes = tuple(scope for scope in Scope if scope is not Scope.PLATFORM_WRITE)
        self.owner = place.north.owner
        self.admin = founder.person(place.north.id, "north", Role.ADMIN, scopes)
        self.finance = founder.person(place.north.id, "north", Role.FINANCE, scopes)
        self.at(datetime(YEAR, 2, 1, tzinfo=UTC))
        self.golden_trip()
        self.at(datetime(YEAR + 1, 2, 3, 9, 30, tzinfo=UTC))
        self.activities()
        place.house_at_rest()

    def at(self, moment: datetime) -> None:
        self.place.house.clock = lambda: moment

    def ask(
        self, method: str, path: str, body: Any = None, *, by: Person | None = None, status: int | None = None
    ) -> Any:
        answer = self.place.client.request(method, path, json=body, headers=(by or self.owner).key_headers)
        assert status is None or answer.status_code == status, answer.text
        return answer

    def golden_trip(self) -> None:
        """Paris - New York, three nights, a taxi; the company car comes with the activities."""
        flight = a_flight(departs_at=f"{YEAR}-03-10T08:00:00Z", cabin="business", flight_number="AF006")
        hotel = {
            "kind": "hotel",
            "name": "Example Inn",
            "time_zone": "America/New_York",
            "city": "New York",
            "country": "US",
            "check_in": f"{YEAR}-03-10",
            "check_out": f"{YEAR}-03-13",
            "price": {"amount_minor": 60_000, "currency": "EUR"},
        }
        taxi = {
            "kind": "ground",
            "mode": "taxi",
            "origin": "JFK",
            "destination": "Manhattan",
            "distance_km": 26,
            "time_zone": "America/New_York",
            "departs_at": f"{YEAR}-03-10T17:00:00Z",
            "price": {"amount_minor": 7_000, "currency": "EUR"},
        }
        body = {
            "traveller_id": str(self.place.north.traveller.id),
            "purpose": "Fair",
            "segments": [flight, hotel, taxi],
        }
        trip = self.ask("POST", "/api/v1/enterprise/trips", body, status=201).json()["id"]
        self.ask("POST", f"/api/v1/enterprise/trips/{trip}/book", status=200)

    def activities(self) -> None:
        sites = {}
        for code, country, contract in (("LYS", "FR", GREEN), ("HAM", "DE", None)):
            site = {"code": code, "name": f"Site <{code}>", "country": country}
            sites[code] = self.ask("POST", f"{CARBON}/sites", site, status=201).json()["id"]
            meter = {"site_id": sites[code], "code": f"M-{code}", "energy": "electricity"}
            meter_id = self.ask("POST", f"{CARBON}/meters", meter, status=201).json()["id"]
            bill = {
                "kind": "energy_bill",
                "meter_id": meter_id,
                "start": f"{YEAR}-01-01",
                "end": f"{YEAR}-04-01",
            }
            self.enter({**bill, "kwh": "12000", **({"contract": contract} if contract else {})})
        self.bill_of_hamburg = meter_id
        vehicle = {"code": "CAR-1", "site_id": sites["LYS"], "body": "car_average", "drive": "diesel"}
        car = self.ask("POST", f"{CARBON}/vehicles", vehicle, status=201).json()["id"]
        period = {"start": f"{YEAR}-03-01", "end": f"{YEAR}-04-01"}
        self.enter({"kind": "vehicle_use", "vehicle_id": car, "km": "820.5", **period})
        self.enter(
            {
                "kind": "refrigerant",
                "site_id": sites["HAM"],
                "day": f"{YEAR}-07-09",
                "gas": "R-410A",
                "kg": "1.2",
            }
        )
        self.enter(
            {
                "kind": "commuting",
                "site_id": sites["LYS"],
                "mode": "car",
                "people": 40,
                "working_days": 20,
                "km_per_day": "18",
                **period,
            }
        )
        self.enter(
            {"kind": "purchase", "what": "Audit", "spend_eur_cents": 1_200_000, "factor": SPEND, **period}
        )

    def enter(self, details: dict[str, Any]) -> Any:
        return self.ask("POST", f"{CARBON}/activities", {"details": details}, status=201).json()

    def reviewed(self, report_id: str) -> Any:
        self.place.house_at_rest()
        return self.ask("POST", f"{REPORTS}/{report_id}/review", {}, by=self.admin, status=200).json()

    def published(self, report_id: str) -> Any:
        self.reviewed(report_id)
        self.ask("POST", f"{REPORTS}/{report_id}/approve", by=self.finance, status=200)
        return self.ask("POST", f"{REPORTS}/{report_id}/publish", status=200).json()

    def file(self, report_id: str, format: str, lang: str = "en") -> bytes:
        answer = self.ask("GET", f"{REPORTS}/{report_id}/report.{format}?lang={lang}", status=200)
        content: bytes = answer.content
        return content


@pytest.fixture(scope="module")
def company(place: Place) -> Iterator[Company]:
    clock = place.house.clock
    yield Company(place)
    place.house.clock = clock


@pytest.fixture(scope="module")
def report(company: Company) -> Any:
    """The year, published."""
    targets = {
        "base_year": 2022,
        "declared_base": {"scope_1_kg": "5000", "scope_2_kg": "4000", "scope_3_kg": "9000"},
        "targets": [{"name": "A third less", "target_year": 2030, "reduction_percent": "33"}],
    }
    company.ask("PUT", f"{CARBON}/targets", targets, status=200)
    profile = {"head_count": 42, "annual_revenue": {"amount_minor": 500_000_000, "currency": "EUR"}}
    company.ask("PATCH", f"/api/v1/enterprise/tenants/{company.place.north.id}/profile", profile, status=200)
    body = {"start": f"{YEAR}-01-01", "end": f"{YEAR + 1}-01-01"}
    drafted = company.ask("POST", REPORTS, body, status=201).json()
    assert drafted["status"] == "draft"
    published = company.published(drafted["id"])
    house = company.place.house
    company.place.house_at_rest()
    while house.jobs.outbox.dispatch(company.place.north.id):
        pass
    made = list((house.settings.data_dir / "reports").rglob(f"{drafted['id']}-*"))
    assert len(made) == 6, "a worker made every file"
    return published


def test_has_every_scope_by_both_methods_and_every_table_adds_up(report: Any) -> None:
    content = report["content"]
    total = (content["total"]["location_g"], content["total"]["market_g"])
    assert total[0] > total[1] > 0
    assert [row["key"] for row in content["scopes"]] == ["1", "2", "3"]
    for table in ("scopes", "categories", "months", "sites", "departments", "modes", "routes"):
        rows = content[table]
        assert (sum(row["location_g"] for row in rows), sum(row["market_g"] for row in rows)) == total, table
    assert {row["per"] for row in content["intensity"]} == {"employee", "trip", "kEUR"}
    assert content["trajectories"][0]["base_g"] == 18_000_000
    assert [lever["kind"] for lever in content["levers"]] == ["economy_instead_of_premium"]
    assert content["base"]["is_declared"]


def test_the_ledger_and_the_report_know_the_same_levers(company: Company, report: Any) -> None:
    address = f"/api/v1/enterprise/tenants/{company.place.north.id}/carbon/levers"
    period = f"?start={YEAR}-01-01&end={YEAR + 1}-01-01"
    levers = company.ask("GET", address + period, status=200).json()
    reported = report["content"]["levers"]
    assert [{name: row[name] for name in row if name != "saved_g"} for row in levers["data"]] == reported
    assert levers["saved_g"] == sum(row["now_g"] - row["then_g"] for row in reported) > 0


def test_says_the_same_in_every_format(company: Company, report: Any) -> None:
    content = report["content"]
    table = list(csv.reader(io.StringIO(company.file(report["id"], "csv").decode())))
    split = table.index([])
    as_csv = {(row[0], row[1]): (Decimal(row[3]), Decimal(row[4])) for row in table[1:split]}
    lines = table[split + 2 :]
    book = openpyxl.load_workbook(io.BytesIO(company.file(report["id"], "xlsx")), read_only=True)
    rows = list(book["figures"].iter_rows(min_row=2, values_only=True))
    as_xlsx = {(row[0], row[1]): (round(row[3] * 1000), round(row[4] * 1000)) for row in rows}
    pages = {lang: _text(company.file(report["id"], "pdf", lang)) for lang in ("en", "fr")}
    kinds = ("scopes", "categories", "months", "sites", "departments", "modes", "routes")
    said = {
        (kind, row["key"]): (row["location_g"], row["market_g"]) for kind in kinds for row in content[kind]
    }
    said["total", "total"] = (content["total"]["location_g"], content["total"]["market_g"])
    for key, grams in said.items():
        assert tuple(int(kg * 1000) for kg in as_csv[key]) == as_xlsx[key] == grams, key
        for gram in grams:
            assert f"{Decimal(gram) / 1000:,.3f}" in pages["en"], (key, gram)
            french = f"{Decimal(gram) / 1000:,.3f}".replace(",", " ").replace(".", ",")
            assert french in pages["fr"], (key, gram)
    assert len(lines) == content["lines"]
    location = table[split + 1].index("location_kg")
    assert sum(Decimal(row[location]) for row in lines) * 1000 == content["total"]["location_g"]


def test_is_verified_without_a_database(company: Company, report: Any, tmp_path: Path, capsys: Any) -> None:
    key = company.ask("GET", "/api/v1/audit/keys").json()["data"][0]["public_key"]
    for lang in ("en", "fr"):
        path = tmp_path / f"{lang}.pdf"
        path.write_bytes(company.file(report["id"], "pdf", lang))
        assert verifier.main([str(path), "--key", key]) == 0, capsys.readouterr().out
        assert "Every figure holds." in capsys.readouterr().out
        assert verifier.main([str(path), "--key", "0" * 64]) == 1


def test_figures_that_were_not_published_are_found_out(company: Company, report: Any) -> None:
    house, tenant = company.place.house, company.place.north.id
    streams = house.streams(tenant)
    publication = house.reports._publication(streams, streams.load(EsgReport, UUID(report["id"])))
    cuts, content = house.carbon_cuts(tenant), publication.content
    # Lines that add up, of a year without its last line: consistent in itself, and not what was published.
    lines = list(cuts.lines(start=content.start, end=content.end, position=content.position))[:-1]
    frame = Frame(
        content.cover,
        content.start,
        content.end,
        content.position,
        content.head_count,
        content.annual_revenue,
    )
    forged = replace(publication, content=compose(frame, lines))
    data = pdf_of(forged, "en", house.reports._evidence(cuts, forged, iter(lines)))
    assert {finding.what for finding in verifier.verify_pdf(data).findings} == {"altered"}


def test_is_the_same_bytes_when_made_again_elsewhere(
    company: Company, report: Any, tmp_path: Path, redis_url: str
) -> None:
    house = company.place.house
    names = [("pdf", "fr"), ("csv", "en"), ("xlsx", "fr")]
    first = {name: company.file(report["id"], *name) for name in names}
    for kept in (house.settings.data_dir / "reports").rglob("*.*"):
        kept.unlink()
    code = (
        "import sys; from uuid import UUID; from pathlib import Path; from adapters.bootstrap import Settings, build\n"
        "url, redis, key, data, tenant, report, target = sys.argv[1:]\n"
        "house = build(Settings(master_key=key, data_dir=Path(data)), database_url=url, redis_url=redis)\n"
        "for format, lang in (('pdf', 'fr'), ('csv', 'en'), ('xlsx', 'fr')):\n"
        "    path = house.reports.file(UUID(tenant), UUID(report), format, lang)\n"
        "    (Path(target) / f'{lang}.{format}').write_bytes(path.read_bytes())\n"
        "house.close()\n"
    )
    key = house.settings.master_key
    assert key is not None
    place = [house.pools.url, redis_url, key.get_secret_value(), str(house.settings.data_dir)]
    elsewhere = {
        **os.environ,
        "TZ": "Pacific/Kiritimati",
        "LANG": "tr_TR.UTF-8",
        "LC_ALL": "C",
        "PYTHONHASHSEED": "77",
    }
    subprocess.run(
        [sys.executable, "-c", code, *place, str(company.place.north.id), report["id"], str(tmp_path)],
        check=True,
        env=elsewhere,
        timeout=60,
    )
    for format, lang in names:
        assert (tmp_path / f"{lang}.{format}").read_bytes() == first[format, lang], (format, lang)


def test_takes_somebody_else_to_approve(company: Company) -> None:
    body = {"start": f"{YEAR}-03-01", "end": f"{YEAR}-04-01"}
    drafted = company.ask("POST", REPORTS, body, by=company.finance, status=201).json()
    address = f"{REPORTS}/{drafted['id']}"
    assert company.ask("POST", REPORTS, body).json()["code"] == "esg_report_exists"
    assert company.ask("POST", f"{address}/approve").json()["code"] == "esg_report_not_reviewed"
    assert company.ask("POST", f"{address}/publish").json()["code"] == "esg_report_not_approved"
    assert (
        company.ask("POST", f"{address}/restate", {"reason": "X"}).json()["code"]
        == "esg_report_not_published"
    )
    assert company.ask("GET", f"{address}/report.pdf").json()["code"] == "esg_report_not_published"
    assert company.reviewed(drafted["id"])["status"] == "reviewed"
    for person in (company.finance, company.admin):
        refused = company.ask("POST", f"{address}/approve", by=person)
        assert (refused.status_code, refused.json()["code"]) == (403, "approver_not_independent")
    assert company.ask("POST", f"{address}/approve", status=200).json()["status"] == "approved"
    again = company.ask("POST", f"{address}/review", {"position": 5}, by=company.admin, status=200).json()
    assert (again["status"], again["approved_by"], again["content"]["lines"]) == ("reviewed", None, 0)
    later = company.ask("POST", f"{address}/review", {"position": 2**40})
    assert (later.status_code, later.json()["code"]) == (422, "esg_report_reviewed_later")


def test_a_restated_year_leaves_the_old_report_bit_for_bit(company: Company, report: Any) -> None:
    address = f"{REPORTS}/{report['id']}"
    before = {format: company.file(report["id"], format) for format in ("pdf", "csv", "xlsx")}
    period = {"start": f"{YEAR}-05-01", "end": f"{YEAR}-06-01"}
    bill = {"kind": "energy_bill", "meter_id": company.bill_of_hamburg, "kwh": "3000", **period}
    late = company.enter(bill)
    company.place.house_at_rest()
    difference = company.ask("GET", f"{address}/difference", status=200).json()
    causes = {row["cause"]: row["market_g"] for row in difference["causes"]}
    assert causes["late_entry"] == late["market_g"] > 0
    assert difference["before"]["market_g"] + sum(causes.values()) == difference["after"]["market_g"]
    opened = company.ask("GET", difference["changes"][0]["events"][0])
    assert opened.status_code in (200, 409)  # 409: not sealed yet
    restated = company.ask("POST", f"{address}/restate", {"reason": "A late bill"}, status=201).json()
    assert restated["restates"] == report["id"]
    successor = company.published(restated["id"])
    assert successor["content"]["total"]["market_g"] == difference["after"]["market_g"]
    old = company.ask("GET", address, status=200).json()
    assert (old["status"], old["successor_id"], old["content"]) == (
        "restated",
        successor["id"],
        report["content"],
    )
    for kept in (company.place.house.settings.data_dir / "reports").rglob("*.*"):
        kept.unlink()
    assert {format: company.file(report["id"], format) for format in before} == before
    company.place.house_at_rest()
    listed = company.ask("GET", f"{REPORTS}?kind=year", status=200).json()["data"]
    assert {row["id"]: row["status"] for row in listed} == {
        report["id"]: "restated",
        successor["id"]: "published",
    }


def test_is_listed_and_written_at_a_terminal(company: Company, report: Any, tmp_path: Path) -> None:
    house, told = company.place.house, io.StringIO()
    console = Console(file=told, width=200)
    company.place.house_at_rest()
    reporting.show(house, company.place.north.id, console)
    file = tmp_path / "year.csv"
    reporting.write(house, company.place.north.id, UUID(report["id"]), file, "fr", console)
    assert report["id"] in told.getvalue()
    assert file.read_bytes() == company.file(report["id"], "csv", "fr")


def test_is_begun_by_the_schedule_once(company: Company) -> None:
    house, south = company.place.house, company.place.south
    drafting = EsgDrafting(
        lambda: [south.id],
        house.commands,
        lambda streams: house.carbon_cuts(streams.tenant_id),
        house.clock,
        every_s=0,
    )
    assert drafting.draft(south.id) == []
    wanted = {"drafts_yearly": True, "drafts_monthly": True}
    company.ask("PUT", f"{CARBON}/targets", wanted, by=south.owner, status=200)
    assert drafting.draft(south.id) == [], "a company without a line is sent no empty reports"
    begun = []
    for start, end in ((f"{YEAR}-03-01", f"{YEAR}-04-01"), (f"{YEAR + 1}-01-01", f"{YEAR + 1}-02-01")):
        purchase = {"kind": "purchase", "what": "Audit", "spend_eur_cents": 100, "factor": SPEND}
        details = {"details": {**purchase, "start": start, "end": end}}
        company.ask("POST", f"{CARBON}/activities", details, by=south.owner, status=201)
        company.place.house_at_rest()
        new = drafting.draft(south.id)
        assert len(new) == 1, (start, new)
        begun += new
    drafting.act(1)
    company.place.house_at_rest()
    listed = company.ask("GET", REPORTS, by=south.owner, status=200).json()["data"]
    assert {row["id"] for row in listed} == {str(each) for each in begun}
    assert {row["drafted_by"] for row in listed} == {None}


def _text(pdf: bytes) -> str:
    pages = pypdf.PdfReader(io.BytesIO(pdf)).pages
    return "\n".join(page.extract_text() for page in pages).replace("\u00a0", " ")
