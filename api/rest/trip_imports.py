"""Files of trips: taken in at once, planned by a worker, with a result for every trip."""

from typing import Annotated, Self
from uuid import UUID

from fastapi import Query, Response
from pydantic import Field

from api.rest.conventions import Resource, View, answer_headers
from api.rest.csv_body import CsvBody, giving_csv, taking_csv
from api.rest.session import AtLeast, SessionDep
from api.rest.shelf import Shelf
from api.rest.strict_json import CsvRoute
from application.travel.trip_lines import TEMPLATE
from domain.travel.trip_import import ImportedState, ImportStatus, TripImport, TripOutcome, TripResult

router = Shelf(prefix="/api/v1/enterprise/trips/imports", tags=["trips"], route_class=CsvRoute)
PLACE = "/api/v1/enterprise/trips/imports/{id}"
# Files up to here are read before the answer leaves; a worker reads the others.
AT_ONCE_LINES = 200
FIRST_RESULTS = 200

After = Annotated[
    int, Query(ge=0, le=10**9, description="skip this many results; `next_after` of the page before")
]
Most = Annotated[int, Query(ge=1, le=1_000, description="how many results at most")]


class TripResultView(View):
    """What became of one trip."""

    line: int = Field(description="which line is wrong, or where the trip begins; the names are line 1")
    reference: str | None = Field(description="null where the file gives none that has the form of a code")
    outcome: TripOutcome
    trip_id: UUID | None
    state: ImportedState | None = Field(description="how far this import took it; null where it was rejected")
    code: str | None = Field(description="why it was rejected, or why it was taken no further; branch on it")
    column: str | None = Field(description="which column is wrong")


class TripImportView(Resource):
    """A file of trips and how far it is."""

    id: UUID
    status: ImportStatus
    requested_by: UUID
    sha256: str
    lines: int = Field(description="the last line of the file")
    read_up_to: int = Field(description="the last line that was dealt with")
    created: int
    duplicate: int = Field(description="trips that an earlier file, or this one before, has brought already")
    rejected: int
    held_back: int = Field(description="trips that are planned, but were refused what `state` asks for")
    reason: str | None = Field(description="why the rest could not be read")
    results: list[TripResultView]
    next_after: int | None = Field(description="where the results go on; null at the end of what is known")

    @classmethod
    def of(
        cls, one: TripImport, results: list[TripResult], *, after: int = 0, position: int | None = None
    ) -> Self:
        """The import as it stands, with one page of its results."""
        seen = after + len(results)
        return cls(
            id=one.id,
            position=position,
            results=[TripResultView(**result.model_dump()) for result in results],
            next_after=seen if seen < one.noted else None,
            **one.model_dump(exclude={"id"}),
        )


@router.post(
    "",
    operation_id="import_trips",
    status_code=202,
    summary="Import trips from a file",
    openapi_extra=taking_csv(TEMPLATE, "CSV in UTF-8, at most 100,000 lines and 32 MiB"),
)
def import_trips(file: CsvBody, session: SessionDep) -> TripImportView:
    """Plans the trips of a file. One line is one segment; neighbouring lines with the same `trip_reference` are
    one trip, which is planned as a whole or not at all. `traveller` is an address, `department` and `cost_centre`
    are codes of units, prices are written with a decimal point. `state` is `planned`, `submitted` or `booked`: what
    goes beyond the plan is ordered trip by trip as they stand in the file and judged as if a person had ordered it;
    a trip that is refused it stays planned, with the `code` of the refusal. `,` and `;` both divide columns. A trip
    whose reference was imported before is a `duplicate`, so the same file can be sent again. Files of up to 200
    lines are read at once; a worker reads larger ones: ask again at the address in `Location`."""
    session.refuse_if_match()
    imports = session.house.imports
    order = session.prepared(imports.examined(file))
    answer = imports.accept(order, file)
    taken = session.left(order, answer, TripImport)
    answer_headers(session.request)["Location"] = PLACE.format(id=taken.id)
    if taken.lines <= AT_ONCE_LINES:
        taken = imports.run(session.tenant_id, taken.id)
    results = imports.results(session.tenant_id, taken.id, after=0, limit=FIRST_RESULTS)
    position = session.house.streams(session.tenant_id).head()
    return TripImportView.of(taken, results, position=position)


@router.get(
    "/template",
    operation_id="get_trip_import_template",
    summary="A file to start from",
    response_class=Response,
    responses=giving_csv(TEMPLATE, "The columns, and two trips as an example"),
)
def get_trip_import_template(session: SessionDep) -> Response:
    """The columns a file of trips may have, with two trips as an example."""
    return Response(TEMPLATE, media_type="text/csv; charset=utf-8; header=present")


@router.get(
    "/{import_id}", operation_id="get_trip_import", summary="Get an import of trips", dependencies=[AtLeast]
)
def get_trip_import(
    import_id: UUID, session: SessionDep, after: After = 0, limit: Most = FIRST_RESULTS
) -> TripImportView:
    """How far a file is, and one page of what became of its trips."""
    one = session.stream(TripImport, import_id)
    results = session.house.imports.results(session.tenant_id, import_id, after=after, limit=limit)
    return TripImportView.of(one, results, after=after)
