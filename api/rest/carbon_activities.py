"""Activities: energy bills, vehicle use, fuel, refrigerants, commuting and purchases, entered into the ledger."""

from datetime import date
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field

from api.rest.carbon import LineView
from api.rest.conventions import Listing, Resource, View
from api.rest.session import AtLeast, CursorText, Limit, Session, SessionDep, caught_up
from api.rest.shelf import Shelf
from api.rest.strict_json import StrictRoute
from application.esg.activities import (
    AttachEvidence,
    CorrectActivity,
    RecordActivity,
    WithdrawActivity,
)
from application.kernel.command import Command
from domain.esg.activity import Activity, ActivityCorrected, ActivityRecorded, ActivityRestated, Sha256
from domain.esg.activity_details import ActivityDetails, ActivityKind
from domain.kernel.ledger import LedgerEntry
from domain.kernel.text import Line
from projections.esg import activities
from projections.esg.activities import ActivityRow

router = Shelf(prefix="/api/v1/enterprise/carbon/activities", tags=["carbon-ledger"], route_class=StrictRoute)
PLACE = "/api/v1/enterprise/carbon/activities/{id}"


class EntryView(View):
    """One line the activity enters into the ledger."""

    occurred_on: date = Field(description="the first of its days in the month")
    mode: str
    is_estimate: bool
    line: LineView

    @classmethod
    def of(cls, entry: LedgerEntry) -> Self:
        """The line."""
        return cls(
            occurred_on=entry.occurred_on,
            mode=entry.mode,
            is_estimate=entry.is_estimate,
            line=LineView.of(entry.line),
        )


class ActivityView(Resource):
    """An activity, with the lines it stands in the ledger with; none once it is withdrawn."""

    id: UUID
    details: ActivityDetails
    site_id: UUID | None
    vehicle_id: UUID | None
    department_id: UUID | None
    cost_centre_id: UUID | None
    evidence: list[str] = Field(description="SHA-256 of the files that prove it")
    external_id: str | None
    is_withdrawn: bool
    location_g: int = Field(description="grams CO2e of all lines, scope 2 by location")
    market_g: int = Field(description="grams CO2e of all lines, scope 2 by market")
    lines: list[EntryView]

    @classmethod
    def of(cls, session: Session, activity: Activity, position: int | None = None) -> Self:
        """The activity with the lines of its latest posting."""
        entries = _standing(session, activity)
        return cls(
            id=activity.id,
            version=activity.version,
            position=position,
            details=activity.details,
            evidence=list(activity.evidence),
            external_id=activity.external_id,
            is_withdrawn=activity.is_withdrawn,
            location_g=sum(int(one.line.kg_location * 1000) for one in entries),
            market_g=sum(int(one.line.kg_market * 1000) for one in entries),
            lines=[EntryView.of(one) for one in entries],
            **activity.account.model_dump(),
        )


class ActivitySummary(Resource):
    """An activity in a list."""

    id: UUID
    kind: ActivityKind
    starts_on: date
    ends_on: date = Field(description="the day after the last one")
    site_id: UUID | None
    vehicle_id: UUID | None
    department_id: UUID | None
    cost_centre_id: UUID | None
    location_g: int
    market_g: int
    is_withdrawn: bool
    external_id: str | None

    @classmethod
    def of(cls, row: ActivityRow) -> Self:
        """The activity as its read model has it."""
        names = set(cls.model_fields) - {"id", "position"}
        return cls(id=row.activity_id, **row.model_dump(include=names))


class ActivityList(Listing[ActivitySummary]):
    """One page of activities."""


class Correction(Command):
    """What it was; the whole of it."""

    details: ActivityDetails
    department_id: UUID | None = None
    cost_centre_id: UUID | None = None
    reason: Annotated[Line, Field(description="why")]


class Withdrawal(Command):
    """Why it is taken back."""

    reason: Annotated[Line, Field(description="why")]


class NewEvidence(Command):
    """A file that proves it."""

    sha256: Sha256


@router.post("", operation_id="record_activity", status_code=201, summary="Record an activity")
def record_activity(body: RecordActivity, session: SessionDep) -> ActivityView:
    """Enters an energy bill, a vehicle's use, fuel, a refrigerant leak, commuting or a purchase into the carbon
    ledger, month by month, with the factors of its year as they are published now. Bills of one meter, and uses of
    one vehicle, may not overlap. Commuting and purchases are declared as estimates."""
    activity, answer, _ = session.create(body, Activity, location=PLACE)
    return ActivityView.of(session, activity, answer.saved.position)


@router.get(
    "",
    operation_id="list_activities",
    summary="List activities",
    dependencies=[caught_up("activities")],
)
def list_activities(
    session: SessionDep,
    kind: ActivityKind | None = None,
    site_id: UUID | None = None,
    vehicle_id: UUID | None = None,
    is_withdrawn: bool | None = None,
    limit: Limit = 50,
    cursor: CursorText = None,
) -> ActivityList:
    """Activities, the latest entered first."""
    filters = {"kind": kind, "site_id": site_id, "vehicle_id": vehicle_id, "is_withdrawn": is_withdrawn}
    page = session.page(activities.page, ActivitySummary.of, limit=limit, cursor=cursor, filters=filters)
    return ActivityList(data=page.data, next_cursor=page.next_cursor)


@router.get("/{activity_id}", operation_id="get_activity", summary="Get an activity", dependencies=[AtLeast])
def get_activity(activity_id: UUID, session: SessionDep) -> ActivityView:
    """One activity as it stands, with its lines."""
    return session.show(ActivityView.of(session, session.stream(Activity, activity_id)))


@router.put("/{activity_id}", operation_id="correct_activity", summary="Correct an activity")
def correct_activity(activity_id: UUID, body: Correction, session: SessionDep) -> ActivityView:
    """Says it again, rightly. The lines of before are reversed and others entered; what was known before stays
    known as it was."""
    given = {name: getattr(body, name) for name in body.model_fields_set}
    command = CorrectActivity(activity_id=activity_id, **given)
    activity, answer = session.change(command, Activity, activity_id)
    return ActivityView.of(session, activity, answer.saved.position)


@router.post("/{activity_id}/withdraw", operation_id="withdraw_activity", summary="Withdraw an activity")
def withdraw_activity(activity_id: UUID, body: Withdrawal, session: SessionDep) -> ActivityView:
    """Takes it back: its lines are reversed, never deleted."""
    command = WithdrawActivity(activity_id=activity_id, reason=body.reason)
    activity, answer = session.change(command, Activity, activity_id)
    return ActivityView.of(session, activity, answer.saved.position)


@router.post("/{activity_id}/evidence", operation_id="attach_evidence", summary="Attach evidence")
def attach_evidence(activity_id: UUID, body: NewEvidence, session: SessionDep) -> ActivityView:
    """Names a file that proves the activity by its SHA-256; the file stays where it is."""
    command = AttachEvidence(activity_id=activity_id, sha256=body.sha256)
    activity, answer = session.change(command, Activity, activity_id)
    return ActivityView.of(session, activity, answer.saved.position)


def _standing(session: Session, activity: Activity) -> tuple[LedgerEntry, ...]:
    """The entries of the posting that stands, from the event that entered it."""
    if activity.is_withdrawn:
        return ()
    events = session.house.streams(session.tenant_id).events_of(activity.id, after=0, limit=activity.version)
    postings = [
        event.posting
        for event in events
        if isinstance(event, ActivityRecorded | ActivityCorrected | ActivityRestated)
    ]
    return next(one.entries for one in reversed(postings) if one.number == activity.posting.number)
