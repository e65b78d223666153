"""How does a document speak to the customer's software? As EN 16931 data in the CII syntax.

The identifiers (BT-1 and so on) are the business terms of the European norm, which the library takes as names.
"""

import re
from decimal import Decimal
from typing import Any

import facturx

from adapters.documents.paper import Paper, billable
from adapters.documents.paper_words import Words
from adapters.documents.writing import Language
from domain.billing.invoice_line import InvoiceLine
from domain.billing.tax import TaxCategory
from domain.kernel.money import minor_digits

INVOICE, CREDIT_NOTE = "380", "381"
SERVICES, TRANSFER, PIECE = "S1", "30", "C62"
SIREN, FRENCH_ADDRESS, VAT_ADDRESS = "0002", "0225", "9957"
CATEGORIES = {TaxCategory.STANDARD: "S", TaxCategory.REVERSE_CHARGE: "AE", TaxCategory.OUTSIDE_SCOPE: "O"}
EXEMPTIONS = {TaxCategory.REVERSE_CHARGE: "VATEX-EU-AE", TaxCategory.OUTSIDE_SCOPE: "VATEX-EU-O"}
NINE_DIGITS = re.compile(r"[0-9]{9}")


def xml_of(paper: Paper, language: Language) -> bytes:
    """The data, checked against the schema. The same document gives the same bytes."""
    words = Words(paper, language)
    text: bytes = facturx.generate_cii_xml(
        _terms(paper, words), level="en16931", check_xsd=True, check_schematron=False
    )
    return text


def _terms(paper: Paper, words: Words) -> dict[str, Any]:
    pen, is_invoice = words.pen, paper.kind == "invoice"
    is_outside = paper.tax.category is TaxCategory.OUTSIDE_SCOPE
    first, last = paper.days(paper.period)
    lines = [_line(paper, words, line, number) for number, line in enumerate(paper.lines, start=1)]
    terms: dict[str, Any] = {
        "BT-1": paper.number,
        "BT-2": paper.issued_on,
        "BT-3": INVOICE if is_invoice else CREDIT_NOTE,
        "BT-5": paper.currency,
        "BT-9": paper.due_on,
        "BT-20": pen.say("terms", days=paper.seller.payment_days) if is_invoice else "",
        "BT-23": SERVICES,
        "BG-1": [
            {"BT-21": "PMT", "BT-22": pen.say("note.recovery")},
            {"BT-21": "PMD", "BT-22": pen.say("note.late")},
            {"BT-21": "AAB", "BT-22": pen.say("note.discount")},
        ],
        "BG-4": _seller(paper, with_vat=not is_outside),
        "BG-7": _buyer(paper, with_vat=not is_outside),
        "BT-72": last,
        "BT-73": first,
        "BT-74": last,
        "BT-81": TRANSFER,
        "BT-83": paper.number,
        "BT-84": paper.seller.iban,
        "BT-86": paper.seller.bic or "",
        "BG-23": [_tax(paper, words)],
        "BT-106": _money(paper, paper.net_minor),
        "BT-109": _money(paper, paper.net_minor),
        "BT-110": _money(paper, paper.tax.amount_minor),
        "BT-112": _money(paper, paper.total_minor),
        "BT-115": _money(paper, paper.due_minor),
        "BG-25": lines or [_only_line(paper, words)],
    }
    if paper.carried_minor:
        terms["BT-113"] = _money(paper, paper.carried_minor)
    if paper.buyer.order_reference:
        terms["BT-10"] = terms["BT-13"] = paper.buyer.order_reference
    if paper.refers_to is not None:
        terms["BG-3"] = [{"BT-25": paper.refers_to.number, "BT-26": paper.refers_to.issued_on}]
    return terms


def _seller(paper: Paper, *, with_vat: bool) -> dict[str, Any]:
    seller, address = paper.seller, paper.seller.address
    party = {
        "name": seller.legal_name,
        "legal_info": seller.legal_form,
        "legal_identifier": seller.registration_number,
        "addr_l1": address.street,
        "addr_l2": address.street_2 or "",
        "postcode": address.postcode,
        "city": address.city,
        "country_code": address.country,
        "vat_identifier": seller.vat_number if with_vat else "",
    }
    return {**party, **_scheme(seller.registration_number, address.country)}


def _buyer(paper: Paper, *, with_vat: bool) -> dict[str, Any]:
    debtor, buyer = paper.debtor, paper.buyer
    party: dict[str, Any] = {
        "name": debtor.legal_name,
        "country_code": debtor.country,
        "vat_identifier": (debtor.vat_number or "") if with_vat else "",
        "legal_identifier": buyer.registration_number or "",
    }
    if buyer.address is not None and buyer.address.country == debtor.country:
        party |= {
            "addr_l1": buyer.address.street,
            "addr_l2": buyer.address.street_2 or "",
            "postcode": buyer.address.postcode,
            "city": buyer.address.city,
        }
    return {**party, **_scheme(buyer.registration_number or "", debtor.country)}


def _scheme(number: str, country: str) -> dict[str, str]:
    """A French SIREN is known by its scheme, and is the address in the directory of platforms."""
    if country != "FR" or not NINE_DIGITS.fullmatch(number):
        return {}
    return {
        "legal_identifier_schemeid": SIREN,
        "einvoicing_addr": number,
        "einvoicing_addr_schemeid": FRENCH_ADDRESS,
    }


def _tax(paper: Paper, words: Words) -> dict[str, Any]:
    category = paper.tax.category
    tax = {
        "BT-116": _money(paper, paper.net_minor),
        "BT-117": _money(paper, paper.tax.amount_minor),
        "BT-118": CATEGORIES[category],
    }
    if category is not TaxCategory.OUTSIDE_SCOPE:
        tax["BT-119"] = f"{paper.tax.percent:f}"
    if category in EXEMPTIONS:
        tax |= {"BT-120": words.tax_note() or "", "BT-121": EXEMPTIONS[category]}
    return tax


def _line(paper: Paper, words: Words, line: InvoiceLine, number: int) -> dict[str, Any]:
    quantity, price = billable(paper, line)
    first, last = (
        min(paper.days(one)[0] for one in line.periods),
        max(paper.days(one)[1] for one in line.periods),
    )
    found = _row(paper, number, words.what(line), quantity, price, line.amount_minor)
    found |= {"BT-154": words.how(line), "BT-155": line.code}
    within = paper.days(paper.period)
    if within[0] <= first and last <= within[1]:
        # The norm wants a line's period inside the invoice's; a correction names its month in words.
        found |= {"BT-134": first, "BT-135": last}
    return found


def _only_line(paper: Paper, words: Words) -> dict[str, Any]:
    what = words.reason() if paper.kind == "credit_note" else words.pen.say("line.none")
    return _row(paper, 1, what, Decimal(1), paper.amount(paper.net_minor), paper.net_minor)


def _row(
    paper: Paper, number: int, what: str, quantity: Decimal, price: Decimal, amount_minor: int
) -> dict[str, Any]:
    row = {
        "BT-126": str(number),
        "BT-153": what,
        "BT-129": f"{quantity:f}",
        "BT-130": PIECE,
        "BT-146": f"{price:f}",
        "BT-131": _money(paper, amount_minor),
        "BT-151": CATEGORIES[paper.tax.category],
    }
    if paper.tax.category is not TaxCategory.OUTSIDE_SCOPE:
        row["BT-152"] = f"{paper.tax.percent:f}"
    return row


def _money(paper: Paper, minor: int) -> str:
    return f"{paper.amount(minor):.{minor_digits(paper.currency)}f}"
