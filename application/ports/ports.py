"""Everything a handler may ask of the world, in one hand."""

from dataclasses import dataclass

from application.ports.airports import Airports
from application.ports.carbon import SegmentCarbon
from application.ports.carbon_cuts import CarbonCuts
from application.ports.company import Company
from application.ports.credentials import Credentials
from application.ports.directory import Directory
from application.ports.factors import EmissionFactors
from application.ports.parked import ParkedEvents
from application.ports.rates import ExchangeRates
from application.ports.totals import Totals


@dataclass(frozen=True)
class Ports:
    """The ports of one command; those of carbon, company, directory and totals know the command's tenant."""

    airports: Airports
    carbon: SegmentCarbon
    carbon_cuts: CarbonCuts
    company: Company
    credentials: Credentials
    directory: Directory
    factors: EmissionFactors
    parked: ParkedEvents
    rates: ExchangeRates
    totals: Totals
