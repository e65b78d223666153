"""Who may read what a client answered? Confidential answers are for those who carry the visit out."""

from api.rest.session import Session
from domain.booking.appointment import Appointment
from domain.booking.intake import Confidentiality, read
from domain.booking.practitioner import Practitioner
from domain.booking.service import Service


def readable_answers(session: Session, one: Appointment) -> tuple[dict[str, str], list[str]]:
    """The answers the caller may read, and the codes of those that are withheld."""
    answers = read(one.answers)
    withheld = [] if not answers or _carries_out(session, one) else _confidential(session, one, answers)
    return {code: text for code, text in answers.items() if code not in withheld}, withheld


def _confidential(session: Session, one: Appointment, answers: dict[str, str]) -> list[str]:
    service = session.house.streams(session.tenant_id).load(Service, one.agreed.service_id)
    open_to_all = {
        question.code
        for question in service.terms.intake
        if question.confidentiality == Confidentiality.NORMAL
    }
    # A question that is no longer asked may have been confidential.
    return [code for code in answers if code not in open_to_all]


def _carries_out(session: Session, one: Appointment) -> bool:
    team = session.house.streams(session.tenant_id).find_all(
        dict.fromkeys(one.agreed.practitioner_ids, Practitioner)
    )
    return any(
        isinstance(each, Practitioner)
        and each.terms is not None
        and each.terms.member_id == session.caller.member_id
        for each in team.values()
    )
