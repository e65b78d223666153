"""What does a company owe? Told from the exported log alone, with nothing but the standard library.

Nothing of the product is imported, and little is done its way: where the product cuts a month into
segments, this walks from one instant to the next; where it asks a database, this folds lines of NDJSON.
The price lists below were typed from the product documents, not copied from the product.
"""

import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from tests.oracle.service_level import own_outages, percent_back

Fact = dict[str, Any]
Price = dict[str, Any]
# Since when, until when, on which terms, at which prices, and during which stay.
Stretch = tuple[datetime, datetime, dict[str, Any], list[Price], dict[str, Any]]

SMS_AND_MAIL = (("emails", "0.02"), ("sms", "0.05"))
ADD_ONS = {"trade_module": "20", "whatsapp": "30", "e_signature": "15", "storage_100_gb": "10"}
# line, plan: the monthly fee and the uses that are included, as the documents say.
DOCUMENTS: dict[tuple[str, str], tuple[str, dict[str, int]]] = {
    ("white_label", "starter"): ("2500", {"api_calls": 1_500_000, "active_users": 500}),
    ("white_label", "business"): ("8000", {"api_calls": 15_000_000, "active_users": 5_000}),
    ("appointments", "starter"): ("29", {}),
    ("appointments", "professional"): ("79", {}),
    ("appointments", "enterprise"): ("199", {}),
    ("crm", "free"): ("0", {}),
    ("crm", "starter"): ("49", {"emails": 1_000, "sms": 500}),
    ("crm", "pro"): ("149", {"emails": 10_000, "sms": 2_000}),
    ("crm", "enterprise"): ("500", {}),
}
DISTINCT = {"active_users"}
UNION = set("AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split())
# What was parked counts when it is released, and not before.
REPORTS = ("usage.reported.v", "usage-parking.released.v")
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def facts_of(ndjson: Iterable[str]) -> list[Fact]:
    """The events of an export, oldest first, with the time they happened."""
    facts = []
    for line in ndjson:
        told = json.loads(line)
        if "topic" not in told:
            continue
        meta = told["meta"] if isinstance(told["meta"], dict) else json.loads(told["meta"])
        facts.append(
            {
                "position": told["position"],
                "topic": told["topic"],
                "at": datetime.fromisoformat(meta["occurred_at"]),
                **json.loads(told["state"]),
            }
        )
    return facts


def price_lists(platform: Iterable[Fact]) -> list[dict[str, Any]]:
    """Every version of every plan: those of the documents, then those the platform published."""
    versions = []
    for (line, plan), (fee, included) in DOCUMENTS.items():
        prices: list[Price] = [_price("plan", "recurring", fee, model="fixed")]
        if line == "white_label":
            prices.append(_price("seat", "seat", "9", models=("seats",)))
            prices.append(_price("api_calls", "meter", "0.002", included["api_calls"], models=("usage",)))
            prices.append(_price("active_users", "meter", "4", included["active_users"], models=("usage",)))
        elif included:
            prices += [_price(code, "meter", unit, included[code]) for code, unit in SMS_AND_MAIL]
        if line == "crm":
            prices += [_price(code, "add_on", unit) for code, unit in ADD_ONS.items()]
        versions.append({"line": line, "plan": plan, "since": LONG_AGO, "prices": prices})
    for fact in platform:
        if fact["topic"] == "prices.published.v1":
            told = fact["plan_prices"]
            since = datetime.fromisoformat(told["effective_from"])
            versions.append({**told, "since": since})
    return versions


def _price(
    code: str,
    kind: str,
    amount: str,
    included: int = 0,
    *,
    model: str = "per_unit",
    models: tuple[str, ...] = ("seats", "usage"),
) -> Price:
    charge = {"model": model, "amount" if model == "fixed" else "unit_amount": amount}
    bounds = {"minimum": None, "cap": None}
    return {"code": code, "kind": kind, "models": models, "charge": charge, "included": included, **bounds}


class Company:
    """One company's log, asked what each month comes to."""

    def __init__(
        self, facts: list[Fact], versions: list[dict[str, Any]], platform: list[Fact] | None = None
    ) -> None:
        self.facts, self.versions, self.platform = facts, versions, platform or []
        self.distinct = set(DISTINCT)
        # From each time the company came: what it had since, and until when.
        self.stays: list[dict[str, Any]] = []
        self.debtors: list[tuple[int, datetime, dict[str, Any]]] = []
        self.used_before: dict[int, list[tuple[datetime, dict[str, Any]]]] = {}
        for fact in facts:
            topic = fact["topic"]
            if topic == "subscription.started.v1":
                self.zone = ZoneInfo(fact["zone"])
            if topic in ("subscription.started.v1", "subscription.returned.v1"):
                free_until = fact.get("trial_until")
                begins = datetime.fromisoformat(free_until) if free_until else fact["at"]
                came = {"line": fact["line"], "came": fact["at"], "begins": begins, "ends": None}
                self.stays.append({**came, "terms": [], "deals": []})
            if topic.startswith("subscription.") and "terms" in fact:
                self.stays[-1]["terms"].append((fact["at"], fact["terms"]))
            if topic.startswith("subscription.") and "debtor" in fact:
                self.debtors.append((fact["position"], self.stays[-1]["came"], fact["debtor"]))
            if topic == "subscription.cancelled.v1":
                self.stays[-1]["ends"] = fact["at"]
            if topic == "subscription.end-planned.v1":
                self.stays[-1]["ends"] = datetime.fromisoformat(fact["ends_at"])
            if topic == "subscription.agreed.v1":
                self.stays[-1]["deals"].append(fact["deal"])
            if topic == "meters.defined.v1" and fact["meter"]["aggregation"] == "unique":
                self.distinct.add(fact["meter"]["code"])

    def invoices(self) -> dict[str, dict[str, Any]]:
        """Every invoice the log says was issued, computed afresh."""
        billed: dict[str, dict[str, int]] = {}
        made: dict[str, dict[str, Any]] = {}
        owed: dict[str, int] = {}
        cuts: dict[str, int] = {}
        credit = 0
        months: dict[str, str] = {}
        by_hand: dict[str, int] = {}
        for fact in self.facts:
            if fact["topic"].startswith("sla.month-assessed.v"):
                owed[fact["month"]] = self._owed(fact, cuts[fact["month"]])
            if fact["topic"] == "invoices.credited.v1" and fact["cause"] == "sla":
                # What was given by hand for the service level of a month is not given twice.
                credited = months[fact["invoice_id"]]
                by_hand[credited] = by_hand.get(credited, 0) + fact["net_minor"]
            if fact["topic"] != "invoices.finalised.v1":
                continue
            months[fact["invoice_id"]] = fact["draft"]["month"]
            month, cut = fact["draft"]["month"], fact["draft"]["cut"]
            cuts[month] = cut
            # Whoever came back after the month was over has no part in it.
            over = self._bounds(month)[1]
            debtor = [
                one for position, came, one in self.debtors if position < fact["position"] and came < over
            ][-1]
            vat = _vat(debtor)
            sums = {(month, code): cents for code, cents in self.month(month, cut).items()}
            for earlier, before in billed.items():
                for code, cents in self.meters(earlier, cut).items():
                    if cents != before.get(code, 0):
                        sums[earlier, code] = cents - before.get(code, 0)
                        before[code] = cents
            billed[month] = {code: cents for (name, code), cents in sums.items() if name == month}
            # What was owed for a month that had been billed is given back now, once.
            for earlier in [one for one in owed if one in made]:
                left = owed[earlier] - by_hand.get(earlier, 0)
                if left > 0:
                    sums[earlier, "plan"] = sums.get((earlier, "plan"), 0) - left
                    del owed[earlier]
            # What corrects a month that bore another VAT is a document of its own, under that month's VAT.
            apart = {name for name, _ in sums if name != month and made[name]["vat"] != vat}
            document = {
                **_document({key: cents for key, cents in sums.items() if key[0] not in apart}, vat),
                "corrections": {
                    name: _document(
                        {key: cents for key, cents in sums.items() if key[0] == name}, made[name]["vat"]
                    )
                    for name in sorted(apart)
                },
            }
            # What comes to less than nothing is nobody's to pay: it is taken off the next documents.
            together = [document, *document["corrections"].values()]
            credit -= sum(one["total"] for one in together if one["total"] < 0)
            for one in together:
                one["carried"] = max(0, min(credit, one["total"]))
                credit -= one["carried"]
            made[month] = document
        return made

    def documents(self) -> dict[tuple[str, str], dict[str, Any]]:
        """Every document: by the month it was billed with, and the month it is about."""
        kept = ("sums", "net", "tax", "total", "carried")
        return {
            (month, about): {name: document[name] for name in kept}
            for month, own in self.invoices().items()
            for about, document in ((month, own), *own["corrections"].items())
        }

    def _owed(self, fact: Fact, cut: int) -> int:
        """Cents for a month below its promise, by the probes that were known when it was judged, and by the
        company's own calls as its invoice knew them."""
        levels = [
            one["sla_level"]
            for one in self.facts
            if one["topic"].startswith("tenant.")
            and "sla_level" in one
            and one["position"] < fact["position"]
        ]
        known = [one for one in self.platform if one["position"] <= fact["assessed"]["probed_until"]]
        # The first version of the fact is from before a company's own calls were counted.
        own = [] if fact["topic"].endswith(".v1") else own_outages(self._uses(cut))
        percent = percent_back(*self._bounds(fact["month"]), Fraction(levels[-1]), known, own)
        fee = self._fees(fact["month"], "recurring", line="white_label")
        return _nearest(Fraction(sum(fee.values()) * percent, 100))

    def _fees(self, name: str, *kinds: str, line: str | None = None) -> dict[str, int]:
        """What does not depend on use, by price, in cents; of one product line, or of whichever there were."""
        start, end = self._bounds(name)
        fees: dict[tuple[str, str], Fraction] = defaultdict(Fraction)
        for since, until, terms, prices, stay in self._stretches(name):
            part = Fraction(_us(until - since), _us(end - start))
            for price in prices:
                pieces = 1 if price["kind"] == "recurring" else terms["add_ons"].get(price["code"], 0)
                if price["kind"] in kinds and pieces and line in (None, stay["line"]):
                    fees[stay["line"], price["code"]] += _cost(price["charge"], Fraction(pieces)) * part
        sums: dict[str, int] = defaultdict(int)
        for (_, code), amount in fees.items():
            sums[code] += _nearest(amount * 100)
        return dict(sums)

    def month(self, name: str, cut: int) -> dict[str, int]:
        """What a month comes to by price, in cents."""
        sums = self._fees(name, "recurring", "add_on")
        sums |= self._seats(name)
        return sums | self.meters(name, cut)

    def meters(self, name: str, cut: int) -> dict[str, int]:
        """What a month's usage comes to by price, as known at a cut."""
        start, end = self._bounds(name)
        stretches = list(self._stretches(name))
        uses = self._uses(cut)
        # One entry for each price that was in force: its parts of the month and what was used meanwhile.
        entries: dict[tuple[str, str], dict[str, list[Any]]] = defaultdict(dict)
        charging: dict[tuple[str, str], list[datetime]] = defaultdict(list)
        for since, until, terms, prices, stay in stretches:
            for price in prices:
                if price["kind"] != "meter":
                    continue
                key = terms["plan"] + json.dumps(price, sort_keys=True)
                charging[stay["line"], price["code"]].append(stay["came"])
                entry = entries[stay["line"], price["code"]].setdefault(
                    key, [price, Fraction(0), Fraction(0)]
                )
                entry[1] += Fraction(_us(until - since), _us(end - start))
                entry[2] += _sum(
                    use for at, use in uses if use["meter"] == price["code"] and since <= at < until
                )
        sums: dict[str, int] = defaultdict(int)
        for (line, code), by_price in entries.items():
            group = list(by_price.values())
            if code in self.distinct:
                # Once a month, whenever in the stays that paid for it at some moment.
                there = [
                    (since, until)
                    for since, until, _, _, stay in stretches
                    if stay["came"] in charging[line, code]
                ]
                people = {
                    use["subject"]
                    for at, use in uses
                    if use["meter"] == code
                    and Fraction(use["quantity"]) > 0
                    and any(since <= at < until for since, until in there)
                }
                free = sum((Fraction(price["included"]) * part for price, part, _ in group), Fraction(0))
                whole = sum((part for _, part, _ in group), Fraction(0))
                exact = _cost(group[-1][0]["charge"], max(Fraction(0), len(people) - free))
                sums[code] += _within(group[-1][0], whole, _nearest(exact * 100))
                continue
            exacts = [
                _cost(price["charge"], max(Fraction(0), used - Fraction(price["included"]) * part)) * 100
                for price, part, used in group
            ]
            cents = _shared(exacts)
            sums[code] += sum(
                _within(price, part, one) for (price, part, _), one in zip(group, cents, strict=True)
            )
        return dict(sums)

    def used(self, meter: str, name: str, cut: int) -> Fraction:
        """What a meter came to in a month: the sum, or how many different ones there were."""
        start, end = self._bounds(name)
        there = [use for at, use in self._uses(cut) if use["meter"] == meter and start <= at < end]
        if meter in self.distinct:
            return Fraction(len({use["subject"] for use in there if Fraction(use["quantity"]) > 0}))
        return _sum(there)

    def _seats(self, name: str) -> dict[str, int]:
        """For each local day as many seats as there were at most, at the price of the day's end."""
        first, last = (moment.astimezone(self.zone).date() for moment in self._bounds(name))
        days = (last - first).days
        total, is_priced = Fraction(0), False
        seated = [one for one in self._stretches(name) if one[2]["model"] == "seats"]
        # Seats of one product line are none of another.
        lines = {stay["line"] for *_, stay in seated}
        for number, line in ((number, line) for number in range(days) for line in lines):
            midnight, next_midnight = (
                self._midnight(first + timedelta(days=number + step)) for step in (0, 1)
            )
            there = [
                (terms, prices)
                for since, until, terms, prices, stay in seated
                if since < next_midnight and midnight < until and stay["line"] == line
            ]
            for price in there[-1][1] if there else ():
                if price["kind"] == "seat":
                    is_priced = True
                    most = max(terms["seats"] for terms, _ in there)
                    total += _cost(price["charge"], Fraction(most)) / days
        return {"seat": _nearest(total * 100)} if is_priced else {}

    def _stretches(self, name: str) -> Iterator[Stretch]:
        """From one instant at which anything could change to the next, while the company was there."""
        for stay in self.stays:
            yield from self._stretches_of(stay, *self._bounds(name))

    def _stretches_of(self, stay: dict[str, Any], start: datetime, end: datetime) -> Iterator[Stretch]:
        start, end = max(start, stay["begins"]), min(end, stay["ends"] or end)
        instants = {start, end, *(at for at, _ in stay["terms"]), *(one["since"] for one in self.versions)}
        instants |= {datetime.fromisoformat(one["since"]) for one in stay["deals"]}
        walk = sorted(one for one in instants if start <= one <= end)
        for since, until in zip(walk, walk[1:], strict=False):
            terms = [told for at, told in stay["terms"] if at <= since][-1]
            sold = [
                one
                for one in self.versions
                if (one["line"], one["plan"]) == (stay["line"], terms["plan"]) and one["since"] <= since
            ]
            deal = _deal(stay, terms["plan"], since)
            if deal is None:
                prices = max(sold, key=lambda one: (one["since"], self.versions.index(one)))["prices"]
            else:
                prices = deal["offer"]["prices"]
            yield since, until, terms, [one for one in prices if terms["model"] in one["models"]], stay

    def _uses(self, cut: int) -> list[tuple[datetime, dict[str, Any]]]:
        """What counts at a cut, with the instants; the same is asked for many times."""
        if cut not in self.used_before:
            reported = [use for fact in self._reports(cut) for use in fact["counted"]]
            corrected = {use["corrects"] for use in reported if use["corrects"] is not None}
            self.used_before[cut] = [
                (datetime.fromisoformat(use["at"]), use)
                for use in reported
                if use["transaction_id"] not in corrected
            ]
        return self.used_before[cut]

    def _reports(self, cut: int) -> list[Fact]:
        return [one for one in self.facts if one["topic"].startswith(REPORTS) and one["position"] <= cut]

    def _bounds(self, name: str) -> tuple[datetime, datetime]:
        year, month = int(name[:4]), int(name[5:])
        following = date(year + (month == 12), month % 12 + 1, 1)
        return self._midnight(date(year, month, 1)), self._midnight(following)

    def _midnight(self, day: date) -> datetime:
        return datetime(day.year, day.month, day.day, tzinfo=self.zone).astimezone(UTC)


def _deal(stay: dict[str, Any], plan: str, at: datetime) -> dict[str, Any] | None:
    """The last deal that was struck by then, if it is about the plan and was not lost by leaving it."""
    struck = [one for one in stay["deals"] if datetime.fromisoformat(one["since"]) <= at]
    if not struck or struck[-1]["offer"]["plan"] != plan:
        return None
    since = datetime.fromisoformat(struck[-1]["since"])
    term = struck[-1]["committed_until"]
    bound_until = datetime.fromisoformat(term) if term else since
    left = False
    for moment, terms in stay["terms"]:
        if since < moment <= at:
            if left and terms["plan"] == plan and moment >= bound_until:
                return None
            left = terms["plan"] != plan
    return struck[-1]


def _cost(charge: dict[str, Any], quantity: Fraction) -> Fraction:
    model = charge["model"]
    if model == "fixed":
        return Fraction(charge["amount"])
    if model == "per_unit":
        return Fraction(charge["unit_amount"]) * quantity
    if model == "package":
        full, rest = divmod(quantity, Fraction(charge["size"]))
        return Fraction(charge["package_amount"]) * (full + (rest > 0))
    if model == "volume":
        tier = next(
            one for one in charge["tiers"] if one["up_to"] is None or quantity <= Fraction(one["up_to"])
        )
        return Fraction(tier["unit_amount"]) * quantity
    total, left, floor = Fraction(0), quantity, Fraction(0)
    for tier in charge["tiers"]:
        room = left if tier["up_to"] is None else min(left, Fraction(tier["up_to"]) - floor)
        total += room * Fraction(tier["unit_amount"])
        left -= room
        floor += room
    return total


def _within(price: Price, part: Fraction, cents: int) -> int:
    if price["cap"] is not None:
        cents = min(cents, _nearest(Fraction(price["cap"]) * part * 100))
    if price["minimum"] is not None:
        cents = max(cents, _nearest(Fraction(price["minimum"]) * part * 100))
    return cents


def _shared(exacts: list[Fraction]) -> list[int]:
    floors = [int(one // 1) for one in exacts]
    missing = _nearest(sum(exacts, Fraction(0))) - sum(floors)
    order = sorted(range(len(exacts)), key=lambda place: (floors[place] - exacts[place], place))
    return [floor + (place in order[:missing]) for place, floor in enumerate(floors)]


def _nearest(value: Fraction) -> int:
    """Half away from zero."""
    sign = -1 if value < 0 else 1
    return sign * int((abs(value) + Fraction(1, 2)) // 1)


def _document(sums: dict[tuple[str, str], int], vat: tuple[str, int]) -> dict[str, Any]:
    """The sums of one document under one VAT."""
    net = sum(sums.values())
    tax = _nearest(Fraction(net * vat[1], 100))
    return {"sums": sums, "net": net, "tax": tax, "total": net + tax, "vat": vat}


def _vat(debtor: dict[str, Any]) -> tuple[str, int]:
    """Under which rule, and how many percent."""
    if debtor["country"] not in UNION:
        return "elsewhere", 0
    own = {"GR": "EL"}.get(debtor["country"], debtor["country"])
    has_number = re.fullmatch(own + "[0-9A-Z+*]{2,12}", debtor["vat_number"] or "") is not None
    return ("the buyer's", 0) if has_number and debtor["country"] != "FR" else ("ours", 20)


def _sum(uses: Iterable[dict[str, Any]]) -> Fraction:
    """Exactly, in millionths: there are no smaller quantities."""
    total = 0
    for use in uses:
        whole, _, rest = use["quantity"].partition(".")
        total += int(whole) * 1_000_000 + int(rest.ljust(6, "0") or 0)
    return Fraction(total, 1_000_000)


def _us(span: timedelta) -> int:
    return span // timedelta(microseconds=1)


def tell(line: str) -> None:
    """Says it."""
    sys.stdout.write(f"{line}\n")


def main(export: str) -> int:
    """Judges an export; how many cents its invoices are off."""
    with open(export, encoding="utf-8") as file:
        facts = facts_of(file)
    company, off = Company(facts, price_lists([])), 0
    expected = company.invoices()
    for fact in facts:
        if fact["topic"] in ("invoices.finalised.v1", "invoices.correction-finalised.v1"):
            draft = fact["draft"]
            beside = expected[fact["found_with"]]["corrections"] if "found_with" in fact else expected
            found, should = draft["total_minor"], beside[draft["month"]]["total"]
            off += abs(found - should)
            tell(f"{draft['month']}  issued {found:>9}  expected {should:>9}  {found - should:>+5} cents")
    tell(f"{len(expected)} invoices, {off} cents of difference.")
    return off


if __name__ == "__main__":
    sys.exit(1 if main(sys.argv[1]) else 0)
