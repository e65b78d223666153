"""Where does an invoice come from, and does everything still agree? Told line by line, down to the events."""

from datetime import datetime
from uuid import UUID

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from adapters.bootstrap import Explained, House
from api.terminal.billing import amount, described
from domain.billing.issued import Invoice

SHOWN_USES = 10


def explain(
    house: House, number: str, console: Console, *, tenant_id: UUID | None = None, everything: bool = False
) -> bool:
    """Prints every line with the events it stands on; does each come to what the line says?"""
    companies = [tenant_id] if tenant_id else house.companies()
    with _progress(console) as progress:
        looking = progress.add_task("looking for the invoice", total=len(companies))
        found_in, invoice = house.billing.explaining.find(
            number, companies, lambda: progress.advance(looking)
        )
        reading = progress.add_task(
            "reading its events", total=house.billing.explaining.uses_of(found_in, invoice) or None
        )
        lines = list(
            house.billing.explaining.lines(found_in, invoice, lambda uses: progress.advance(reading, uses))
        )
    draft = invoice.draft
    console.print(
        f"Invoice {invoice.number or '(no number yet)'} of {draft.month}, as known at position {draft.cut}",
        markup=False,
    )
    for line in lines:
        _show(line, invoice, console, everything=everything)
    for carried in invoice.carried:
        way = "taken off, owed by the invoice" if carried.amount_minor > 0 else "taken off by the invoice"
        console.print(
            f"{amount(-carried.amount_minor, draft.currency):>14}  {way} of {carried.month}",
            markup=False,
        )
    adds_up = all(line.adds_up for line in lines)
    console.print("Every line comes from its events." if adds_up else "Some lines do not add up.")
    return adds_up


def reconcile(house: House, console: Console, *, tenant_id: UUID | None = None) -> bool:
    """Makes every invoice again from the log and compares; is nothing different?"""
    companies = house.tenants(tenant_id) if tenant_id else house.companies()
    mismatches = []
    with _progress(console) as progress:
        task = progress.add_task("making invoices again", total=len(companies))
        for company in companies:
            mismatches += list(house.billing.reconciling.company(company))
            progress.advance(task)
    if tenant_id is None:
        mismatches += list(house.billing.reconciling.numbers(companies))
    for one in mismatches:
        console.print(
            f"{one.tenant_id}  {one.about}: {one.found} instead of {one.expected}",
            markup=False,
            soft_wrap=True,
        )
    console.print("Everything agrees." if not mismatches else f"{len(mismatches)} things do not agree.")
    return not mismatches


def _show(explained: Explained, invoice: Invoice, console: Console, *, everything: bool) -> None:
    line = explained.line
    sign = "=" if explained.adds_up else "≠"
    console.print(
        f"{amount(line.amount_minor, invoice.draft.currency):>14}  {described(line, invoice.draft)}",
        markup=False,
    )
    for cause in explained.causes:
        console.print(f"{'':>16}at {cause.position:>8}  {_at(cause.at)}  {cause.what}", markup=False)
    shown = explained.uses if everything else explained.uses[:SHOWN_USES]
    for use in shown:
        corrects = f" instead of {use.corrects}" if use.corrects else ""
        subject = f" by {use.subject}" if use.subject else ""
        console.print(
            f"{'':>16}at {use.position:>8}  {_at(use.at)}  {use.quantity.normalize():f}"
            f"{subject}  {use.transaction_id}{corrects}",
            markup=False,
            soft_wrap=True,
        )
    if len(shown) < len(explained.uses):
        console.print(f"{'':>16}and {len(explained.uses) - len(shown)} more; --all shows them")
    if explained.uses:
        console.print(f"{'':>16}{sign} {line.quantity:f} from {len(explained.uses)} uses", markup=False)


def _at(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def _progress(console: Console) -> Progress:
    return Progress(TextColumn("{task.description:<28}"), BarColumn(), MofNCompleteColumn(), console=console)
