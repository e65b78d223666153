"""What does a program that gives orders see: plan, repeat, refuse, approve, book, read its own write?"""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from api.terminal.tours.commands import get, in_person, post, sign_in_as_manager
from api.terminal.tours.step import Said, Step, Told, Tour, Visit

TRIPS = "/api/v1/enterprise/trips"
FARE_EUR = 3_190
BROKEN = {"max_flight_class", "max_daily_budget_eur", "advance_booking_days"}
BROKEN_IN_VERDICT = tuple(f"verdict.broken.*.{name}" for name in ("rule", "observed", "limit"))
# What the company has set apart for the year may be used up besides, by its history or by many tours.
OF_THE_YEAR = {"carbon_budget_kg_year", "budget"}
THREE_RULES = Told(
    Said(
        "the rules on class, daily budget and advance booking, and none but the year's budgets besides",
        "les règles de classe, de budget du jour et de délai, et aucune autre que les budgets de l'année",
    ),
    lambda rules: sorted(rule for rule in rules if rule not in OF_THE_YEAR) == sorted(BROKEN),
)
OTHER_POLICY = Said(
    "Another policy is in force than the demo was founded with; start the demo on a fresh directory with --data-dir.",
    "Une autre politique est en vigueur que celle de la démo ; démarrez-la dans un dossier neuf avec --data-dir.",
)


def _departure(visit: Visit) -> str:
    # Two hours more, so that three whole days are left whenever the tour is taken.
    departs_at = visit.at + timedelta(days=3, hours=2)
    return departs_at.strftime("%Y-%m-%dT%H:00:00Z")


def _flight(visit: Visit, amount_minor: Any) -> dict[str, Any]:
    return {
        "kind": "flight",
        "origin": "CDG",
        "destination": "JFK",
        "cabin": "business",
        "departs_at": _departure(visit),
        "price": {"amount_minor": amount_minor, "currency": "EUR"},
    }


def _plan(visit: Visit, amount_minor: Any = FARE_EUR * 100) -> dict[str, Any]:
    return {
        "traveller_id": str(visit.demo.aurore.traveller_id),
        "purpose": "Paris - New York",
        "segments": [_flight(visit, amount_minor)],
    }


def _planning(visit: Visit) -> str:
    return post(visit, TRIPS, visit.demo.aurore, once="plan", body=_plan(visit), headers=True)


def _order(visit: Visit, order: str, once: str) -> str:
    return post(visit, f"{TRIPS}/{visit['trip']}/{order}", visit.demo.aurore, once=once)


POLICY = Step(
    name=Said("Read the rules of the company", "Lire les règles de l'entreprise"),
    command=lambda visit: get(visit, "/api/v1/enterprise/policies", visit.demo.aurore),
    shows=(
        "policy_version",
        "max_flight_class",
        "max_daily_budget_eur",
        "advance_booking_days",
        "requires_approval_above",
    ),
    expects=lambda visit: {
        "max_flight_class": "premium_economy",
        "advance_booking_days": Told(Said("more than 3", "plus de 3"), lambda days: days > 3),
        "max_daily_budget_eur": Told(
            Said(f"less than {FARE_EUR}", f"moins de {FARE_EUR}"), lambda limit: Decimal(limit) < FARE_EUR
        ),
        "requires_approval_above": Told(
            Said(f"less than {FARE_EUR}", f"moins de {FARE_EUR}"), lambda limit: Decimal(limit) < FARE_EUR
        ),
    },
    remedy=OTHER_POLICY,
    why=Said(
        "Every verdict will name the version of the policy it was judged by, for ever.",
        "Chaque verdict nommera pour toujours la version de la politique qui l'a jugé.",
    ),
)
PLAN = Step(
    name=Said(
        "Plan Paris - New York, in business, in three days",
        "Planifier Paris - New York, en affaires, dans trois jours",
    ),
    command=_planning,
    shows=(
        "headers.etag",
        "version",
        "position",
        "id",
        "status",
        "segments.0.carbon.kg",
        "segments.0.carbon.factor_id",
    ),
    expects=lambda visit: {
        "status": "planned",
        "segments.0.details.cabin": "business",
        "segments.0.details.price.amount_minor": FARE_EUR * 100,
        "segments.0.carbon.kg": Told(Said("a figure", "un chiffre"), lambda kg: Decimal(kg) > 0),
    },
    keeps={"trip": "id", "planned": "position"},
    why=Said(
        "One request, one answer: the trip, its carbon with the published factor it used, and its place in the log.",
        "Une requête, une réponse : le voyage, son carbone avec le facteur publié utilisé, et sa place au journal.",
    ),
)
AGAIN = Step(
    name=Said(
        "Send the very same again, under the same key", "Renvoyer exactement la même chose, avec la même clé"
    ),
    command=_planning,
    shows=("headers.idempotency-replayed", "version", "position", "id", "status"),
    expects=lambda visit: {
        "headers.idempotency-replayed": "true",
        "id": visit["trip"],
        "position": visit["planned"],
    },
    why=Said(
        "A client that lost the answer may repeat without fear: same trip, same position, nothing planned twice.",
        "Un client qui a perdu la réponse peut répéter sans crainte : même voyage, même position, rien en double.",
    ),
)
REFUSED = Step(
    name=Said("Try to book it at once", "Tenter de le réserver tout de suite"),
    command=lambda visit: _order(visit, "book", "book-at-once"),
    shows=("status", "code", "detail"),
    expects=lambda visit: {"status": 409, "code": "approval_required"},
    why=Said(
        "What must be refused is refused in the command itself, with a code for programs and a sentence for people.",
        "Ce qui doit être refusé l'est dans l'ordre lui-même, avec un code pour les programmes et une phrase.",
    ),
)
SUBMIT = Step(
    name=Said("Ask for approval", "Demander l'accord"),
    command=lambda visit: _order(visit, "submit", "submit"),
    shows=(
        "status",
        "verdict.policy_version",
        *BROKEN_IN_VERDICT,
        "verdict.requires_approval",
        "approver_id",
    ),
    expects=lambda visit: {
        "status": "submitted",
        "verdict.requires_approval": True,
        "verdict.broken.*.rule": THREE_RULES,
        "verdict.broken.0.observed": "business",
        "approver_id": Told(
            Said("somebody else than the traveller", "quelqu'un d'autre que le voyageur"),
            lambda who: who not in (None, str(visit.demo.aurore.traveller_id)),
        ),
    },
    keeps={"approver": "approver_id"},
    why=Said(
        "The verdict lists every broken rule, the observed and the allowed, and stays in the trip's stream.",
        "Le verdict liste chaque règle enfreinte, l'observé et la limite, et reste dans le flux du voyage.",
    ),
)
IN_PERSON = Step(
    name=Said("Sign in as the traveller's manager", "Se connecter en responsable du voyageur"),
    command=lambda visit: sign_in_as_manager(visit, visit.demo.aurore),
    shows=("token_type", "expires_in"),
    expects=lambda visit: {"token_type": "Bearer"},
    keeps={"token": "access_token"},
    why=Said(
        "The trip names who has to decide now: it is this person's turn, and not the owner's, whose key was used.",
        "Le voyage nomme qui doit décider : c'est le tour de cette personne, pas de la direction, à qui est la clé.",
    ),
)
APPROVE = Step(
    name=Said("Approve it, as the manager", "L'approuver, en tant que responsable"),
    command=lambda visit: in_person(
        visit, f"{TRIPS}/{visit['trip']}/approve", visit["token"], once="approve"
    ),
    shows=("status", "approved_by"),
    expects=lambda visit: {"status": "approved", "approved_by": visit["approver"]},
    why=Said(
        "Somebody with a name took the decision, and nobody approves their own trip.",
        "Une personne nommée a décidé, et nul n'approuve son propre voyage.",
    ),
)
BOOK = Step(
    name=Said(
        "Book it with three rules of the policy broken",
        "Le réserver avec trois règles de la politique enfreintes",
    ),
    command=lambda visit: _order(visit, "book", "book"),
    shows=("position", "status", "journey.spend_eur_cents", "journey.carbon_kg", "verdict.broken.*.rule"),
    expects=lambda visit: {
        "status": "booked",
        "journey.spend_eur_cents": FARE_EUR * 100,
        "verdict.broken.*.rule": THREE_RULES,
    },
    keeps={"booked": "position"},
    why=Said(
        "The policy was applied again at this moment, and the answer says at which position of the log it happened.",
        "La politique a été appliquée à nouveau à cet instant, et la réponse dit à quelle position du journal.",
    ),
)
VIOLATIONS = Step(
    name=Said("See the violations, at once", "Voir les écarts, aussitôt"),
    command=lambda visit: get(
        visit,
        f"/api/v1/enterprise/violations?trip_id={visit['trip']}&min_position={visit['booked']}",
        visit.demo.aurore,
    ),
    shows=("data.*.rule", "data.*.observed", "data.*.limit", "data.*.stage"),
    expects=lambda visit: {
        "data.*.rule": THREE_RULES,
        "data.*.stage": Told(
            Said("booked, all of them", "booked, pour tous"), lambda stages: set(stages) == {"booked"}
        ),
        "data.*.trip_id": Told(
            Said("this trip alone", "ce seul voyage"), lambda trips: set(trips) == {visit["trip"]}
        ),
    },
    why=Said(
        "With min_position you read what your own write has set off, without sleeping and without guessing.",
        "Avec min_position, on lit ce que sa propre écriture a déclenché, sans attendre ni deviner.",
    ),
)
STRANGER = Step(
    name=Said(
        "Look for the trip with the other company's key",
        "Chercher ce voyage avec la clé de l'autre entreprise",
    ),
    command=lambda visit: get(visit, f"{TRIPS}/{visit['trip']}", visit.demo.boreal),
    shows=("status", "code", "detail"),
    expects=lambda visit: {"status": 404, "code": "not_found"},
    why=Said(
        "Not 403 but 404: another company cannot even learn that the trip exists.",
        "Non pas 403 mais 404 : une autre entreprise ne peut même pas apprendre que le voyage existe.",
    ),
)
NOT_A_NUMBER = Step(
    name=Said("Send a price that is no number", "Envoyer un prix qui n'est pas un nombre"),
    command=lambda visit: post(visit, TRIPS, visit.demo.aurore, once="nan", body=_plan(visit, float("nan"))),
    shows=("status", "code", "errors"),
    expects=lambda visit: {"status": 422, "errors.0.pointer": "/segments/0/price/amount_minor"},
    why=Said(
        "NaN never enters a log: the refusal points at the field, and nothing was written.",
        "NaN n'entre jamais au journal : le refus pointe le champ, et rien n'a été écrit.",
    ),
)

CLIENT = Tour(
    name="client",
    about=Said(
        "A program plans, repeats, is refused, books against the rules and reads its own writes.",
        "Un programme planifie, répète, essuie un refus, réserve contre les règles et lit ses propres écritures.",
    ),
    steps=(
        POLICY,
        PLAN,
        AGAIN,
        REFUSED,
        SUBMIT,
        IN_PERSON,
        APPROVE,
        BOOK,
        VIOLATIONS,
        STRANGER,
        NOT_A_NUMBER,
    ),
    verdict=Said(
        "A client can repeat anything, reads its own writes, and is told precisely why not.",
        "Un client peut tout répéter, lit ses propres écritures, et sait précisément pourquoi on lui dit non.",
    ),
)
