"""What does somebody see who asks the figures: tables, SQL, REST, a file, and no other company?"""

import shlex
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from api.terminal.tours.commands import escale, get, in_person, post, python, sign_in
from api.terminal.tours.step import Said, Step, Told, Tour, Visit, says

ANALYTICS, LOGINS = "/api/v1/analytics", "/api/v1/enterprise/sql-logins"
FILE = "travel_spend.parquet"
BY_MONTH = """
select month,
  round(sum(spend_eur_cents) filter (where state = 'booked') / 100.0, 2) as eur,
  round(sum(carbon_g) filter (where state = 'booked') / 1000.0, 3) as kg_co2e,
  count(*) filter (where state = 'flagged') as violations
from travel_spend group by month order by month"""
TOTAL = "select round(sum(spend_eur_cents) / 100.0, 2) from travel_spend where state in ('booked')"
BOOKED_BY_MONTH = (
    "filter=state:eq:booked&group_by=month(month)&sum=spend_eur_cents,carbon_g&order=month_month"
)
NO_HISTORY = Said(
    "The demo's history has the figures: start it with `make demo` and wait until it says Serving.",
    "Les chiffres sont dans l'historique de la démo : lancez `make demo` et attendez « Serving ».",
)
MOVED_ON = Said(
    "Somebody else changes the company's figures at this moment; take the tour again when it is quiet.",
    "Quelqu'un modifie les chiffres de l'entreprise en ce moment ; reprenez la visite au calme.",
)


def _sql(visit: Visit, statement: str, *words: str) -> str:
    return escale(visit, "sql", f'"{statement}"', *words)


def _trespassing(visit: Visit) -> str:
    entering = f"set_config('app.tenant_id', '{visit.demo.boreal.tenant_id}', false)"
    return _sql(visit, f"\nselect tenant_id, count(*) as trips from trip, {entering}\ngroup by tenant_id")


def _waiting(visit: Visit) -> str:
    asked = get(visit, f"{ANALYTICS}/exports/{visit['export']}", visit.demo.aurore)
    return f"""until {asked} \\
  | grep -E '"state":"(done|failed|expired)"'; do sleep 1; done"""


def _downloading(visit: Visit) -> str:
    file = shlex.quote(str(visit.file(FILE)))
    return get(
        visit,
        f"{ANALYTICS}/exports/{visit['export']}/file",
        visit.demo.aurore,
        f"-o {file} -w '%{{http_code}}: %{{size_download}} bytes\\n'",
    )


def _reading(visit: Visit) -> str:
    return python(
        f"""
from pyarrow.parquet import read_table
file = read_table({str(visit.file(FILE))!r})
print(file.num_rows, 'rows,', sum(file['spend_eur_cents'].to_pylist()), 'cents, read at position',
      file.schema.metadata[b'escale.position'].decode())"""
    )


def _issuing(visit: Visit) -> str:
    wanted = {"name": "Tour", "valid_days": 1}
    return in_person(visit, LOGINS, visit["token"], once="login", body=wanted)


def _signing_in(visit: Visit) -> str:
    where = f"host={visit['host']} port={visit['port']} dbname={visit['database']}"
    asked = python(
        f"""
import psycopg
with psycopg.connect('{where}',
                     user='{visit["user"]}') as connection:
    print(*connection.execute('''{TOTAL}''').fetchone())"""
    )
    return f"PGPASSWORD={shlex.quote(visit['password'])} {asked}"


def _cents(visit: Visit) -> int:
    """The total over the months, as REST has told it."""
    return sum(visit["cents"])


def _euros(cents: int) -> str:
    return str(Decimal(cents).scaleb(-2))


def _same_months(visit: Visit) -> Told:
    """Every figure that REST tells stands in its month's line of the SQL answer."""

    def holds(rows: list[Mapping[str, Any]]) -> bool:
        figures = [
            f"{row['month_month']} {_euros(row['sum_spend_eur_cents'])} {Decimal(row['sum_carbon_g']).scaleb(-3)} "
            for row in rows
        ]
        return bool(figures) and all(each in visit["months"] for each in figures)

    return Told(Said("the figures of the SQL answer", "les chiffres de la réponse SQL"), holds)


TABLES = Step(
    name=Said("See which tables there are", "Voir quelles tables existent"),
    command=lambda visit: f"{visit.escale} tables",
    expects=lambda visit: {"text": says("analytics.travel_spend", "analytics.trip", "analytics.position")},
    why=Said(
        "Every column is explained, here and on the page /tables; the columns are a contract that only grows.",
        "Chaque colonne est expliquée, ici et à la page /tables ; c'est un contrat qui ne fait que grandir.",
    ),
)
MONTHS = Step(
    name=Said("Euros, kilograms and violations by month", "Euros, kilogrammes et écarts par mois"),
    command=lambda visit: _sql(visit, BY_MONTH),
    expects=lambda visit: {"text": says("violations", "read at position")},
    keeps={"months": "text"},
    remedy=NO_HISTORY,
    why=Said(
        "One SELECT over lines that follow from the log, and the answer names the position it was true at.",
        "Un SELECT sur des lignes déduites du journal, et la réponse nomme la position où elle était vraie.",
    ),
)
REST = Step(
    name=Said("Ask the same over REST", "Demander la même chose par REST"),
    command=lambda visit: get(
        visit, f"{ANALYTICS}/tables/travel_spend?{quote(BOOKED_BY_MONTH, safe='=&:(),_')}", visit.demo.aurore
    ),
    shows=("position", "data.*.month_month", "data.*.sum_spend_eur_cents", "data.*.sum_carbon_g"),
    expects=lambda visit: {"table": "travel_spend", "has_more": False, "data": _same_months(visit)},
    keeps={"cents": "data.*.sum_spend_eur_cents", "position": "position"},
    remedy=MOVED_ON,
    why=Said(
        "Cent for cent and gram for gram the same: integers, so that nothing is rounded on its way.",
        "Au centime et au gramme près, pareil : des entiers, pour que rien ne soit arrondi en chemin.",
    ),
)
TRESPASS = Step(
    name=Said("Try to read the other company", "Tenter de lire l'autre entreprise"),
    command=_trespassing,
    expects=lambda visit: {"text": says(str(visit.demo.aurore.tenant_id), "1 row,")},
    why=Said(
        "The policies read the name one signed in with, which no statement changes: only one's own rows come.",
        "Les règles lisent le nom de connexion, qu'aucun ordre ne change : seules ses propres lignes viennent.",
    ),
)
REQUEST = Step(
    name=Said("Ask for the lines as a Parquet file", "Demander les lignes en fichier Parquet"),
    command=lambda visit: post(
        visit,
        f"{ANALYTICS}/export",
        visit.demo.aurore,
        once="export",
        body={"table": "travel_spend", "filters": ["state:eq:booked"], "format": "parquet"},
    ),
    shows=("id", "table", "format"),
    expects=lambda visit: {"table": "travel_spend", "format": "parquet"},
    keeps={"export": "id"},
    why=Said(
        "A worker makes the file; who asked for which rows is in the log, since data leaves the house.",
        "Un processus fait le fichier ; qui a demandé quelles lignes est au journal, car des données sortent.",
    ),
)
PROGRESS = Step(
    name=Said("Watch it being made", "Le regarder se faire"),
    command=_waiting,
    shows=("state", "rows_written", "rows_total", "read_at_position", "size_bytes", "sha256"),
    expects=lambda visit: {
        "state": "done",
        "rows_written": Told(Said("some rows", "des lignes"), lambda rows: rows > 0),
    },
    keeps={"rows": "rows_written", "exported_at": "read_at_position", "size": "size_bytes"},
    why=Said(
        "All of it is one instant: the file says up to which position, and its checksum goes with it.",
        "Le tout est d'un seul instant : le fichier dit jusqu'à quelle position, et son empreinte l'accompagne.",
    ),
)
DOWNLOAD = Step(
    name=Said("Take it home", "L'emporter"),
    command=_downloading,
    expects=lambda visit: {"text": f"200: {visit['size']} bytes"},
    why=Said(
        "It is kept for a day, for whoever may read the company's tables; a broken download goes on with Range.",
        "Il est gardé un jour, pour qui peut lire les tables ; un téléchargement rompu reprend avec Range.",
    ),
)
READ_BACK = Step(
    name=Said("Add it up with a few lines of Python", "L'additionner en quelques lignes de Python"),
    command=_reading,
    expects=lambda visit: {
        "text": f"{visit['rows']} rows, {_cents(visit)} cents, read at position {visit['exported_at']}"
    },
    remedy=MOVED_ON,
    why=Said(
        "Typed columns and the same total to the cent, so a spreadsheet and the database can be held together.",
        "Des colonnes typées et le même total au centime : tableur et base peuvent être rapprochés.",
    ),
)
IN_PERSON = Step(
    name=Said("Sign in as the owner", "Se connecter en propriétaire"),
    command=lambda visit: sign_in(visit, visit.demo.aurore),
    shows=("token_type", "expires_in"),
    expects=lambda visit: {"token_type": "Bearer"},
    keeps={"token": "access_token"},
    why=Said(
        "A login of the database is handed out by a person: an API key may not give more than its scopes.",
        "Un accès à la base est remis par une personne : une clé d'API ne peut donner plus que ses portées.",
    ),
)
ISSUE = Step(
    name=Said("Issue a login of the database", "Ouvrir un accès à la base"),
    command=_issuing,
    shows=("sql_login.user_name", "sql_login.state", "sql_login.expires_at", "password", "notice"),
    expects=lambda visit: {
        "sql_login.state": "issued",
        "sql_login.is_usable": True,
        "password": Told(Said("a password", "un mot de passe"), lambda text: len(text) >= 32),
    },
    keeps={
        "login": "sql_login.id",
        "user": "sql_login.user_name",
        "password": "password",
        "host": "host",
        "port": "port",
        "database": "database",
    },
    why=Said(
        "The password is shown here and kept nowhere; the server knows a verifier, and the log that it happened.",
        "Le mot de passe n'est montré qu'ici ; le serveur n'a qu'un vérificateur, et le journal garde le fait.",
    ),
)
USE = Step(
    name=Said("Use it with any PostgreSQL client", "S'en servir avec n'importe quel client PostgreSQL"),
    command=_signing_in,
    expects=lambda visit: {"text": _euros(_cents(visit))},
    remedy=MOVED_ON,
    why=Said(
        "A business intelligence tool gets this: read only, 30 seconds a statement, three connections, own rows.",
        "C'est ce que reçoit un outil décisionnel : lecture seule, 30 s par ordre, trois connexions, ses lignes.",
    ),
)
REVOKE = Step(
    name=Said("End the login", "Fermer l'accès"),
    command=lambda visit: in_person(visit, f"{LOGINS}/{visit['login']}", visit["token"], order="DELETE"),
    shows=("user_name", "state", "is_usable"),
    expects=lambda visit: {"state": "revoked", "is_usable": False},
    why=Said(
        "Its sessions end at once, whatever they are doing; with the member's own departure it goes by itself.",
        "Ses sessions finissent aussitôt, quoi qu'elles fassent ; au départ du membre, il se ferme de lui-même.",
    ),
)

ANALYST = Tour(
    name="analyst",
    about=Said(
        "An analyst asks figures in SQL, over REST and as a file, gets one total, and never another company's rows.",
        "Un analyste demande des chiffres en SQL, par REST et en fichier, obtient un seul total, et jamais les lignes"
        " d'autrui.",
    ),
    steps=(
        TABLES,
        MONTHS,
        REST,
        TRESPASS,
        REQUEST,
        PROGRESS,
        DOWNLOAD,
        READ_BACK,
        IN_PERSON,
        ISSUE,
        USE,
        REVOKE,
    ),
    verdict=Said(
        "Four ways to ask, one total to the cent, and each answer says up to which event it is true.",
        "Quatre façons de demander, un total au centime, et chaque réponse dit jusqu'à quel événement elle est vraie.",
    ),
)
