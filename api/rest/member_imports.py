"""Files of members: one command, a result for every line."""

from typing import Self
from uuid import UUID

from fastapi import Response
from pydantic import Field

from api.rest.conventions import Resource, View
from api.rest.csv_body import CsvBody, giving_csv, taking_csv
from api.rest.session import AtLeast, SessionDep
from api.rest.shelf import Shelf
from api.rest.strict_json import CsvRoute
from application.kernel.csv_table import records
from application.platform.member_imports import FORMAT, TEMPLATE, ImportMembers, MemberRecord
from domain.platform.member_import import LineOutcome, MemberImport

router = Shelf(prefix="/api/v1/members/imports", tags=["members"], route_class=CsvRoute)


class MemberLineView(View):
    """What became of one line."""

    line: int = Field(description="where it begins in the file; the names of the columns are line 1")
    outcome: LineOutcome
    member_id: UUID | None = Field(description="the new member, or the one who has this address already")
    code: str | None = Field(description="why it was not taken in; branch on it")
    column: str | None = Field(description="which column is wrong")


class MemberImportView(Resource):
    """A file of members, line by line."""

    id: UUID
    created: int
    existing: int
    invalid: int
    over_limit: int = Field(description="lines for which the plan has no room")
    lines: list[MemberLineView]

    @classmethod
    def of(cls, record: MemberImport, position: int | None = None) -> Self:
        """The result as it was recorded."""
        outcomes = [line.outcome for line in record.lines]
        return cls(
            id=record.id,
            version=record.version,
            position=position,
            lines=[MemberLineView(**line.model_dump()) for line in record.lines],
            **{outcome.value: outcomes.count(outcome) for outcome in LineOutcome},
        )


@router.post(
    "",
    operation_id="import_members",
    status_code=201,
    summary="Import members from a file",
    openapi_extra=taking_csv(TEMPLATE, "CSV in UTF-8, at most 5,000 lines and 4 MiB"),
)
def import_members(file: CsvBody, session: SessionDep) -> MemberImportView:
    """Takes in a whole directory with one command. Columns are named as in SCIM (RFC 7643); `,` and `;` both
    divide them, and only `userName` is required: the address people sign in with. Whoever is new is invited,
    whoever is known by their address stays as they are; a line that is wrong or over the plan's number of
    employees is said so, and the others come in, in one transaction. `department` and `costCenter` are codes of
    units; the new members are put into them right after."""
    taken = tuple(
        MemberRecord(line=record.line, cells=dict(record.cells), fault=record.fault)
        for record in records(file, FORMAT)
    )
    place = "/api/v1/members/imports/{id}"
    record, answer, _ = session.create(ImportMembers(records=taken), MemberImport, location=place)
    return MemberImportView.of(record, answer.saved.position)


@router.get(
    "/template",
    operation_id="get_member_import_template",
    summary="A file to start from",
    response_class=Response,
    responses=giving_csv(TEMPLATE, "The columns, and one line as an example"),
)
def get_member_import_template(session: SessionDep) -> Response:
    """The columns a file of members may have, with one line as an example."""
    return Response(TEMPLATE, media_type="text/csv; charset=utf-8; header=present")


@router.get(
    "/{import_id}",
    operation_id="get_member_import",
    summary="Get an import of members",
    dependencies=[AtLeast],
)
def get_member_import(import_id: UUID, session: SessionDep) -> MemberImportView:
    """What became of each line of a file."""
    return session.show(MemberImportView.of(session.stream(MemberImport, import_id)))
