"""Absences: who asked to be away, who agreed, and which visits are affected."""

from datetime import datetime
from typing import Self
from uuid import UUID

from pydantic import Field

from api.rest.conventions import Resource
from api.rest.session import AtLeast, Session, SessionDep
from api.rest.shelf import Shelf
from api.rest.strict_json import StrictRoute
from application.booking.absences import ApproveAbsence, CancelAbsence, RejectAbsence, RequestAbsence
from application.kernel.command import Command
from application.platform.permissions import permits
from domain.booking.absence import Absence, AbsenceKind, AbsenceStatus
from domain.booking.visit import BUSY, OVER, PRACTITIONER, RESOURCE

router = Shelf(prefix="/api/v1/booking/absences", tags=["absences"], route_class=StrictRoute)


class AbsenceView(Resource):
    """An absence of a practitioner or a resource."""

    id: UUID
    subject_id: UUID
    kind: AbsenceKind
    starts_at: datetime
    ends_at: datetime
    status: AbsenceStatus
    reason: str | None = Field(description="null also for callers who keep no book")
    affected: list[UUID] = Field(
        description="visits and classes that are booked into it at this moment; they stay until somebody moves them"
    )

    @classmethod
    def of(cls, one: Absence, session: Session, position: int | None = None) -> Self:
        """The absence as it stands."""
        away = one.away
        kind = RESOURCE if one.is_resource else PRACTITIONER
        held = session.house.ground(session.tenant_id).ports.agenda.held(
            [BUSY[kind], OVER[kind]], [str(one.subject_id)], start=away.starts_at, end=away.ends_at
        )
        return cls(
            id=one.id,
            version=one.version,
            position=position,
            subject_id=one.subject_id,
            kind=one.kind,
            starts_at=away.starts_at,
            ends_at=away.ends_at,
            status=one.status,
            reason=one.reason if permits("request_absence", session.caller.roles) else None,
            affected=list(dict.fromkeys(each.holder for each in held)),
        )


@router.post("", operation_id="request_absence", status_code=201, summary="Request an absence")
def request_absence(body: RequestAbsence, session: SessionDep) -> AbsenceView:
    """Asks for an absence; it blocks nothing until somebody agrees."""
    made, answer, _ = session.create(body, Absence, location="/api/v1/booking/absences/{id}")
    return AbsenceView.of(made, session, answer.saved.position)


@router.get("/{absence_id}", operation_id="get_absence", summary="Get an absence", dependencies=[AtLeast])
def get_absence(absence_id: UUID, session: SessionDep) -> AbsenceView:
    """One absence, with the visits it affects at this moment."""
    return AbsenceView.of(session.stream(Absence, absence_id), session)


@router.post("/{absence_id}/approve", operation_id="approve_absence", summary="Approve an absence")
def approve_absence(absence_id: UUID, session: SessionDep) -> AbsenceView:
    """Agrees: from this moment nothing is booked into it; what is booked already is listed."""
    return _changed(session, absence_id, ApproveAbsence(absence_id=absence_id))


@router.post("/{absence_id}/reject", operation_id="reject_absence", summary="Reject an absence")
def reject_absence(absence_id: UUID, session: SessionDep) -> AbsenceView:
    """Does not agree."""
    return _changed(session, absence_id, RejectAbsence(absence_id=absence_id))


@router.post("/{absence_id}/cancel", operation_id="cancel_absence", summary="Cancel an absence")
def cancel_absence(absence_id: UUID, session: SessionDep) -> AbsenceView:
    """Nobody is away after all; the time can be booked again."""
    return _changed(session, absence_id, CancelAbsence(absence_id=absence_id))


def _changed(session: Session, absence_id: UUID, command: Command) -> AbsenceView:
    one, answer = session.change(command, Absence, absence_id)
    return AbsenceView.of(one, session, answer.saved.position)
