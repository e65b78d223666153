"""How does a column say that it takes of what a plan limits, so that whoever judges the plan need not know it?

An aggregate whose thing the plan limits (a contact, a bank connection, a megabyte) claims it by the plan's own name
for it, and asks the Entitlements port before it acts. Nothing else is needed for limits, downgrades and displays.
"""

from uuid import UUID

from domain.kernel.claims import UNLIMITED, Claim, Release

ENTITLED = "entitled"


def taking(name: str, holder: UUID, units: int = 1) -> Claim:
    """So many of what the plan calls `name`, as long as the holder has them."""
    return Claim(ENTITLED, name, holder, units=units, capacity=UNLIMITED, shape="amount")


def giving_back(name: str, holder: UUID) -> Release:
    """None of it any more."""
    return Release(ENTITLED, name, holder)
