"""Is every text that a pattern would blot out looked at?"""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.telemetry import HINTS, TELLING


@pytest.mark.parametrize(
    "pattern", [pattern for pattern, _ in TELLING], ids=lambda pattern: pattern.pattern[:20]
)
def test_whatever_a_pattern_finds_holds_a_hint(pattern: re.Pattern[str]) -> None:
    @settings(max_examples=40, deadline=None)
    @given(st.from_regex(pattern))
    def holds(text: str) -> None:
        assert not text.isascii() or any(hint in text.lower() for hint in HINTS)

    holds()
