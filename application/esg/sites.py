"""How does a company say where it works, and which meters measure there?"""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID, uuid5

from application.esg.places import require_accounts, site_of
from application.kernel.command import Command
from application.kernel.context import Context
from application.kernel.handlers import Handlers
from application.ports.store import Saved
from domain.esg.meter import METER_CODE, Energy, Meter, MeterCodeTaken
from domain.esg.site import SITE_CODE, Site, SiteCodeTaken, SiteDetails
from domain.kernel.refusals import CapacityTaken
from domain.kernel.text import Code


class OpenSite(SiteDetails, Command):
    """Say that the company works at a place."""


class ChangeSite(SiteDetails, Command):
    """Say anew what a site is; the whole of it."""

    site_id: UUID


class CloseSite(Command):
    """Say that the company left; what was emitted there stays in the ledger."""

    site_id: UUID


class InstallMeter(Command):
    """Give a site a meter for electricity or heat."""

    site_id: UUID
    code: Code
    energy: Energy


class RemoveMeter(Command):
    """Take a meter out of use; its bills stay."""

    meter_id: UUID


def open_site(command: OpenSite, context: Context) -> Saved:
    site_id = uuid5(context.tenant_id, f"site:{context.command.id}")

    def create() -> Site:
        _require_accounts(command, context)
        site = Site.new(site_id)
        site.open(_details(command), at=context.now)
        return site

    with _code_is_unique():
        return context.store.add(create)


def change_site(command: ChangeSite, context: Context) -> Saved:
    def decide(site: Site) -> None:
        _require_accounts(command, context)
        site.change(_details(command), at=context.now)

    with _code_is_unique():
        return context.store.change(Site, command.site_id, decide)


def close_site(command: CloseSite, context: Context) -> Saved:
    return context.store.change(Site, command.site_id, lambda site: site.close(at=context.now))


def install_meter(command: InstallMeter, context: Context) -> Saved:
    meter_id = uuid5(context.tenant_id, f"meter:{context.command.id}")

    def create() -> Meter:
        site_of(command.site_id, context)
        meter = Meter.new(meter_id)
        meter.install(site_id=command.site_id, code=command.code, energy=command.energy, at=context.now)
        return meter

    with _code_is_unique():
        return context.store.add(create)


def remove_meter(command: RemoveMeter, context: Context) -> Saved:
    return context.store.change(Meter, command.meter_id, lambda meter: meter.remove(at=context.now))


def _details(command: OpenSite | ChangeSite) -> SiteDetails:
    return SiteDetails(**command.model_dump(include=set(SiteDetails.model_fields)))


def _require_accounts(command: OpenSite | ChangeSite, context: Context) -> None:
    require_accounts(context, department_id=command.department_id, cost_centre_id=command.cost_centre_id)


@contextmanager
def _code_is_unique() -> Iterator[None]:
    try:
        yield
    except CapacityTaken as refusal:
        if SITE_CODE in refusal.kinds():
            raise SiteCodeTaken(pointer="/code") from refusal
        if METER_CODE in refusal.kinds():
            raise MeterCodeTaken(pointer="/code") from refusal
        raise


HANDLERS: Handlers = {
    OpenSite: open_site,
    ChangeSite: change_site,
    CloseSite: close_site,
    InstallMeter: install_meter,
    RemoveMeter: remove_meter,
}
