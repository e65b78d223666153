"""Sites and meters: where a company works, and what measures the energy it buys there."""

from typing import Self
from uuid import UUID

from api.rest.conventions import Listing, Resource
from api.rest.session import AtLeast, CursorText, Limit, SessionDep, caught_up
from api.rest.shelf import Shelf
from api.rest.strict_json import StrictRoute
from application.esg.sites import ChangeSite, CloseSite, InstallMeter, OpenSite, RemoveMeter
from application.kernel.command import Command
from domain.esg.meter import Energy, Meter
from domain.esg.site import Site, SiteDetails
from domain.kernel.text import CountryCode
from projections.esg import meters, sites
from projections.esg.meters import MeterRow
from projections.esg.sites import SiteRow

router = Shelf(prefix="/api/v1/enterprise/carbon", tags=["carbon-ledger"], route_class=StrictRoute)


class SiteView(Resource):
    """A place where the company works."""

    id: UUID
    code: str
    name: str
    country: str
    department_id: UUID | None
    cost_centre_id: UUID | None
    is_open: bool

    @classmethod
    def of(cls, site: Site, position: int | None = None) -> Self:
        """The site as it stands."""
        return cls(
            id=site.id,
            version=site.version,
            position=position,
            is_open=site.is_open,
            **site.details.model_dump(),
        )

    @classmethod
    def of_row(cls, row: SiteRow) -> Self:
        """The site as its read model has it."""
        facts = row.model_dump(include=set(SiteDetails.model_fields) | {"is_open", "version"})
        return cls(id=row.site_id, **facts)


class SiteList(Listing[SiteView]):
    """One page of sites."""


class NewSite(SiteDetails, Command):
    """What a site shall be; the whole of it."""


class MeterView(Resource):
    """What measures the electricity or heat of a site."""

    id: UUID
    site_id: UUID
    code: str
    energy: Energy
    is_in_use: bool

    @classmethod
    def of(cls, meter: Meter | MeterRow, position: int | None = None) -> Self:
        """The meter as it stands."""
        return cls(
            id=meter.meter_id if isinstance(meter, MeterRow) else meter.id,
            version=meter.version,
            position=position,
            site_id=meter.site_id,
            code=meter.code,
            energy=meter.energy,
            is_in_use=meter.is_in_use,
        )


class MeterList(Listing[MeterView]):
    """One page of meters."""


@router.post("/sites", operation_id="open_site", status_code=201, summary="Open a site")
def open_site(body: OpenSite, session: SessionDep) -> SiteView:
    """Says that the company works at a place. Its country says which grid feeds it; its department and cost
    centre bear what it emits, unless an activity names others."""
    site, answer, _ = session.create(body, Site, location="/api/v1/enterprise/carbon/sites/{id}")
    return SiteView.of(site, answer.saved.position)


@router.get("/sites", operation_id="list_sites", summary="List sites", dependencies=[caught_up("sites")])
def list_sites(
    session: SessionDep,
    is_open: bool | None = None,
    country: CountryCode | None = None,
    limit: Limit = 50,
    cursor: CursorText = None,
) -> SiteList:
    """Sites, the latest opened first."""
    filters = {"is_open": is_open, "country": country}
    page = session.page(sites.page, SiteView.of_row, limit=limit, cursor=cursor, filters=filters)
    return SiteList(data=page.data, next_cursor=page.next_cursor)


@router.get("/sites/{site_id}", operation_id="get_site", summary="Get a site", dependencies=[AtLeast])
def get_site(site_id: UUID, session: SessionDep) -> SiteView:
    """One site as it stands."""
    return session.show(SiteView.of(session.stream(Site, site_id)))


@router.put("/sites/{site_id}", operation_id="change_site", summary="Change a site")
def change_site(site_id: UUID, body: NewSite, session: SessionDep) -> SiteView:
    """Says anew what a site is. Lines already in the ledger stay as they are."""
    site, answer = session.change(ChangeSite(site_id=site_id, **body.model_dump()), Site, site_id)
    return SiteView.of(site, answer.saved.position)


@router.post("/sites/{site_id}/close", operation_id="close_site", summary="Close a site")
def close_site(site_id: UUID, session: SessionDep) -> SiteView:
    """Nothing new is entered for it; what was emitted there stays in the ledger."""
    site, answer = session.change(CloseSite(site_id=site_id), Site, site_id)
    return SiteView.of(site, answer.saved.position)


@router.post("/meters", operation_id="install_meter", status_code=201, summary="Install a meter")
def install_meter(body: InstallMeter, session: SessionDep) -> MeterView:
    """Gives a site a meter for electricity or heat; `code` is the one on its bills."""
    meter, answer, _ = session.create(body, Meter, location="/api/v1/enterprise/carbon/meters/{id}")
    return MeterView.of(meter, answer.saved.position)


@router.get("/meters", operation_id="list_meters", summary="List meters", dependencies=[caught_up("meters")])
def list_meters(
    session: SessionDep,
    site_id: UUID | None = None,
    is_in_use: bool | None = None,
    limit: Limit = 50,
    cursor: CursorText = None,
) -> MeterList:
    """Meters, the latest installed first."""
    filters = {"site_id": site_id, "is_in_use": is_in_use}
    page = session.page(meters.page, MeterView.of, limit=limit, cursor=cursor, filters=filters)
    return MeterList(data=page.data, next_cursor=page.next_cursor)


@router.get("/meters/{meter_id}", operation_id="get_meter", summary="Get a meter", dependencies=[AtLeast])
def get_meter(meter_id: UUID, session: SessionDep) -> MeterView:
    """One meter as it stands."""
    return session.show(MeterView.of(session.stream(Meter, meter_id)))


@router.post("/meters/{meter_id}/remove", operation_id="remove_meter", summary="Remove a meter")
def remove_meter(meter_id: UUID, session: SessionDep) -> MeterView:
    """Takes a meter out of use: no bill is entered for it any more, and its code is free again."""
    meter, answer = session.change(RemoveMeter(meter_id=meter_id), Meter, meter_id)
    return MeterView.of(meter, answer.saved.position)
