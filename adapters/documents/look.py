"""How does a report look? The tenant's colours where they can be read, ours elsewhere."""

from dataclasses import dataclass

from reportlab.lib.colors import Color, HexColor, white
from reportlab.lib.enums import TA_LEFT, TA_RIGHT
from reportlab.lib.styles import ParagraphStyle

from adapters.documents.fonts import BODY, BOLD, ITALIC, registered
from domain.esg.report_content import Cover

INK, MUTED, RULE, SHADE = HexColor("#1B2733"), HexColor("#5B6B7A"), HexColor("#CBD5DE"), HexColor("#F4F7F9")
OWN_PRIMARY, OWN_ACCENT = "#0F4C5C", "#E8A33D"
GOOD, BAD = HexColor("#2E7D4F"), HexColor("#B3423A")
LEAST_CONTRAST = 4.5


@dataclass(frozen=True)
class Palette:
    """The colours of one report."""

    band: Color
    on_band: Color
    heading: Color
    accent: Color
    scopes: tuple[Color, Color, Color]

    @classmethod
    def of(cls, cover: Cover) -> "Palette":
        """From the tenant's theme as it was."""
        band = HexColor(cover.primary_colour or OWN_PRIMARY)
        heading = legible(band)
        accent = legible(HexColor(cover.accent_colour or cover.secondary_colour or OWN_ACCENT), least=2.0)
        return cls(
            band=band,
            on_band=white if contrast(band, white) >= contrast(band, INK) else INK,
            heading=heading,
            accent=accent,
            scopes=(heading, mixed(heading, white, 0.45), accent),
        )


def legible(colour: Color, least: float = LEAST_CONTRAST) -> Color:
    """The colour, darkened until it can be read on white."""
    for _ in range(30):
        if contrast(colour, white) >= least:
            break
        colour = mixed(colour, INK, 0.12)
    return colour


def contrast(one: Color, other: Color) -> float:
    """As WCAG 2.2 computes it."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def mixed(one: Color, other: Color, share: float) -> Color:
    """Between two colours, rounded so that the same colours are the same bytes anywhere."""
    parts = zip((one.red, one.green, one.blue), (other.red, other.green, other.blue), strict=True)
    return Color(*(round(mine * (1 - share) + its * share, 4) for mine, its in parts))


def _luminance(colour: Color) -> float:
    parts = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (colour.red, colour.green, colour.blue)
    ]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


class Styles:
    """Paragraph styles of one report."""

    def __init__(self, palette: Palette) -> None:
        registered()
        self.palette = palette
        self.body = ParagraphStyle(
            "body", fontName=BODY, fontSize=9.6, leading=13.6, textColor=INK, spaceAfter=6
        )
        self.small = ParagraphStyle(
            "small", self.body, fontSize=8, leading=10.8, textColor=MUTED, spaceBefore=5, spaceAfter=4
        )
        self.note = ParagraphStyle(
            "note", self.body, fontName=ITALIC, fontSize=8.4, leading=11.2, textColor=MUTED
        )
        self.h1 = ParagraphStyle(
            "h1", self.body, fontName=BOLD, fontSize=19, leading=23, textColor=palette.heading, spaceBefore=20,
            spaceAfter=8, keepWithNext=1,
        )  # fmt: skip
        self.first = ParagraphStyle("first", self.h1, spaceBefore=0, keepWithNext=0)
        self.h2 = ParagraphStyle(
            "h2", self.body, fontName=BOLD, fontSize=12, leading=15, textColor=palette.heading, spaceBefore=10,
            spaceAfter=4, keepWithNext=1,
        )  # fmt: skip
        self.cell = ParagraphStyle(
            "cell", self.body, fontSize=8.6, leading=10.8, spaceAfter=0, alignment=TA_LEFT
        )
        self.figure = ParagraphStyle("figure", self.cell, alignment=TA_RIGHT)
        self.head = ParagraphStyle("head", self.cell, fontName=BOLD, textColor=palette.heading)
        self.head_figure = ParagraphStyle("head_figure", self.head, alignment=TA_RIGHT)
        self.sum = ParagraphStyle("sum", self.cell, fontName=BOLD)
        self.sum_figure = ParagraphStyle("sum_figure", self.sum, alignment=TA_RIGHT)
        self.tiny = ParagraphStyle("tiny", self.cell, fontSize=7, leading=8.8, wordWrap="CJK")
