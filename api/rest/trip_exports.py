"""Trips as a file, for whoever goes on with them in a spreadsheet."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query
from fastapi.responses import StreamingResponse

from adapters.bootstrap import file_of_trips
from api.rest.analytics import FILES, MEDIA_TYPES
from api.rest.conventions import answer_headers
from api.rest.session import SessionDep, caught_up
from api.rest.shelf import Shelf
from api.rest.strict_json import StrictRoute
from domain.platform.export import Format
from domain.travel.trip import TripStatus

router = Shelf(prefix="/api/v1/enterprise/trips/export", tags=["trips"], route_class=StrictRoute)

TripFormat = Annotated[Literal["csv", "xlsx"], Query(description="how the rows are written")]
OFFERED = {MEDIA_TYPES[one]: FILES[MEDIA_TYPES[one]] for one in (Format.CSV, Format.XLSX)}


class TripFile(StreamingResponse):
    """A file that leaves a piece at a time."""

    media_type = None


@router.get(
    "",
    operation_id="export_trips",
    summary="Export trips",
    dependencies=[caught_up("trips")],
    response_class=TripFile,
    responses={200: {"description": "The file, in the format asked for.", "content": OFFERED}},
)
def export_trips(
    session: SessionDep,
    format: TripFormat = "csv",
    status: TripStatus | None = None,
    traveller_id: UUID | None = None,
) -> TripFile:
    """All trips as a file, filtered as in the list and in its order; travellers get their own.

    `Escale-Position` names the position the file was read at: it includes every event up to there, and no later
    one. The columns are those of the table `trip` of the data dictionary, and so are the ways values are written.
    A company has one such file made at a time; another request meanwhile waits, for two seconds at most.
    """
    if traveller_id is not None and session.own_id is not None:
        session.only(traveller_id)
    filters = {"status": status, "traveller_id": traveller_id or session.own_id}
    chosen = Format(format)
    ready = session.house.files_at_once.ready(session.tenant_id, file_of_trips(chosen, filters))
    answer_headers(session.request)["Escale-Position"] = str(ready.position)
    return TripFile(
        ready.chunks(),
        media_type=MEDIA_TYPES[chosen],
        headers={
            "Content-Disposition": f'attachment; filename="trips-at-{ready.position}.{format}"',
            "Content-Length": str(ready.size_bytes),
        },
    )
