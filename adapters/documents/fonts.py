"""In which letters is a document set? Embedded ones, whatever script a name is written in.

Source Sans (SIL Open Font License, from the package font-source-sans-pro) sets the text; what it has no letter
for is set in DejaVu Sans (free licence beside the file); what neither knows becomes an empty box. Text from right
to left is joined and reordered line by line.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from itertools import groupby
from pathlib import Path
from threading import Lock
from xml.sax.saxutils import escape

import font_source_sans_pro
from arabic_reshaper import ArabicReshaper
from bidi.algorithm import get_display
from reportlab.pdfbase import pdfmetrics, ttfonts
from reportlab.pdfbase.ttfonts import TTFont

BODY, BOLD, ITALIC, OTHER = "EscaleSans", "EscaleSans-Bold", "EscaleSans-Italic", "EscaleOther"
MISSING = "□"
LONG_CODE = re.compile("<([0-9A-F]{5,6})>")
FILES = {
    BODY: Path(font_source_sans_pro.font_directory) / "SourceSansPro-Regular.ttf",
    BOLD: Path(font_source_sans_pro.font_directory) / "SourceSansPro-Semibold.ttf",
    ITALIC: Path(font_source_sans_pro.font_directory) / "SourceSansPro-It.ttf",
    OTHER: Path(__file__).parent / "fonts" / "DejaVuSans.ttf",
}
_shaping = ArabicReshaper({"delete_harakat": False, "support_zwj": False})
_registering = Lock()
_theirs = ttfonts.makeToUnicodeCMap


def _letters_of_codes(font: str, subset: Sequence[int]) -> str:
    """ReportLab's table from codes to letters; it writes letters beyond the first plane (emoji) in a form that no
    reader understands, so those are written as the format wants them."""
    table: str = _theirs(font, subset)
    return LONG_CODE.sub(lambda match: f"<{chr(int(match[1], 16)).encode('utf-16-be').hex().upper()}>", table)


@cache
def registered() -> bool:
    """Makes the fonts known, once per process."""
    with _registering:
        if ttfonts.makeToUnicodeCMap is not _letters_of_codes:
            ttfonts.makeToUnicodeCMap = _letters_of_codes
        for name, path in FILES.items():
            pdfmetrics.registerFont(TTFont(name, str(path)))
        pdfmetrics.registerFontFamily(BODY, normal=BODY, bold=BOLD, italic=ITALIC, boldItalic=BOLD)
    return True


def width(text: str, font: str, size: float) -> float:
    """How wide the text is, each letter in the font that has it."""
    return sum(float(pdfmetrics.stringWidth(run, name, size)) for name, run in runs(text, font))


def runs(text: str, font: str) -> Iterator[tuple[str, str]]:
    """The text cut into pieces of one font each."""
    registered()
    own, other = _letters(font), _letters(OTHER)

    def kind(letter: str) -> str:
        code = ord(letter)
        return font if code in own else OTHER if code in other else ""

    for name, letters in groupby(_printable(text), kind):
        run = "".join(letters)
        yield (name, run) if name else (OTHER, MISSING * len(run))


def markup(text: str, font: str = BODY) -> str:
    """Somebody's words as a paragraph's markup: nothing in them is taken for markup."""
    shown = visual(text)
    return "".join(
        escape(run) if name == font else f'<font name="{name}">{escape(run)}</font>'
        for name, run in runs(shown, font)
    )


@lru_cache(maxsize=512)
def lines(text: str, font: str, size: float, room: float, most: int) -> tuple[str, ...]:
    """The text in at most so many lines that fit, in the order in which it is seen."""
    found: list[str] = []
    rest = " ".join(_printable(text).split())
    while rest and len(found) < most:
        line = _fitting(rest, font, size, room)
        rest = rest[len(line) :].lstrip()
        if rest and len(found) == most - 1:
            while line and width(line + "…", font, size) > room:
                line = line[:-1]
            line += "…"
        found.append(visual(line.rstrip()))
    return tuple(found)


def visual(text: str) -> str:
    """Text as it is seen from left to right."""
    if not any(unicodedata.bidirectional(letter) in ("R", "AL", "RLE", "RLO", "RLI") for letter in text):
        return text
    return str(get_display(_shaping.reshape(text)))


def _printable(text: str) -> str:
    """Without what steers the direction or joins emoji: no letter shows it, and it moves its neighbours."""
    return "".join(
        " " if letter in "\t\n\r\u2028\u2029" else letter
        for letter in text
        if letter in "\t\n\r"
        or unicodedata.category(letter) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Mn")
        or _is_kept(letter)
    )


def _is_kept(letter: str) -> bool:
    # Marks over letters stay where a font has them; selectors of emoji do not.
    return unicodedata.category(letter) == "Mn" and not 0xFE00 <= ord(letter) <= 0xFE0F


def _fitting(text: str, font: str, size: float, room: float) -> str:
    if width(text, font, size) <= room:
        return text
    low, high = 1, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if width(text[:middle], font, size) <= room else (low, middle - 1)
    space = text.rfind(" ", 0, low + 1)
    return text[:space] if space > 0 else text[:low]


@cache
def _letters(font: str) -> frozenset[int]:
    return frozenset(pdfmetrics.getFont(font).face.charToGlyph)
