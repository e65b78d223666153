"""How does a query reach the database, when it may only ever see one tenant?"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol
from uuid import UUID


class Sql(Protocol):
    """A read-only handle bound to one tenant.

    Every statement must name `%(tenant_id)s`; the handle supplies it and refuses a
    statement without one. Rows come back as mappings by column name.
    """

    tenant_id: UUID

    def rows(self, statement: str, **parameters: Any) -> Sequence[Mapping[str, Any]]:
        """All rows of the answer; bound every list in the statement itself."""
        ...

    def row(self, statement: str, **parameters: Any) -> Mapping[str, Any] | None:
        """The first row of the answer, or None."""
        ...
