"""What does somebody see who believes nobody: the log, its past, an export, a forgery and a replay?"""

import shlex
import shutil
import sys
from datetime import datetime, timedelta
from pathlib import Path

from adapters.bootstrap import verifier
from api.terminal.tours.commands import escale, get, near, post
from api.terminal.tours.step import Said, Step, Told, Tour, Visit, says

AUDIT = "/api/v1/audit"
EXPORT, FORGED = "aurore.ndjson", "forged.ndjson"
NO_HISTORY = Said(
    "The demo's history tells of a change of policy: start it with `make demo` and wait until it says Serving.",
    "L'historique de la démo raconte un changement de politique : lancez `make demo` et attendez « Serving ».",
)
ASK_AGAIN = Said(
    "Somebody else changes the company's log at this moment; take the tour again when it is quiet.",
    "Quelqu'un modifie le journal de l'entreprise en ce moment ; reprenez la visite au calme.",
)


def _state(visit: Visit, when: str) -> str:
    return get(visit, f"{AUDIT}/streams/{visit['policy']}/as-of?{when}", visit.demo.aurore)


def _day_before(visit: Visit) -> str:
    changed_at = datetime.fromisoformat(visit["changed_at"].replace("Z", "+00:00"))
    return (changed_at - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")


def _days(visit: Visit) -> int:
    """What the change asks for."""
    return int(visit["days"])


def _exporting(visit: Visit) -> str:
    file = shlex.quote(str(visit.file(EXPORT)))
    return get(
        visit,
        f"{AUDIT}/export",
        visit.demo.aurore,
        f"-o {file} -w '%{{http_code}}: %{{size_download}} bytes\\n'",
    )


def _verifying(visit: Visit, name: str) -> str:
    python = "python3" if shutil.which("python3") else shlex.quote(sys.executable)
    file = shlex.quote(str(visit.file(name)))
    return f"{python} -I {near(Path(verifier.__file__))} {file} \\\n  --key {visit['key']}"


def _forging(visit: Visit) -> str:
    export, forged = (shlex.quote(str(visit.file(name))) for name in (EXPORT, FORGED))
    was = f'advance_booking_days\\\\":{visit["days"]}'
    becomes = f'advance_booking_days\\\\":{(_days(visit) + 1) % 10}'
    edit = f"""'/"position":{visit["changed"]},/s/{was}/{becomes}/'"""
    return f"sed {edit} \\\n  {export} > {forged}; \\\n  cmp -l {export} {forged}"


def _replaying(visit: Visit) -> str:
    return escale(visit, "audit", "replay", shlex.quote(str(visit.file(EXPORT))), "--follow")


CHANGE = Step(
    name=Said("Ask the log who changed the travel policy", "Demander au journal qui a changé la politique"),
    command=lambda visit: get(visit, f"{AUDIT}/events?topic=policy.revised.v2&limit=1", visit.demo.aurore),
    shows=(
        "data.0.position",
        "data.0.topic",
        "data.0.occurred_at",
        "data.0.recorded_at",
        "data.0.actor_id",
        "data.0.facts.rules.advance_booking_days",
        "data.0.facts.policy_version",
    ),
    expects=lambda visit: {
        "data.0.topic": "policy.revised.v2",
        "data.0.facts.policy_version": 2,
        "data.0.facts.rules.advance_booking_days": Told(
            Said("one digit", "un chiffre"), lambda days: days in range(1, 10)
        ),
    },
    keeps={
        "policy": "data.0.stream_id",
        "changed": "data.0.position",
        "changed_at": "data.0.occurred_at",
        "days": "data.0.facts.rules.advance_booking_days",
    },
    remedy=NO_HISTORY,
    why=Said(
        "Who, what, when it happened and when it was recorded: an import of old facts cannot pass for news.",
        "Qui, quoi, quand c'est arrivé et quand ce fut noté : un import d'anciens faits ne passe pas pour du neuf.",
    ),
)
STREAM = Step(
    name=Said("Read everything about that policy", "Lire tout ce qui concerne cette politique"),
    command=lambda visit: get(visit, f"{AUDIT}/streams/{visit['policy']}", visit.demo.aurore),
    shows=(
        "data.*.position",
        "data.*.version",
        "data.*.topic",
        "data.*.occurred_at",
        "data.*.facts.rules.advance_booking_days",
    ),
    expects=lambda visit: {
        "data.0.topic": "policy.adopted.v2",
        "data.0.version": 1,
        "data.1.position": visit["changed"],
        "data.1.version": 2,
    },
    keeps={"days_before": "data.0.facts.rules.advance_booking_days"},
    why=Said(
        "A stream is the whole life of one thing: nothing was overwritten, so the old rule is still there.",
        "Un flux est la vie entière d'une chose : rien n'a été écrasé, l'ancienne règle est toujours là.",
    ),
)
BEFORE = Step(
    name=Said("See it one position before the change", "La voir une position avant le changement"),
    command=lambda visit: _state(visit, f"position={visit['changed'] - 1}"),
    shows=("basis", "at", "version", "state.policy_version", "state.rules.advance_booking_days"),
    expects=lambda visit: {
        "basis": "position",
        "version": 1,
        "state.rules.advance_booking_days": visit["days_before"],
    },
    why=Said(
        "Trips booked then were judged by these rules, and their verdicts still say so.",
        "Les voyages réservés alors ont été jugés par ces règles, et leurs verdicts le disent encore.",
    ),
)
AFTER = Step(
    name=Said("And at the change itself", "Et au changement même"),
    command=lambda visit: _state(visit, f"position={visit['changed']}"),
    shows=("basis", "at", "version", "state.policy_version", "state.rules.advance_booking_days"),
    expects=lambda visit: {"version": 2, "state.rules.advance_booking_days": visit["days"]},
    why=Said(
        "Any state at any position can be asked for: the answer is a replay, not a copy somebody kept.",
        "Tout état à toute position se demande : la réponse est un rejeu, pas une copie que quelqu'un a gardée.",
    ),
)
TRUE_THEN = Step(
    name=Said("Ask what was true the day before", "Demander ce qui était vrai la veille"),
    command=lambda visit: _state(visit, f"occurred_at={_day_before(visit)}"),
    shows=("basis", "at", "version", "state.rules.advance_booking_days"),
    expects=lambda visit: {
        "basis": "occurred_at",
        "version": 1,
        "state.rules.advance_booking_days": visit["days_before"],
    },
    why=Said(
        "Auditors rarely know positions, but always dates; the answer says by what it was asked.",
        "Un auditeur connaît rarement les positions, toujours les dates ; la réponse dit ce qui a été demandé.",
    ),
)
KNOWN_THEN = Step(
    name=Said("Ask what the log knew the day before", "Demander ce que le journal savait la veille"),
    command=lambda visit: _state(visit, f"known_at={_day_before(visit)}"),
    shows=("status", "code", "detail"),
    expects=lambda visit: {"status": 404, "code": "not_found"},
    why=Said(
        "The demo's past was recorded when it was imported: what was true and what was known are never mixed up.",
        "Le passé de la démo a été noté à son import : ce qui était vrai et ce qu'on savait ne se confondent jamais.",
    ),
)
KEYS = Step(
    name=Said("Write down the key of the seals", "Noter la clé des sceaux"),
    command=lambda visit: get(visit, f"{AUDIT}/keys"),
    expects=lambda visit: {"data.0.algorithm": "Ed25519"},
    keeps={"key": "data.0.public_key"},
    why=Said(
        "No credential is needed: keep it where nobody who could change the log could change it as well.",
        "Sans identification : gardez-la là où personne qui pourrait changer le journal ne pourrait la changer.",
    ),
)
SEAL = Step(
    name=Said("Seal the log", "Sceller le journal"),
    command=lambda visit: post(visit, f"{AUDIT}/seals", visit.demo.aurore),
    shows=("from_position", "to_position", "root", "sealed_at"),
    expects=lambda visit: {
        "key": visit["key"],
        "to_position": Told(
            Said("a position after the change", "une position après le changement"),
            lambda position: position >= visit["changed"],
        ),
    },
    keeps={"sealed_to": "to_position"},
    why=Said(
        "From now on even whoever owns the database cannot rewrite what came before without the signature telling.",
        "Dès lors, même qui possède la base ne peut réécrire ce qui précède sans que la signature le dise.",
    ),
)
DOWNLOAD = Step(
    name=Said("Take the whole log home", "Emporter tout le journal"),
    command=_exporting,
    expects=lambda visit: {"text": says("200: ")},
    why=Said(
        "One event per line, as stored; personal fields stay ciphertext, since that is what the chain covers.",
        "Un événement par ligne, tel que stocké ; les champs personnels restent chiffrés, comme la chaîne les couvre.",
    ),
)
GREEN = Step(
    name=Said("Verify it with one file and plain Python", "Le vérifier avec un seul fichier et Python nu"),
    command=lambda visit: _verifying(visit, EXPORT),
    expects=lambda visit: {"text": says("Everything holds.", f"up to position {visit['sealed_to']};")},
    why=Said(
        "The verifier needs neither us nor our libraries: copy the file to a machine of your own and run it there.",
        "Le vérificateur n'a besoin ni de nous ni de nos bibliothèques : copiez-le sur votre machine.",
    ),
)
FLIP = Step(
    name=Said("Forge one byte of the change of policy", "Falsifier un octet du changement de politique"),
    command=_forging,
    status=1,  # cmp found a difference
    expects=lambda visit: {
        "text": Told(
            Said("one line: exactly one byte differs", "une ligne : un seul octet diffère"),
            lambda text: len(text.split()) == 3,
        )
    },
    why=Said(
        "The rule now reads a day longer than decided; cmp shows the byte's place, its value before and after.",
        "La règle dit un jour de plus que décidé ; cmp montre la place de l'octet, sa valeur avant et après.",
    ),
)
RED = Step(
    name=Said("Verify the forgery", "Vérifier le faux"),
    command=lambda visit: _verifying(visit, FORGED),
    status=1,
    expects=lambda visit: {
        "text": says(f"BROKEN at position {visit['changed']}: altered", "Something was changed.")
    },
    why=Said(
        "One byte in the whole log is enough, and the position that was touched is named.",
        "Un seul octet dans tout le journal suffit, et la position touchée est nommée.",
    ),
)
REPLAY = Step(
    name=Said("Build every figure anew from the export", "Reconstruire chaque chiffre depuis l'export"),
    command=_replaying,
    expects=lambda visit: {"text": says(" events of tenant", " 0 differences.")},
    remedy=ASK_AGAIN,
    why=Said(
        "A fresh database, folded from the file alone, shows the published figures: every row follows from the log.",
        "Une base neuve, déduite du seul fichier, montre les chiffres publiés : chaque ligne découle du journal.",
    ),
)

AUDITOR = Tour(
    name="auditor",
    about=Said(
        "An auditor reads the log, goes back in time, takes it home, catches a forgery and replays every figure.",
        "Un auditeur lit le journal, remonte le temps, l'emporte, surprend un faux et rejoue chaque chiffre.",
    ),
    steps=(
        CHANGE,
        STREAM,
        BEFORE,
        AFTER,
        TRUE_THEN,
        KNOWN_THEN,
        KEYS,
        SEAL,
        DOWNLOAD,
        GREEN,
        FLIP,
        RED,
        REPLAY,
    ),
    verdict=Said(
        "Nobody had to be believed: the log answers for itself, and a single byte gives a forger away.",
        "Il n'a fallu croire personne : le journal répond de lui-même, et un seul octet trahit le faussaire.",
    ),
)
