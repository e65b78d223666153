"""Restatements: a period of the ledger weighed by another year's publications."""

from datetime import date
from typing import Self
from uuid import UUID

from pydantic import Field

from api.rest.conventions import Resource
from api.rest.session import AtLeast, SessionDep
from api.rest.shelf import Shelf
from api.rest.strict_json import StrictRoute
from application.esg.restatements import RequestRestatement
from domain.esg.restatement import Restatement, RestatementStatus

router = Shelf(
    prefix="/api/v1/enterprise/carbon/restatements", tags=["carbon-ledger"], route_class=StrictRoute
)


class RestatementView(Resource):
    """A restatement, and how far it is."""

    id: UUID
    status: RestatementStatus
    requested_by: UUID
    start: date
    end: date
    factor_year: int
    restated: int = Field(description="journeys and activities that were entered anew")
    refused: dict[str, int] = Field(description="those that kept their lines, by the reason")

    @classmethod
    def of(cls, one: Restatement, position: int | None = None) -> Self:
        """The restatement as it stands."""
        return cls(
            id=one.id,
            position=position,
            refused=dict(one.refused),
            **one.model_dump(exclude={"id", "refused"}),
        )


@router.post("", operation_id="request_restatement", status_code=202, summary="Restate a period")
def request_restatement(body: RequestRestatement, session: SessionDep) -> RestatementView:
    """Weighs every journey and activity with lines in the period by the publications of another year. Their old
    lines are reversed and new ones entered; what was known before stays known as it was. A worker does it: ask
    again at the address in `Location`."""
    location = "/api/v1/enterprise/carbon/restatements/{id}"
    one, answer, _ = session.create(body, Restatement, location=location)
    return RestatementView.of(one, answer.saved.position)


@router.get(
    "/{restatement_id}", operation_id="get_restatement", summary="Get a restatement", dependencies=[AtLeast]
)
def get_restatement(restatement_id: UUID, session: SessionDep) -> RestatementView:
    """One restatement as it stands."""
    return session.show(RestatementView.of(session.stream(Restatement, restatement_id)))
