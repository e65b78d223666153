"""In which sector does a company work, by the European classification NACE (revision 2.1)?"""

from typing import Annotated

from pydantic import AfterValidator, StringConstraints

from domain.kernel.personal import Impersonal

# Section by section, its divisions from the first to the last.
SECTIONS = {
    "A": range(1, 4), "B": range(5, 10), "C": range(10, 34), "D": range(35, 36), "E": range(36, 40),
    "F": range(41, 44), "G": range(46, 48), "H": range(49, 54), "I": range(55, 57), "J": range(58, 61),
    "K": range(61, 64), "L": range(64, 67), "M": range(68, 69), "N": range(69, 76), "O": range(77, 83),
    "P": range(84, 85), "Q": range(85, 86), "R": range(86, 89), "S": range(90, 94), "T": range(94, 97),
    "U": range(97, 99), "V": range(99, 100),
}  # fmt: skip
# NACE skips some numbers inside a section.
UNUSED = frozenset({4, 34, 40, 44, 45, 48, 54, 57, 67, 76, 83, 89})
SECTION_OF = {
    f"{number:02}": section
    for section, divisions in SECTIONS.items()
    for number in divisions
    if number not in UNUSED
}
ALL = "all"


def known_division(code: str) -> str:
    """Refuses a code whose first two digits are no division of NACE."""
    if code[:2] not in SECTION_OF:
        raise ValueError("must be a code of NACE revision 2.1, such as 62 or 62.10")
    return code


def known_sector(code: str) -> str:
    """Refuses what is neither a section, a division nor `all`."""
    if code not in SECTION_OF and code not in SECTIONS and code != ALL:
        raise ValueError("must be a section (J) or a division (62) of NACE revision 2.1, or all")
    return code


# A division, group or class: 62, 62.1 or 62.10.
NaceCode = Annotated[
    str, StringConstraints(pattern=r"^[0-9]{2}(\.[0-9]{1,2})?$"), AfterValidator(known_division), Impersonal()
]
# What figures are published for: `all`, a section or a division.
Sector = Annotated[str, StringConstraints(max_length=3), AfterValidator(known_sector), Impersonal()]


def sectors_of(code: str) -> tuple[str, str, str]:
    """The three groups a company is compared in, the widest first."""
    division = code[:2]
    return ALL, SECTION_OF[division], division


def contains(wider: str, narrower: str) -> bool:
    """Is the second sector a part of the first, and not the same?"""
    if wider == ALL:
        return narrower != ALL
    return SECTION_OF.get(narrower) == wider
