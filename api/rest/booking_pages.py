"""Booking pages, blocked contacts, reviews and what is free next: what a company decides about its public door."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from fastapi import Query
from pydantic import Field

from api.rest.conventions import Listing, Resource, View
from api.rest.session import AtLeast, CursorText, Limit, Session, SessionDep, caught_up
from api.rest.shelf import Shelf
from api.rest.strict_json import StrictRoute
from application.booking.pages import BlockContact, PublishPage, UnblockContact, WithdrawPage
from application.booking.reviews import PublishReview, RejectReview, WriteReview
from application.kernel.command import Command
from domain.booking.appointment import Appointment
from domain.booking.booking_page import BookingPage, PageTerms, page_id
from domain.booking.contact_block import ALL, BLOCKS, ContactBlock
from domain.booking.review import Rating, Review, ReviewStatus
from domain.kernel.text import Line, Paragraph
from projections.booking import reviews
from projections.booking.next_free import NextFree, next_free
from projections.booking.reviews import ReviewRow

router = Shelf(prefix="/api/v1/booking", tags=["public-booking"], route_class=StrictRoute)

MOST_BLOCKS = 200


class BookingPageView(Resource):
    """The public page of a business."""

    business_id: UUID
    is_published: bool
    terms: PageTerms

    @classmethod
    def of(cls, page: BookingPage, position: int | None = None) -> Self:
        """The page as it stands."""
        assert page.business_id is not None
        return cls(
            version=page.version,
            position=position,
            business_id=page.business_id,
            is_published=page.is_published,
            terms=page.agreed,
        )


class ContactBlockView(Resource):
    """An address or a number that may not book online."""

    id: UUID
    contact: str | None = Field(description="null where it was erased")
    is_blocked: bool

    @classmethod
    def of(cls, one: ContactBlock, position: int | None = None) -> Self:
        """The block as it stands."""
        return cls(
            id=one.id, version=one.version, position=position, contact=one.contact, is_blocked=one.is_blocked
        )


class ContactBlockList(View):
    """Who may not book online, the first two hundred."""

    data: list[ContactBlockView]


class ReviewView(Resource):
    """What a client thought of a visit."""

    id: UUID
    appointment_id: UUID
    business_id: UUID
    service_id: UUID
    rating: int
    text: str | None
    status: ReviewStatus
    reason: str | None = Field(description="why it is not shown")

    @classmethod
    def of(cls, one: Review, position: int | None = None) -> Self:
        """The review as it stands."""
        return cls(
            id=one.id,
            version=one.version,
            position=position,
            appointment_id=one.appointment_id,
            business_id=one.business_id,
            service_id=one.service_id,
            rating=one.rating,
            text=one.text,
            status=one.status,
            reason=one.reason,
        )


class ReviewSummary(View):
    """A line of the moderators' list."""

    id: UUID
    version: int
    appointment_id: UUID
    business_id: UUID
    service_id: UUID
    rating: int
    status: ReviewStatus
    written_at: datetime
    decided_at: datetime | None

    @classmethod
    def of(cls, row: ReviewRow) -> Self:
        """The line as it stands."""
        return cls(id=row.review_id, **row.model_dump(include=set(cls.model_fields) - {"id"}))


class ReviewPage(Listing[ReviewSummary]):
    """One page of reviews."""


class NextFreeView(View):
    """The next start of a service at a site, as last looked at."""

    service_id: UUID
    site_id: UUID
    practitioner_id: UUID | None = Field(description="with whom; null is anybody")
    starts_at: datetime | None = Field(description="null is none within twelve weeks")
    good_until: datetime | None = Field(description="until when it can be booked, by the notice asked for")
    computed_at: datetime
    computed_position: int

    @classmethod
    def of(cls, one: NextFree) -> Self:
        """The line as it was looked at."""
        return cls(**vars(one))


class NextFreeList(View):
    """What is free next, the soonest first."""

    data: list[NextFreeView]


class VisitLinks(View):
    """Tokens of the links that make sense for a visit as it stands; null is none."""

    view: str
    move: str | None
    cancel: str | None
    review: str | None


class Opinion(Command):
    """What one thought of a visit."""

    rating: Annotated[Rating, Field(description="one is bad, five is excellent")]
    text: Paragraph | None = None


class Rejection(Command):
    """Why a review is not shown."""

    reason: Line


@router.get(
    "/businesses/{business_id}/page",
    operation_id="get_booking_page",
    summary="Get a booking page",
    dependencies=[AtLeast],
)
def get_booking_page(business_id: UUID, session: SessionDep) -> BookingPageView:
    """The public page of a business: whether it is published, and under which terms."""
    return session.show(BookingPageView.of(session.stream(BookingPage, page_id(business_id))))


@router.put(
    "/businesses/{business_id}/page", operation_id="publish_booking_page", summary="Publish a booking page"
)
def publish_booking_page(business_id: UUID, body: PageTerms, session: SessionDep) -> BookingPageView:
    """Opens a business to the public: its services that are bookable online, the sites of others that may show its
    page, the marketplace if you say so, and how much one contact may book."""
    command = PublishPage(business_id=business_id, terms=body)
    page, answer = session.change(command, BookingPage, page_id(business_id))
    return BookingPageView.of(page, answer.saved.position)


@router.delete(
    "/businesses/{business_id}/page",
    operation_id="withdraw_booking_page",
    summary="Withdraw a booking page",
)
def withdraw_booking_page(business_id: UUID, session: SessionDep) -> BookingPageView:
    """Takes a business from the public. What was booked stays, and its links keep working."""
    page, answer = session.change(WithdrawPage(business_id=business_id), BookingPage, page_id(business_id))
    return BookingPageView.of(page, answer.saved.position)


@router.post(
    "/blocked-contacts", operation_id="block_contact", status_code=201, summary="Block a contact"
)  # fmt: skip
def block_contact(body: BlockContact, session: SessionDep) -> ContactBlockView:
    """Keeps an e-mail address or a telephone number from booking online. Members can still book for them."""
    made, answer, _ = session.create(
        body, ContactBlock, location="/api/v1/booking/blocked-contacts/{id}"
    )  # fmt: skip
    return ContactBlockView.of(made, answer.saved.position)


@router.get(
    "/blocked-contacts",
    operation_id="list_blocked_contacts",
    summary="List blocked contacts",
    dependencies=[AtLeast],
)
def list_blocked_contacts(session: SessionDep) -> ContactBlockList:
    """Who may not book online, in the order in which they were blocked; the first two hundred."""
    ids = session.house.amounts(session.tenant_id).holders(BLOCKS, ALL)[:MOST_BLOCKS]
    streams = session.house.streams(session.tenant_id).find_all(dict.fromkeys(ids, ContactBlock))
    found = [one for each in ids if isinstance(one := streams.get(each), ContactBlock)]
    return ContactBlockList(data=[ContactBlockView.of(one) for one in found])


@router.delete(
    "/blocked-contacts/{block_id}", operation_id="unblock_contact", summary="Unblock a contact"
)  # fmt: skip
def unblock_contact(block_id: UUID, session: SessionDep) -> ContactBlockView:
    """Lets a contact book online again."""
    one, answer = session.change(UnblockContact(block_id=block_id), ContactBlock, block_id)
    return ContactBlockView.of(one, answer.saved.position)


@router.post(
    "/appointments/{appointment_id}/review",
    operation_id="write_review",
    status_code=201,
    summary="Review a visit",
)
def write_review(appointment_id: UUID, body: Opinion, session: SessionDep) -> ReviewView:
    """Says what its client thought of a visit that took place, once. A moderator decides whether others read it."""
    command = WriteReview(appointment_id=appointment_id, rating=body.rating, text=body.text)
    made, answer, _ = session.create(command, Review, location="/api/v1/booking/reviews/{id}")
    return ReviewView.of(made, answer.saved.position)


@router.get(
    "/reviews", operation_id="list_reviews", summary="List reviews", dependencies=[caught_up("reviews")]
)
def list_reviews(
    session: SessionDep,
    status: ReviewStatus | None = None,
    business_id: UUID | None = None,
    service_id: UUID | None = None,
    limit: Limit = 50,
    cursor: CursorText = None,
) -> ReviewPage:
    """Reviews, the newest first. Those that wait are the moderators' queue."""
    filters = {
        "status": None if status is None else status.value,
        "business_id": business_id,
        "service_id": service_id,
    }
    page = session.page(reviews.page, ReviewSummary.of, limit=limit, cursor=cursor, filters=filters)
    return ReviewPage(data=page.data, next_cursor=page.next_cursor)


@router.get("/reviews/{review_id}", operation_id="get_review", summary="Get a review", dependencies=[AtLeast])
def get_review(review_id: UUID, session: SessionDep) -> ReviewView:
    """One review with its text."""
    return session.show(ReviewView.of(session.stream(Review, review_id)))


@router.post(
    "/reviews/{review_id}/publish", operation_id="publish_review", summary="Publish a review"
)  # fmt: skip
def publish_review(review_id: UUID, session: SessionDep) -> ReviewView:
    """Lets everybody read a review; it counts in the marketplace and on the page."""
    return _decided(session, review_id, PublishReview(review_id=review_id))


@router.post("/reviews/{review_id}/reject", operation_id="reject_review", summary="Reject a review")
def reject_review(review_id: UUID, body: Rejection, session: SessionDep) -> ReviewView:
    """Keeps a review from being read, or takes it back; it counts no more."""
    return _decided(session, review_id, RejectReview(review_id=review_id, reason=body.reason))


@router.get(
    "/next-free", operation_id="list_next_free", summary="List what is free next", dependencies=[AtLeast]
)
def list_next_free(
    session: SessionDep,
    service_id: UUID | None = None,
    site_id: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=1_000)] = 100,
) -> NextFreeList:
    """The next start of every service at every site, for anybody and with each practitioner, as last looked at: each
    line says at which position and when."""
    with session.house.reading(session.tenant_id) as sql:
        found = next_free(sql, service_id=service_id, site_id=site_id, limit=limit)
    return NextFreeList(data=[NextFreeView.of(one) for one in found])


@router.get(
    "/appointments/{appointment_id}/links",
    operation_id="get_appointment_links",
    summary="Get the links of a visit",
    dependencies=[AtLeast],
)
def get_appointment_links(appointment_id: UUID, session: SessionDep) -> VisitLinks:
    """The signed links that let a client see, move, call off or review their visit as it stands: the token follows
    `/book/{slug}/visit/`, `/move/`, `/cancel/` and `/review/`."""
    one = session.stream(Appointment, appointment_id)
    links = session.house.desk.links_of(session.tenant_id, one, at=session.house.clock())
    return VisitLinks(**{name: links.get(name) for name in VisitLinks.model_fields})


def _decided(session: Session, review_id: UUID, command: Command) -> ReviewView:
    one, answer = session.change(command, Review, review_id)
    return ReviewView.of(one, answer.saved.position)
