"""Does every requirement of appointments have a test that names it, and does the table know which?

The requirements are those of booking-crm.md C.1 to C.5 that issue 6 asks for; R-25 to R-27 wait for notifications.
"""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT

ASKED_FOR = (
    *(f"R-{number:02}" for number in range(1, 19)),
    *(f"R-{number}" for number in (20, 21, 22, 23, 24)),
    *(f"R-{number}" for number in (28, 29, 30, 31, 32, 33, 40, 41, 42, 43)),
)
RACES, REST, LISTS = "test_booking_races.py", "test_booking.py", "test_booking_waitlist.py"
SERIES, COMBINED, CHANCE = "test_booking_series.py", "test_booking_combined.py", "test_booking_chance.py"
RULES, WALLS, VISITS = "test_availability.py", "test_wall_time.py", "test_appointment.py"
HERE, PUBLIC = "test_booking_requirements.py", "test_booking_public.py"
# Which tests show it; the first is the one to read.
TABLE: dict[str, tuple[tuple[str, str], ...]] = {
    "R-01": ((RACES, "TestR01OneSlot"),),
    "R-02": ((RACES, "TestR02PartialOverlaps"),),
    "R-03": ((RACES, "TestR03Confirmations"),),
    "R-04": ((RACES, "TestR04Teams"),),
    "R-05": ((RACES, "TestR05Anybody"),),
    "R-06": ((RACES, "TestR06Series"),),
    "R-07": ((RACES, "TestR07Seats"),),
    "R-08": ((CHANCE, "TestR08ThinkTime"), (HERE, "test_r08_nobody_sleeps")),
    "R-09": ((RACES, "TestR09Repeats"),),
    "R-10": ((WALLS, "TestR10RulesAreWallTimes"),),
    "R-11": (
        (RULES, "TestR11ListedIffAccepted"),
        (REST, "test_refuses_starts_that_were_not_listed_by_the_rule_that_why_names"),
        (COMBINED, "test_r11_what_is_listed_is_accepted_and_nothing_else"),
    ),
    "R-12": ((WALLS, "TestR12TheGridIsThatOfTheWall"),),
    "R-13": ((WALLS, "TestR13TheHourThatIsMissingAndTheHourThatIsRepeated"),),
    "R-14": ((SERIES, "*"),),
    "R-15": ((WALLS, "*"),),
    "R-16": ((RULES, "TestR16Buffers"),),
    "R-17": ((RULES, "TestR17MixedDurations"),),
    "R-18": ((RULES, "test_r18_no_literal_date_in_the_availability_module"),),
    "R-20": ((REST, "test_r20_a_move_keeps_the_appointment"), (PUBLIC, "test_r20_an_old_link_moves_nothing")),
    "R-21": (
        (REST, "test_r21_a_move_does_not_stand_in_its_own_way"),
        (PUBLIC, "test_r21_and_r22_from_a_link"),
    ),
    "R-22": ((REST, "test_r22_what_is_given_back_is_free_at_once"), (PUBLIC, "test_r21_and_r22_from_a_link")),
    "R-23": ((REST, "test_r23_and_r28_each_seat_is_its_own"), (PUBLIC, "test_r23_one_seat_moves_alone")),
    "R-24": ((VISITS, "TestR24PolicyTable"), (PUBLIC, "test_r24_past_and_late_visits_are_not_moved")),
    "R-28": ((CHANCE, "TestR28Conservation"), (REST, "test_r23_and_r28_each_seat_is_its_own")),
    "R-29": ((LISTS, "TestR29Offers"), (RACES, "TestR29FreedTimes")),
    "R-30": ((SERIES, "*"),),
    "R-31": ((SERIES, "*"),),
    "R-32": ((SERIES, "*"),),
    "R-33": ((SERIES, "*"), (REST, "test_r33_minutes_months_and_rest_count_too")),
    "R-40": (
        (REST, "test_r40_a_late_deposit_takes_the_time_again"),
        (REST, "test_r40_a_late_deposit_in_vain_goes_back_once"),
    ),
    "R-41": ((CHANCE, "TestR41NothingIsHeldWhileSomebodyPays"),),
    "R-42": (
        (REST, "test_r42_a_deposit_in_time_books"),
        (PUBLIC, "test_r42_an_unpaid_visit_can_be_called_off_and_runs_out"),
    ),
    "R-43": ((VISITS, "test_r43_a_no_show_costs_after_the_grace_and_can_be_taken_back"),),
}
BOOKING_TESTS = sorted(
    [
        *(ROOT / "tests" / "api").glob("test_booking*.py"),
        *(ROOT / "tests" / "domain" / "booking").glob("test_*.py"),
    ]
)


@cache
def texts_in(name: str) -> dict[str, str]:
    """The classes and functions of a module of tests, with the texts that may name a requirement."""
    (path,) = (one for one in (*BOOKING_TESTS, Path(__file__)) if one.name == name)
    found = {}
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name.lower().startswith("test"):
            found[node.name] = f"{node.name} {ast.get_docstring(node) or ''}"
    return found


def names(requirement: str, text: str) -> bool:
    """Is it named, as R-01, R01 or r01?"""
    return re.search(rf"r-?{requirement.removeprefix('R-')}(?!\d)", text, re.IGNORECASE) is not None


def test_the_table_has_every_requirement() -> None:
    assert set(TABLE) == set(ASKED_FOR)


@pytest.mark.parametrize("requirement", ASKED_FOR)
def test_is_named_by_its_tests(requirement: str) -> None:
    for module, test in TABLE[requirement]:
        known = texts_in(module)
        if test == "*":
            assert any(names(requirement, text) for text in known.values()), f"{requirement} in {module}"
        else:
            assert test in known, f"{module} has no {test}"
            assert names(requirement, known[test]), f"{module}::{test} does not name {requirement}"


@pytest.mark.parametrize("path", BOOKING_TESTS, ids=lambda path: path.name)
def test_r08_nobody_sleeps(path: Path) -> None:
    """R-08: no test of appointments waits for a time to pass; they move the clock, or look until it is so."""
    calls = (node.func for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))
    assert not [one for one in calls if ast.unparse(one).split(".")[-1] == "sleep"]


@pytest.mark.parametrize("folder", ["domain/booking", "application/booking"])
def test_r08_nothing_depends_on_a_pause(folder: str) -> None:
    """R-08: and nothing in the rules pauses or draws lots."""
    for path in (ROOT / folder).glob("*.py"):
        assert not re.search(r"\b(sleep|random|uniform|shuffle)\(", path.read_text()), path
