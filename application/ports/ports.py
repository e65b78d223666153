"""Everything a handler may ask of the world, in one hand."""

from dataclasses import dataclass

from application.ports.agenda import Agenda
from application.ports.airports import Airports
from application.ports.carbon import SegmentCarbon
from application.ports.carbon_cuts import CarbonCuts
from application.ports.catalogue import Catalogue
from application.ports.company import Company
from application.ports.credentials import Credentials
from application.ports.directory import Directory
from application.ports.entitlements import Entitlements
from application.ports.factors import EmissionFactors
from application.ports.holidays import PublicHolidays
from application.ports.parked import ParkedEvents
from application.ports.price_lists import PriceLists
from application.ports.rates import ExchangeRates
from application.ports.recurrence import Recurrence
from application.ports.seller import SellerOfRecord
from application.ports.totals import Totals
from application.ports.uptime import UptimeFigures
from application.ports.usage import UsageFigures
from application.ports.webhooks import Webhooks


@dataclass(frozen=True)
class Ports:
    """The ports of one command; all but the published ones know the command's tenant."""

    agenda: Agenda
    airports: Airports
    carbon: SegmentCarbon
    carbon_cuts: CarbonCuts
    catalogue: Catalogue
    company: Company
    credentials: Credentials
    directory: Directory
    entitlements: Entitlements
    factors: EmissionFactors
    holidays: PublicHolidays
    parked: ParkedEvents
    price_lists: PriceLists
    rates: ExchangeRates
    recurrence: Recurrence
    seller: SellerOfRecord
    totals: Totals
    uptime: UptimeFigures
    usage: UsageFigures
    webhooks: Webhooks
