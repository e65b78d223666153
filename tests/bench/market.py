"""How long does a search of the marketplace by next free time take, over very many practitioners?"""

from datetime import UTC, datetime, time
from decimal import Decimal
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from urllib.parse import urlsplit

import psycopg

from adapters.booking.marketplace import Wanted, statement_of
from adapters.bootstrap import House, Settings, build
from api.main import create_app
from application.booking.catalogue import DefineService, HirePractitioner, OpenBusiness, SetSchedule
from application.booking.pages import PublishPage
from domain.booking.booking_page import PageTerms
from domain.booking.business import Business, BusinessDraft, Position, SiteDraft
from domain.booking.offer import Price, RoleNeed, ServiceOffer
from domain.booking.practitioner import Terms as PractitionerTerms
from domain.booking.schedule import Pattern, SubjectKind, WeeklyHours
from domain.booking.schedule import Terms as ScheduleTerms
from domain.booking.wall_time import WEEKDAYS
from tests.bench.dashboard import asked, timed
from tests.bench.figures import Figure, Sizes, percentile, shown
from tests.bench.http import HOST
from tests.bench.place import Place
from tests.conftest import MASTER_KEY
from tests.kit.house import GENEROUS, Company, Founder
from tests.kit.serving import served

TARGET_MS = 50.0
PER_COMPANY = 20
PATH = "/api/v1/public/marketplace?latitude=43.3&longitude=5.4&within_m=300000&sort=next_free&language=fr&limit=20"
WANTED = Wanted(latitude=43.3, longitude=5.4, within_m=300_000, order="next_free", language="fr", limit=20)


def marketplace_next_free(place: Place, sizes: Sizes) -> Figure:
    with place.database() as url, TemporaryDirectory() as folder:
        settings = Settings(master_key=MASTER_KEY.hex(), data_dir=Path(folder))
        house = build(settings, database_url=url, redis_url=place.services.redis_url)
        try:
            count = sizes.market_practitioners
            founder = Founder(house)
            founder.platform()
            for number in range(max(1, count // PER_COMPANY)):
                a_company(house, founder, number)
            started = perf_counter()
            while house.next_free.act(1):
                pass
            looked_s = perf_counter() - started
            ours_ms, theirs_ms = measured(house, url, sizes.dashboard_reads)
        finally:
            house.close()
    ours, theirs = percentile(ours_ms, 0.95), percentile(theirs_ms, 0.95)
    return Figure(
        "marketplace_next_free",
        f"p95 of a search of the marketplace by place, language and next free time over {count:,} practitioners, at the"
        f" API, against the same statement bare; looking at all of them once took {looked_s:.1f} s",
        shown(ours),
        shown(theirs),
        "ms",
        shown(ours / theirs),
        f"p95 <= {TARGET_MS:g} ms",
        ours <= TARGET_MS,
        f"ours: the API on a port, one connection, {len(ours_ms)} requests, under the role that sees published rows"
        f" only; theirs: one psycopg connection as superuser, without row-level security, in turn with ours;"
        f" {PER_COMPANY} practitioners with a service of their own per company",
    )


def measured(house: House, url: str, reads: int) -> tuple[list[float], list[float]]:
    """Milliseconds of each request and of each bare read, in turn."""
    ours_ms, theirs_ms = [], []
    statement, values = statement_of(WANTED, at=datetime.now(UTC))
    with served(create_app(house, limits=GENEROUS)) as address, psycopg.connect(url, autocommit=True) as bare:
        bare.execute("analyze read.market_offer")
        bare.execute("analyze es.next_free")
        client = HTTPConnection(HOST, urlsplit(address).port)
        for number in range(reads // 2 + 2):
            ours = timed(lambda: asked(client, PATH, "nobody"))
            theirs = timed(lambda: bare.execute(statement.encode(), values).fetchall())
            if number >= 2:
                ours_ms.append(ours)
                theirs_ms.append(theirs)
    return ours_ms, theirs_ms


def a_company(house: House, founder: Founder, number: int) -> Company:
    """A published business somewhere in Provence, with people who each offer something."""
    company = founder.company(f"bench-{number}")
    where = Position(latitude=Decimal("43.0") + Decimal(number % 20) / 20, longitude=Decimal("5.4"))
    site = SiteDraft(
        name="Bench", address="1 Bench Street", country="FR", zone="Europe/Paris", position=where
    )
    draft = BusinessDraft(name="Bench", brand=f"Bench {number}", sector="medical", sites=(site,))
    business_id = founder.execute(company.id, OpenBusiness(draft=draft)).saved.stream_id
    profile = house.streams(company.id).load(Business, business_id).profile
    assert profile is not None
    sites = (profile.sites[0].id,)
    week = tuple(WeeklyHours(day=day, opens=time(9), closes=time(17)) for day in WEEKDAYS)
    terms = ScheduleTerms(zone="Europe/Paris", patterns=(Pattern(hours=week),))
    for one in range(PER_COMPANY):
        skill = f"skill-{one}"
        hired = HirePractitioner(name="Someone", terms=PractitionerTerms(skills=(skill,), site_ids=sites))
        who = founder.execute(company.id, hired).saved.stream_id
        founder.execute(
            company.id, SetSchedule(subject_kind=SubjectKind.PRACTITIONER, subject_id=who, terms=terms)
        )
        offer = ServiceOffer(
            name=f"Service {one}",
            business_id=business_id,
            site_ids=sites,
            is_bookable_online=True,
            durations_minutes=(30,),
            price=Price(currency="EUR", amount_minor=100 * one),
            roles=(RoleNeed(skill=skill),),
        )
        founder.execute(company.id, DefineService(offer=offer))
    page = PageTerms(languages=("fr",), is_in_marketplace=True)
    founder.execute(company.id, PublishPage(business_id=business_id, terms=page))
    house.jobs.projections.drain(company.id)
    return company
