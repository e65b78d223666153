"""What is a permission made of, and which roles go together?"""

from dataclasses import dataclass

from domain.platform.roles import Role, Scope


@dataclass(frozen=True)
class Permission:
    """Who may do one operation. `scope` None: any key may; `in_person`: no key may."""

    all: frozenset[Role] = frozenset()
    own: frozenset[Role] = frozenset()
    scope: Scope | None = None
    in_person: bool = False
    public: bool = False


OWNER, ADMIN, MANAGER, FINANCE = Role.OWNER, Role.ADMIN, Role.MANAGER, Role.FINANCE
TRAVELLER, AUDITOR, ANALYST, PLATFORM = Role.TRAVELLER, Role.AUDITOR, Role.ANALYST, Role.PLATFORM_ADMIN

EVERYONE = frozenset(Role)
HEADS = frozenset({OWNER, ADMIN})
APPROVERS = HEADS | {MANAGER}
READERS = APPROVERS | {FINANCE, AUDITOR, ANALYST}
TRAVELLERS = frozenset({TRAVELLER})
PAYERS = HEADS | {FINANCE}
STAFF = HEADS | {PLATFORM}
