"""How does a client review a visit, and who decides that others may read it?"""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from application.kernel.command import Command
from application.kernel.context import Context
from application.kernel.handlers import Handlers
from application.ports.store import Saved
from domain.booking.appointment import Appointment
from domain.booking.appointment_events import Status
from domain.booking.review import Rating, Review, ReviewExists, VisitNotFulfilled, review_id
from domain.kernel.refusals import NotFound
from domain.kernel.text import Line, Paragraph


class WriteReview(Command):
    """Say what one thought of a visit."""

    appointment_id: UUID
    rating: Annotated[Rating, Field(description="one is bad, five is excellent")]
    text: Paragraph | None = None


class PublishReview(Command):
    """Let everybody read a review."""

    review_id: UUID


class RejectReview(Command):
    """Keep a review from being read, or take it back."""

    review_id: UUID
    reason: Line


def write_review(command: WriteReview, context: Context) -> Saved:
    def create() -> Review:
        appointment = context.store.read(Appointment, command.appointment_id)
        if appointment is None or not context.reaches(appointment.client_id):
            raise NotFound
        if appointment.status != Status.FULFILLED:
            raise VisitNotFulfilled
        if context.store.read(Review, review_id(appointment.id)) is not None:
            raise ReviewExists
        review = Review.new(review_id(appointment.id))
        review.write(
            appointment_id=appointment.id,
            business_id=appointment.agreed.business_id,
            service_id=appointment.agreed.service_id,
            client_id=appointment.client_id,
            rating=command.rating,
            text=command.text,
            at=context.now,
        )
        return review

    return context.store.add(create)


def publish_review(command: PublishReview, context: Context) -> Saved:
    return context.store.change(Review, command.review_id, lambda review: review.publish(at=context.now))


def reject_review(command: RejectReview, context: Context) -> Saved:
    return context.store.change(
        Review, command.review_id, lambda review: review.reject(command.reason, at=context.now)
    )


HANDLERS: Handlers = {
    WriteReview: write_review,
    PublishReview: publish_review,
    RejectReview: reject_review,
}
