"""Does a soak say what went wrong, how to repeat it, and end with a status a script can branch on?"""

from io import StringIO

from rich.console import Console

from tests.reliability.__main__ import Tally, report
from tests.reliability.journal import Journalled
from tests.reliability.oracle import Finding, Verdict
from tests.reliability.storm import Doses, Outcome


def outcome(seed: int, *findings: Finding) -> Outcome:
    """A storm that was judged like this."""
    return Outcome(seed, Verdict(list(findings), acknowledged=100), Doses(kills=3), Journalled())


def told(tally: Tally) -> tuple[int, str]:
    """The status, and what was printed."""
    printed = StringIO()
    return report(tally, Console(file=printed, width=200)), printed.getvalue()


def test_a_green_soak_ends_well() -> None:
    tally = Tally()
    tally.count(outcome(1))
    status, text = told(tally)
    assert status == 0
    assert "1 storms, 100 acknowledged, 3 kills" in text


def test_a_red_one_names_the_promise_and_the_command_that_repeats_it() -> None:
    tally = Tally()
    tally.count(outcome(1))
    tally.count(outcome(23, Finding("I2", "the one wish 'x' took effect 2 times")))
    status, text = told(tally)
    assert status == 1
    assert "I2: the one wish 'x' took effect 2 times" in text
    assert "again: make soak SEED=23\n" in text
    assert "SEED=1\n" not in text
