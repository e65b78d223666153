"""Who are the people and the parts of this tenant, as far as other contexts need to know?"""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True)
class Person:
    """A member another context may refer to; names stay in their own stream."""

    id: UUID
    is_active: bool
    roles: frozenset[str]
    may_approve: bool = False
    manager_id: UUID | None = None


@dataclass(frozen=True)
class CompanyUnit:
    """A department, a cost centre or a group another context may put something on the account of."""

    id: UUID
    kind: str
    is_open: bool


class Directory(Protocol):
    """The members and units of one tenant. A look-up inside a decision is guarded: if the member
    changes before the append, the decision runs again."""

    def find(self, member_id: UUID) -> Person | None:
        """The member, or None when the tenant has no such member."""
        ...

    def unit(self, unit_id: UUID) -> CompanyUnit | None:
        """The unit, or None when the tenant has no such unit."""
        ...
