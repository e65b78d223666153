"""Does one test over many cases ask each of them, and name those that fail?"""

import pytest

from tests.kit.every import every


@every("number, word", [(1, "one"), (2, "two")])
def test_brings_each_case_beside_the_fixtures(number: int, word: str, request: pytest.FixtureRequest) -> None:
    asked = request.node.stash.setdefault(ASKED, [])
    asked.append((number, word))
    if number == 2:
        assert asked == [(1, "one"), (2, "two")]


ASKED = pytest.StashKey[list[tuple[int, str]]]()


@every("number", range(4))
class Even:
    def test_number(self, number: int) -> None:
        assert number % 2 == 0


def test_names_each_case_that_fails() -> None:
    with pytest.raises(ExceptionGroup, match="2 of 4 cases") as raised:
        Even().test_number()  # type: ignore[call-arg]
    assert [error.__notes__ for error in raised.value.exceptions] == [["The case: 1"], ["The case: 3"]]


@every("number", range(4))
class Raising:
    def test_number(self, number: int) -> None:
        if number == 1:
            pytest.skip("not here")
        with pytest.raises(ZeroDivisionError):
            _ = 1 // (number % 2 and number - 1)


def test_goes_on_after_a_case_that_raised_nothing_or_skipped() -> None:
    with pytest.raises(BaseExceptionGroup, match="2 of 4 cases") as raised:
        Raising().test_number()  # type: ignore[call-arg]
    assert [error.__notes__ for error in raised.value.exceptions] == [["The case: 1"], ["The case: 3"]]


def test_without_a_case_it_fails() -> None:
    @every("number", [])
    def nothing(number: int) -> None: ...

    with pytest.raises(AssertionError, match="no case"):
        nothing()  # type: ignore[call-arg]
