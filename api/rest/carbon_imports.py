"""Files of activities: entered at once, with a result for every line."""

from typing import Self
from uuid import UUID

from fastapi import Response
from pydantic import Field

from adapters.bootstrap import ActivityOutcome, ActivityResult
from api.rest.conventions import View
from api.rest.csv_body import CsvBody, giving_csv, taking_csv
from api.rest.session import SessionDep
from api.rest.shelf import Shelf
from api.rest.strict_json import CsvRoute
from application.esg.activity_lines import TEMPLATE
from application.kernel.context import Actor

router = Shelf(prefix="/api/v1/enterprise/carbon/imports", tags=["carbon-ledger"], route_class=CsvRoute)


class ActivityLineView(View):
    """What became of one line."""

    line: int = Field(description="where it begins in the file; the names of the columns are line 1")
    external_id: str | None = Field(description="null where the line gives none that has the form of a code")
    outcome: ActivityOutcome
    activity_id: UUID | None
    code: str | None = Field(description="why it was rejected; branch on it")
    column: str | None = Field(description="which column is wrong")

    @classmethod
    def of(cls, result: ActivityResult) -> Self:
        """The result of one line."""
        return cls(**{name: getattr(result, name) for name in cls.model_fields})


class ActivityImportView(View):
    """What became of a file."""

    position: int = Field(description="pass it as min_position to a read; 0 where nothing was entered")
    created: int
    duplicate: int = Field(description="lines that were entered before, by this file or an earlier one")
    rejected: int
    lines: list[ActivityLineView]


@router.post(
    "",
    operation_id="import_activities",
    summary="Import activities from a file",
    openapi_extra=taking_csv(TEMPLATE, "CSV in UTF-8, at most 2,000 lines and 4 MiB"),
)
def import_activities(file: CsvBody, session: SessionDep) -> ActivityImportView:
    """Enters bills, vehicle use, fuel, leaks, commuting and purchases. Meters, vehicles, sites, departments and cost
    centres are named by their codes; numbers are written with a decimal point; `,` and `;` both divide columns. Each
    line stands alone: what is wrong is said so, and the others are entered. `external_id` is unique in the company,
    so the same file can be sent again: a line that was entered before is a `duplicate`."""
    session.refuse_if_match()
    actor = Actor(session.caller.member_id, "import", session.reach)
    results = session.house.activity_imports.run(session.tenant_id, actor, file)
    outcomes = [result.outcome for result in results]
    return ActivityImportView(
        position=max((result.position for result in results), default=0),
        lines=[ActivityLineView.of(result) for result in results],
        **{outcome.value: outcomes.count(outcome) for outcome in ActivityOutcome},
    )


@router.get(
    "/template",
    operation_id="get_activity_import_template",
    summary="A file to start from",
    response_class=Response,
    responses=giving_csv(TEMPLATE, "The columns, and three activities as an example"),
)
def get_activity_import_template(session: SessionDep) -> Response:
    """The columns a file of activities may have, with three activities as an example."""
    return Response(TEMPLATE, media_type="text/csv; charset=utf-8; header=present")
