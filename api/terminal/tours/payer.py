"""What does somebody see who pays: use counted once, a preview, one invoice, its events, and a second opinion?"""

import shlex
import shutil
import sys
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from api.terminal.tours.commands import escale, get, post
from api.terminal.tours.step import Said, Step, Told, Tour, Visit, says

BILLING, USAGE = "/api/v1/billing", "/api/v1/usage"
EXPORT = "billing.ndjson"
ZONE = ZoneInfo("Europe/Paris")
NO_INVOICE = Said(
    "The demo bills its past months within minutes of its start; take the tour again in a moment.",
    "La démo facture ses mois passés quelques minutes après son démarrage ; reprenez la visite dans un instant.",
)


def _month(visit: Visit, back: int = 1) -> datetime:
    """The first day of the month before."""
    first = visit.at.astimezone(ZONE).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    for _ in range(back):
        first = (first - timedelta(days=1)).replace(day=1)
    return first


def _hours(visit: Visit) -> str:
    day = _month(visit).replace(day=3)
    period = "&".join(
        f"{name}={(day + timedelta(days=number)).astimezone(ZoneInfo('UTC')):%Y-%m-%dT%H:%M:%SZ}"
        for name, number in (("from", 0), ("to", 1))
    )
    return get(visit, f"{USAGE}?meter=sms&window=hour&{period}", visit.demo.aurore)


def _uses(visit: Visit) -> str:
    use = {
        "transaction_id": f"tour-{visit.run}",
        "meter": "sms",
        "at": visit.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "quantity": "7",
    }
    return post(
        visit, f"{USAGE}/events", visit.demo.aurore, body={"events": [use, use, {**use, "quantity": "70"}]}
    )


def _closing(visit: Visit) -> str:
    url = shlex.quote(f"{visit.demo.url}{BILLING}/invoices")
    body = shlex.quote(f'{{"month": "{_month(visit):%Y-%m}"}}')
    lines = (
        f"curl -sSZ --parallel-immediate {url} {url}",
        f"-H 'Authorization: Bearer {visit.demo.aurore.api_key}'",
        "-H 'Content-Type: application/json'",
        f"-d {body} -o /dev/null -o /dev/null -w '%{{http_code}} for one invoice\\n'",
    )
    return " \\\n  ".join(lines)


def _exporting(visit: Visit) -> str:
    file = shlex.quote(str(visit.file(EXPORT)))
    return get(
        visit,
        "/api/v1/audit/export",
        visit.demo.aurore,
        f"-o {file} -w '%{{http_code}}: %{{size_download}} bytes\\n'",
    )


def _judging(visit: Visit) -> str:
    python = "python3" if shutil.which("python3") else shlex.quote(sys.executable)
    return f"{python} -m tests.oracle.billing {shlex.quote(str(visit.file(EXPORT)))}"


HOURS = Step(
    name=Said("Read what was used, hour by hour", "Lire ce qui a été utilisé, heure par heure"),
    command=_hours,
    shows=("meter", "window", "zone", "cut", "data.*.start", "data.*.value"),
    expects=lambda visit: {"meter": "sms", "data.0.value": "740"},
    why=Said(
        "The answer names its cut: the same cut gives the same figures for ever, so any biller can use them.",
        "La réponse nomme sa coupe : la même coupe donne toujours les mêmes chiffres, tout facturier peut s'y fier.",
    ),
)
USES = Step(
    name=Said(
        "Report one use, the same again, and the same with another quantity",
        "Déclarer un usage, le même encore, et le même avec une autre quantité",
    ),
    command=_uses,
    shows=("accepted", "duplicate", "conflict", "outcomes.*.status", "outcomes.*.reason"),
    expects=lambda visit: {
        "accepted": 1,
        "duplicate": 1,
        "conflict": 1,
        "outcomes.2.reason": "same_id_other_content",
    },
    why=Said(
        "Counted once, today or in ten years; other content under the same id is an error worth hearing of.",
        "Compté une fois, aujourd'hui ou dans dix ans ; un autre contenu sous le même id est une erreur à connaître.",
    ),
)
PREVIEW = Step(
    name=Said("Preview the invoice of this month", "Prévisualiser la facture du mois"),
    command=lambda visit: get(
        visit, f"/api/v1/enterprise/billing?month={visit.at.astimezone(ZONE):%Y-%m}", visit.demo.aurore
    ),
    shows=("invoice.month", "invoice.lines.*.code", "invoice.lines.*.amount_minor", "late_months"),
    expects=lambda visit: {
        "invoice.month": f"{visit.at.astimezone(ZONE):%Y-%m}",
        "invoice.lines.0.amount_minor": 14_900,
    },
    why=Said(
        "The very function that will make the invoice; nothing is written, and late reports are told.",
        "La fonction même qui fera la facture ; rien n'est écrit, et les déclarations tardives sont dites.",
    ),
)
CLOSE = Step(
    name=Said("Close the last month twice at once", "Clore le mois passé deux fois à la fois"),
    command=_closing,
    expects=lambda visit: {"text": says("200 for one invoice 200 for one invoice")},
    remedy=NO_INVOICE,
    why=Said(
        "A month has one invoice, whoever closes it, however often, and at whatever hour UTC has just then.",
        "Un mois n'a qu'une facture, quel que soit qui le clôt, combien de fois, et quelle que soit l'heure UTC.",
    ),
)
INVOICES = Step(
    name=Said("List the invoices", "Lister les factures"),
    command=lambda visit: get(visit, f"{BILLING}/invoices", visit.demo.aurore),
    shows=("data.*.invoice.month", "data.*.number", "data.*.invoice.total_minor", "data.*.standing"),
    expects=lambda visit: {
        "data.0.invoice.month": f"{_month(visit):%Y-%m}",
        "data.1.invoice.month": f"{_month(visit, 2):%Y-%m}",
        # 149 + 30 + (740 + 655 + 812 + 31 - 2 000) x 0.05 = 190.90 and a fifth of it.
        "data.0.invoice.total_minor": 22_908,
        "data.0.number": Told(Said("a number", "un numéro"), lambda number: str(number).startswith("F")),
    },
    keeps={"number": "data.0.number"},
    remedy=NO_INVOICE,
    why=Said(
        "Numbers without a gap; each invoice is a PDF with its data inside, as French law has asked since 2026.",
        "Des numéros sans trou ; chaque facture est un PDF avec ses données, comme la loi le demande depuis 2026.",
    ),
)
EXPLAIN = Step(
    name=Said("Ask where each line comes from", "Demander d'où vient chaque ligne"),
    command=lambda visit: escale(visit, "billing", "explain", str(visit["number"])),
    expects=lambda visit: {"text": says("Every line comes from its events.")},
    why=Said(
        "Down to the positions in the log: who doubts a figure can add it up.",
        "Jusqu'aux positions du journal : qui doute d'un chiffre peut l'additionner.",
    ),
)
EXPORTED = Step(
    name=Said("Take the log away", "Emporter le journal"),
    command=_exporting,
    expects=lambda visit: {"text": says("200: ")},
    why=Said(
        "What follows has nothing of the product but this file.",
        "La suite n'a rien du produit que ce fichier.",
    ),
)
ORACLE = Step(
    name=Said(
        "Have another program work the invoices out", "Faire recalculer les factures par un autre programme"
    ),
    command=_judging,
    expects=lambda visit: {"text": says(" 0 cents of difference.")},
    remedy=Said(
        "The other program stands in the source: take the tour in the folder it was started from.",
        "L'autre programme est dans les sources : prenez la visite dans le dossier de démarrage.",
    ),
    why=Said(
        "It shares no code with the product, has only the standard library, and was checked by hand.",
        "Il ne partage aucun code avec le produit, n'a que la bibliothèque standard, et fut vérifié à la main.",
    ),
)
BILLED = Tour(
    name="billing",
    about=Said(
        "Somebody who pays reports use, sees one invoice closed twice, and has each line and cent accounted for.",
        "Quelqu'un qui paie déclare des usages, voit une facture close deux fois, et chaque ligne justifiée.",
    ),
    steps=(HOURS, USES, PREVIEW, CLOSE, INVOICES, EXPLAIN, EXPORTED, ORACLE),
    verdict=Said(
        "Counted once, billed once, explained to the event, and right to the cent by somebody else's account.",
        "Compté une fois, facturé une fois, expliqué jusqu'à l'événement, et juste au centime selon un tiers.",
    ),
)
