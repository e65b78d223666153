"""How is what emits entered into the ledger, corrected, restated, proved and withdrawn?"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Annotated
from uuid import UUID, uuid5

from pydantic import Field

from application.esg.places import meter_of, require_accounts, site_of, vehicle_of
from application.kernel.command import Command
from application.kernel.context import Context
from application.kernel.handlers import Handlers
from application.ports.store import Saved
from domain.esg.activity import (
    ACTIVITY_EXTERNAL_ID,
    METER_PERIOD,
    VEHICLE_PERIOD,
    Account,
    Activity,
    ActivityReportedBefore,
    BillsOverlap,
    Evidence,
    Sha256,
    VehicleUsesOverlap,
)
from domain.esg.activity_details import ActivityDetails, EnergyBill, Purchase, VehicleUse
from domain.esg.carbon_method import CarbonMethods, carbon_methods_id, method_in_force
from domain.esg.footprint import Setting, footprint
from domain.esg.site import Site
from domain.kernel.emissions import CarbonMethod
from domain.kernel.refusals import CapacityTaken
from domain.kernel.text import Code, Line


class RecordActivity(Command):
    """Enter a bill, a vehicle's use, fuel, a leak, commuting or a purchase. Without a department or cost centre,
    those of its vehicle or site bear it."""

    details: ActivityDetails
    department_id: UUID | None = None
    cost_centre_id: UUID | None = None
    evidence: Annotated[Evidence, Field(description="SHA-256 of the files that prove it")] = ()
    external_id: Code | None = None


class CorrectActivity(Command):
    """Say again what it was; the whole of it."""

    activity_id: UUID
    details: ActivityDetails
    department_id: UUID | None = None
    cost_centre_id: UUID | None = None
    reason: Annotated[Line, Field(description="why")]


class WithdrawActivity(Command):
    """Take an activity back; its lines are reversed, never deleted."""

    activity_id: UUID
    reason: Annotated[Line, Field(description="why")]


class AttachEvidence(Command):
    """Name a file that proves an activity by its SHA-256."""

    activity_id: UUID
    sha256: Sha256


def activity_id_of(tenant_id: UUID, command_id: UUID) -> UUID:
    """The id of the activity a command enters; a repeated command enters the same."""
    return uuid5(tenant_id, f"activity:{command_id}")


def record_activity(command: RecordActivity, context: Context) -> Saved:
    activity_id = activity_id_of(context.tenant_id, context.command.id)

    def create() -> Activity:
        setting, account = _setting(command, context)
        activity = Activity.new(activity_id)
        activity.enter(
            command.details,
            footprint(command.details, setting),
            account=account,
            evidence=command.evidence,
            external_id=command.external_id,
            at=context.now,
        )
        return activity

    with _told_apart():
        return context.store.add(create)


def correct_activity(command: CorrectActivity, context: Context) -> Saved:
    def decide(activity: Activity) -> None:
        activity.require_standing()
        setting, account = _setting(command, context)
        activity.correct(
            command.details,
            footprint(command.details, setting),
            account=account,
            by=context.actor.id,
            reason=command.reason,
            at=context.now,
        )

    with _told_apart():
        return context.store.change(Activity, command.activity_id, decide)


def withdraw_activity(command: WithdrawActivity, context: Context) -> Saved:
    return context.store.change(
        Activity,
        command.activity_id,
        lambda activity: activity.withdraw(by=context.actor.id, reason=command.reason, at=context.now),
    )


def attach_evidence(command: AttachEvidence, context: Context) -> Saved:
    return context.store.change(
        Activity,
        command.activity_id,
        lambda activity: activity.attach(command.sha256, at=context.now),
    )


def _setting(command: RecordActivity | CorrectActivity, context: Context) -> tuple[Setting, Account]:
    """Where it happened, what it is weighed by, and who bears it."""
    place, account = placed(command.details, context)
    chosen: dict[str, UUID | None] = {
        name: getattr(command, name)
        for name in ("department_id", "cost_centre_id")
        if name in command.model_fields_set
    }
    account = account.model_copy(update=chosen)
    require_accounts(
        context, department_id=chosen.get("department_id"), cost_centre_id=chosen.get("cost_centre_id")
    )
    return place, account


def placed(
    details: ActivityDetails, context: Context, *, is_past: bool = False, year: int | None = None
) -> tuple[Setting, Account]:
    """The place of an activity: a site, meter or vehicle that is open, or was when it was entered."""
    factors, method = context.ports.factors.in_force(), _method(details, context)
    setting = Setting(factors, method, year=year)
    match details:
        case EnergyBill():
            meter = meter_of(details.meter_id, context, pointer="/details/meter_id", is_past=is_past)
            site = site_of(meter.site_id, context, pointer="/details/meter_id", is_past=is_past)
            country = site.details.country
            return replace(setting, country=country, energy=meter.energy), _account_of(site)
        case VehicleUse():
            vehicle = vehicle_of(details.vehicle_id, context, pointer="/details/vehicle_id", is_past=is_past)
            site = site_of(vehicle.details.site_id, context, pointer="/details/vehicle_id", is_past=is_past)
            usual = _account_of(site)
            account = Account(
                site_id=site.id,
                vehicle_id=vehicle.id,
                department_id=vehicle.details.department_id or usual.department_id,
                cost_centre_id=vehicle.details.cost_centre_id or usual.cost_centre_id,
            )
            return replace(setting, country=site.details.country, vehicle=vehicle.details), account
        case Purchase(site_id=None):
            return setting, Account()
        case _:
            assert details.site_id is not None
            site = site_of(details.site_id, context, pointer="/details/site_id", is_past=is_past)
            return replace(setting, country=site.details.country), _account_of(site)


def _method(details: ActivityDetails, context: Context) -> CarbonMethod:
    """The one in force on its first day."""
    known = context.store.read(CarbonMethods, carbon_methods_id(context.tenant_id))
    return method_in_force(known.adopted if known else (), details.days[0]).method


def _account_of(site: Site) -> Account:
    return Account(
        site_id=site.id,
        department_id=site.details.department_id,
        cost_centre_id=site.details.cost_centre_id,
    )


@contextmanager
def _told_apart() -> Iterator[None]:
    try:
        yield
    except CapacityTaken as refusal:
        if METER_PERIOD in refusal.kinds():
            raise BillsOverlap(pointer="/details/start") from refusal
        if VEHICLE_PERIOD in refusal.kinds():
            raise VehicleUsesOverlap(pointer="/details/start") from refusal
        if ACTIVITY_EXTERNAL_ID in refusal.kinds():
            raise ActivityReportedBefore(pointer="/external_id") from refusal
        raise


HANDLERS: Handlers = {
    RecordActivity: record_activity,
    CorrectActivity: correct_activity,
    WithdrawActivity: withdraw_activity,
    AttachEvidence: attach_evidence,
}
