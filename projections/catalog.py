"""Which projectors are there? A new one is a line here."""

from typing import Any

from projections.billing.usage import UsageRows
from projections.booking.agenda import AgendaEntries
from projections.booking.bookable_places import BookablePlaces
from projections.booking.market import MarketOffers
from projections.booking.offered_hours import OfferedHours
from projections.booking.reviews import Reviews
from projections.booking.visit_lines import VisitLines
from projections.esg.activities import Activities
from projections.esg.carbon_ledger import CarbonLedger
from projections.esg.esg_reports import EsgReports
from projections.esg.meters import Meters
from projections.esg.sites import Sites
from projections.esg.vehicles import Vehicles
from projections.kernel.projector import Projector
from projections.platform.api_keys import ApiKeys
from projections.platform.company_profiles import CompanyProfiles
from projections.platform.members import Members
from projections.platform.registrations import Registrations
from projections.platform.sql_logins import SqlLogins
from projections.platform.tenants import Tenants
from projections.travel.benchmark_cells import BenchmarkCells
from projections.travel.benchmark_trips import BenchmarkTrips
from projections.travel.budgets import BudgetsSet
from projections.travel.exchange_rates import ExchangeRates
from projections.travel.expenses import ExpenseList
from projections.travel.policies import Policies
from projections.travel.reconciliations import Reconciliations
from projections.travel.travel_spend import TravelSpend
from projections.travel.travel_totals import TravelTotals
from projections.travel.travellers import Travellers
from projections.travel.trips import Trips
from projections.travel.units import Units
from projections.travel.violations import Violations

PROJECTORS: tuple[Projector[Any], ...] = (
    Tenants(),
    Registrations(),
    CompanyProfiles(),
    Members(),
    ApiKeys(),
    SqlLogins(),
    Policies(),
    Units(),
    Travellers(),
    BudgetsSet(),
    Trips(),
    Violations(),
    TravelSpend(),
    TravelTotals(),
    ExpenseList(),
    Reconciliations(),
    ExchangeRates(),
    BenchmarkTrips(),
    BenchmarkCells(),
    UsageRows(),
    Sites(),
    Meters(),
    Vehicles(),
    Activities(),
    CarbonLedger(),
    EsgReports(),
    AgendaEntries(),
    BookablePlaces(),
    OfferedHours(),
    VisitLines(),
    MarketOffers(),
    Reviews(),
)
