"""The parts of a company: departments, cost centres and groups of travellers."""

from typing import Self
from uuid import UUID

from api.rest.conventions import Listing, Resource
from api.rest.session import AtLeast, CursorText, Limit, SessionDep, caught_up
from api.rest.shelf import Shelf
from api.rest.strict_json import StrictRoute
from application.kernel.command import Command
from application.travel.units import CloseUnit, OpenUnit, RenameUnit
from domain.kernel.text import Code, Title
from domain.travel.unit import Unit, UnitKind
from projections.travel import units
from projections.travel.units import UnitRow

router = Shelf(prefix="/api/v1/enterprise/units", tags=["units"], route_class=StrictRoute)


class UnitView(Resource):
    """A department, a cost centre or a group of travellers."""

    id: UUID
    kind: UnitKind
    code: str
    name: str
    is_open: bool

    @classmethod
    def of(cls, unit: Unit | UnitRow, position: int | None = None) -> Self:
        """The unit as it stands."""
        return cls(
            id=unit.unit_id if isinstance(unit, UnitRow) else unit.id,
            version=unit.version,
            position=position,
            kind=unit.kind,
            code=unit.code,
            name=unit.name,
            is_open=unit.is_open,
        )


class UnitList(Listing[UnitView]):
    """One page of units."""


class NewName(Command):
    """What a unit shall be called."""

    code: Code
    name: Title


@router.post("", operation_id="open_unit", status_code=201, summary="Open a unit")
def open_unit(body: OpenUnit, session: SessionDep) -> UnitView:
    """Makes a department, a cost centre or a group of travellers. Codes are unique among open units of a kind."""
    unit, answer, _ = session.create(body, Unit, location="/api/v1/enterprise/units/{id}")
    return UnitView.of(unit, answer.saved.position)


@router.get("", operation_id="list_units", summary="List units", dependencies=[caught_up("units")])
def list_units(
    session: SessionDep,
    kind: UnitKind | None = None,
    is_open: bool | None = None,
    limit: Limit = 50,
    cursor: CursorText = None,
) -> UnitList:
    """Departments, cost centres and groups, the latest opened first."""
    filters = {"kind": kind, "is_open": is_open}
    page = session.page(units.page, UnitView.of, limit=limit, cursor=cursor, filters=filters)
    return UnitList(data=page.data, next_cursor=page.next_cursor)


@router.get("/{unit_id}", operation_id="get_unit", summary="Get a unit", dependencies=[AtLeast])
def get_unit(unit_id: UUID, session: SessionDep) -> UnitView:
    """One unit as it stands."""
    return session.show(UnitView.of(session.stream(Unit, unit_id)))


@router.put("/{unit_id}/name", operation_id="rename_unit", summary="Rename a unit")
def rename_unit(unit_id: UUID, body: NewName, session: SessionDep) -> UnitView:
    """Gives an open unit another code or name; what is on its account stays there."""
    unit, answer = session.change(RenameUnit(unit_id=unit_id, **body.model_dump()), Unit, unit_id)
    return UnitView.of(unit, answer.saved.position)


@router.post("/{unit_id}/close", operation_id="close_unit", summary="Close a unit")
def close_unit(unit_id: UUID, session: SessionDep) -> UnitView:
    """Takes a unit out of use: nothing new is put on its account, and its code is free again."""
    unit, answer = session.change(CloseUnit(unit_id=unit_id), Unit, unit_id)
    return UnitView.of(unit, answer.saved.position)
