"""How long does a list of free slots take, against a bare read of the same busy ranges?"""

from datetime import datetime, time, timedelta
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

import psycopg

from adapters.bootstrap import Settings, build
from application.booking.catalogue import DefineService, HirePractitioner, OpenBusiness, SetSchedule
from domain.booking.business import Business, BusinessDraft, SiteDraft
from domain.booking.offer import Price, RoleNeed, ServiceOffer
from domain.booking.practitioner import Terms as PractitionerTerms
from domain.booking.schedule import Pattern, SubjectKind, WeeklyHours
from domain.booking.schedule import Terms as ScheduleTerms
from domain.booking.visit import BUSY, PRACTITIONER
from domain.booking.wall_time import WEEKDAYS
from domain.platform.roles import Role, Scope
from tests.bench.dashboard import an_api, asked, timed
from tests.bench.figures import Figure, Sizes, at_most, percentile
from tests.bench.http import HOST
from tests.bench.place import Place
from tests.conftest import MASTER_KEY
from tests.kit.house import Founder

WEEKS = 4
TARGET = 3.0  # times the bare read
SKILLS = ("surgeon", "anaesthetist", "nurse")
# Sixteen half hours a day, of which three in five are taken.
TAKEN = """
insert into es.claim (tenant_id, kind, key, starts_at, ends_at, holder, position)
select %s, %s, who::text, slot, slot + interval '30 minutes', gen_random_uuid(), 1
from unnest(%s::uuid[]) with ordinality as person (who, number),
  generate_series(%s::timestamptz, %s::timestamptz, interval '1 day') as day,
  generate_series(day + interval '9 hours', day + interval '16 hours 30 minutes', interval '30 minutes') as slot
where (extract(epoch from slot)::bigint / 1800 * 7 + number * 3) %% 5 < 3
"""
BARE = """
select kind, key, holder, units, starts_at, ends_at from es.claim
where tenant_id = %s and kind = any(%s) and key = any(%s) and ends_at > %s and starts_at < %s
  and expires_at > clock_timestamp()
"""


def slot_list(place: Place, sizes: Sizes, *, id: str, pools: tuple[int, ...]) -> Figure:
    """One figure: as many roles as pools, each with that many people."""
    with place.database() as url:
        tenant_id, key, path, people, start = a_clinic(place, url, pools)
        end = start + timedelta(weeks=WEEKS)
        ours_ms, theirs_ms = [], []
        with an_api(place, url) as port, psycopg.connect(url) as bare:
            client = HTTPConnection(HOST, port)
            question = (tenant_id, [BUSY[PRACTITIONER]], [str(one) for one in people], start, end)
            for number in range(sizes.dashboard_reads // 4 + 2):
                ours = timed(lambda: asked(client, path, key))
                theirs = timed(lambda: bare.execute(BARE, question).fetchall())
                if number >= 2:
                    ours_ms.append(ours)
                    theirs_ms.append(theirs)
    wanted = " and ".join(f"one of {count}" for count in pools)
    return at_most(
        id,
        f"p95 of the free slots of {WEEKS} weeks for {wanted}, three in five half hours taken, at the API, against"
        " a bare read of the same busy ranges",
        percentile(ours_ms, 0.95),
        percentile(theirs_ms, 0.95),
        unit="ms",
        target=TARGET,
        method=f"ours: `escale api`, GET slots, one connection, one key, {len(ours_ms)} requests; busy times are read"
        " anew for each, the catalogue is held against the log; theirs: one psycopg connection as superuser, without"
        " row-level security, in turn with ours",
    )


def a_clinic(place: Place, url: str, pools: tuple[int, ...]) -> tuple[UUID, str, str, list[UUID], datetime]:
    """A clinic whose people are busy; the key and the address of its slots."""
    with TemporaryDirectory() as folder:
        settings = Settings(master_key=MASTER_KEY.hex(), data_dir=Path(folder))
        house = build(settings, database_url=url, redis_url=place.services.redis_url)
        try:
            founder = Founder(house)
            founder.platform()
            company = founder.company("bench")
            key = founder.person(company.id, "reader", Role.ANALYST, (Scope.BOOKINGS_READ,)).key
            site = SiteDraft(name="Bench", address="1 Bench Street", country="FR", zone="UTC")
            draft = BusinessDraft(name="Bench", brand="Bench", sector="medical", sites=(site,))
            business_id = founder.execute(company.id, OpenBusiness(draft=draft)).saved.stream_id
            profile = house.streams(company.id).load(Business, business_id).profile
            assert profile is not None
            site_id = profile.sites[0].id
            week = tuple(WeeklyHours(day=day, opens=time(9), closes=time(17)) for day in WEEKDAYS)
            terms = ScheduleTerms(zone="UTC", patterns=(Pattern(hours=week),))
            people: list[UUID] = []
            for skill, count in zip(SKILLS, pools, strict=False):
                for _ in range(count):
                    hired = HirePractitioner(
                        name="Someone", terms=PractitionerTerms(skills=(skill,), site_ids=(site_id,))
                    )
                    one = founder.execute(company.id, hired).saved.stream_id
                    schedule = SetSchedule(subject_kind=SubjectKind.PRACTITIONER, subject_id=one, terms=terms)
                    founder.execute(company.id, schedule)
                    people.append(one)
            offer = ServiceOffer(
                name="Bench",
                business_id=business_id,
                site_ids=(site_id,),
                durations_minutes=(30,),
                price=Price(currency="EUR", amount_minor=1),
                roles=tuple(RoleNeed(skill=skill) for skill in SKILLS[: len(pools)]),
            )
            service_id = founder.execute(company.id, DefineService(offer=offer)).saved.stream_id
            start = house.clock().replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        finally:
            house.close()
    end = start + timedelta(weeks=WEEKS)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(TAKEN, (company.id, BUSY[PRACTITIONER], people, start, end))
        connection.execute("analyze es.claim")
    since, until = (moment.isoformat().replace("+00:00", "Z") for moment in (start, end))
    path = (
        f"/api/v1/booking/slots?service_id={service_id}&site_id={site_id}"
        f"&since={since}&until={until}&limit=3000"
    )
    return company.id, key, path, people, start
