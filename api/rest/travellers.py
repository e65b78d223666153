"""Travellers: the units they belong to, their approver, and who decides in their place."""

from typing import Self
from uuid import UUID

from pydantic import Field

from api.rest.conventions import Listing, Resource
from api.rest.session import AtLeast, CursorText, Limit, Session, SessionDep, caught_up
from api.rest.shelf import Shelf
from api.rest.strict_json import StrictRoute
from application.kernel.command import Command
from application.travel.travellers import AssignTraveller, DelegateApproval, EndDelegation
from domain.kernel.instants import Instant
from domain.platform.member import Member
from domain.travel.allocation import Allocation
from domain.travel.traveller import Delegation, TravellerProfile, traveller_profile_id
from projections.travel import travellers
from projections.travel.travellers import TravellerRow

router = Shelf(prefix="/api/v1/enterprise/travellers", tags=["travellers"], route_class=StrictRoute)


class TravellerView(Resource):
    """What travel knows of a member. Version 0: nothing yet."""

    member_id: UUID
    allocation: Allocation = Field(description="who pays for their journeys, and whose policy judges them")
    approver_id: UUID | None = Field(
        description="who is asked first; null is their manager, or else anyone who may approve"
    )
    delegation: Delegation | None = Field(description="who decides in their place, and for how long")

    @classmethod
    def of(cls, profile: TravellerProfile, member_id: UUID, position: int | None = None) -> Self:
        """The profile as it stands."""
        return cls(
            version=profile.version,
            position=position,
            member_id=member_id,
            allocation=profile.allocation,
            approver_id=profile.approver_id,
            delegation=profile.delegation,
        )

    @classmethod
    def of_row(cls, row: TravellerRow) -> Self:
        """The profile in a list."""
        return cls(
            version=row.version,
            member_id=row.member_id,
            allocation=Allocation(**row.model_dump(include=set(Allocation.model_fields))),
            approver_id=row.approver_id,
            delegation=_delegation(row),
        )


class TravellerList(Listing[TravellerView]):
    """One page of profiles."""


class Assignment(Command):
    """Where a member belongs and who agrees to their journeys; the whole of it, null is none."""

    department_id: UUID | None = None
    cost_centre_id: UUID | None = None
    group_id: UUID | None = None
    approver_id: UUID | None = None


class NewDelegation(Command):
    """Who decides in a member's place, from one instant until another."""

    delegate_id: UUID
    starts_at: Instant
    ends_at: Instant


@router.get(
    "", operation_id="list_travellers", summary="List travellers", dependencies=[caught_up("travellers")]
)
def list_travellers(
    session: SessionDep,
    department_id: UUID | None = None,
    cost_centre_id: UUID | None = None,
    group_id: UUID | None = None,
    approver_id: UUID | None = None,
    limit: Limit = 50,
    cursor: CursorText = None,
) -> TravellerList:
    """Members with a travel profile, the latest made first; of one unit or approver if you name one."""
    filters = {
        "department_id": department_id,
        "cost_centre_id": cost_centre_id,
        "group_id": group_id,
        "approver_id": approver_id,
    }
    page = session.page(travellers.page, TravellerView.of_row, limit=limit, cursor=cursor, filters=filters)
    return TravellerList(data=page.data, next_cursor=page.next_cursor)


@router.get("/{member_id}", operation_id="get_traveller", summary="Get a traveller", dependencies=[AtLeast])
def get_traveller(member_id: UUID, session: SessionDep) -> TravellerView:
    """One member's travel profile. Travellers see their own."""
    session.only(member_id)
    session.stream(Member, member_id)
    profile_id = traveller_profile_id(session.tenant_id, member_id)
    profile = session.house.streams(session.tenant_id).find(TravellerProfile, profile_id)
    return session.show(TravellerView.of(profile or TravellerProfile.new(profile_id), member_id))


@router.put("/{member_id}", operation_id="assign_traveller", summary="Assign a traveller")
def assign_traveller(member_id: UUID, body: Assignment, session: SessionDep) -> TravellerView:
    """Puts a member into units and under an approver. Journeys booked before keep their account."""
    return _change(session, member_id, AssignTraveller(member_id=member_id, **body.model_dump()))


@router.put("/{member_id}/delegation", operation_id="delegate_approval", summary="Delegate approvals")
def delegate_approval(member_id: UUID, body: NewDelegation, session: SessionDep) -> TravellerView:
    """Lets another approver decide in the member's place for a while. Managers delegate their own decisions."""
    return _change(session, member_id, DelegateApproval(member_id=member_id, **body.model_dump()))


@router.delete("/{member_id}/delegation", operation_id="end_delegation", summary="End a delegation")
def end_delegation(member_id: UUID, session: SessionDep) -> TravellerView:
    """Gives the decision back to the member."""
    return _change(session, member_id, EndDelegation(member_id=member_id))


def _change(session: Session, member_id: UUID, command: Command) -> TravellerView:
    session.stream(Member, member_id)
    profile_id = traveller_profile_id(session.tenant_id, member_id)
    profile, answer = session.change(command, TravellerProfile, profile_id)
    return TravellerView.of(profile, member_id, answer.saved.position)


def _delegation(row: TravellerRow) -> Delegation | None:
    if row.delegate_id is None or row.delegated_from is None or row.delegated_until is None:
        return None
    return Delegation(delegate_id=row.delegate_id, starts_at=row.delegated_from, ends_at=row.delegated_until)
