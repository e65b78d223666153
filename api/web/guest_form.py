"""What did somebody write into the form, is it complete, and what is asked next?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from api.web.choosing import Choice
from api.web.words import Words
from application.booking.guests import BookAsGuest
from domain.booking.intake import AnswerMissing, Question, asked_after, check_answers
from domain.booking.offer import Mode
from domain.kernel.refusals import Malformed, Refusal

KEPT = ("name", "email", "phone", "address", "born_on", "for", "relative_name", "relative_born_on", "note")
# Where a refusal points, by the field that shows it.
FIELD_OF = {
    "/guest/name": "name",
    "/guest/email": "email",
    "/guest/phone": "phone",
    "/guest/address": "address",
    "/client/address": "address",
    "/guest/born_on": "born_on",
    "/relative/name": "relative_name",
    "/relative/born_on": "relative_born_on",
    "/note": "note",
}
RELATIVE = "relative"


@dataclass
class GuestForm:
    """The form as it was sent, what is wrong with it, and the questions it shows now."""

    choice: Choice
    start: datetime
    session: str | None
    values: Mapping[str, str]
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def kept(self) -> dict[str, str]:
        """What is sent again with the next step."""
        names = [*KEPT, *(f"answer-{one.code}" for one in self.choice.service.terms.intake)]
        return {name: self.values[name] for name in names if self.values.get(name)}

    @property
    def answers(self) -> dict[str, str]:
        """The answers to what is asked; an answer to a question that is no longer asked is left out."""
        intake = self.choice.service.terms.intake
        given = {one.code: self.values.get(f"answer-{one.code}", "") for one in intake}
        given = {code: answer for code, answer in given.items() if answer}
        while surplus := set(given) - {one.code for one in asked_after(intake, given)}:
            for code in surplus:
                del given[code]
        return given

    @property
    def questions(self) -> list[Question]:
        """What is asked after the answers so far."""
        return asked_after(self.choice.service.terms.intake, self.answers)

    @property
    def is_for_relative(self) -> bool:
        """Is the visit for somebody else?"""
        return self.values.get("for") == RELATIVE

    def asks_more(self) -> bool:
        """Did the answers bring up questions that the form had not shown yet?"""
        shown = set(self.values.get("shown", "").split(","))
        return any(one.code not in shown for one in self.questions)

    def command(self, words: Words) -> BookAsGuest | None:
        """The order, where the form is complete; else what is wrong stands in `errors`."""
        choice, values = self.choice, self.values
        written: dict[str, Any] = {
            "service_id": choice.service.id,
            "site_id": choice.site.id,
            "starts_at": self.start,
            "duration_minutes": None if choice.service.terms.is_group else choice.minutes,
            "mode": choice.mode,
            "practitioner_id": choice.who,
            "session_id": self.session or None,
            "guest": {name: values.get(name) or None for name in ("email", "phone", "address")}
            | {"name": values.get("name", ""), "born_on": values.get("born_on") or None},
            "note": values.get("note") or None,
            "answers": self.answers,
            "language": words.language,
        }
        if self.is_for_relative:
            written["relative"] = {
                "name": values.get("relative_name", ""),
                "born_on": values.get("relative_born_on") or None,
            }
            written["guest"]["born_on"] = None
        command = None
        try:
            command = BookAsGuest.model_validate(written)
        except ValidationError as error:
            for each in error.errors():
                self._note("/" + "/".join(str(part) for part in each["loc"]), words)
        self.look(words)
        return None if self.errors else command

    def note(self, refusal: Refusal, words: Words, sentence: str) -> bool:
        """Puts a refusal beside the field it is about; says whether there is one."""
        pointer = str(refusal.facts.get("pointer", ""))
        if pointer == "/client/born_on":
            pointer = "/relative/born_on" if self.is_for_relative else "/guest/born_on"
        if pointer in FIELD_OF:
            self.errors[FIELD_OF[pointer]] = sentence
            return True
        if pointer.startswith("/answers/"):
            self._note(pointer, words)
            return True
        return False

    def look(self, words: Words) -> None:
        """What no type can say: a way to be reached, an address for a visit at home, an age, the answers."""
        told = words.t["field_errors"]
        if not (self.values.get("email") or self.values.get("phone")):
            self.errors.setdefault("email", told["email"])
        if self.choice.mode == Mode.CLIENT_HOME and not self.values.get("address"):
            self.errors.setdefault("address", told["address"])
        born = "relative_born_on" if self.is_for_relative else "born_on"
        if self.choice.asks_birth_date and not self.values.get(born):
            self.errors.setdefault(born, told[born])
        for question in self.questions:
            try:
                check_answers([question.model_copy(update={"shown_if": None})], self._only(question))
            except Malformed as refusal:
                text = "answer_error" if isinstance(refusal, AnswerMissing) else "answer_misfit"
                self.errors[f"answer-{question.code}"] = words.t[text]

    def _only(self, question: Question) -> dict[str, str]:
        answers = self.answers
        return {question.code: answers[question.code]} if question.code in answers else {}

    def _note(self, pointer: str, words: Words) -> None:
        told = words.t["field_errors"]
        if pointer.startswith("/answers/"):
            self.errors[f"answer-{pointer.removeprefix('/answers/')}"] = words.t["answer_misfit"]
            return
        name = FIELD_OF.get(pointer, "start")
        self.errors[name] = told[name]
