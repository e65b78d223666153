"""How does an invoice look, and how does it carry its data? The same document is the same bytes, at any time.

The pages follow the rules of PDF/A-3: every font is embedded, colours have an output intent, and the data is
attached as `factur-x.xml` by the library that defines how.
"""

import re
from datetime import UTC
from hashlib import md5
from io import BytesIO
from pathlib import Path
from threading import Lock
from typing import Any

import facturx
from reportlab.lib.colors import HexColor, white
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase.pdfdoc import PDFArray, PDFDictionary, PDFName, PDFStream, PDFString, TimeStamp
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    KeepTogether,
    PageTemplate,
    Spacer,
    TableStyle,
)

from adapters.documents.flowables import CM, TEXT_WIDTH, CellText, Figures, Heading, Text
from adapters.documents.fonts import BODY, BOLD, lines, markup
from adapters.documents.look import MUTED, OWN_ACCENT, OWN_PRIMARY, RULE, SHADE, Palette, Styles
from adapters.documents.paper import Paper, billable
from adapters.documents.paper_words import Words
from adapters.documents.paper_xml import xml_of
from adapters.documents.tagging import TaggedCanvas
from adapters.documents.writing import SPACE, Language
from domain.billing.party import Address

COLOURS = Path(__file__).with_name("srgb.icc")
OWN = Palette(
    band=HexColor(OWN_PRIMARY),
    on_band=white,
    heading=HexColor(OWN_PRIMARY),
    accent=HexColor(OWN_ACCENT),
    scopes=(HexColor(OWN_PRIMARY), HexColor(OWN_PRIMARY), HexColor(OWN_ACCENT)),
)
# As a name in a dictionary and, with what must be escaped there, as text.
STAMPED = re.compile(rb"(D(?::|\\072))[0-9]{14}((?:\+|\\053)00(?:'|\\047)00(?:'|\\047))")
STAMPED_XMP = re.compile(rb"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\+00:00")
# How wide each fact is, by how many there are.
SHARES = {4: (0.22, 0.22, 0.34, 0.22), 5: (0.15, 0.16, 0.27, 0.25, 0.17)}
WIDTHS = (8.6 * CM, 2.3 * CM, 2.8 * CM, 3.3 * CM)
_one_at_a_time = Lock()


def pdf_of(paper: Paper, language: Language) -> bytes:
    """The whole file, with the data in it."""
    words = Words(paper, language)
    with _one_at_a_time:
        first = _Document(words, 0)
        first.make()
        final = _Document(words, first.page)
        final.make()
        pages = final.written()
    made: bytes = facturx.generate_from_binary(
        pages,
        xml_of(paper, language),
        flavor="factur-x",
        level="en16931",
        check_xsd=False,
        pdf_metadata={
            "author": paper.seller.legal_name,
            "title": words.title,
            "subject": words.pen.say("subject"),
            "keywords": f"Factur-X, {paper.number}",
        },
        lang="fr-FR" if language == "fr" else "en-GB",
        afrelationship="alternative",
        xmp_compression=False,
    )
    return _dated(made, paper)


def _dated(made: bytes, paper: Paper) -> bytes:
    """The library stamps the moment of making; the document's own moment is as long, so no offset moves."""
    moment = paper.issued_at.astimezone(UTC)
    made = STAMPED.sub(rb"\g<1>" + f"{moment:%Y%m%d%H%M%S}".encode() + rb"\g<2>", made)
    return STAMPED_XMP.sub(f"{moment:%Y-%m-%dT%H:%M:%S}+00:00".encode(), made)


class _Document(BaseDocTemplate):
    """One pass over the pages: the first counts them, the second writes how many there are."""

    def __init__(self, words: Words, pages: int) -> None:
        self._file = BytesIO()
        self._words, self._paper, self._pages_in_all = words, words.paper, pages
        self._styles = Styles(OWN)
        french = words.pen.language == "fr"
        super().__init__(
            self._file, pagesize=A4, leftMargin=2 * CM, rightMargin=2 * CM, topMargin=2 * CM, bottomMargin=2.6 * CM,
            lang="fr-FR" if french else "en-GB", invariant=1, pageCompression=1, title=words.title,
            author=self._paper.seller.legal_name, subject=words.pen.say("subject"), creator="Escale",
            initialFontName=BODY,
        )  # fmt: skip
        frame = Frame(2 * CM, 2.6 * CM, TEXT_WIDTH, A4[1] - 4.2 * CM, 0, 0, 0, 0, id="text")
        self.addPageTemplates([PageTemplate("page", [frame], onPage=self._margins)])

    def make(self) -> None:
        """Runs over the pages once."""
        self.build(self._story(), canvasmaker=self._canvas)

    def written(self) -> bytes:
        """The file."""
        return self._file.getvalue()

    def _canvas(self, *arguments: Any, **options: Any) -> TaggedCanvas:
        options["invariant"] = 1
        canvas = TaggedCanvas(*arguments, **{**options, "initialFontName": BODY})
        doc: Any = canvas._doc
        stamp, moment = TimeStamp(1), self._paper.issued_at
        stamp.t = moment.timestamp()
        stamp.lt, stamp.YMDhms = moment.timetuple(), tuple(moment.timetuple())[:6]
        doc._timeStamp = stamp
        doc.signature = md5(
            f"{self._paper.number}:{self._words.pen.language}".encode(), usedforsecurity=False
        )
        canvas.setViewerPreference("DisplayDocTitle", "true")
        profile = PDFStream(PDFDictionary({"N": 3}), COLOURS.read_bytes())
        intent = PDFDictionary(
            {
                "Type": PDFName("OutputIntent"),
                "S": PDFName("GTS_PDFA1"),
                "OutputConditionIdentifier": PDFString("sRGB"),
                "DestOutputProfile": doc.Reference(profile),
            }
        )
        doc.Catalog.__NoDefault__ = [*doc.Catalog.__NoDefault__, "OutputIntents"]
        doc.Catalog.OutputIntents = PDFArray([intent])
        return canvas

    # Pages

    def _margins(self, canvas: TaggedCanvas, _: Any) -> None:
        paper, words, wide = self._paper, self._words, A4[0]
        seller = paper.seller
        with canvas.artifact():
            canvas.saveState()
            canvas.setFillColor(OWN.band)
            canvas.rect(0, A4[1] - 0.32 * CM, wide, 0.32 * CM, stroke=0, fill=1)
            canvas.setStrokeColor(RULE)
            canvas.setLineWidth(0.5)
            canvas.line(2 * CM, 2.05 * CM, wide - 2 * CM, 2.05 * CM)
            canvas.setFillColor(MUTED)
            canvas.setFont(BODY, 7.6)
            number = words.pen.say("registered", number=seller.registration_number)
            vat = f"{words.pen.say('vat_number')} {seller.vat_number}"
            legal = (
                f"{seller.legal_name}, {seller.legal_form}",
                f"{', '.join(_lines(seller.address, 'FR'))} – {number} – {vat}",
            )
            for place, line in enumerate(legal):
                fitting = (lines(line, BODY, 7.6, TEXT_WIDTH - 2.6 * CM, 1) or ("",))[0]
                canvas.drawString(2 * CM, (1.65 - 0.38 * place) * CM, fitting)
            of = words.pen.say("page", page=canvas.getPageNumber(), pages=self._pages_in_all)
            canvas.drawRightString(wide - 2 * CM, 1.65 * CM, of)
            if canvas.getPageNumber() > 1:
                canvas.drawRightString(wide - 2 * CM, A4[1] - 1.25 * CM, words.title)
            canvas.restoreState()

    def _story(self) -> list[Flowable]:
        return [
            self._head(),
            Spacer(1, 16),
            Heading(self._words.title, self._styles.first, level=1, anchor="document"),
            self._facts(),
            Spacer(1, 12),
            self._lines(),
            Spacer(1, 8),
            KeepTogether([self._sums(), Spacer(1, 10), *self._notes()]),
        ]

    def _head(self) -> Flowable:
        """Seller on the left, the customer where a window envelope shows it."""
        paper, pen, styles = self._paper, self._words.pen, self._styles
        seller, debtor = paper.seller, paper.debtor
        name = ParagraphStyle(
            "name", styles.body, fontName=BOLD, fontSize=14, leading=18, textColor=OWN.heading
        )
        plain = ParagraphStyle("plain", styles.body, fontSize=9, leading=12.4, spaceAfter=0)
        label = ParagraphStyle("label", plain, fontSize=7.6, textColor=MUTED)
        bold = ParagraphStyle("bold", plain, fontName=BOLD, fontSize=10.5, leading=14)
        home = seller.address.country
        abroad = [] if debtor.country == home else [debtor.country]
        buyer = _lines(paper.buyer.address, home) if paper.buyer.address else abroad
        left = [_cell(seller.legal_name, name)]
        left += [_cell(one, plain) for one in _lines(seller.address, debtor.country)]
        right = [
            _cell(pen.say("customer"), label),
            _cell(debtor.legal_name, bold),
            *(_cell(one, plain) for one in buyer),
        ]
        if paper.buyer.registration_number:
            right.append(_cell(pen.say("registered", number=paper.buyer.registration_number), label))
        if debtor.vat_number:
            right.append(_cell(f"{pen.say('vat_number')} {debtor.vat_number}", label))
        return _layout([[left, right]], (TEXT_WIDTH - 7.6 * CM, 7.6 * CM))

    def _facts(self) -> Flowable:
        paper, words, pen = self._paper, self._words, self._words.pen
        first, last = paper.days(paper.period)
        facts = [(pen.say("issued"), pen.day(paper.issued_on))]
        if paper.kind == "invoice":
            facts.append((pen.say("due"), pen.day(paper.due_on)))
            facts.append((pen.say("period"), pen.say("from_to", first=pen.day(first), last=pen.day(last))))
        if paper.refers_to is not None:
            number, day = paper.refers_to.number, pen.day(paper.refers_to.issued_on)
            about = "refers" if paper.kind == "credit_note" else "corrects"
            facts.append((pen.say(about), pen.say("refers.of", number=number, day=day)))
        if paper.kind == "credit_note":
            facts.append((pen.say("period"), words.month(paper.month).capitalize()))
        if paper.buyer.order_reference:
            facts.append((pen.say("order"), paper.buyer.order_reference))
        label = ParagraphStyle(
            "fact", self._styles.body, fontSize=7.6, leading=10, textColor=MUTED, spaceAfter=0
        )
        value = ParagraphStyle("value", self._styles.body, fontSize=9.4, leading=12, spaceAfter=0)
        cells = [[_cell(name, label), _cell(said, value)] for name, said in facts]
        widths = [TEXT_WIDTH * share for share in SHARES.get(len(cells), (0.22, 0.26, 0.52))]
        return _layout([cells], widths[: len(cells)], shade=True)

    def _lines(self) -> Flowable:
        pen, styles = self._words.pen, self._styles
        small = ParagraphStyle("how", styles.cell, fontSize=7.8, leading=10, textColor=MUTED)
        head = [pen.say("description"), pen.say("quantity"), pen.say("unit_price"), pen.say("amount")]
        rows: list[list[Any]] = [
            [
                CellText(markup(one, BOLD), styles.head if at == 0 else styles.head_figure)
                for at, one in enumerate(head)
            ]
        ]
        for what, how, quantity, price, amount in self._rows():
            cell = [_cell(what, styles.cell), *([_cell(how, small)] if how else [])]
            rows.append([cell, *(_cell(one, styles.figure) for one in (quantity, price, amount))])
        return Figures(
            rows,
            colWidths=WIDTHS,
            repeatRows=1,
            hAlign="LEFT",
            style=TableStyle(
                [
                    ("VALIGN", (0, 0), (-1, -1), "TOP"),
                    ("TOPPADDING", (0, 0), (-1, -1), 3.4),
                    ("BOTTOMPADDING", (0, 0), (-1, -1), 4.2),
                    ("LEFTPADDING", (0, 0), (-1, -1), 4),
                    ("RIGHTPADDING", (0, 0), (-1, -1), 4),
                    ("LINEBELOW", (0, 0), (-1, 0), 0.9, OWN.heading),
                    ("LINEBELOW", (0, 1), (-1, -1), 0.25, RULE),
                ]
            ),
        )

    def _rows(self) -> list[tuple[str, str, str, str, str]]:
        paper, words, pen = self._paper, self._words, self._words.pen
        if not paper.lines:
            what = words.reason() if paper.kind == "credit_note" else pen.say("line.none")
            amount = words.money(paper.net_minor)
            return [(what, "", "1", words.price(paper.amount(paper.net_minor)), amount)]
        found = []
        for line in paper.lines:
            quantity, price = billable(paper, line)
            found.append(
                (
                    words.what(line),
                    words.how(line),
                    pen.exact(quantity),
                    words.price(price),
                    words.money(line.amount_minor),
                )
            )
        return found

    def _sums(self) -> Flowable:
        paper, words, pen, styles = self._paper, self._words, self._words.pen, self._styles
        rows = [
            (pen.say("net"), words.money(paper.net_minor), False),
            (words.tax(), words.money(paper.tax.amount_minor), False),
            (pen.say("total"), words.money(paper.total_minor), True),
        ]
        if paper.carried_minor:
            rows.append((pen.say("carried"), words.money(-paper.carried_minor), False))
        if paper.kind == "credit_note":
            said = pen.say("credited")
        elif paper.due_minor > 0:
            said = pen.say("to_pay", day=pen.day(paper.due_on))
        else:
            said = pen.say("owed" if paper.total_minor < 0 else "to_pay.none")
        big = ParagraphStyle("big", styles.sum, fontSize=10.5, leading=13.5, textColor=white)
        big_figure = ParagraphStyle(
            "big_figure", styles.sum_figure, fontSize=10.5, leading=13.5, textColor=white
        )
        cells: list[list[Any]] = [
            [
                _cell(name, styles.sum if is_bold else styles.cell),
                _cell(value, styles.sum_figure if is_bold else styles.figure),
            ]
            for name, value, is_bold in rows
        ]
        cells.append([_cell(said, big), _cell(words.money(abs(paper.due_minor)), big_figure)])
        table = Figures(cells, colWidths=(5.6 * CM, 3.6 * CM), hAlign="RIGHT")
        table.setStyle(
            TableStyle(
                [
                    ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
                    ("TOPPADDING", (0, 0), (-1, -1), 3),
                    ("BOTTOMPADDING", (0, 0), (-1, -1), 4),
                    ("LINEABOVE", (0, 2), (-1, 2), 0.9, OWN.heading),
                    ("BACKGROUND", (0, -1), (-1, -1), OWN.band),
                ]
            )
        )
        return table

    def _notes(self) -> list[Flowable]:
        paper, words, pen, styles = self._paper, self._words, self._words.pen, self._styles
        story: list[Flowable] = []
        note = words.tax_note()
        if note:
            story.append(Text(markup(note), styles.body))
        if paper.kind == "credit_note" or paper.due_minor <= 0:
            return [*story, Text(markup(pen.say("supply")), styles.small)]
        seller = paper.seller
        account = [f"{pen.say('iban')} {_grouped(seller.iban)}"]
        if seller.bic:
            account.append(f"{pen.say('bic')} {seller.bic}")
        how = pen.say("payment.how", name=seller.legal_name, number=paper.number)
        return [
            *story,
            Heading(pen.say("payment"), styles.h2, level=2, anchor="payment"),
            Text(markup(f"{how}. {'   '.join(account)}"), styles.body),
            Text(
                markup(
                    " ".join(
                        pen.say(key, **values)
                        for key, values in (
                            ("terms", {"days": seller.payment_days}), ("note.discount", {}),
                            ("note.late", {}), ("supply", {}),
                        )
                    )
                ),
                styles.small,
            ),
        ]  # fmt: skip


def _cell(words: str, style: ParagraphStyle) -> CellText:
    return CellText(markup(words, style.fontName), style)


def _layout(rows: list[list[Any]], widths: Any, *, shade: bool = False) -> Figures:
    commands: list[tuple[Any, ...]] = [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("LEFTPADDING", (0, 0), (-1, -1), 6 if shade else 0),
        ("RIGHTPADDING", (0, 0), (-1, -1), 6 if shade else 0),
        ("TOPPADDING", (0, 0), (-1, -1), 5 if shade else 0),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 6 if shade else 0),
    ]
    if shade:
        commands.append(("BACKGROUND", (0, 0), (-1, -1), SHADE))
    return Figures(rows, colWidths=widths, hAlign="LEFT", style=TableStyle(commands))


def _lines(address: Address, seen_from: str = "") -> list[str]:
    """An address; the country is left out where it goes without saying."""
    street = [address.street, *([address.street_2] if address.street_2 else [])]
    country = [] if address.country == seen_from else [address.country]
    return [*street, f"{address.postcode} {address.city}", *country]


def _grouped(iban: str) -> str:
    return SPACE.join(iban[place : place + 4] for place in range(0, len(iban), 4))
