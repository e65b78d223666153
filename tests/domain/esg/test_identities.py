"""Do the identities of the publishers' own accounting hold on every row we ship?"""

from decimal import Decimal

from adapters.factors.shipped import shipped_table

TABLE = shipped_table()


class TestEveryRowOfTheTable:
    """Accounting identities that hold in the publishers' files, so that a slip of a digit shows."""

    ROWS = TABLE.rows

    def values(self, publisher: str, category: str) -> dict[tuple[int, str, str], Decimal]:
        return {
            (row.factor.year, row.factor.activity, row.factor.variant): row.factor.value
            for row in self.ROWS
            if row.factor.publisher == publisher and row.category == category
        }

    def test_radiative_forcing_multiplies_the_co2_part_alone(self) -> None:
        """with = without + 0.7 x CO2, and the other gases are 0.5 to 1.5 % of what is left; row by row."""
        air = self.values("DESNZ", "cat6_business_travel_air")
        pairs = 0
        for (year, activity, variant), value in air.items():
            plain = air.get((year, activity, variant.replace("with_rf", "without_rf")))
            if "without" in variant or plain is None:
                continue
            co2 = (value - plain) / Decimal("0.7")
            assert co2 < plain, (year, activity, variant)
            assert abs(plain + Decimal("0.7") * co2 - value) <= Decimal("0.00001")
            assert Decimal("0.985") < co2 / plain < Decimal("0.998"), (year, activity, variant, co2 / plain)
            pairs += year == 2025
        assert pairs == 14

    def test_a_charged_car_is_its_parts(self) -> None:
        """The row of business travel = tailpipe + electricity + grid losses; 0.04047 = 0.03663 + 0.00384."""
        land = self.values("DESNZ", "cat6_business_travel_land")
        owned = self.values("DESNZ", "owned_or_controlled_vehicles")
        charging = self.values("DESNZ", "company_ev_charging_location_based")
        lost = self.values("DESNZ", "cat3_td_losses_ev")
        checked = 0
        for (year, activity, drive), value in land.items():
            key = (year, f"company_{activity}", drive)
            if year == 2025 and key in charging:
                # Each published value is rounded to five places; a plug-in has four of them, a battery three.
                slack = Decimal("0.00001") if drive == "bev" else Decimal("0.00002")
                assert abs(owned[key] + charging[key] + lost[key] - value) <= slack, key
                checked += 1
        assert checked == 8
        average = (2025, "company_car_average", "bev")
        assert (charging[average], lost[average]) == (Decimal("0.03663"), Decimal("0.00384"))

    def test_jet_fuel_is_the_sum_of_its_way(self) -> None:
        fuel = self.values("Google", "jet_fuel_constant")
        tank, well, both = (fuel[2025, "jet_a1", part] for part in ("ttw", "wtt", "wtw"))
        assert (tank, well, both) == (Decimal("3.1894"), Decimal("0.6465"), Decimal("3.8359"))
        assert tank + well == both

    def test_nothing_is_negative_and_only_tailpipes_of_batteries_are_zero(self) -> None:
        zeros = [row for row in self.ROWS if row.factor.value == 0]
        assert all(row.factor.value >= 0 for row in self.ROWS)
        assert len(zeros) == 5
        assert {(row.scope, row.factor.variant) for row in zeros} == {(1, "bev")}

    def test_what_stands_out_is_marked(self) -> None:
        high = [row for row in self.ROWS if row.factor.unit == "kWh" and row.factor.value > Decimal("0.9")]
        released = [row for row in high if "2026" in row.factor.source]
        assert {row.factor.variant for row in released} == {"BH", "TM", "UZ", "XK"}
        assert all(row.verification == "suspect" for row in released)

    def test_company_cars_burn_what_other_cars_burn(self) -> None:
        land = self.values("DESNZ", "cat6_business_travel_land")
        for (year, activity, drive), value in self.values("DESNZ", "owned_or_controlled_vehicles").items():
            other = land.get((year, activity.removeprefix("company_"), drive))
            if other is not None and drive not in ("bev", "phev"):
                assert abs(value - other) <= Decimal("0.00001"), (year, activity, drive)
