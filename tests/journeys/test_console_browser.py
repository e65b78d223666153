"""May a developer look after their company's programs with a browser alone? Issue 8 part 5, with scripts switched off.

At 360 and 1280 pixels, in both languages: no console error, nothing asked of another host (SEC-45), and what the pages
do is what the API shows. Signing in (SEC-26), forms of others (SEC-27) and addresses of others (SEC-47) besides.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Page

from api.rest import billing_examples
from api.web.console_frame import own_page
from domain.platform.roles import Role, Scope
from tests.kit.browser import CHROMIUM, chromium, picture, reader
from tests.kit.client import TestClient
from tests.kit.house import PASSWORD, Founder, Person, Place, opened_place
from tests.kit.serving import served

WIDTHS = (360, 1280)
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
CONSOLE = "/console"


@dataclass
class Desk:
    """A company whose owner has a password, behind a real port."""

    place: Place
    url: str
    browser: Browser
    admin: Person  # who looks after the programs
    clerk: Person
    stranger: Person  # the same, of another company


@pytest.fixture(scope="module")
def desk(database_url: str, redis_url: str, master_key: bytes) -> Iterator[Desk]:
    with opened_place(database_url, redis_url, master_key) as place:
        founder = Founder(place.house)
        scopes = (Scope.TRIPS_READ, Scope.KEYS_WRITE)
        people = [
            founder.person(company.id, "desk", role, scopes)
            for company, role in (
                (place.north, Role.ADMIN),
                (place.north, Role.FINANCE),
                (place.south, Role.ADMIN),
            )
        ]
        for company, person in zip((place.north, place.north, place.south), people, strict=True):
            founder.with_password(company.id, person)
        # Requests are counted once somebody pays for them.
        body = {"line": "crm", "plan": "pro", "debtor": billing_examples.DEBTOR, "zone": "Europe/Paris"}
        answer = place.client.post(
            "/api/v1/billing/subscription", json=body, headers=place.north.owner.headers
        )
        assert answer.status_code == 201, answer.text
        with served(place.client.app) as url, chromium() as browser:  # type: ignore[arg-type]
            yield Desk(place, url, browser, *people)


@pytest.fixture
def page(desk: Desk, width: int, language: str) -> Iterator[Page]:
    locale = {"en": "en-GB", "fr": "fr-FR"}[language]
    with reader(desk.browser, width=width, home=desk.url, language=locale) as opened:
        yield opened


def sign_in(page: Page, desk: Desk, person: Person, path: str = CONSOLE) -> None:
    page.goto(f"{desk.url}{path}")
    page.fill("#company", desk.place.north.slug)
    page.fill("#email", person.email)
    page.fill("#password", PASSWORD)
    page.locator("main form button").click()


class TestInChromium:
    __test__ = CHROMIUM is not None

    @pytest.mark.parametrize(("width", "language"), [(360, "fr"), (1280, "en")])
    def test_a_developer_looks_after_the_programs(self, desk: Desk, page: Page, language: str) -> None:
        place, owner = desk.place, desk.place.north.owner
        shot = f"console-{language}"
        page.goto(f"{desk.url}{CONSOLE}/keys")
        picture(page, f"{shot}-sign-in")
        sign_in(page, desk, desk.admin, f"{CONSOLE}/keys")
        assert page.url.endswith(f"{CONSOLE}/keys")
        assert page.locator("html").get_attribute("lang") == language

        # A key is made, shown once, opens the API, and opens nothing any more.
        page.fill("#name", f"Synchronisation {language}")
        page.locator("input[name='scope:trips:read']").check()
        picture(page, f"{shot}-keys")
        page.locator("main form:has(#name) .actions button").click()
        secret = page.locator("#secret").input_value()
        picture(page, f"{shot}-key")
        headers = {"Authorization": f"Bearer {secret}"}
        assert place.client.get("/api/v1/enterprise/trips", headers=headers).status_code == 200
        assert place.client.get("/api/v1/members", headers=headers).status_code == 403
        page.reload()  # the same form again is the same order, and shows the same
        assert page.locator("#secret").input_value() == secret
        place.house_at_rest()

        # What it asked stands in the log of requests, without a word of what was asked.
        place.house.trail.flush()
        page.goto(f"{desk.url}{CONSOLE}/requests")
        row = page.locator("tr", has_text=f"Synchronisation {language}").first
        assert row.locator(".what").inner_text().split() == ["GET", "/api/v1/members"]
        assert row.locator(".status-code").inner_text() == "403"
        row.locator(".who a").click()
        assert page.locator("tbody tr").count() == 2
        picture(page, f"{shot}-requests")
        listed = place.client.get("/api/v1/requests?limit=100&refused=true", headers=owner.headers).json()[
            "data"
        ]
        assert listed[0]["key_name"] == f"Synchronisation {language}"
        assert (listed[0]["route"], listed[0]["status"]) == ("/api/v1/members", 403)

        page.goto(f"{desk.url}{CONSOLE}/keys")
        one = page.locator("li", has_text=f"Synchronisation {language}")
        one.locator("summary").click()
        one.locator("button").click()
        assert page.locator(".things").first.get_by_text(f"Synchronisation {language}").count() == 0
        assert place.client.get("/api/v1/enterprise/trips", headers=headers).status_code == 401

        place.house.calls.flush()
        place.house_at_rest()
        page.goto(f"{desk.url}{CONSOLE}/usage")
        assert page.locator("rect[height='100.0']").count() == 2
        picture(page, f"{shot}-usage")
        page.goto(f"{desk.url}{CONSOLE}")
        assert page.locator(".tile").count() == 3
        picture(page, f"{shot}-overview")
        page.locator(".tabs a", has_text=re.compile("Ev|Év")).click()
        picture(page, f"{shot}-events")
        page.locator(".kinds a", has_text="trip.planned.v1").click()
        picture(page, f"{shot}-event")

        page.goto(f"{desk.url}{CONSOLE}")
        page.locator(".whose button").click()
        assert "/sign-in" in page.url
        page.goto(f"{desk.url}{CONSOLE}/usage")
        assert "/sign-in" in page.url

    @pytest.mark.parametrize(("width", "language"), [(360, "en"), (1280, "fr")])
    def test_a_webhook_is_registered_looked_at_and_sent_again(
        self, desk: Desk, page: Page, language: str
    ) -> None:
        place, shot = desk.place, f"console-{language}"
        sign_in(page, desk, desk.admin, f"{CONSOLE}/webhooks")
        page.fill("#url", "https://10.0.0.1/hook")
        page.locator("main form:has(#url) .actions button").click()
        assert page.locator("#url-error").is_visible()
        picture(page, f"{shot}-webhook-refused")
        page.fill("#url", f"https://hooks.example.com/{language}")
        page.fill("#event_types", "trip.planned.v1")
        page.fill("#description", f"Warehouse {language}")
        page.locator("main form:has(#url) .actions button").click()
        secret = page.locator("#secret").input_value()
        assert secret.startswith("whsec_")
        picture(page, f"{shot}-webhook-secret")
        page.locator("a.button").click()
        place.plan(place.north)
        place.house_at_rest()
        page.reload()
        picture(page, f"{shot}-webhook")
        page.locator("tbody .what a").first.click()
        assert "trip.planned.v1" in page.locator("pre").first.inner_text()
        assert "Client visit" not in page.content()
        picture(page, f"{shot}-delivery")
        page.locator("form.actions button").click()
        assert page.get_by_role("status").is_visible()
        page.locator(".crumb a").nth(1).click()
        page.locator("form[action*='/pause'] button").click()
        assert page.locator(".pill.paused").is_visible()
        page.goto(f"{desk.url}{CONSOLE}/webhooks")
        picture(page, f"{shot}-webhooks")


class Visitor:
    """A browser's requests, without the browser."""

    def __init__(self, desk: Desk) -> None:
        self.client = TestClient(desk.place.client.app, follow_redirects=False)
        self.desk = desk

    def sign_in(self, person: Person, **others: str) -> Any:
        """The answer to the form."""
        fields = {"company": "north", "email": person.email, "password": PASSWORD, **others}
        return self.post("/sign-in", fields)

    def post(self, path: str, fields: dict[str, str], **headers: str) -> Any:
        """A form."""
        return self.client.post(f"{CONSOLE}{path}", content=urlencode(fields), headers={**FORM, **headers})

    def form_token(self) -> str:
        """What the forms of this session carry."""
        (token,) = set(re.findall(r'name="form_token" value="([0-9a-f]+)"', self.client.get(CONSOLE).text))
        return str(token)


class TestWhoIsLetIn:
    def test_the_cookie_is_for_pages_only_and_ends_with_the_session(self, desk: Desk) -> None:
        """SEC-26: HttpOnly, SameSite; no key to the API; worthless everywhere once its session has ended."""
        visitor = Visitor(desk)
        answer = visitor.sign_in(desk.admin)
        assert (answer.status_code, answer.headers["location"]) == (303, CONSOLE)
        (cookie,) = SimpleCookie(answer.headers["set-cookie"]).values()
        assert (cookie["httponly"], cookie["samesite"].lower(), cookie["path"]) == (True, "lax", "/")
        bearer = {"Authorization": f"Bearer {cookie.value}"}
        assert desk.place.client.get("/api/v1/me", headers=bearer).status_code == 401
        assert visitor.client.get("/api/v1/me").status_code == 401
        shown = visitor.client.get(CONSOLE)
        assert shown.status_code == 200
        assert "script-src" not in shown.headers["content-security-policy"]
        assert shown.headers["cache-control"] == "no-store"
        assert visitor.post("/sign-out", {"form_token": visitor.form_token()}).status_code == 303
        visitor.client.cookies.set(cookie.key, cookie.value)
        gone = visitor.client.get(CONSOLE)
        assert (gone.status_code, gone.headers["location"].partition("?")[0]) == (303, f"{CONSOLE}/sign-in")

    def test_forms_of_others_change_nothing(self, desk: Desk) -> None:
        """SEC-27: another site's, one without the token, one with the token of another session."""
        visitor, other = Visitor(desk), Visitor(desk)
        visitor.sign_in(desk.admin)
        other.sign_in(desk.clerk)
        fields = {"name": "Stolen", "days": "30", "scope:trips:read": "on", "form_key": "1"}
        foreign = {"Sec-Fetch-Site": "cross-site"}
        heads = desk.place.heads()
        assert (
            visitor.post("/keys", {**fields, "form_token": visitor.form_token()}, **foreign).status_code
            == 403
        )
        assert visitor.post("/keys", fields).status_code == 403
        assert visitor.post("/keys", {**fields, "form_token": other.form_token()}).status_code == 403
        elsewhere = {"Origin": "https://elsewhere.example.com"}
        assert (
            visitor.post("/keys", {**fields, "form_token": visitor.form_token()}, **elsewhere).status_code
            == 403
        )
        assert desk.place.heads() == heads

    def test_nobody_is_sent_elsewhere(self, desk: Desk) -> None:
        """SEC-47."""
        for path in (
            "//example.com",
            "https://example.com",
            "/console//example.com",
            "/docs",
            "/console/../x",
            "\\x",
        ):
            assert own_page(path) == CONSOLE, path
        assert own_page("/console/requests?show=refused") == "/console/requests?show=refused"
        assert Visitor(desk).sign_in(desk.admin, next="//example.com").headers["location"] == CONSOLE

    def test_roles_decide_what_is_shown(self, desk: Desk) -> None:
        visitor = Visitor(desk)
        assert visitor.sign_in(desk.clerk).status_code == 303
        assert f'href="{CONSOLE}/usage"' in visitor.client.get(CONSOLE).text
        for path in ("keys", "requests", "webhooks"):
            assert f'href="{CONSOLE}/{path}"' not in visitor.client.get(CONSOLE).text
            assert visitor.client.get(f"{CONSOLE}/{path}").status_code == 403
        assert visitor.client.get(f"{CONSOLE}/usage").status_code == 200
        wrong = visitor.sign_in(desk.clerk, password="not the password")
        assert (wrong.status_code, "set-cookie" in wrong.headers) == (401, False)

    def test_another_company_is_never_shown(self, desk: Desk) -> None:
        """Keys, requests and endpoints of north are unknown to south."""
        place, visitor = desk.place, Visitor(desk)
        visitor.sign_in(desk.stranger, company="south")
        keys = place.client.get("/api/v1/api-keys", headers=place.north.owner.headers).json()["data"]
        fields = {"form_token": visitor.form_token(), "form_key": "2"}
        heads = place.heads()
        assert visitor.post(f"/keys/{keys[0]['id']}/revoke", fields).status_code == 404
        assert place.heads() == heads
        for path in ("keys", "requests", "webhooks", "usage", ""):
            shown = visitor.client.get(f"{CONSOLE}/{path}".rstrip("/"))
            assert shown.status_code == 200
            assert "Synchronisation" not in shown.text
            assert not [key for key in keys if key["id"] in shown.text]
