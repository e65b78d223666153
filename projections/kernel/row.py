"""What is one line of a read model?"""

from collections.abc import Callable, Mapping
from functools import cache
from operator import attrgetter
from typing import Any, ClassVar, Self

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
        return _key_of(self.KEY)(self)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """The same line with other values in some columns.

        What a projector does most. A line holds nothing but its columns, so that of what the
        general copy looks after only they are left.
        """
        if deep or not update:
            return super().model_copy(update=update, deep=deep)
        copy = object.__new__(type(self))
        object.__setattr__(copy, "__dict__", {**self.__dict__, **update})
        object.__setattr__(copy, "__pydantic_fields_set__", self.__pydantic_fields_set__ | update.keys())
        object.__setattr__(copy, "__pydantic_extra__", None)
        object.__setattr__(copy, "__pydantic_private__", None)
        return copy


@cache
def _key_of(columns: tuple[str, ...]) -> Callable[[Row], tuple[Any, ...]]:
    values = attrgetter(*columns)
    # Of one column, attrgetter answers the bare value.
    return values if len(columns) > 1 else lambda row: (values(row),)
