"""What is a report's page made of? Headings, paragraphs, tables and charts that say what they are."""

from collections.abc import Callable, Sequence
from typing import Any

from reportlab.lib.colors import Color
from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import Flowable, LongTable, Paragraph, TableStyle

from adapters.documents.fonts import BODY, BOLD, markup
from adapters.documents.look import RULE, SHADE, Styles

CM = 28.3464567
TEXT_WIDTH = 17.0 * CM


class Text(Paragraph):
    """A paragraph with its tag."""

    tag = "P"

    def draw(self) -> None:
        with self.canv.content(self.tag):
            super().draw()


class Heading(Text):
    """A heading: in the outline, the contents and the tags."""

    def __init__(self, words: str, style: ParagraphStyle, *, level: int, anchor: str) -> None:
        super().__init__(markup(words, style.fontName), style)
        self.words, self.level, self.anchor = words, level, anchor
        self.tag = f"H{level}"

    def split(self, availWidth: float, availHeight: float) -> list[Flowable]:  # noqa: N803 ReportLab's names
        return []

    def draw(self) -> None:
        self.canv.bookmarkPage(self.anchor)
        self.canv.addOutlineEntry(self.words, self.anchor, self.level - 1, closed=self.level > 1)
        super().draw()


class CellText(Paragraph):
    """A paragraph in a cell: the table tags it."""


class Figures(LongTable):
    """A table whose head is repeated on every page it runs over, tagged row by row."""

    def __init__(self, data: Sequence[Sequence[Any]], **options: Any) -> None:
        super().__init__(data, **options)
        self._renderCB = self._tagged

    def _tagged(self, table: Any, what: str, *place: Any) -> None:
        canvas: Any = self.canv
        match what:
            case "startTable":
                canvas.begin("Table", O="Table")
            case "startBG" | "startLines":
                canvas.begin_artifact()
            case "endBG" | "endLines":
                canvas.unmark()
            case "startRow":
                canvas.begin("TR")
            case "startCell":
                if place[0] == 0:
                    canvas.begin("TH", O="Table", Scope="Column")
                elif place[1] == 0:
                    canvas.begin("TH", O="Table", Scope="Row")
                else:
                    canvas.begin("TD")
                canvas.mark()
            case "endCell":
                canvas.unmark()
                canvas.end()
            case "endRow" | "endTable":
                canvas.end()


def table(
    styles: Styles,
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    widths: Sequence[float],
    *,
    total: Sequence[str] | None = None,
    texts: int = 1,
    tiny: Sequence[int] = (),
) -> Figures:
    """A table of words and figures: the first `texts` columns are words, the others figures, to the right."""

    def cell(words: str, column: int, text: ParagraphStyle, figure: ParagraphStyle) -> CellText:
        is_tiny = column in tiny and text is not styles.head
        style = styles.tiny if is_tiny else text if column < texts else figure
        return CellText(markup(words, style.fontName), style)

    body = [[cell(each, at, styles.cell, styles.figure) for at, each in enumerate(row)] for row in rows]
    lines = [[cell(each, at, styles.head, styles.head_figure) for at, each in enumerate(head)], *body]
    if total is not None:
        lines.append([cell(each, at, styles.sum, styles.sum_figure) for at, each in enumerate(total)])
    commands: list[tuple[Any, ...]] = [
        ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
        ("TOPPADDING", (0, 0), (-1, -1), 2.6),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 3.2),
        ("LEFTPADDING", (0, 0), (-1, -1), 4),
        ("RIGHTPADDING", (0, 0), (-1, -1), 4),
        ("LINEBELOW", (0, 0), (-1, 0), 0.9, styles.palette.heading),
        ("LINEBELOW", (0, 1), (-1, -1), 0.25, RULE),
        ("ROWBACKGROUNDS", (0, 1), (-1, -1), [None, SHADE]),
    ]
    if total is not None:
        commands += [
            ("LINEABOVE", (0, -1), (-1, -1), 0.9, styles.palette.heading),
            ("NOSPLIT", (0, -3 if len(rows) > 2 else -1), (-1, -1)),
        ]
    scale = TEXT_WIDTH / sum(widths)
    return Figures(
        lines,
        colWidths=[each * scale for each in widths],
        repeatRows=1,
        style=TableStyle(commands),
        hAlign="LEFT",
    )


class Drawing(Flowable):
    """A picture drawn by a function, with the words for whoever does not see it."""

    def __init__(
        self, height: float, alt: str, draw: Callable[[Any, float, float], None], width: float = TEXT_WIDTH
    ) -> None:
        super().__init__()
        self.width, self.height, self._alt, self._draw = width, height, alt, draw

    def wrap(self, availWidth: float, availHeight: float) -> tuple[float, float]:  # noqa: N803 ReportLab's names
        return self.width, self.height

    def draw(self) -> None:
        canvas: Any = self.canv
        with canvas.content("Figure", self._alt):
            canvas.saveState()
            self._draw(canvas, self.width, self.height)
            canvas.restoreState()


def put(
    canvas: Any,
    text: str,
    x: float,
    y: float,
    *,
    size: float,
    colour: Color,
    bold: bool = False,
    align: str = "left",
) -> None:
    """Our own words at a place of a picture."""
    canvas.setFont(BOLD if bold else BODY, size)
    canvas.setFillColor(colour)
    {"left": canvas.drawString, "right": canvas.drawRightString, "centre": canvas.drawCentredString}[align](
        x, y, text
    )
