"""In which sector does a company work? Divisions of NACE, in both revisions that are in use.

Revision 2.1 (Delegated Regulation (EU) 2023/137) applies from 2025; registers still give many
companies a code of revision 2 (Regulation (EC) No 1893/2006). The letters of the sections
moved between them, so a code without its revision says nothing.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, StringConstraints, model_validator

from domain.kernel.personal import Impersonal


class NaceRevision(StrEnum):
    """Which list the code is from."""

    REV_2 = "2"
    REV_2_1 = "2.1"


# First and last division of each section; gaps between sections are gaps in the list.
REV_2: Mapping[str, tuple[int, int]] = {
    "A": (1, 3),
    "B": (5, 9),
    "C": (10, 33),
    "D": (35, 35),
    "E": (36, 39),
    "F": (41, 43),
    "G": (45, 47),
    "H": (49, 53),
    "I": (55, 56),
    "J": (58, 63),
    "K": (64, 66),
    "L": (68, 68),
    "M": (69, 75),
    "N": (77, 82),
    "O": (84, 84),
    "P": (85, 85),
    "Q": (86, 88),
    "R": (90, 93),
    "S": (94, 96),
    "T": (97, 98),
    "U": (99, 99),
}
REV_2_1: Mapping[str, tuple[int, int]] = {
    "A": (1, 3),
    "B": (5, 9),
    "C": (10, 33),
    "D": (35, 35),
    "E": (36, 39),
    "F": (41, 43),
    "G": (46, 47),
    "H": (49, 53),
    "I": (55, 56),
    "J": (58, 60),
    "K": (61, 63),
    "L": (64, 66),
    "M": (68, 68),
    "N": (69, 75),
    "O": (77, 82),
    "P": (84, 84),
    "Q": (85, 85),
    "R": (86, 88),
    "S": (90, 93),
    "T": (94, 96),
    "U": (97, 98),
    "V": (99, 99),
}
SECTIONS: Mapping[NaceRevision, Mapping[str, tuple[int, int]]] = {
    NaceRevision.REV_2: REV_2,
    NaceRevision.REV_2_1: REV_2_1,
}


class Sector(BaseModel):
    """One division of NACE: `62` is computer programming in both revisions, in sections J and K."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    revision: NaceRevision = NaceRevision.REV_2_1
    division: Annotated[str, StringConstraints(pattern=r"^[0-9]{2}$"), Impersonal()]

    @model_validator(mode="after")
    def is_listed(self) -> Self:
        if section_of(self.revision, int(self.division)) is None:
            raise ValueError("division must be one that this revision of NACE lists")
        return self

    @property
    def section(self) -> str:
        """The letter of the section the division belongs to."""
        section = section_of(self.revision, int(self.division))
        assert section is not None
        return section


def section_of(revision: NaceRevision, division: int) -> str | None:
    """The section's letter; None when the revision lists no such division."""
    ranges = SECTIONS[revision].items()
    return next((letter for letter, (first, last) in ranges if first <= division <= last), None)
