"""Which text do we accept? None that a database, a log or a PDF would choke on."""

import re
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

from domain.kernel.personal import Impersonal

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")  # everything invisible but tab and newline


def without_control_characters(value: str) -> str:
    """Refuses NUL, which PostgreSQL cannot store, and the other invisible controls."""
    if CONTROL.search(value):
        raise ValueError("must not contain control characters")
    return value


_clean = AfterValidator(without_control_characters)

# Free text that people write; every use in an event says whether it is personal.
Line = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True), _clean]
Paragraph = Annotated[str, StringConstraints(min_length=1, max_length=2_000, strip_whitespace=True), _clean]

# Text that cannot name a person.
Title = Annotated[Line, Impersonal()]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:|/-]{0,119}$"), Impersonal()]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$"), Impersonal()]
Colour = Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$"), Impersonal()]
CountryCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$"), Impersonal()]
IataCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$"), Impersonal()]
EmailText = Annotated[
    str,
    StringConstraints(
        max_length=254, pattern=r"^[^@\s\x00-\x1f\x7f]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$", to_lower=True
    ),
]
