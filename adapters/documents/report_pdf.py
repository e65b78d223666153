"""How does a report become a PDF? The same report in the same language is the same bytes, anywhere and any time."""

import zlib
from collections.abc import Iterable, Sequence
from hashlib import md5
from io import BytesIO
from threading import Lock
from typing import Any

from reportlab.lib.pagesizes import A4
from reportlab.pdfbase.pdfdoc import PDFArray, PDFDictionary, PDFName, PDFStream, PDFString, TimeStamp
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    NextPageTemplate,
    PageBreak,
    PageTemplate,
    Spacer,
)

from adapters.documents.flowables import CM, TEXT_WIDTH, Heading, Text
from adapters.documents.fonts import BODY, BOLD, OTHER, lines, markup, runs
from adapters.documents.look import MUTED, RULE, Palette, Styles, mixed
from adapters.documents.publication import Publication
from adapters.documents.report_annexes import Annexes
from adapters.documents.report_pages import Pages
from adapters.documents.tagging import TaggedCanvas
from adapters.documents.writing import Language, Pen
from domain.esg.rounding import rounded

ATTACHMENT = "escale-evidence.ndjson"
LARGEST_NAME, SMALLEST_NAME = 34.0, 13.0
# A report in the making holds its pages in memory; one at a time per process is enough.
_one_at_a_time = Lock()


def pdf_of(publication: Publication, language: Language, evidence: Iterable[str]) -> bytes:
    """The whole file. `evidence` are the lines of the attachment; they are packed as they come."""
    with _one_at_a_time:
        pen = Pen("esg_report", language)
        packed = Packed(evidence)
        first = _Document(publication, pen, {}, 0, None)
        first.make()
        final = _Document(publication, pen, first.found, first.page, packed)
        final.make()
        return final.written()


class Packed:
    """The attachment, compressed while it is read."""

    def __init__(self, evidence: Iterable[str]) -> None:
        packing = zlib.compressobj(6)
        pieces: list[bytes] = []
        checksum, self.size = md5(usedforsecurity=False), 0
        for line in evidence:
            plain = line.encode()
            checksum.update(plain)
            self.size += len(plain)
            pieces.append(packing.compress(plain))
        self.bytes = b"".join((*pieces, packing.flush()))
        self.checksum = checksum.digest()


class _Document(BaseDocTemplate):
    """One pass over the pages: the first finds where each heading stands, the second writes it down."""

    def __init__(
        self, publication: Publication, pen: Pen, places: dict[str, int], pages: int, evidence: Packed | None
    ) -> None:
        self._file = BytesIO()
        self._publication, self._pen = publication, pen
        self._places, self._pages_in_all, self._evidence = places, pages, evidence
        self.found: dict[str, int] = {}
        palette = Palette.of(publication.content.cover)
        self._styles = Styles(palette)
        self._palette = palette
        super().__init__(
            self._file, pagesize=A4, leftMargin=2 * CM, rightMargin=2 * CM, topMargin=2.2 * CM, bottomMargin=2 * CM,
            lang="fr-FR" if pen.language == "fr" else "en-GB", invariant=1, pageCompression=1, title=self._title(),
            author=" ".join(publication.content.cover.company_name.split()), subject=pen.say("subject"),
            keywords=["GHG Protocol", "ESRS E1-6", "BEGES", str(publication.report_id)], creator="Escale",
        )  # fmt: skip
        frame = Frame(2 * CM, 2 * CM, TEXT_WIDTH, A4[1] - 4.2 * CM, 0, 0, 0, 0, id="text")
        self.addPageTemplates(
            [
                PageTemplate("cover", [frame], onPage=self._cover),
                PageTemplate("page", [frame], onPage=self._margins),
            ]
        )

    def make(self) -> None:
        """Runs over the pages once."""
        pages = Pages(self._publication, self._pen, self._styles)
        sections = [*pages.body(), *Annexes(pages).all()]
        story = [NextPageTemplate("page"), PageBreak(), *self._contents(sections), PageBreak(), *sections]
        self.build(story, canvasmaker=self._canvas)

    def written(self) -> bytes:
        """The file."""
        return self._file.getvalue()

    def afterFlowable(self, flowable: Flowable) -> None:  # noqa: N802 ReportLab's name
        """Remembers where a heading came to stand."""
        if isinstance(flowable, Heading):
            self.found[flowable.anchor] = self.page

    def _canvas(self, *arguments: Any, **options: Any) -> TaggedCanvas:
        options["invariant"] = 1
        canvas = TaggedCanvas(*arguments, **options)
        publication, pen = self._publication, self._pen
        doc: Any = canvas._doc
        stamp = TimeStamp(1)
        moment = publication.published_at
        stamp.t = moment.timestamp()
        stamp.lt, stamp.YMDhms = moment.timetuple(), tuple(moment.timetuple())[:6]
        doc._timeStamp = stamp
        doc.signature = md5(f"{publication.content_sha256}:{pen.language}".encode(), usedforsecurity=False)
        canvas.setViewerPreference("DisplayDocTitle", "true")
        canvas.showOutline()
        if self._evidence is not None:
            self._attach(canvas, self._evidence)
        return canvas

    def _attach(self, canvas: TaggedCanvas, packed: Packed) -> None:
        doc: Any = canvas._doc
        stream = PDFStream(
            PDFDictionary(
                {
                    "Type": PDFName("EmbeddedFile"),
                    "Subtype": "/application#2Fx-ndjson",
                    "Filter": PDFName("FlateDecode"),
                    "Params": PDFDictionary(
                        {"Size": packed.size, "CheckSum": PDFString(packed.checksum, enc="raw")}
                    ),
                }
            ),
            packed.bytes,
        )
        stream.filters = []
        file = PDFDictionary(
            {
                "Type": PDFName("Filespec"),
                "F": PDFString(ATTACHMENT),
                "UF": PDFString(ATTACHMENT),
                "AFRelationship": PDFName("Data"),
                "Desc": PDFString(self._pen.say("attachment")),
                "EF": PDFDictionary({"F": doc.Reference(stream)}),
            }
        )
        names = PDFDictionary({"Names": PDFArray([PDFString(ATTACHMENT), doc.Reference(file)])})
        doc.Catalog.Names = PDFDictionary({"EmbeddedFiles": names})

    def _title(self) -> str:
        content = self._publication.content
        return f"{self._pen.say('title')} {self._period()} – {' '.join(content.cover.company_name.split())}"[
            :300
        ]

    def _period(self) -> str:
        content, pen = self._publication.content, self._pen
        if self._publication.kind == "month":
            return pen.month(content.start)
        if self._publication.kind == "year" and content.start.month == 1:
            return str(content.start.year)
        last = content.end.replace(day=1)
        month = last.month - 1 or 12
        last = last.replace(year=last.year - (1 if month == 12 else 0), month=month)
        return f"{pen.month(content.start)} – {pen.month(last)}"

    def _contents(self, sections: Sequence[Flowable]) -> list[Flowable]:
        style = self._styles.body
        listed = [each for each in sections if isinstance(each, Heading) and each.level == 1]
        inner = [
            each for group in sections for each in getattr(group, "_content", ()) if isinstance(each, Heading)
        ]
        known = {each.anchor: each for each in (*listed, *inner) if each.level == 1}
        # The order in which they came to stand; before the first pass is over nobody knows it.
        headings = [known[anchor] for anchor in self._places if anchor in known] or list(known.values())
        story: list[Flowable] = [Text(markup(self._pen.say("contents"), BOLD), self._styles.first)]
        for each in headings:
            story.append(_Entry(each.words, self._places.get(each.anchor, 0), each.anchor, self._styles))
        story += [Spacer(1, 14), Text(markup(self._pen.say("contents.note")), style)]
        return story

    # Pages

    def _margins(self, canvas: TaggedCanvas, _: Any) -> None:
        pen, wide = self._pen, A4[0]
        with canvas.artifact():
            canvas.saveState()
            canvas.setStrokeColor(RULE)
            canvas.setLineWidth(0.5)
            canvas.line(2 * CM, 1.55 * CM, wide - 2 * CM, 1.55 * CM)
            canvas.setFillColor(self._palette.band)
            canvas.rect(0, A4[1] - 0.32 * CM, wide, 0.32 * CM, stroke=0, fill=1)
            name = (lines(self._publication.content.cover.company_name, BODY, 8, 10 * CM, 1) or ("",))[0]
            x = 2 * CM
            for font, run in runs(name, BODY):
                canvas.setFillColor(MUTED)
                canvas.setFont(font, 8 if font != OTHER else 7.4)
                canvas.drawString(x, A4[1] - 1.25 * CM, run)
                x += canvas.stringWidth(run, font, 8)
            canvas.setFont(BODY, 8)
            canvas.drawRightString(
                wide - 2 * CM, A4[1] - 1.25 * CM, f"{pen.say('title.short')} · {self._period()}"
            )
            canvas.drawString(
                2 * CM, 1.1 * CM, pen.say("footer", digest=self._publication.content_sha256[:16])
            )
            of = pen.say("page", page=canvas.getPageNumber(), pages=self._pages_in_all)
            canvas.drawRightString(wide - 2 * CM, 1.1 * CM, of)
            canvas.restoreState()

    def _cover(self, canvas: TaggedCanvas, _: Any) -> None:
        pen, content, palette = self._pen, self._publication.content, self._palette
        wide, high = A4
        canvas.saveState()
        with canvas.artifact():
            canvas.setFillColor(palette.band)
            canvas.rect(0, high * 0.42, wide, high * 0.58, stroke=0, fill=1)
            canvas.setFillColor(mixed(palette.band, palette.on_band, 0.12))
            canvas.circle(wide * 0.93, high * 0.93, 120, stroke=0, fill=1)
            canvas.setFillColor(palette.accent)
            canvas.rect(2 * CM, high * 0.42 - 3, 3.2 * CM, 6, stroke=0, fill=1)
        size = LARGEST_NAME
        found: tuple[str, ...] = ("",) * 99
        while size > SMALLEST_NAME and len(found) > 3:
            found = lines(content.cover.company_name, BOLD, size, wide - 4 * CM, 99)
            size -= 1 if len(found) > 3 else 0
        found = lines(content.cover.company_name, BOLD, size, wide - 4 * CM, 7)
        y = high * 0.42 + 1.6 * CM + (len(found) - 1) * size * 1.2
        with canvas.content("P"):
            canvas.setFont(BODY, 13)
            canvas.setFillColor(palette.on_band)
            canvas.drawString(2 * CM, high - 3.2 * CM, pen.say("cover.kicker"))
        with canvas.content("Title"):
            canvas.setFillColor(palette.on_band)
            canvas.setFont(BOLD, 24.5)
            top = high - 4.6 * CM
            for line in lines(pen.say("title"), BOLD, 24.5, wide - 4 * CM, 3):
                canvas.drawString(2 * CM, top, line)
                top -= 33
            canvas.setFont(BODY, 19)
            canvas.drawString(2 * CM, top - 4, self._period())
        with canvas.content("P"):
            canvas.setFillColor(palette.on_band)
            for line in found:
                x = 2 * CM
                for font, run in runs(line, BOLD):
                    canvas.setFont(font, size if font != OTHER else size * 0.92)
                    canvas.drawString(x, y, run)
                    x += canvas.stringWidth(run, font, size if font != OTHER else size * 0.92)
                y -= size * 1.2
        self._cover_figure(canvas)
        canvas.restoreState()

    def _cover_figure(self, canvas: TaggedCanvas) -> None:
        pen, content, high = self._pen, self._publication.content, A4[1]
        total = pen.tonnes(rounded(content.total.market_g))
        with canvas.content("P"):
            canvas.setFillColor(self._palette.heading)
            canvas.setFont(BOLD, 40)
            canvas.drawString(2 * CM, high * 0.42 - 3 * CM, total)
            x = 2 * CM + canvas.stringWidth(total, BOLD, 40) + 8
            canvas.setFont(BODY, 15)
            canvas.drawString(x, high * 0.42 - 3 * CM, pen.say("unit"))
            canvas.setFillColor(MUTED)
            canvas.setFont(BODY, 10.5)
            canvas.drawString(2 * CM, high * 0.42 - 3.75 * CM, pen.say("cover.figure"))
        facts = [
            pen.say("cover.published", day=pen.day(self._publication.published_at.date())),
            pen.say("cover.position", position=content.position, lines=content.lines),
            pen.say("cover.digest", digest=self._publication.content_sha256),
        ]
        if self._publication.restates is not None:
            facts.insert(0, pen.say("cover.restates", report=self._publication.restates))
        with canvas.content("P"):
            canvas.setFillColor(MUTED)
            canvas.setFont(BODY, 8.6)
            for at, fact in enumerate(facts):
                canvas.drawString(2 * CM, 3.4 * CM - at * 13, fact)


class _Entry(Flowable):
    """One line of the contents, which leads to its heading."""

    def __init__(self, words: str, page: int, anchor: str, styles: Styles) -> None:
        super().__init__()
        self.width, self.height = TEXT_WIDTH, 19.0
        self._words, self._page, self._anchor, self._styles = words, page, anchor, styles

    def draw(self) -> None:
        canvas: Any = self.canv
        with canvas.gathered("TOC"), canvas.content("TOCI"):
            canvas.setFont(BODY, 10.6)
            canvas.setFillColor(self._styles.body.textColor)
            canvas.drawString(0, 6, self._words)
            canvas.drawRightString(self.width, 6, str(self._page or ""))
        with canvas.artifact():
            canvas.setStrokeColor(RULE)
            canvas.setLineWidth(0.4)
            canvas.line(0, 1, self.width, 1)
        canvas.linkRect("", self._anchor, (0, 0, self.width, self.height), relative=1, thickness=0)
