"""Does everyone who should get a letter, in their language, and once whatever the mail server does?"""

import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import psycopg
import pytest
from aiosmtpd.smtp import AuthResult
from pydantic import SecretStr

from adapters.bootstrap import House
from adapters.jobs.checkpoints import Checkpoints
from adapters.jobs.feed import Feed
from adapters.jobs.outbox import OutboxDispatcher
from adapters.jobs.performers import build_performers
from adapters.messaging import billing_letters
from adapters.messaging.deliveries import Deliveries
from adapters.messaging.language import catalogue
from adapters.messaging.mail import MailedMessages
from adapters.messaging.smtp import MailMisconfigured, MailServer
from api.rest.examples import NEW_COMPANY
from application.billing.dunning import AdvanceDunning, NotePaymentMissed
from application.billing.meter_limits import SetMeterLimit
from application.billing.subscriptions import StartSubscription
from application.billing.usage import ReportUsage
from application.developer.webhook_endpoints import DisableWebhookEndpoint, RegisterWebhookEndpoint
from application.platform.members import DeactivateMember, InviteMember
from application.travel.travellers import AssignTraveller, DelegateApproval
from domain.billing.meter_limits import Alert, MeterCapReached, MeterLimit, meter_limits_id
from domain.billing.price import ProductLine
from domain.developer.webhook_endpoint import DisabledBecause
from domain.platform.platform_tenant import PLATFORM_TENANT_ID
from domain.platform.roles import Role, Scope
from tests.kit.house import Founder, Person, Place, a_flight, opened_place
from tests.kit.papers import FRENCH
from tests.kit.post_office import PostOffice, open_post_office

ENTERPRISE = "/api/v1/enterprise"
DELIVERIES = "select member_id, outcome, smtp_code from es.mail_delivery where tenant_id = %s"


@pytest.fixture(scope="module")
def place(database_url: str, redis_url: str, master_key: bytes) -> Iterator[Place]:
    """Two companies; the people of the first have joined."""
    with opened_place(database_url, redis_url, master_key) as opened:
        founder = Founder(opened.house)
        for person in opened.north.people.values():
            founder.with_password(opened.north.id, person)
        policy = {
            "name": "Strict",
            "max_daily_budget_eur": 100,
            "max_flight_class": "economy",
            "outcomes": {"max_flight_class": "require_approval"},
        }
        for company in (opened.north, opened.south):
            answer = opened.client.post(
                f"{ENTERPRISE}/policies", json=policy, headers=company.owner.key_headers
            )
            assert answer.status_code == 201, answer.text
        yield opened


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with open_post_office() as opened:
        yield opened


def server(office: PostOffice, **changes: Any) -> MailServer:
    url = SecretStr(f"smtp://127.0.0.1:{office.port}")
    return replace(MailServer.of(url, "Escale <travel@example.com>"), **changes)


def outbox(
    house: House,
    at: MailServer,
    *,
    back_off_s: tuple[float, ...] = (0, 0),
    now: datetime = datetime(2030, 5, 2, 8, tzinfo=UTC),
) -> OutboxDispatcher:
    """The house's dispatcher, with mail."""
    messages = MailedMessages(
        at,
        rows=house.pools.queries,
        deliveries=Deliveries(house.pools.commands),
        streams=house.commands.reading,
        clock=lambda: now,
        language="en",
        signup_token=house.identity.signup_token,
    )
    performers = build_performers(
        messages=messages,
        keys=house.engine.keys,
        snapshot_pool=house.pools.commands,
        checkpoints=Checkpoints(house.pools.projector, house.jobs.wake_ups.wake_up),
        close_login=house.sql_logins.close,
    )
    return OutboxDispatcher(
        pool=house.pools.dispatcher,
        log_pool=house.pools.projector,
        feed=Feed(house.engine.topics, house.engine.keys),
        performers=performers,
        back_off_s=back_off_s,
    )


@pytest.fixture(autouse=True)
def nothing_waits(place: Place) -> None:
    """What earlier tests left is taken away unsent."""
    place.house_at_rest()
    with psycopg.connect(place.house.pools.url, autocommit=True) as connection:
        connection.execute("delete from es.outbox")
        connection.execute("delete from es.mail_delivery")


def submit(place: Place, *, traveller: Person | None = None, **fields: Any) -> str:
    """A trip that breaks rules and needs approval; its id."""
    north = place.north
    who = str((traveller or north.traveller).id)
    plan = {
        "traveller_id": who,
        "purpose": "Salon <b>été</b>",
        "segments": [a_flight(cabin="business")],
        **fields,
    }
    # By key: choosing a password ended the sessions.
    planned = place.client.post(f"{ENTERPRISE}/trips", json=plan, headers=north.owner.key_headers)
    trip = str(planned.json()["id"])
    answer = place.client.post(f"{ENTERPRISE}/trips/{trip}/submit", headers=north.owner.key_headers)
    assert answer.status_code == 200, answer.text
    place.house_at_rest()
    return trip


def only(place: Place, kind: str) -> None:
    """Leaves one kind of effect waiting."""
    with psycopg.connect(place.house.pools.url, autocommit=True) as connection:
        connection.execute("delete from es.outbox where kind <> %s", (kind,))


def deliveries(place: Place) -> dict[UUID, tuple[str, int | None]]:
    with psycopg.connect(place.house.pools.url, autocommit=True) as connection:
        return {row[0]: (row[1], row[2]) for row in connection.execute(DELIVERIES, (place.north.id,))}


def states(place: Place) -> list[tuple[int, int]]:
    with psycopg.connect(place.house.pools.url, autocommit=True) as connection:
        rows = connection.execute(
            "select state, attempts from es.outbox where tenant_id = %s", (place.north.id,)
        )
        return [(row[0], row[1]) for row in rows]


def form(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def subject(mail: EmailMessage) -> str:
    """As a reader sees it, wherever the header was folded."""
    return " ".join(str(mail["Subject"]).split())


class TestBilling:
    """Those who pay hear of their use and of what is unpaid, each thing once."""

    def test_tells_of_a_limit_and_of_an_unpaid_invoice(self, place: Place, office: PostOffice) -> None:
        north, founder = place.north, Founder(place.house)
        taken = StartSubscription(line=ProductLine.CRM, plan="pro", debtor=FRENCH)
        founder.execute(north.id, taken)
        limit = MeterLimit(alerts=(Alert(amount=Decimal(2)),), cap=Decimal(3))
        founder.execute(north.id, SetMeterLimit(meter="sms", limit=limit))
        at = place.house.clock().isoformat()
        for number in range(4):
            use = {"transaction_id": str(number), "meter": "sms", "at": at}
            founder.execute(north.id, ReportUsage(events=(use,)))
        founder.execute(north.id, NotePaymentMissed(invoice_id=north.id))
        founder.execute(north.id, AdvanceDunning())
        place.house_at_rest()
        dispatcher = outbox(place.house, server(office))
        with psycopg.connect(place.house.pools.url, autocommit=True) as connection:
            connection.execute("delete from es.outbox where kind not in ('usage_notice', 'dunning_letter')")
        for _ in range(2):
            dispatcher.dispatch(north.id)
        mails = {subject(mail): mail for mail in office.to(north.owner.email)}
        month = f"{place.house.clock().astimezone(ZoneInfo('Europe/Paris')):%B %Y}"
        alert, cap = f"SMS: an alert of {month} is reached", f"SMS: the cap of {month} is reached"
        assert sorted(mails) == sorted([alert, cap, "An invoice is unpaid"])
        assert "Alert at" in form(mails[alert], "plain")
        assert "limited to reading from" in form(mails["An invoice is unpaid"], "html")
        assert len(office.to(north.owner.email)) == 3
        assert office.to(north.traveller.email) == []
        # In French, to a French reader.
        told = [event for event in place.house.streams(north.id).events_of(
            meter_limits_id(north.id), after=0, limit=9) if isinstance(event, MeterCapReached)]  # fmt: skip
        french = billing_letters.usage_notice(catalogue("fr"), told[0], title="SMS")
        assert ("Plafond", "3") in french.facts
        assert "plafond" in french.subject


class TestAnAlert:
    def test_reaches_whoever_answers_for_travel(self, place: Place, office: PostOffice) -> None:
        submit(place)
        only(place, "violation_alert")
        outbox(place.house, server(office)).dispatch(place.north.id)
        assert sorted(address for address, _ in office.arrived) == [
            place.north.manager.email,
            place.north.owner.email,
        ]
        assert states(place) == [(1, 1)]
        assert set(deliveries(place).values()) == {("sent", None)}

    def test_says_the_same_as_text_and_as_a_page(self, place: Place, office: PostOffice) -> None:
        trip = submit(place)
        only(place, "violation_alert")
        outbox(place.house, server(office)).dispatch(place.north.id)
        (mail,) = office.to(place.north.owner.email)
        assert subject(mail) == "Travel policy: traveller of north’s trip breaks 2 rules"
        assert mail["From"] == "Escale <travel@example.com>"
        assert mail["Auto-Submitted"] == "auto-generated"
        text, page = form(mail, "plain"), form(mail, "html")
        for words in ("€400.00", "€100.00", "2 May 2090", "Budget per day", "needs approval", trip):
            assert words in text, text
            assert words in page
        assert "Salon <b>été</b>" in text
        assert "Salon &lt;b&gt;été&lt;/b&gt;" in page

    def test_is_in_french_at_a_french_address(self, place: Place, office: PostOffice) -> None:
        founder = Founder(place.house)
        invited = founder.execute(
            place.north.id,
            InviteMember(email="claire@nord.example.fr", display_name="Claire", roles=(Role.ADMIN,)),
        )
        claire = replace(place.north.owner, id=invited.saved.stream_id, email="claire@nord.example.fr")
        founder.with_password(place.north.id, claire)
        submit(place)
        only(place, "violation_alert")
        outbox(place.house, server(office)).dispatch(place.north.id)
        founder.execute(place.north.id, DeactivateMember(member_id=claire.id))
        (mail,) = office.to(claire.email)
        assert mail["Content-Language"] == "fr"
        assert "enfreint 2 règles" in subject(mail)
        for words in ("Bonjour Claire,", "400,00\u00a0€", "2 mai 2090", "à approuver"):
            assert words in form(mail, "plain"), form(mail, "plain")

    def test_of_one_company_is_not_for_another(self, place: Place, office: PostOffice) -> None:
        submit(place)
        dispatcher = outbox(place.house, server(office))
        dispatcher.dispatch(place.south.id)
        assert office.arrived == []


class TestAMailServer:
    @pytest.fixture(autouse=True)
    def alerts_only(self, place: Place) -> None:
        submit(place)
        only(place, "violation_alert")

    def test_that_is_busy_is_asked_again_for_those_it_has_not_taken(
        self, place: Place, office: PostOffice
    ) -> None:
        refusals = ["451 try later"]
        manager = place.north.manager.email
        office.at_recipient = lambda to: refusals.pop() if refusals and to == manager else None
        outbox(place.house, server(office)).dispatch(place.north.id)
        assert len(office.to(manager)) == len(office.to(place.north.owner.email)) == 1
        assert states(place) == [(1, 2)]

    def test_that_refuses_somebody_for_good_is_not_asked_again(
        self, place: Place, office: PostOffice
    ) -> None:
        manager = place.north.manager
        office.at_recipient = lambda to: "550 no such person" if to == manager.email else None
        outbox(place.house, server(office)).dispatch(place.north.id)
        assert states(place) == [(1, 1)]
        assert deliveries(place)[manager.id] == ("refused", 550)
        assert deliveries(place)[place.north.owner.id] == ("sent", None)

    def test_that_refuses_the_text_for_good_is_not_asked_again(
        self, place: Place, office: PostOffice
    ) -> None:
        office.after_data = lambda to: "554 spam"
        outbox(place.house, server(office)).dispatch(place.north.id)
        assert set(deliveries(place).values()) == {("refused", 554)}
        assert states(place) == [(1, 1)]

    def test_that_hangs_up_without_an_answer_gets_a_repeat_it_can_recognise(
        self, place: Place, office: PostOffice
    ) -> None:
        office.drops_after_data = 1
        outbox(place.house, server(office)).dispatch(place.north.id)
        by_recipient = {
            address: {mail["Message-ID"] for mail in office.to(address)} for address, _ in office.arrived
        }
        assert len(office.arrived) == 3
        assert all(len(ids) == 1 for ids in by_recipient.values())
        assert len(set().union(*by_recipient.values())) == 2
        assert states(place) == [(1, 2)]

    def test_that_is_slow_is_left_in_time(self, place: Place, office: PostOffice) -> None:
        office.delay_s = 5
        dispatcher = outbox(place.house, server(office, timeout_s=0.2), back_off_s=(3600,))
        dispatcher.dispatch(place.north.id)
        assert office.arrived == []
        assert states(place) == [(0, 1)]

    def test_that_is_away_is_tried_until_the_end(self, place: Place) -> None:
        nowhere = MailServer.of(SecretStr("smtp://127.0.0.1:1"), "travel@example.com")
        outbox(place.house, nowhere).dispatch(place.north.id)
        assert states(place) == [(2, 3)]

    def test_whose_answer_we_have_is_never_asked_twice(self, place: Place, office: PostOffice) -> None:
        dispatcher = outbox(place.house, server(office))
        dispatcher.dispatch(place.north.id)
        with psycopg.connect(place.house.pools.url, autocommit=True) as connection:
            connection.execute("update es.outbox set state = 0, lease_until = null")
        dispatcher.dispatch(place.north.id)
        assert len(office.arrived) == 2
        assert states(place) == [(1, 2)]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the key and the certificate of this machine."""
    folder = tmp_path_factory.mktemp("tls")
    names = "subjectAltName=DNS:localhost,IP:127.0.0.1"
    asked = f"req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext {names}"
    files = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")]
    subprocess.run(["openssl", *asked.split(), *files], check=True, capture_output=True)
    return folder


class TestEncryption:
    def test_is_asked_for_before_anything_is_said(
        self, place: Place, certificate: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """As if the server were on another machine: STARTTLS, then the password, then the letter."""
        monkeypatch.setattr("adapters.messaging.smtp._is_this_machine", lambda host: False)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
        names: list[str] = []

        def knows(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> Any:
            names.append(data.login.decode())
            return AuthResult(success=data.password == b"s3cret @")

        submit(place)
        only(place, "violation_alert")
        with open_post_office(
            tls_context=context, require_starttls=True, authenticator=knows, auth_required=True
        ) as office:
            url = SecretStr(f"smtp://escale:s3cret%20%40@127.0.0.1:{office.port}")
            named = MailServer.of(url, "travel@example.com")
            outbox(place.house, named, back_off_s=(0,)).dispatch(place.north.id)
            assert office.arrived == [], "nobody vouches for this certificate"
            trusting = replace(named, trust=ssl.create_default_context(cafile=str(certificate / "cert.pem")))
            with psycopg.connect(place.house.pools.url, autocommit=True) as connection:
                connection.execute("update es.outbox set state = 0, attempts = 0, lease_until = null")
            outbox(place.house, trusting).dispatch(place.north.id)
            assert len(office.arrived) == 2
        assert set(names) == {"escale"}

    def test_is_not_done_without_elsewhere(
        self, place: Place, office: PostOffice, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("adapters.messaging.smtp._is_this_machine", lambda host: False)
        submit(place)
        outbox(place.house, server(office), back_off_s=(3600,)).dispatch(place.north.id)
        assert office.arrived == []


class TestApproval:
    @pytest.fixture(autouse=True)
    def chain(self, place: Place) -> Iterator[None]:
        def assign(approver: UUID | None) -> None:
            Founder(place.house).execute(
                place.north.id,
                AssignTraveller(member_id=place.north.traveller.id, approver_id=approver),
            )

        assign(place.north.manager.id)
        yield
        assign(None)

    def test_is_asked_of_whose_turn_it_is(self, place: Place, office: PostOffice) -> None:
        submit(place)
        only(place, "approval_requested")
        outbox(place.house, server(office)).dispatch(place.north.id)
        ((address, mail),) = office.arrived
        assert address == place.north.manager.email
        assert subject(mail) == "traveller of north’s trip is waiting for your approval"

    def test_is_not_asked_for_when_it_was_given_meanwhile(self, place: Place, office: PostOffice) -> None:
        trip = submit(place)
        approve(place, trip)
        only(place, "approval_requested")
        outbox(place.house, server(office)).dispatch(place.north.id)
        assert office.arrived == []
        assert states(place) == [(1, 1)]

    def test_is_asked_of_the_delegate_too(self, place: Place, office: PostOffice) -> None:
        founder = Founder(place.house)
        deputy = founder.person(place.north.id, "deputy", Role.MANAGER, (Scope.TRIPS_READ,))
        founder.with_password(place.north.id, deputy)
        long = timedelta(days=40_000)
        start = datetime(2020, 1, 1, tzinfo=UTC)
        founder.execute(
            place.north.id,
            DelegateApproval(
                member_id=place.north.manager.id,
                delegate_id=deputy.id,
                starts_at=start,
                ends_at=start + long,
            ),
        )
        submit(place)
        only(place, "approval_requested")
        outbox(place.house, server(office)).dispatch(place.north.id)
        founder.execute(place.north.id, DeactivateMember(member_id=deputy.id))
        (mail,) = office.to(deputy.email)
        assert "you stand in for manager of north" in form(mail, "plain")
        assert len(office.arrived) == 2

    @pytest.mark.parametrize(
        ("step", "title"), [("approve", "Your trip was approved"), ("reject", "Your trip was rejected")]
    )
    def test_is_told_to_the_traveller(self, place: Place, office: PostOffice, step: str, title: str) -> None:
        trip = submit(place)
        words = {"approve": {"comment": "Enjoy Lyon"}, "reject": {"reason": "Enjoy Lyon"}}[step]
        decide(place, trip, step, words)
        only(place, "approval_decided")
        outbox(place.house, server(office)).dispatch(place.north.id)
        ((address, mail),) = office.arrived
        assert (address, subject(mail)) == (place.north.traveller.email, title)
        assert "In their words: Enjoy Lyon" in form(mail, "plain")


class TestASignUp:
    @pytest.mark.parametrize(
        ("address", "title"),
        [
            ("owner@letter.example", "Confirm your address to open Northwind Travel"),
            ("owner@letter.fr", "Confirmez votre adresse pour ouvrir Northwind Travel"),
        ],
    )
    def test_is_asked_whether_the_address_is_theirs(
        self, place: Place, office: PostOffice, address: str, title: str
    ) -> None:
        body = {**NEW_COMPANY, "slug": address.partition(".")[2], "email": address}
        asked = place.client.post("/api/v1/signup", json=body).json()
        place.house_at_rest()
        late = datetime.now(UTC) + timedelta(days=8)
        for now in (datetime.now(UTC), late):  # what lapsed is not sent at all
            outbox(place.house, server(office), now=now).dispatch(PLATFORM_TENANT_ID)
        ((to, mail),) = office.arrived
        assert (to, subject(mail)) == (address, title)
        assert asked["confirmation_token"] in form(mail, "plain")
        assert asked["confirmation_token"] in form(mail, "html")


class TestAWebhookThatStopped:
    """SEC-50, R-81, R-82: whoever can resume the endpoint is told that the house stopped by itself."""

    def test_is_told_to_the_heads(self, place: Place, office: PostOffice) -> None:
        founder, north = Founder(place.house), place.north
        endpoint = RegisterWebhookEndpoint(url="https://hooks.example.com/north")
        endpoint_id = founder.execute(north.id, endpoint).saved.stream_id
        since = datetime(2030, 4, 27, 8, tzinfo=UTC)
        founder.execute(
            north.id,
            DisableWebhookEndpoint(
                endpoint_id=endpoint_id, reason=DisabledBecause.FAILING, failing_since=since
            ),
        )
        place.house_at_rest()
        only(place, "webhook_disabled")
        outbox(place.house, server(office)).dispatch(north.id)
        ((address, mail),) = office.arrived
        assert (address, subject(mail)) == (
            north.owner.email,
            "Webhooks to hooks.example.com have stopped",
        )
        text = form(mail, "plain")
        assert f"/endpoints/{endpoint_id}/resume" in " ".join(text.split())
        assert "27 April 2030" in text


@pytest.mark.parametrize(
    ("url", "sender"),
    [
        ("http://mail.example.com", "travel@example.com"),
        ("smtp://", "travel@example.com"),
        ("smtp://mail.example.com:port", "travel@example.com"),
        ("smtp://mail.example.com", None),
        ("smtp://mail.example.com", "nobody"),
    ],
)
def test_a_server_that_cannot_be_meant_is_refused(url: str, sender: str | None) -> None:
    with pytest.raises(MailMisconfigured):
        MailServer.of(SecretStr(url), sender)


def test_ports_follow_from_the_kind_of_encryption() -> None:
    for url, port in (("smtp://mail.example.com", 587), ("smtps://mail.example.com", 465)):
        assert MailServer.of(SecretStr(url), "travel@example.com").port == port


def approve(place: Place, trip: str) -> None:
    decide(place, trip, "approve", {})


def decide(place: Place, trip: str, step: str, words: dict[str, str]) -> None:
    answer = place.client.post(
        f"{ENTERPRISE}/trips/{trip}/{step}", json=words, headers=place.north.manager.key_headers
    )
    assert answer.status_code == 200, answer.text
    place.house_at_rest()
