"""May somebody with nothing but a browser book, move and call off a visit? Without scripts, on a telephone too."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.kit.browser import CHROMIUM, chromium, picture, reader
from tests.kit.clinic import Clinic, hours
from tests.kit.house import Place, opened_place
from tests.kit.public_door import PublicDoor
from tests.kit.serving import served

WIDTHS = (360, 1280)


@dataclass
class Town:
    """A published clinic behind a real port, with one service of each kind the public may book."""

    place: Place
    clinic: Clinic
    door: PublicDoor
    url: str
    browser: Browser
    services: dict[str, str]
    doctor: str
    neighbour: int  # the port on which another site shows the page

    @property
    def home(self) -> str:
        """The booking page."""
        return f"{self.url}/book/{self.place.north.slug}"


@pytest.fixture(scope="module")
def town(database_url: str, redis_url: str, master_key: bytes) -> Iterator[Town]:
    with opened_place(database_url, redis_url, master_key) as place:
        clinic = Clinic(place, place.north).open()
        door = PublicDoor(clinic)
        doctor = clinic.practitioner("doctor", "trainer", "nurse")
        clinic.practitioner("doctor", schedule=hours(clinic.zone))
        services = {
            "consultation": clinic.service(
                name="Consultation",
                durations_minutes=[30, 60],
                modes=["on_site", "video"],
                price={"kind": "tiered", "currency": "EUR", "tiers": [
                    {"up_to_minutes": 30, "amount_minor": 4_500}, {"up_to_minutes": 60, "amount_minor": 8_000}]},
                cancellation={"bands": [{"hours_before": 24, "fee_percent": 50}], "no_show_percent": 100,
                              "client_changes_until_hours": 12},
                intake=[
                    {"code": "allergy", "text": "Do you have an allergy?", "kind": "choice", "choices": ["yes", "no"],
                     "is_required": True},
                    {"code": "which", "text": "To what?", "is_required": True,
                     "shown_if": {"question": "allergy", "equals": "yes"}},
                ],
            ),
            "class": clinic.service(name="Yoga class", roles=[{"skill": "trainer"}], capacity=12,
                                    durations_minutes=[60]),
            "home": clinic.service(name="Home visit", roles=[{"skill": "nurse"}], modes=["client_home"]),
            "child": clinic.service(name="Check-up for children", roles=[{"skill": "nurse"}], least_age=1,
                                    most_age=12),
            "request": clinic.service(name="Second opinion", roles=[{"skill": "nurse"}], confirmation="manual"),
            "paid": clinic.service(name="Travel vaccination", roles=[{"skill": "nurse"}], deposit_percent=20),
        }  # fmt: skip
        start = clinic.at(clinic.day(2), "16:00")
        asked = {"service_id": services["class"], "site_id": clinic.site_id, "starts_at": start.isoformat()}
        clinic.made("sessions", asked)
        with served(place.client.app) as url, chromium() as browser, neighbour(url) as port:  # type: ignore[arg-type]
            assert door.publish(
                languages=["en", "fr"], is_in_marketplace=True, shows_practitioners=True,
                most_visits_per_contact=50, origins=[f"http://127.0.0.1:{port}"],
            ).is_success  # fmt: skip
            yield Town(place, clinic, door, url, browser, services, doctor, port)


@pytest.fixture
def page(town: Town, width: int) -> Iterator[Page]:
    with reader(town.browser, width=width, home=town.url) as opened:
        yield opened


@contextmanager
def neighbour(url: str) -> Iterator[int]:
    """Somebody else's site, whose one page shows the booking page by the script; its port."""
    script = f"<script src='{url}/embed/booking.js' data-company='north'></script>"
    text = f"<!doctype html><title>Shop</title><body>{script}"

    class Shop(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("0.0.0.0", 0), Shop) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


def fill(page: Page, **values: str) -> None:
    for name, value in {"name": "Noor Haddad", "email": "noor@example.com", **values}.items():
        page.fill(f"#{name}", value)


def choose(page: Page, town: Town, service: str, *, day: int = 1) -> None:
    """From the times of a service to the details."""
    page.goto(f"{town.home}/s/{town.services[service]}")
    opened = page.locator(".days details").nth(day if service != "class" else 0)
    if opened.get_attribute("open") is None:
        opened.locator("summary").click()
    opened.locator("a.time").first.click()


def book(page: Page) -> str:
    """From the details to the visit; what the page says then."""
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Book this visit").or_(
        page.get_by_role("button", name="Send the request")
    ).click()
    assert "/visit/" in page.url, page.content()
    return page.locator("h1").inner_text()


class TestInChromium:
    """With scripts switched off, at 360 and 1280 pixels."""

    __test__ = CHROMIUM is not None

    @pytest.mark.parametrize("width", WIDTHS)
    def test_a_visit_is_booked_moved_and_called_off(self, town: Town, page: Page) -> None:
        page.goto(town.home)
        picture(page, "services")
        page.locator(f"a[href*='{town.services['consultation']}']").click()
        page.select_option("#mode", "video")
        page.select_option("#minutes", "60")
        page.select_option("#who", town.doctor)
        page.get_by_role("button", name="Show times").click()
        picture(page, "times")
        page.locator(".days details").nth(1).locator("a.time").nth(2).click()
        picture(page, "details")

        # What is missing is said at the top and beside its field, and leads there.
        page.get_by_role("button", name="Continue").click()
        problems = page.get_by_role("alert")
        assert problems.locator("a[href='#name']").is_visible()
        assert page.locator("#name").get_attribute("aria-invalid") == "true"
        assert page.locator("#name-error").is_visible()
        picture(page, "errors")

        # A question that follows from an answer is asked before anything is agreed.
        fill(page)
        page.get_by_label("yes").check()
        page.get_by_role("button", name="Continue").click()
        page.get_by_label("To what?").fill("Nuts")
        picture(page, "conditional")
        page.get_by_role("button", name="Continue").click()
        assert page.get_by_role("heading", name="If your plans change").is_visible()
        assert "You can move the visit yourself until" in page.content()
        assert "€40" in page.content()
        picture(page, "look")
        page.get_by_role("button", name="Book this visit").click()
        assert page.locator("h1").inner_text() == "Your visit is booked"
        assert "Noor" not in page.content()
        picture(page, "visit")

        before = page.locator(".facts dd strong").inner_text()
        page.get_by_role("link", name="Move the visit").click()
        picture(page, "move")
        old = page.url
        page.locator(".days details").nth(1).locator("a.time").last.click()
        picture(page, "move-look")
        page.get_by_role("button", name="Move the visit").click()
        after = page.locator(".facts dd strong").inner_text()
        assert after != before
        visit = page.url
        page.goto(old)
        assert "has been used" in page.content()
        picture(page, "used")

        page.goto(visit)
        page.get_by_role("link", name="Call it off").click()
        picture(page, "cancel")
        page.get_by_label("Why? The business will read it.").fill("A cold")
        page.get_by_role("button", name="Call the visit off").click()
        assert page.locator("h1").inner_text() == "This visit has been called off"
        picture(page, "cancelled")

    @pytest.mark.parametrize("width", WIDTHS[:1])
    def test_each_kind_that_the_public_may_book(self, town: Town, page: Page) -> None:
        """A class, a visit at home, one for a relative, one by request, one with a deposit, a place in the queue."""
        choose(page, town, "class")
        assert "places left" in page.request.get(f"{town.home}/s/{town.services['class']}").text()
        fill(page)
        assert book(page) == "Your visit is booked"

        choose(page, town, "home")
        fill(page, address="2 Harbour Street")
        assert book(page) == "Your visit is booked"
        assert "At your home" in page.content()

        choose(page, town, "child")
        page.get_by_label("For somebody close to me").check()
        born = (town.place.house.clock() - timedelta(days=5 * 365)).date()
        fill(page, relative_name="Lou Haddad", relative_born_on=str(born))
        picture(page, "relative")
        assert book(page) == "Your visit is booked"

        choose(page, town, "request", day=2)
        fill(page)
        assert book(page) == "Your request has been sent"

        choose(page, town, "paid", day=3)
        fill(page)
        assert book(page) == "Your time is being kept"
        assert "€16" in page.content()
        picture(page, "deposit")

        page.goto(f"{town.home}/s/{town.services['home']}")
        page.get_by_role("link", name="Join the waiting list").click()
        fill(page)
        picture(page, "wait")
        page.get_by_role("button", name="Join the waiting list").click()
        assert "in the queue" in page.content()
        picture(page, "place")

    @pytest.mark.parametrize("width", WIDTHS[1:])
    def test_a_lost_time_offers_others_and_keeps_what_was_written(self, town: Town, page: Page) -> None:
        choose(page, town, "home", day=4)
        fill(page, address="2 Harbour Street")
        page.get_by_role("button", name="Continue").click()
        start = page.locator("input[name=start]").first.get_attribute("value") or ""
        taken = town.door.post("/visits", {
            "service_id": town.services["child"], "site_id": town.clinic.site_id, "starts_at": start,
            "guest": {"name": "Faster", "email": "faster@example.com"},
            "relative": {"name": "Small", "born_on": f"{town.place.house.clock().year - 5}-01-01"},
        })  # fmt: skip
        assert taken.status_code == 201, taken.text
        page.get_by_role("button", name="Book this visit").click()
        assert page.locator("h1").inner_text() == "This time has just gone"
        assert "Faster" not in page.content()
        picture(page, "gone")
        page.locator(".alternatives button").first.click()
        page.get_by_role("button", name="Book this visit").click()
        assert page.locator("h1").inner_text() == "Your visit is booked"

    @pytest.mark.parametrize("width", WIDTHS[:1])
    def test_the_marketplace_leads_there_in_french(self, town: Town, page: Page) -> None:
        town.place.house_at_rest()
        while town.place.house.next_free.act(1):
            pass
        page.goto(f"{town.url}/marketplace?lang=fr")
        page.get_by_label("Que cherchez-vous ?").fill("vaccination")
        page.get_by_role("button", name="Chercher").click()
        assert "Prochain horaire" in page.content()
        picture(page, "market")
        page.get_by_role("link", name="Voir les horaires libres pour Travel vaccination").click()
        assert page.locator("html").get_attribute("lang") == "fr"
        assert page.get_by_role("heading", name="Quel horaire vous convient ?").is_visible()
        picture(page, "times-fr")

    def test_another_site_shows_the_page_only_if_it_may(self, town: Town) -> None:
        """The embed script, on a listed origin and on another: frame-ancestors decides in the browser."""
        context = town.browser.new_context()
        try:
            for name, may in (("127.0.0.1", True), ("localhost", False)):
                page = context.new_page()
                page.goto(f"http://{name}:{town.neighbour}/")
                frame = page.frame_locator("iframe")
                heading = frame.get_by_role("heading", name="What would you like to book?")
                if may:
                    heading.wait_for(timeout=5_000)
                    picture(page, "embedded")
                else:
                    page.wait_for_load_state("networkidle")
                    assert heading.count() == 0
                    assert page.locator("iframe").count() == 1
        finally:
            context.close()
