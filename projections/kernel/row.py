"""What is one line of a read model?"""

from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict


class Row(BaseModel):
    """One line of table `read.<TABLE>`; its fields are the columns, without `tenant_id`.

    The docstring under a field is what the data dictionary says about the column.
    `KEY` names the columns that, with the tenant, identify the line.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True, defer_build=True)

    TABLE: ClassVar[str]
    KEY: ClassVar[tuple[str, ...]]

    def key(self) -> tuple[Any, ...]:
        """The values of the key columns."""
        return tuple(getattr(self, column) for column in self.KEY)
