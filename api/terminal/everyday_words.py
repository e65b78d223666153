"""What do the everyday commands say, in both languages? Sentences, and the columns of each table with their places."""

from collections.abc import Mapping, Sequence

from api.terminal.tours.step import Said

SENTENCES: Mapping[str, Said] = {
    "kept": Said(
        "{name} is signed in at {url}; kept in {path}, which only you can read.",
        "{name} est connecté à {url} ; noté dans {path}, que vous seul pouvez lire.",
    ),
    "nobody": Said(
        "Nobody is signed in here: `escale login`, or set ESCALE_URL and ESCALE_API_KEY.",
        "Personne n'est connecté ici : `escale login`, ou définissez ESCALE_URL et ESCALE_API_KEY.",
    ),
    "refused": Said("Refused:", "Refusé :"),
    "unreachable": Said("Nobody answers at {url}.", "Personne ne répond à {url}."),
    "written": Said("Written to {path}.", "Écrit dans {path}."),
    "none": Said("Nothing yet.", "Rien pour l'instant."),
}

ID, VERSION = ("id", Said("Id", "Id")), ("version", Said("Version", "Version"))
STATUS, PURPOSE = ("status", Said("Status", "État")), ("purpose", Said("Purpose", "Objet"))
Columns = Sequence[tuple[str, Said]]
COLUMNS: Mapping[str, Columns] = {
    "trip": (
        *(ID, PURPOSE, STATUS, VERSION),
        ("journey.departs_at", Said("Departs", "Départ")),
        ("journey.spend_eur_cents", Said("Cents (EUR)", "Centimes (EUR)")),
        ("journey.carbon_kg", Said("Carbon (kg)", "Carbone (kg)")),
        ("verdict.is_blocked", Said("Blocked", "Bloqué")),
        ("verdict.requires_approval", Said("Needs a yes", "À approuver")),
    ),
    "trips": (
        *(ID, PURPOSE, STATUS),
        ("destination", Said("To", "Vers")),
        ("departs_at", Said("Departs", "Départ")),
        ("spend_eur_cents", Said("Cents (EUR)", "Centimes (EUR)")),
        ("carbon_kg", Said("Carbon (kg)", "Carbone (kg)")),
        ("broken_rules", Said("Broken rules", "Règles enfreintes")),
    ),
    "violations": (
        ("trip_id", Said("Trip", "Voyage")),
        ("rule", Said("Rule", "Règle")),
        ("outcome", Said("Outcome", "Suite")),
        ("observed", Said("Observed", "Constaté")),
        ("limit", Said("Limit", "Limite")),
        STATUS,
        ("flagged_at", Said("Flagged", "Relevée")),
    ),
    "budgets": (
        ("year", Said("Year", "Année")),
        ("owner", Said("Of", "De")),
        ("unit", Said("Unit", "Unité")),
        ("amount", Said("Amount", "Montant")),
        ("taken", Said("Taken", "Pris")),
        ("remaining", Said("Left", "Reste")),
    ),
    "slots": (("starts_at", Said("From", "De")), ("ends_at", Said("To", "À"))),
    "appointment": (
        *(ID, STATUS, VERSION),
        ("visit.starts_at", Said("From", "De")),
        ("visit.ends_at", Said("To", "À")),
    ),
    "bookings": (
        *(ID, STATUS),
        ("starts_at", Said("From", "De")),
        ("ends_at", Said("To", "À")),
    ),
    "usage": (
        ("start", Said("From", "De")),
        ("value", Said("Used", "Utilisé")),
    ),
    "meters": (
        ("code", Said("Meter", "Compteur")),
        ("title", Said("What", "Quoi")),
        ("aggregation", Said("Counted as", "Compté comme")),
    ),
    "invoices": (
        *(ID,),
        ("number", Said("Number", "Numéro")),
        ("invoice.month", Said("Month", "Mois")),
        ("invoice.currency", Said("Currency", "Devise")),
        ("invoice.total_minor", Said("Amount (minor)", "Montant (mineur)")),
        ("balance_minor", Said("Open (minor)", "Ouvert (mineur)")),
        ("standing", Said("Standing", "État")),
    ),
    "preview": (
        ("invoice.month", Said("Month", "Mois")),
        ("invoice.currency", Said("Currency", "Devise")),
        ("invoice.net_minor", Said("Net (minor)", "Hors taxe (mineur)")),
        ("invoice.total_minor", Said("In all (minor)", "Total (mineur)")),
        ("invoice.cut", Said("Cut of the log", "Coupe du journal")),
    ),
}
