"""Is a report's PDF whole, readable by machines, the same every time, and proof against what people write?"""

import io
import json
import unicodedata
import zlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pypdf
import pytest
from pydantic_core import to_jsonable_python

from adapters.audit.verifier import Evidence, Finding, told_of_pdf, verify_pdf
from adapters.documents.fonts import lines, visual, width
from adapters.documents.look import LEAST_CONTRAST, Palette, contrast, white
from adapters.documents.report_pdf import pdf_of
from domain.esg.report_composition import compose
from domain.esg.report_content import Cover, ReportContent
from domain.esg.report_evidence import evidence
from domain.esg.reporting_line import ReportLine
from tests.kit.esg import HOSTILE, OLD_LONG_BUSINESS, REPORT, TENANT, content, frame, ledger, publication

TRIPS = 4


def attached(figures: ReportContent, this: Iterator[ReportLine] | None = None) -> Iterator[str]:
    """The evidence of the made-up year."""
    return evidence(
        tenant_id=TENANT,
        report_id=REPORT,
        content=figures,
        proof={},
        lines=ledger(trips=TRIPS) if this is None else this,
        previous=ledger(2029, trips=TRIPS, long_business=OLD_LONG_BUSINESS),
        base=ledger(2027, trips=TRIPS + 3, long_business=OLD_LONG_BUSINESS),
    )


def made(language: Any = "en", name: str = "Aurore Conseil") -> bytes:
    figures = content(name, trips=TRIPS)
    return pdf_of(publication(figures), language, attached(figures))


@pytest.fixture(scope="module")
def pdf() -> bytes:
    return made()


def findings(data: bytes) -> list[str]:
    """What the verifier says, besides that these made-up reports stand in no log."""
    return [each.what for each in verify_pdf(data).findings if each.what != "not proven"]


def _judged(lines: list[str]) -> list[Finding]:
    """What is found in the attachment alone."""
    checked = Evidence("".join(lines).encode())
    checked.judge(())
    return checked.findings


WRITTEN = content(trips=TRIPS).written()


class TestTheFile:
    def test_is_the_same_every_time_and_never_younger_than_its_publication(self, pdf: bytes) -> None:
        assert made() == pdf
        information = pypdf.PdfReader(io.BytesIO(pdf)).metadata
        assert information is not None
        assert str(information.creation_date) == "2031-02-03 09:30:00+00:00"
        assert "Aurore Conseil" in str(information.title)

    def test_has_an_outline_a_language_tags_and_words_for_its_figures(self, pdf: bytes) -> None:
        reader = pypdf.PdfReader(io.BytesIO(pdf))
        root: Any = reader.trailer["/Root"]
        assert str(root["/Lang"]) == "en-GB"
        assert root["/MarkInfo"]["/Marked"]
        tags: list[str] = []
        alternatives: list[str] = []

        def walk(node: Any) -> None:
            node = node.get_object()
            if "/S" in node:
                tags.append(str(node["/S"]))
                alternatives.extend([str(node["/Alt"])] if "/Alt" in node else [])
            children = node.get("/K", [])
            for child in children if isinstance(children, list) else []:
                if "/MCID" not in child.get_object():
                    walk(child)

        walk(root["/StructTreeRoot"])
        assert {"/H1", "/H2", "/P", "/Table", "/TR", "/TH", "/TD", "/Figure", "/Title"} <= set(tags)
        assert len(alternatives) == tags.count("/Figure") >= 4
        assert len(reader.outline) > 15
        assert all(page["/Parent"] for page in reader.pages)

    def test_embeds_every_font_it_shows(self, pdf: bytes) -> None:
        reader = pypdf.PdfReader(io.BytesIO(pdf))
        fonts: Any = reader.pages[0]["/Resources"]["/Font"]  # type: ignore[index]
        shown = {name: font.get_object() for name, font in fonts.items() if name != "/F1"}
        assert shown
        assert all("/FontFile2" in font["/FontDescriptor"] for font in shown.values())

    @pytest.mark.parametrize("language", ["en", "fr"])
    def test_survives_any_company_name(self, language: str) -> None:
        data = made(language, HOSTILE)
        assert findings(data) == []
        text = "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(data)).pages)
        assert "<script>alert(1)</script>" in text.replace("\n", " ")
        assert {"😀", *visual("שלום")} <= set(unicodedata.normalize("NFKC", text))

    def test_of_a_period_without_lines_is_a_file_too(self) -> None:
        figures = compose(frame(targets=(), base_year=None), [])
        data = pdf_of(publication(figures), "fr", evidence(
            tenant_id=TENANT, report_id=REPORT, content=figures, proof={}, lines=[]))  # fmt: skip
        assert findings(data) == []


class TestTheProof:
    @pytest.mark.parametrize("language", ["en", "fr"])
    def test_adds_up(self, language: str, pdf: bytes) -> None:
        data = pdf if language == "en" else made(language)
        checked = verify_pdf(data)
        assert [each.what for each in checked.findings] == ["not proven"]
        assert list(told_of_pdf(checked))[-1] == "Something was changed."

    def test_notices_a_gram_in_a_line(self) -> None:
        figures = content(trips=TRIPS)

        def heavier() -> Iterator[ReportLine]:
            for number, each in enumerate(ledger(trips=TRIPS)):
                yield replace(each, location_g=each.location_g + 2) if number == 40 else each

        found = findings(pdf_of(publication(figures), "en", attached(figures, heavier())))
        assert {"arithmetic", "figure"} <= set(found)

    def test_notices_a_line_too_few(self) -> None:
        figures = content(trips=TRIPS)
        fewer = iter(list(ledger(trips=TRIPS))[:-1])
        assert "figure" in findings(pdf_of(publication(figures), "en", attached(figures, fewer)))

    def test_notices_figures_of_another_report(self) -> None:
        figures = content(trips=TRIPS)
        total = figures.total.model_copy(update={"market_g": figures.total.market_g - 1_000_000})
        better = figures.model_copy(update={"total": total})
        assert "figure" in findings(pdf_of(publication(better), "en", attached(better)))

    @pytest.mark.parametrize(
        ("place", "forged"),
        [
            (("previous", "changes", 0, "effect_g"), 0),
            (("previous", "changes", 0, "is_recalculation_due"), "turned"),
            (("previous", "changes", 0, "before"), "DESNZ 2030 (desnz)"),
            (("base", "changes"), ()),
            (("previous", "start"), date(2028, 1, 1)),
            (("trajectories", 0, "actual_g"), 1_000),
            (("trajectories", 0, "base_g"), 1_000),
            (("trajectories", 0, "expected_g"), 10**9),
            (("trajectories", 0, "scopes"), (1,)),
            (("head_count",), 480),
            (("intensity", 0, "denominator"), Decimal(480)),
            (("intensity", 1, "denominator"), Decimal(7)),
            (("intensity", 2, "denominator"), Decimal(99_999)),
            (("intensity", 2, "market_kg"), Decimal("0.001")),
            (("annual_revenue", "amount_minor"), 99_999_999_999),
            (("levers", 0, "segments"), 1),
            (("levers", 0, "rail_hours"), Decimal("4.1")),
            (("levers", 0, "factor_value"), Decimal("0.01")),
            (("quality", "grades", 0, "market_g"), 5),
            (("methods",), ("desnz",)),
            (("factors", 0, "source"), "A better one"),
        ],
        ids=lambda each: ".".join(map(str, each)) if isinstance(each, tuple) and each else str(each),
    )
    def test_notices_every_figure_that_follows_from_others(self, place: tuple[Any, ...], forged: Any) -> None:
        written = json.loads(WRITTEN)
        part = written
        for name in place[:-1]:
            part = part[name]
        was = part.get(place[-1]) if isinstance(part, dict) else part[place[-1]]
        new = not was if forged == "turned" else to_jsonable_python(forged)
        assert new != was
        part[place[-1]] = new
        lines = list(attached(ReportContent.model_validate(written)))
        assert "figure" in {finding.what for finding in _judged(lines)}

    def test_says_what_no_line_can_tell(self) -> None:
        told = list(told_of_pdf(verify_pdf(made())))
        stated = [each.partition(": ")[2] for each in told if each.startswith("stated, not computed")]
        assert "head count: 240" in stated
        assert "annual revenue: 52300000.00 EUR" in stated
        assert "target Half by 2035: 50 % less than in 2027 by 2035, scopes 1, 2, 3" in stated

    def test_notices_a_number_changed_on_a_page(self) -> None:
        figures = content(trips=TRIPS)
        total = figures.total.model_copy(update={"market_g": figures.total.market_g - 1_000_000})
        shown = publication(figures.model_copy(update={"total": total}))
        assert {"shown", "not shown"} <= set(findings(pdf_of(shown, "fr", attached(figures))))

    def test_reads_no_file_that_was_changed_after_it_was_written(self, pdf: bytes) -> None:
        with pytest.raises(ValueError, match="changed after|not a whole one|table of objects"):
            verify_pdf(
                pdf + b"\n1 0 obj\n<<>>\nendobj\nxref\n0 1\ntrailer\n<</Prev 9>>\nstartxref\n9\n%%EOF\n"
            )
        with pytest.raises(ValueError, match="no PDF"):
            verify_pdf(pdf[:-20])

    def test_needs_its_evidence(self) -> None:
        figures = content(trips=1)
        with pytest.raises(ValueError, match="evidence"):
            verify_pdf(pdf_of(publication(figures), "en", iter(['{"kind":"evidence"}\n'])))


class TestTheLook:
    @pytest.mark.parametrize("colour", ["#ffff00", "#ffffff", "#000000", "#12355b", "#ff00ff"])
    def test_can_be_read_in_any_theme(self, colour: str) -> None:
        palette = Palette.of(Cover(company_name="X", primary_colour=colour))
        assert contrast(palette.heading, white) >= LEAST_CONTRAST
        assert contrast(palette.band, palette.on_band) >= LEAST_CONTRAST

    def test_fits_any_name_into_its_room(self) -> None:
        for line in lines(HOSTILE, "EscaleSans", 12, 200, 3):
            assert width(line, "EscaleSans", 12) <= 200 + 1

    def test_packs_the_attachment_once(self, pdf: bytes) -> None:
        reader = pypdf.PdfReader(io.BytesIO(pdf))
        (file,) = reader.attachment_list
        data = bytes(file.content)
        assert file.name == "escale-evidence.ndjson"
        assert data.decode().count("\n") == sum(1 for _ in attached(content(trips=TRIPS)))
        assert len(zlib.compress(data)) < len(data)
