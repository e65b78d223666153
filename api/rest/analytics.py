"""What do the company's tables say, as rows, as figures or as a file? Every answer names its position."""

from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from fastapi import Depends, Query, Request
from fastapi.responses import FileResponse
from pydantic import Field, JsonValue

from adapters.bootstrap import Asked, ExportProgress, ExportState
from api.rest.conventions import Resource, View, answer_headers, link_to_next, listing_name
from api.rest.session import PATIENCE_S, CursorText, Session, SessionDep, known_position
from api.rest.shelf import Shelf
from api.rest.strict_json import StrictRoute
from application.kernel.command import Command
from application.platform.exports import RequestExport
from domain.platform.export import Export, Format, Name

router = Shelf(prefix="/api/v1/analytics", tags=["analytics"], route_class=StrictRoute)
PLACE = "/api/v1/analytics/exports/{id}"

MEDIA_TYPES: Mapping[Format, str] = {
    Format.CSV: "text/csv; charset=utf-8; header=present",
    Format.NDJSON: "application/x-ndjson",
    Format.PARQUET: "application/vnd.apache.parquet",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

Kind = Literal["uuid", "text", "integer", "number", "boolean", "timestamp", "date", "json"]
Words = Annotated[str | None, Query(max_length=1_000)]
FilterText = Annotated[str, Field(max_length=2_000)]
RowLimit = Annotated[int, Query(ge=1, le=1_000, description="how many rows at most")]


class ColumnView(View):
    """One column of the data dictionary."""

    name: str
    kind: Kind = Field(description="what a question may do with it")
    sql_type: str
    description: str


class TableView(View):
    """One table of the data dictionary, and how far it is."""

    name: str
    summary: str
    position: int = Field(description="it includes every event up to here")
    columns: list[ColumnView]


class TableList(View):
    """The data dictionary. Every table includes at least the events up to `position`."""

    position: int
    data: list[TableView]


class ColumnOfAnswer(View):
    """One value in the rows of an answer."""

    name: str
    kind: Kind


class TableRows(View):
    """Rows or figures of a table, all of one instant: they include every event up to `position`, and no later one.

    Integers are exact at any size; values of kind number are text, so that none is rounded on its way.
    """

    table: str
    position: int
    zone: str = Field(description="where days, weeks, months and years begin")
    columns: list[ColumnOfAnswer]
    data: list[dict[str, JsonValue]]
    has_more: bool = Field(description="there are more rows or groups than shown")
    next_cursor: str | None = Field(description="of rows: the next page; null at the end, and of figures")


class RequestedExport(Command):
    """Which rows to export, and how they are written.

    * `csv`: RFC 4180, UTF-8, a line of names; null is empty. Text that a spreadsheet would take for a formula
      (after any blanks it begins with `=`, `+`, `-`, `@` or their full-width forms, or it begins with a tab or a
      line break) gets an apostrophe in front.
    * `ndjson`: one JSON object per line, values as in the answers of this API.
    * `parquet`: typed columns with their descriptions; the metadata names `escale.position`, `escale.tenant`,
      `escale.table` and `escale.filters`. Numbers are decimal128(38, 9), documents are JSON text.
    * `xlsx`: a sheet `about` and a sheet `rows`; times are UTC. A cell holds 32,767 characters; longer text is
      shortened, which `about` counts. Integers beyond 2^53 are text. 1,048,575 rows at most.
    """

    table: Name
    columns: tuple[Name, ...] | None = Field(
        None, min_length=1, max_length=100, description="all of them if left out"
    )
    filters: tuple[FilterText, ...] = Field(
        (), max_length=20, description="`column:operator:value`, as in reading a table"
    )
    format: Format


class ExportView(Resource):
    """An export and how far it is. A file is kept for 24 hours."""

    id: UUID
    state: ExportState
    table: str
    columns: list[str]
    format: Format
    requested_by: UUID
    requested_at: datetime
    rows_written: int
    rows_total: int | None = Field(description="null until a worker has counted them")
    read_at_position: int | None = Field(
        description="the file includes every event up to here, and no later one"
    )
    size_bytes: int | None
    sha256: str | None
    expires_at: datetime | None
    failure: str | None = Field(description="why there is no file")

    @classmethod
    def of(
        cls,
        export: Export,
        state: ExportState,
        progress: ExportProgress | None,
        position: int | None = None,
    ) -> Self:
        """The export as it stands."""
        return cls(
            id=export.id,
            version=export.version,
            position=position,
            state=state,
            table=export.table,
            columns=list(export.columns),
            format=export.format,
            requested_by=export.requested_by,
            requested_at=export.requested_at,
            rows_written=progress.rows if progress else 0,
            rows_total=progress.total if progress else None,
            read_at_position=export.read_at_position,
            size_bytes=export.size_bytes,
            sha256=export.sha256,
            expires_at=export.expires_at,
            failure=export.reason,
        )


class Download(FileResponse):
    """A file as it is, in parts if the client asks for a range."""

    media_type = None


FILES: dict[str, Any] = {
    MEDIA_TYPES[Format.CSV]: {"schema": {"type": "string"}},
    MEDIA_TYPES[Format.NDJSON]: {
        "schema": {"type": "string"},
        "example": '{"month":"2030-04-01","cost_type":"flight","spend_eur_cents":40000}\n',
    },
    MEDIA_TYPES[Format.PARQUET]: {"schema": {"type": "string", "format": "binary"}},
    MEDIA_TYPES[Format.XLSX]: {"schema": {"type": "string", "format": "binary"}},
}


async def caught_up_table(
    name: str, session: SessionDep, min_position: Annotated[int | None, Depends(known_position)]
) -> None:
    """Waits until the table has passed `min_position`; holds no thread meanwhile."""
    consumer = session.house.analytics.consumer(name)
    if min_position and consumer is not None:
        await session.house.positions.wait(session.tenant_id, consumer, min_position, PATIENCE_S)


@router.get("/tables", operation_id="list_tables", summary="List tables and columns")
def list_tables(session: SessionDep) -> TableList:
    """The data dictionary: what can be asked, exported or queried in SQL, and how far each table is."""
    analytics = session.house.analytics
    positions = analytics.positions(session.tenant_id)
    data = [
        TableView(
            name=table.name,
            summary=table.summary,
            position=positions[table.name],
            columns=[ColumnView(**vars(column)) for column in table.columns if column.name != "tenant_id"],
        )
        for table in analytics.tables()
    ]
    return TableList(position=min(positions.values()), data=data)


@router.get(
    "/tables/{name}",
    operation_id="query_table",
    summary="Ask a table",
    dependencies=[Depends(caught_up_table)],
)
def query_table(
    name: str,
    request: Request,
    session: SessionDep,
    columns: Annotated[
        Words, Query(description="names, separated by commas; all of them if left out")
    ] = None,
    filter: Annotated[
        list[FilterText] | None,
        Query(
            max_length=20,
            description=(
                "`column:operator:value`; all of them must hold. Operators: eq, ne, lt, lte, gt, gte, "
                "in (`rule:in:a,b`; a comma in a value is written `\\,`), is_null (`true` or `false`). "
                "`ne` also finds rows without a value"
            ),
            examples=[["rule:eq:max_hotel_stars", "flagged_at:gte:2030-01-01T00:00:00Z"]],
        ),
    ] = None,
    group_by: Annotated[
        Words,
        Query(description="columns, or `day(column)`, `week(...)` (from Monday), `month(...)`, `year(...)`"),
    ] = None,
    sum: Annotated[Words, Query(description="columns to add up, named `sum_<column>` in the answer")] = None,
    avg: Annotated[Words, Query(description="columns to average, to six digits after the point")] = None,
    min: Annotated[Words, Query(description="columns whose least value to show")] = None,
    max: Annotated[Words, Query(description="columns whose greatest value to show")] = None,
    count: Annotated[bool, Query(description="also show the number of rows, as `count`")] = False,
    order: Annotated[
        Words, Query(description="columns, groups or figures of the answer; `-` in front: greatest first")
    ] = None,
    zone: Annotated[
        str, Query(max_length=64, description="IANA time zone in which days, weeks, months and years begin")
    ] = "UTC",
    limit: RowLimit = 100,
    cursor: CursorText = None,
) -> TableRows:
    """Rows, page by page; or, with a group or a figure, one row per group. Figures without a group are one row.

    Rows are ordered by the table's key unless `order` says otherwise. `order=-sum_spend_eur_cents&limit=10`
    shows the ten greatest groups. A question may take five seconds; larger ones are for an export.
    """
    asked = Asked(
        columns=columns,
        filters=tuple(filter or ()),
        group_by=group_by,
        measures={"sum": sum, "avg": avg, "min": min, "max": max},
        count=count,
        order=order,
        zone=zone,
    )
    listing = _listing(session, name, asked)
    cursors = session.house.cursors
    after = None if cursor is None else cursors.read(session.tenant_id, listing, cursor)
    question, answer = session.house.analytics.ask(session.tenant_id, name, asked, limit=limit, after=after)
    following = None
    if answer.next_after is not None:
        following = cursors.write(session.tenant_id, listing, answer.next_after)
        link_to_next(request, following)
    return TableRows(
        table=name,
        position=answer.position,
        zone=zone,
        columns=[ColumnOfAnswer(name=each, kind=kind) for each, kind in question],
        data=answer.rows,
        has_more=answer.has_more,
        next_cursor=following,
    )


@router.post("/export", operation_id="request_export", status_code=202, summary="Export a table")
def request_export(body: RequestedExport, session: SessionDep) -> ExportView:
    """Has a worker write a file. Ask for its state until it is done, then fetch it. Three at a time per company."""
    columns = session.house.analytics.columns_to_export(body.table, body.columns, body.filters)
    command = RequestExport(table=body.table, columns=columns, filters=body.filters, format=body.format)
    export, answer, _ = session.create(command, Export, location=PLACE)
    return ExportView.of(export, *_state(session, export), position=answer.saved.position)


@router.get("/exports/{export_id}", operation_id="get_export", summary="Get an export's state")
def get_export(export_id: UUID, session: SessionDep) -> ExportView:
    """How far an export is: queued, running, done, failed or expired."""
    export = session.stream(Export, export_id)
    return ExportView.of(export, *_state(session, export))


@router.get(
    "/exports/{export_id}/file",
    operation_id="download_export",
    summary="Download an export",
    response_class=Download,
    responses={200: {"description": "The file, in the format asked for.", "content": FILES}},
)
def download_export(export_id: UUID, session: SessionDep) -> Download:
    """The file, once the export is done; its name and `Escale-Position` say at which position it was read."""
    export = session.stream(Export, export_id)
    path = session.house.analytics.file(session.tenant_id, export, session.house.clock())
    digest = b64encode(bytes.fromhex(export.sha256 or "")).decode()
    answer_headers(session.request)["Escale-Position"] = str(export.read_at_position)
    return Download(
        path,
        media_type=MEDIA_TYPES[export.format],
        filename=f"{export.table}-at-{export.read_at_position}.{export.format.value}",
        headers={"Repr-Digest": f"sha-256=:{digest}:"},
    )


def _state(session: Session, export: Export) -> tuple[ExportState, ExportProgress | None]:
    return session.house.analytics.state(session.tenant_id, export, session.house.clock())


def _listing(session: Session, name: str, asked: Asked) -> str:
    words: dict[str, Any] = {**vars(asked), "table": name}
    return listing_name(session.operation, words)
