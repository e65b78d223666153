"""Is every column that an analyst reads explained where it is declared?"""

from typing import ClassVar
from uuid import UUID

import pytest

from adapters.analytics.dictionary import VIEWS, AnalyticsTable, ColumnUndocumented, table_of
from projections.catalog import PROJECTORS
from projections.kernel.row import Row
from tests.kit.every import every

EVERY_VIEW = every("view", VIEWS, called=lambda one: one.name)


@EVERY_VIEW
def test_says_what_it_shows(view: AnalyticsTable) -> None:
    assert view.summary.endswith(".")
    for column in view.columns:
        assert column.description[:1].isupper() or column.description[:1].isdigit(), column
        assert column.description.endswith("."), column


@EVERY_VIEW
def test_names_no_column_twice(view: AnalyticsTable) -> None:
    names = [column.name for column in view.columns]
    assert len(names) == len(set(names))
    assert names[0] == "tenant_id"


def test_no_read_model_is_missing() -> None:
    assert {projector.row.TABLE for projector in PROJECTORS} <= {view.name for view in VIEWS}


class Unexplained(Row):
    """A row one column of which nobody explained."""

    TABLE: ClassVar[str] = "unexplained"
    KEY: ClassVar[tuple[str, ...]] = ("explained_id",)

    explained_id: UUID
    """The thing."""
    forgotten: str


def test_a_column_without_words_is_refused() -> None:
    with pytest.raises(ColumnUndocumented, match=r"Unexplained\.forgotten"):
        table_of(Unexplained)
