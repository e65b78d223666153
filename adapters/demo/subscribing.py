"""What has the first demo company subscribed to, and what has it used since?"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from adapters.demo.companies import OpenCompany, Provisioner
from application.billing.papers import SetInvoicingDetails
from application.billing.subscriptions import StartSubscription
from application.billing.usage import ReportUsage
from domain.billing.calendar import month_of, next_month, period_of
from domain.billing.party import Address
from domain.billing.price import ProductLine
from domain.billing.terms import Debtor

ZONE = "Europe/Paris"
ADDRESS = Address(street="12 avenue des Voyageurs", postcode="69003", city="Lyon", country="FR")
DETAILS = SetInvoicingDetails(address=ADDRESS, registration_number="303265045", language="fr")
# On these days of every month the company sent so many SMS, and what it sent depends on nothing else.
SENT = ((3, 740), (11, 655), (19, 812), (25, 31))


def subscribe(provisioner: Provisioner, company: OpenCompany, *, since: datetime, today: datetime) -> None:
    """The subscription and the uses of every month that is over; a second time they are known."""
    tenant_id = company.tenant_id
    debtor = Debtor(legal_name=company.company.name, country="FR", vat_number="FR40303265045")
    start = StartSubscription(
        line=ProductLine.CRM, plan="pro", add_ons={"whatsapp": 1}, debtor=debtor, zone=ZONE
    )
    provisioner.run(tenant_id, "invoicing details", DETAILS, at=since)
    provisioner.run(tenant_id, "subscription", start, at=since)
    for month in _months(since, today):
        used = tuple(
            {
                "transaction_id": f"sms-{month}-{day:02}",
                "meter": "sms",
                "at": (period_of(month, ZONE).start + timedelta(days=day - 1, hours=9)).isoformat(),
                "quantity": quantity,
            }
            for day, quantity in SENT
        )
        report = ReportUsage(events=used)
        provisioner.run(tenant_id, f"usage {month}", report, at=period_of(month, ZONE).end)


def _months(since: datetime, today: datetime) -> Iterator[str]:
    """The months that are over, but for the first, in which only a part was paid for."""
    month = next_month(month_of(since, ZONE))
    while period_of(month, ZONE).end <= today.astimezone(UTC):
        yield month
        month = next_month(month)
