"""In which sector does a company work? Divisions of NACE, in both revisions that are in use.

Revision 2.1 (Delegated Regulation (EU) 2023/137) applies from 2025; registers still give many
companies a code of revision 2 (Regulation (EC) No 1893/2006). The letters of the sections
moved between them, so a code without its revision says nothing. Companies are compared by
revision 2.1: as a whole, by section and by division.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, StringConstraints, model_validator

from domain.kernel.personal import Impersonal
from domain.kernel.value import Value


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


def section_of(revision: NaceRevision, division: int) -> str | None:
    """The section's letter; None when the revision lists no such division."""
    ranges = SECTIONS[revision].items()
    return next((letter for letter, (first, last) in ranges if first <= division <= last), None)


SECTION_OF: Mapping[str, str] = {
    f"{number:02}": letter
    for number in range(100)
    if (letter := section_of(NaceRevision.REV_2_1, number)) is not None
}
ALL = "all"


class Sector(Value):
    """One division of NACE: `62` is computer programming in both revisions, in sections J and K."""

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

    @property
    def present_division(self) -> str | None:
        """The division of revision 2.1. It kept its number but for 45, whose trades went to three others."""
        return self.division if self.division in SECTION_OF else None


def known_division(code: str) -> str:
    """Refuses a code whose first two digits are no division of NACE."""
    if code[:2] not in SECTION_OF:
        raise ValueError("must be a code of NACE revision 2.1, such as 62 or 62.10")
    return code


def known_group(code: str) -> str:
    """Refuses what is neither a section, a division nor `all`."""
    if code not in SECTION_OF and code not in REV_2_1 and code != ALL:
        raise ValueError("must be a section (J) or a division (62) of NACE revision 2.1, or all")
    return code


# A division, group or class of revision 2.1: 62, 62.1 or 62.10.
NaceCode = Annotated[
    str, StringConstraints(pattern=r"^[0-9]{2}(\.[0-9]{1,2})?$"), AfterValidator(known_division), Impersonal()
]
# What figures are published for: `all`, a section or a division.
SectorGroup = Annotated[str, StringConstraints(max_length=3), AfterValidator(known_group), Impersonal()]


def groups_of(code: str) -> tuple[str, str, str]:
    """The three groups a company is compared in, the widest first."""
    division = code[:2]
    return ALL, SECTION_OF[division], division


def contains(wider: str, narrower: str) -> bool:
    """Is the second group a part of the first, and not the same?"""
    if wider == ALL:
        return narrower != ALL
    return SECTION_OF.get(narrower) == wider
