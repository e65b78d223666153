"""Who stands on an invoice, on either side, as the law wants them named?"""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from domain.kernel.personal import Impersonal
from domain.kernel.text import Code, CountryCode, Title
from domain.kernel.value import Value

DocumentLanguage = Literal["en", "fr"]
# An IBAN as it is stored, without spaces: country, check digits, account.
Iban = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}$"), Impersonal()]
Bic = Annotated[str, StringConstraints(pattern=r"^[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?$"), Impersonal()]
PaymentDays = Annotated[int, Field(strict=True, ge=0, le=60)]


class Address(Value):
    """Where a company has its seat."""

    street: Title
    street_2: Title | None = None
    postcode: Code
    city: Title
    country: CountryCode


class Seller(Value):
    """Whoever sends the invoices. Within `payment_days` of their date they are paid; 60 is what the law allows."""

    legal_name: Title
    legal_form: Title
    address: Address
    registration_number: Code
    vat_number: Code
    iban: Iban
    bic: Bic | None = None
    payment_days: PaymentDays = 30


class Buyer(Value):
    """What an invoice says of the company it goes to, besides its name, country and VAT number."""

    address: Address | None = None
    registration_number: Code | None = None
    order_reference: Code | None = None
    language: DocumentLanguage = "en"


NO_DETAILS = Buyer()
# An invented company, until the platform declares who it really is.
SHIPPED_SELLER = Seller(
    legal_name="Escale Exemple SAS",
    legal_form="SAS, capital 10 000 EUR, RCS Paris",
    address=Address(street="1 rue de l'Exemple", postcode="75002", city="Paris", country="FR"),
    registration_number="732829320",
    vat_number="FR44732829320",
    iban="FR1420041010050500013M02606",
    payment_days=30,
)
