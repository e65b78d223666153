"""What does a service ask before a visit, and are the answers complete?"""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from domain.kernel.refusals import Malformed
from domain.kernel.text import Code, Paragraph, Title
from domain.kernel.value import Value

Answers = Annotated[dict[Code, Paragraph], Field(max_length=50)]


class QuestionKind(StrEnum):
    """What an answer looks like."""

    TEXT = "text"
    CHOICE = "choice"
    NUMBER = "number"
    DATE = "date"
    FILE = "file"


class Confidentiality(StrEnum):
    """Who may read an answer: everyone who sees the visit, or those who carry it out."""

    NORMAL = "normal"
    CONFIDENTIAL = "confidential"


class ShownIf(Value):
    """The question is asked when another one was answered so."""

    question: Code
    equals: Title


class Question(Value):
    """One question of an intake form."""

    code: Code
    text: Title
    kind: QuestionKind = QuestionKind.TEXT
    choices: Annotated[tuple[Title, ...], Field(max_length=50)] = ()
    is_required: bool = False
    confidentiality: Confidentiality = Confidentiality.NORMAL
    shown_if: ShownIf | None = None

    @model_validator(mode="after")
    def choices_belong_to_choice(self) -> Self:
        if (self.kind == QuestionKind.CHOICE) != bool(self.choices):
            raise ValueError("a choice, and only a choice, has choices")
        return self


class AnswerMissing(Malformed):
    """This question must be answered before the visit can be booked."""


class AnswerNotAccepted(Malformed):
    """This answer does not fit the question."""


class QuestionNotAsked(Malformed):
    """The service does not ask this question, or not after these answers."""


def check_answers(questions: Sequence[Question], answers: Mapping[str, str]) -> None:
    """Refuses what is missing, misshapen or was never asked."""
    asked = {question.code: question for question in asked_after(questions, answers)}
    for code in answers:
        if code not in asked:
            raise QuestionNotAsked(pointer=f"/answers/{code}")
    for question in asked.values():
        answer = answers.get(question.code)
        if answer is None and question.is_required:
            raise AnswerMissing(pointer=f"/answers/{question.code}")
        if answer is not None and not _fits(question, answer):
            raise AnswerNotAccepted(pointer=f"/answers/{question.code}")


def asked_after(questions: Sequence[Question], answers: Mapping[str, str]) -> list[Question]:
    """The questions that are asked after these answers."""
    return [question for question in questions if _is_asked(question, answers)]


def written(answers: Mapping[str, str]) -> str | None:
    """The answers as one text, which is what is encrypted."""
    return json.dumps(dict(answers), sort_keys=True, ensure_ascii=False) if answers else None


def read(text: str | None) -> dict[str, str]:
    """The answers again; none where they were erased."""
    if text is None or not text.startswith("{"):
        return {}
    answers: dict[str, str] = json.loads(text)
    return answers


def _is_asked(question: Question, answers: Mapping[str, str]) -> bool:
    return question.shown_if is None or answers.get(question.shown_if.question) == question.shown_if.equals


def _fits(question: Question, answer: str) -> bool:
    match question.kind:
        case QuestionKind.CHOICE:
            return answer in question.choices
        case QuestionKind.NUMBER:
            return _parses(Decimal, answer)
        case QuestionKind.DATE:
            return _parses(date.fromisoformat, answer)
        case QuestionKind.TEXT | QuestionKind.FILE:
            return True


def _parses(parse: type[Decimal] | object, answer: str) -> bool:
    try:
        parse(answer)  # type: ignore[operator]
    except (ValueError, InvalidOperation):
        return False
    return True
