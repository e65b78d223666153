"""Does a text stay a text in every file?"""

import csv
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.analytics.dictionary import AnalyticsTable, column
from adapters.analytics.formats import CsvWriter, Origin

WORDS = column("words", "text", "What was said.")
TABLE = AnalyticsTable("speech", "What was said.", (WORDS,))
RUN = "1+cmd|'/c calc'!A1"


def cell_of(text: str, folder: Path) -> str:
    """What a reader of the CSV file finds."""
    path = folder / "speech.csv"
    writer = CsvWriter(path, Origin(TABLE, (WORDS,), "north", 1, 1, (), datetime.now(UTC)))
    writer.write([{"words": text}])
    writer.close()
    with path.open(encoding="utf-8", newline="") as file:
        _, (cell,) = csv.reader(file)
    return cell


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20"])
@pytest.mark.parametrize("before", ["", " ", "\t", "\n", "\r", "\u00a0", "\ufeff", "\u200b", " \t "])
def test_no_text_is_a_formula(before: str, sign: str, tmp_path: Path) -> None:
    text = f"{before}{sign}{RUN}"
    assert cell_of(text, tmp_path) == f"'{text}"


@pytest.mark.parametrize("text", ["Paris - New York", "1 = 1", " a", "", "'", "camille@example.com"])
def test_any_other_text_is_left_alone(text: str, tmp_path: Path) -> None:
    assert cell_of(text, tmp_path) == text
