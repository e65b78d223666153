"""What is an amount of money? Minor units and an ISO 4217 code, never a float."""

from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from domain.kernel.personal import Impersonal
from domain.kernel.value import Value

# ISO 4217 active codes; funds, metals and test codes are left out on purpose.
CURRENCIES = frozenset(
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF "
    "CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL "
    "HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD "
    "MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG "
    "QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD "
    "TWD TZS UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG".split()
)

# Where ISO 4217 gives a currency other than two digits after the point.
NO_DIGITS = frozenset("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF".split())
THREE_DIGITS = frozenset("BHD IQD JOD KWD LYD OMR TND".split())


def minor_digits(currency: str) -> int:
    """How many digits after the point the smallest unit of the currency has."""
    if currency in NO_DIGITS:
        return 0
    return 3 if currency in THREE_DIGITS else 2


def known_currency(code: str) -> str:
    """Refuses a code ISO 4217 does not list."""
    if code not in CURRENCIES:
        raise ValueError("must be a currency code of ISO 4217")
    return code


Currency = Annotated[
    str, StringConstraints(pattern=r"^[A-Z]{3}$"), AfterValidator(known_currency), Impersonal()
]

# Minor units. The bound keeps every sum of a tenant inside 64 bits.
Cents = Annotated[int, Field(strict=True, ge=0, le=10**12)]


class Money(Value):
    """`amount_minor` in the smallest unit of `currency`: 12 345 EUR cents is 123.45 EUR."""

    amount_minor: Cents
    currency: Currency
