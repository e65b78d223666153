"""Reckons 500 drawn segments without the product: standard library only, from the published table itself.

    python tests/oracle/carbon_figures.py FACTORS.csv AIRPORTS.csv [SEED [COUNT]]

Prints one JSON document: requests for POST /api/v2/trips/carbon, each with the figures it must answer,
to the gram. Written from the published rules, not from the code; numbers are exact fractions.
"""

import csv
import json
import math
import random
import sys
from fractions import Fraction

# The method that must be in force on the day a request names.
DAYS = {"desnz": "2024-06-01", "ademe-france": "2025-06-01", "icao": "2026-06-01", "tim": "2027-06-01"}
KEPT_YEARS = (2024, 2025, 2026)
AIRPORTS = (
    "LHR EDI MAN CDG NCE ORY LYS FRA MUC AMS MAD JFK SFO SIN HND SYD GRU CPT DXB KEF BFS IST CAI TLV".split()
)
HOTELS = {
    "FR": "France", "GB": "UK", "US": "United States", "DE": "Germany", "JP": "Japan", "CN": "China",
    "AE": "United Arab Emirates", "SG": "Singapore", "MV": "Maldives", "ES": "Spain", "IT": "Italy",
    "BE": "Belgium", "CH": "Switzerland", "TR": "Turkey", "ZA": "South Africa", "KR": "Korea",
}  # fmt: skip
WITHOUT_HOTEL_ROW = ("PL", "AT", "GR", "FI")
EUROPE = ("UK", "Belgium", "France", "Germany", "Italy", "Netherlands", "Portugal", "Spain", "Switzerland")
CONSUMPTION = {"small": "0.18852", "medium": "0.19814", "large": "0.21449", "average": "0.20656"}
PLUG_IN = Fraction("0.06562")
RAIL = {
    "national": "national_rail", "high_speed": "national_rail", "intercity": "national_rail",
    "regional": "national_rail", "commuter": "national_rail", "international": "international_rail",
    "light_rail": "light_rail_and_tram", "tram": "light_rail_and_tram", "underground": "london_underground",
}  # fmt: skip
FRENCH_RAIL = {
    "high_speed": "rail_tgv", "intercity": "rail_intercites", "regional": "rail_ter", "light_rail": "tramway",
    "commuter": "rail_rer_transilien", "tram": "tramway", "underground": "metro",
}  # fmt: skip
NO_CABIN = "average"
# Where a part is counted: scope and category.
BURNT, BOUGHT = (1, "mobile_combustion"), (2, "purchased_electricity")
ENERGY, TRAVEL = (3, "fuel_and_energy"), (3, "business_travel")


def rounded(number, places):
    """Halves away from zero, as a whole number of units of that place."""
    return math.floor(number * 10**places + Fraction(1, 2))


def grams(quantity, factor):
    return rounded(quantity * factor, 3)


class Book:
    """The published table."""

    def __init__(self, path):
        with open(path, encoding="utf-8", newline="") as file:
            self.rows = list(csv.DictReader(file))

    def row(self, year, publisher, activity, variant, unit, category):
        """That year's row; else the latest before it; else the first after it."""
        found = sorted(
            (int(r["year"]), r["row_id"], Fraction(r["kg_co2e_per_unit"]))
            for r in self.rows
            if r["publisher"] == publisher and r["activity"] == activity and r["variant"] == variant
            and r["unit"] == unit and r["category"] == category
        )  # fmt: skip
        if not found:
            return None
        past = [one for one in found if one[0] <= year]
        return past[-1] if past else [one for one in found if one[0] == found[0][0]][-1]

    def grid(self, year, country):
        category = "purchased_electricity_location_based"
        national = self.row(
            year, "DESNZ", "grid_electricity", country + " (national factor)", "kWh", category
        )
        return national or self.row(year, "Ember", "grid_electricity", country, "kWh", category)


class Map:
    """Airports by code: country, latitude, longitude."""

    def __init__(self, path):
        with open(path, encoding="utf-8", newline="") as file:
            rows = [r for r in csv.DictReader(file) if r["iata"] in AIRPORTS]
        self.places = {r["iata"]: (r["country"], float(r["lat"]), float(r["lon"])) for r in rows}

    def km(self, one, other):
        (_, south, west), (_, north, east) = self.places[one], self.places[other]
        a, b = math.radians(south), math.radians(north)
        h = math.sin((b - a) / 2) ** 2
        h += math.cos(a) * math.cos(b) * math.sin(math.radians(east - west) / 2) ** 2
        # The product keeps kilometres to six places, from the exact value of the floating number.
        exact = Fraction(2 * 6371.0088 * math.asin(math.sqrt(h)))
        return Fraction(round(exact * 10**6), 10**6)


class Sum:
    """One segment's grams, part by part: (scope, is upstream, grams, grams by contract, category, row id)."""

    def __init__(self):
        self.parts, self.upstream = [], None

    def add(self, place, quantity, row, contract=None, upstream=False):
        (scope, category), weight = place, grams(quantity, row[2])
        self.parts.append(
            (scope, upstream, weight, weight if contract is None else contract, category, row[1])
        )

    def before(self, place, quantity, rows, counted):
        """What lies upstream, counted or not."""
        for row in (one for one in rows if one):
            self.upstream = (self.upstream or 0) + grams(quantity, row[2])
            if counted:
                self.add(place, quantity, row, upstream=True)

    def answer(self):
        direct = sum(part[2] for part in self.parts if not part[1])
        return {
            "kg": sum(part[2] for part in self.parts),
            "kg_market_based": sum(part[3] if part[0] == 2 else part[2] for part in self.parts),
            "scope_1_kg": sum(part[2] for part in self.parts if part[0] == 1),
            "scope_2_location_kg": sum(part[2] for part in self.parts if part[0] == 2),
            "scope_2_market_kg": sum(part[3] for part in self.parts if part[0] == 2),
            "scope_3_kg": sum(part[2] for part in self.parts if part[0] == 3),
            "upstream_kg": sum(part[2] for part in self.parts if part[1]),
            "well_to_wheel_kg": None if self.upstream is None else direct + self.upstream,
            "lines": [list(part[4:]) for part in self.parts],
        }


class Reckoner:
    """The rules, one method and one set of switches at a time."""

    def __init__(self, book, world, method, wtt, forcing, hotels):
        self.book, self.world, self.method = book, world, method
        self.wtt, self.forcing, self.hotels = wtt, forcing, hotels

    def __call__(self, segment, year):
        self.year, self.sum = year, Sum()
        getattr(self, segment["mode"])(segment)
        return self.sum.answer()

    def desnz(self, category, activity, variant, unit):
        return self.book.row(self.year, "DESNZ", activity, variant, unit, category)

    def flight(self, s):
        if "origin" in s:
            km = self.world.km(s["origin"], s["destination"])
            uk = [self.world.places[s[end]][0] for end in ("origin", "destination")].count("GB")
            haul = "domestic" if uk == 2 else "international_non_uk"
            if uk == 1:
                haul = "short_haul" if km <= 3700 else "long_haul"
        else:
            km, haul = Fraction(str(s["distance_km"])), s.get("haul", "international_non_uk")
        cabin = s.get("cabin", NO_CABIN)
        if self.method == "ademe-france" and haul == "international_non_uk" and km < 1000:
            activity, category = "flight_short_haul_under_1000km", "cat6_business_travel_air_fr"
            found = self.book.row(self.year, "ADEME", activity, "fuel", "passenger-km", category)
            if self.forcing:
                trails = self.book.row(
                    self.year, "ADEME", activity, "contrails_only", "passenger-km", category
                )
                found = (found[0], found[1] + "|contrails-only", found[2] + trails[2])
            self.sum.add(TRAVEL, km, found)
            self.sum.upstream = 0
        elif self.method in ("icao", "tim"):
            self.fuel(s, km, haul, cabin)
        else:
            forcing = "with_rf" if self.forcing else "without_rf"
            self.sum.add(TRAVEL, km, self.air(haul, cabin, forcing))
            self.sum.before(TRAVEL, km, [self.air(haul, cabin, "wtt")], self.wtt)

    def air(self, haul, cabin, variant, year=None):
        category = "cat6_business_travel_air" + ("_wtt" if variant == "wtt" else "")
        for one in (cabin, NO_CABIN):
            found = self.book.row(
                year or self.year, "DESNZ", "flight_" + haul, one + "|" + variant, "passenger-km", category
            )
            if found:
                return found
        return None

    def fuel(self, s, km, haul, cabin):
        if self.method == "icao":
            flown = (km + (50 if km < 550 else 100 if km <= 5500 else 125)) / Fraction("1.08")
        else:
            flown = km
        if "fuel_kg" in s:
            burnt = Fraction(str(s["fuel_kg"]))
        else:
            forced = self.air(haul, cabin, "with_rf")
            plain = self.air(haul, cabin, "without_rf", forced[0])
            forced = self.air(haul, cabin, "with_rf", plain[0])
            co2 = (forced[2] - plain[2]) / Fraction("0.7")
            burnt = Fraction(rounded(flown * co2 / Fraction("3.16"), 3), 1000)
        publisher = "ICAO" if self.method == "icao" else "Google"

        def constant(variant):
            return self.book.row(self.year, publisher, "jet_a1", variant, "kg fuel", "jet_fuel_constant")

        if self.method == "icao":
            self.sum.add(TRAVEL, burnt, constant("co2_only"))
        else:
            self.sum.add(TRAVEL, burnt, constant("ttw"))
            self.sum.before(TRAVEL, burnt, [constant("wtt")], self.wtt)

    def hotel(self, s):
        if not self.hotels:
            return
        nights = s["nights"] * s.get("rooms", 1)
        name = HOTELS.get(s["country"])
        if s["country"] == "GB" and s.get("city", "").lower() == "london":
            name = "UK (London)"
        if name:
            found = self.desnz("cat6_hotel_stay", "hotel_night", name, "room-night")
        else:
            rows = [self.desnz("cat6_hotel_stay", "hotel_night", one, "room-night") for one in EUROPE]
            mean = Fraction(rounded(sum(row[2] for row in rows) / len(rows), 4), 10_000)
            newest = max(row[0] for row in rows)
            found = (newest, f"desnz:{newest}:hotel-night:european-mean", mean)
        self.sum.add(TRAVEL, Fraction(nights), found)

    def others(
        self,
        activity,
        variant,
        unit,
        km,
        category="cat6_business_travel_land",
        before="cat3_or_cat6_land_wtt",
    ):
        self.sum.add(TRAVEL, km, self.desnz(category, activity, variant, unit))
        self.sum.before(TRAVEL, km, [self.desnz(before, activity, variant + "|wtt", unit)], self.wtt)

    def rail(self, s):
        km, service = Fraction(str(s["distance_km"])), s.get("service", "national")
        if self.method == "ademe-france" and s.get("country") == "FR" and service != "international":
            if service == "national":
                service = "high_speed" if km >= 200 else "regional"
            category = "cat6_business_travel_land_fr"
            found = self.book.row(self.year, "ADEME", FRENCH_RAIL[service], "use", "passenger-km", category)
            self.sum.add(TRAVEL, km, found)
            self.sum.upstream = 0
            return
        self.others("rail", RAIL[service], "passenger-km", km)

    def bus(self, s):
        self.others(
            "bus", s.get("service", "average_local_bus"), "passenger-km", Fraction(str(s["distance_km"]))
        )

    def taxi(self, s):
        km = Fraction(str(s["distance_km"]))
        self.others("taxi", s.get("kind", "regular_taxi"), s.get("per", "passenger") + "-km", km)

    def ferry(self, s):
        who = s.get("passenger", "foot_passenger")
        sea = "cat6_business_travel_sea"
        self.others("ferry", who, "passenger-km", Fraction(str(s["distance_km"])), sea, sea + "_wtt")

    def share(self, s, amount):
        """Six places of one occupant's kilometres or kilowatt hours."""
        return Fraction(rounded(Fraction(str(amount)) / s.get("occupants", 1), 6), 10**6)

    def motorbike(self, s):
        km, size = self.share(s, s["distance_km"]), s.get("size", "average")
        before = [self.desnz("cat3_or_cat6_land_wtt", "motorbike", size + "|wtt", "vehicle-km")]
        if s["vehicle"] == "company":
            self.sum.add(
                BURNT, km, self.desnz("owned_or_controlled_vehicles", "company_motorbike", size, "vehicle-km")
            )
            self.sum.before(ENERGY, km, before, True)
        else:
            self.sum.add(TRAVEL, km, self.desnz("cat6_business_travel_land", "motorbike", size, "vehicle-km"))
            self.sum.before(TRAVEL, km, before, self.wtt)

    def van(self, s):
        km, fuel = self.share(s, s["distance_km"]), s.get("fuel", "unknown")
        self.sum.add(
            BURNT, km, self.desnz("owned_or_controlled_vehicles", "company_van_average", fuel, "vehicle-km")
        )

    def car(self, s):
        own, size, fuel = s["vehicle"] == "company", s.get("size", "average"), s.get("fuel", "unknown")
        charged, british = fuel in ("bev", "phev"), s.get("country") == "GB"
        if "kwh" in s:
            self.charge(s, own, british, self.share(s, s["kwh"]))
            return
        km = self.share(s, s["distance_km"])
        mine, before = (
            "company_car_" + size,
            self.desnz("cat3_or_cat6_land_wtt", "car_" + size, fuel + "|wtt", "vehicle-km"),
        )
        per_km = PLUG_IN if fuel == "phev" else Fraction(CONSUMPTION[size])
        kwh = Fraction(rounded(km * per_km, 6), 10**6)
        if charged and not british:
            if fuel == "phev":
                tail = self.desnz("owned_or_controlled_vehicles", mine, fuel, "vehicle-km")
                self.sum.add(BURNT if own else TRAVEL, km, tail)
            self.charge(s, own, british, kwh)
            if fuel == "phev":
                self.sum.upstream = None
        elif own:
            self.sum.add(BURNT, km, self.desnz("owned_or_controlled_vehicles", mine, fuel, "vehicle-km"))
            if charged:
                bought = self.desnz("company_ev_charging_location_based", mine, fuel, "vehicle-km")
                self.sum.add(BOUGHT, km, bought, contract=self.contract(s, kwh))
                self.sum.add(ENERGY, km, self.desnz("cat3_td_losses_ev", mine, fuel, "vehicle-km"))
            self.sum.before(ENERGY, km, [before], True)
        else:
            self.sum.add(
                TRAVEL, km, self.desnz("cat6_business_travel_land", "car_" + size, fuel, "vehicle-km")
            )
            self.sum.before(TRAVEL, km, [before], self.wtt)

    def charge(self, s, own, british, kwh):
        contract = self.contract(s, kwh) if own else None
        self.sum.add(
            BOUGHT if own else TRAVEL, kwh, self.book.grid(self.year, s["country"]), contract=contract
        )
        if not british:
            self.sum.upstream = 0
            return
        self.sum.add(
            ENERGY if own else TRAVEL, kwh, self.desnz("cat3_td_losses", "grid_electricity_td", "GB", "kWh")
        )
        before = [
            self.desnz("cat3_electricity_upstream", activity, "GB", "kWh")
            for activity in ("grid_electricity_generation_wtt", "grid_electricity_td_wtt")
        ]
        self.sum.before(ENERGY if own else TRAVEL, kwh, before, own or self.wtt)

    @staticmethod
    def contract(s, kwh):
        return grams(kwh, Fraction(str(s["contract"]["kg_co2e_per_kwh"]))) if "contract" in s else None


class Draw:
    """Segments of every mode, class, country and year, the same for the same seed."""

    def __init__(self, seed, book):
        self.die = random.Random(seed)
        grids = {r["variant"] for r in book.rows if r["activity"] == "grid_electricity"}
        self.countries = sorted(code for code in grids if len(code) == 2)

    def segment(self):
        mode = self.die.choice(
            "flight flight flight flight hotel hotel rail rail car car car car van motorbike taxi bus ferry".split()
        )
        drawn = {"mode": mode, **getattr(self, mode)()}
        if self.die.random() < 0.4:
            drawn["factor_year"] = self.die.choice(KEPT_YEARS)
        return drawn

    def maybe(self, name, *values):
        value = self.die.choice((None, *values))
        return {} if value is None else {name: value}

    def km(self, most):
        return {"distance_km": round(self.die.uniform(0.5, most), self.die.choice((0, 1, 3, 6))) or 1}

    def flight(self):
        drawn = self.maybe("cabin", "economy", "premium_economy", "business", "first")
        if self.die.random() < 0.15:
            drawn |= {"fuel_kg": round(self.die.uniform(10, 900), 3)}
        if self.die.random() < 0.25:
            hauls = ("domestic", "short_haul", "long_haul", "international_non_uk")
            return drawn | self.km(12_000) | self.maybe("haul", *hauls)
        origin, destination = self.die.sample(AIRPORTS, 2)
        if self.die.random() < 0.2:  # between 2 050 and 3 700 km, where a wrong limit would show
            origin, destination = self.die.choice(("LHR", "MAN")), self.die.choice(("IST", "CAI", "TLV"))
        return drawn | {"origin": origin, "destination": destination}

    def hotel(self):
        country = self.die.choice((*HOTELS, *WITHOUT_HOTEL_ROW))
        drawn = {"country": country, "nights": self.die.randint(1, 14)} | self.maybe("rooms", 1, 2, 3)
        return drawn | (self.maybe("city", "London", "Leeds") if country == "GB" else {})

    def rail(self):
        return self.km(900) | self.maybe("service", *RAIL) | self.maybe("country", "FR", "FR", "GB", "DE")

    def car(self):
        fuel = self.die.choice("petrol diesel hybrid phev bev bev bev cng lpg unknown".split())
        # Small cars on gas are not published.
        sizes = ("medium", "large", "average") if fuel in ("cng", "lpg") else tuple(CONSUMPTION)
        vehicle = self.die.choice(("company", "company", "rental", "own"))
        # Nor are company cars on gas of every size in every scope; the published ones are drawn.
        drawn = {"vehicle": vehicle, "fuel": fuel, "size": self.die.choice(sizes)} | self.maybe(
            "occupants", 1, 2, 3, 4
        )
        if fuel in ("phev", "bev"):
            drawn["country"] = self.die.choice(("GB", "GB", "FR", *self.die.sample(self.countries, 3)))
            if vehicle == "company" and self.die.random() < 0.4:
                drawn["contract"] = {
                    "basis": self.die.choice(("supplier", "guarantee_of_origin", "residual_mix")),
                    "supplier": "Volt Example", "reference": "C-1", "year": 2025,
                    "kg_co2e_per_kwh": self.die.choice((0, 0.012, 0.345678)),
                }  # fmt: skip
        if fuel == "bev" and self.die.random() < 0.3:
            return drawn | {"kwh": round(self.die.uniform(1, 90), 3)}
        return drawn | self.km(900)

    def van(self):
        return {"vehicle": "company", **self.maybe("fuel", "petrol", "diesel", "cng", "lpg"), **self.km(400)}

    def motorbike(self):
        vehicle = self.die.choice(("company", "own", "rental"))
        return {"vehicle": vehicle, **self.maybe("size", "small", "medium", "large"), **self.km(300)}

    def taxi(self):
        return (
            self.km(80)
            | self.maybe("kind", "black_cab", "regular_taxi")
            | self.maybe("per", "passenger", "vehicle")
        )

    def bus(self):
        return self.km(500) | self.maybe("service", "local_london_bus", "local_bus_not_london", "coach")

    def ferry(self):
        return self.km(200) | self.maybe("passenger", "car_passenger", "average_passenger")


def document(factors, airports, seed, count):
    """Requests in groups of up to 25 segments, with what each must answer in grams."""
    book, world = Book(factors), Map(airports)
    draw, asked = Draw(seed, book), []
    while count > 0:
        method = draw.die.choice(tuple(DAYS))
        switches = [draw.die.random() < chance for chance in (0.5, 0.7, 0.85)]
        request = {
            "on": DAYS[method],
            **dict(zip(("wtt", "radiative_forcing", "hotels"), switches, strict=True)),
        }
        if draw.die.random() < 0.5:
            request["factor_year"] = draw.die.choice(KEPT_YEARS)
        request["elements"] = [draw.segment() for _ in range(min(count, 25))]
        count -= len(request["elements"])
        reckon = Reckoner(book, world, method, *switches)
        year = request.get("factor_year", 2025)
        figures = [reckon(one, one.get("factor_year", year)) for one in request["elements"]]
        asked.append({"method": method, "request": request, "figures": figures})
    return asked


if __name__ == "__main__":
    seed, count = (int(word) for word in (*sys.argv[3:], *("20261121", "500")[len(sys.argv) - 3 :]))
    json.dump(document(sys.argv[1], sys.argv[2], seed, count), sys.stdout)
