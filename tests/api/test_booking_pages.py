"""The booking pages from outside: their policy, their forms, their words, and what they refuse."""

import re
from datetime import datetime
from html import unescape
from typing import Any
from urllib.parse import urlencode

import httpx2
import pytest

from api.web.words import sentences, words_in
from domain.kernel.money import Money
from tests.kit.clinic import Clinic
from tests.kit.house import Place
from tests.kit.public_door import PublicDoor

SHOP = "https://www.clinic.example"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture(scope="module")
def clinic(place: Place) -> Clinic:
    clinic = Clinic(place, place.north).open()
    PublicDoor(clinic).publish(origins=[SHOP], most_visits_per_contact=50)
    return clinic


@pytest.fixture(scope="module")
def service(clinic: Clinic) -> str:
    clinic.practitioner("page")
    return clinic.service(roles=[{"skill": "page"}])


def send(clinic: Clinic, path: str, fields: dict[str, Any], **headers: str) -> httpx2.Response:
    """A form as a browser sends it."""
    return clinic.place.client.post(
        path, content=urlencode(fields), headers={**FORM, **headers}, follow_redirects=False
    )


def hidden(page: httpx2.Response) -> dict[str, str]:
    """What a form carries along."""
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page.text)
    return {name: unescape(value) for name, value in found}


def filled(clinic: Clinic, service: str, number: int) -> dict[str, str]:
    """The details of a visit at the so manieth free time, ready to be confirmed."""
    path = f"/book/north/s/{service}"
    page = clinic.place.client.get(path)
    link = unescape(re.findall(r'class="time" href="([^"]+)"', page.text)[number])
    details = clinic.place.client.get(link)
    fields = {**hidden(details), "name": "Noor Haddad", "email": "noor@example.com", "for": "self"}
    look = send(clinic, f"{path}/details", fields)
    assert look.status_code == 200, look.text
    return hidden(look)


class TestPolicy:
    def test_is_strict_and_lets_only_listed_sites_frame_the_page(self, clinic: Clinic, service: str) -> None:
        for path in ("/book/north", f"/book/north/s/{service}", "/book/north/visit/nothing"):
            page = clinic.place.client.get(path)
            policy = page.headers["content-security-policy"]
            assert f"frame-ancestors 'self' {SHOP}" in policy
            assert "script-src" not in policy
            assert "default-src 'none'" in policy
            assert "unsafe" not in policy
            assert page.headers["referrer-policy"] == "same-origin"
            assert page.headers["cache-control"] == "no-store"
            assert "set-cookie" not in page.headers
            assert re.findall(r"<script|style=|(?:src|href)=\"https?:", page.text) == []
        market = clinic.place.client.get("/marketplace")
        assert "frame-ancestors 'self';" in market.headers["content-security-policy"] + ";"

    def test_the_script_for_other_sites_is_ours_and_small(self, clinic: Clinic) -> None:
        script = clinic.place.client.get("/embed/booking.js")
        assert script.headers["cross-origin-resource-policy"] == "cross-origin"
        assert script.headers["content-type"].startswith("text/javascript")
        assert len(script.content) < 2_000


class TestForms:
    def test_of_another_site_are_refused(self, clinic: Clinic, service: str) -> None:
        """CSRF: neither what the browser says of the sender nor the form's own token is missing."""
        fields, path = filled(clinic, service, 0), f"/book/north/s/{service}/confirm"
        head = clinic.place.heads()
        for headers in (
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
            {"Origin": "https://evil.example"},
            {"Origin": "null"},
            {"Content-Type": "text/plain"},
        ):
            refused = send(clinic, path, fields, **headers)
            assert (refused.status_code, "own page" in refused.text) == (403, True), headers
        changed = fields["form"][:-1] + ("B" if fields["form"].endswith("A") else "A")
        for token in ("", "x", changed, "e" * 100):
            assert send(clinic, path, {**fields, "form": token}).status_code == 404
        assert clinic.place.heads() == head
        mine = send(clinic, path, fields, Origin="http://testserver", **{"Sec-Fetch-Site": "same-origin"})
        assert mine.status_code == 303

    def test_sent_twice_are_one_booking(self, clinic: Clinic, service: str) -> None:
        fields, path = filled(clinic, service, 1), f"/book/north/s/{service}/confirm"
        first, again = (send(clinic, path, fields) for _ in range(2))
        assert first.status_code == again.status_code == 303
        assert first.headers["location"] == again.headers["location"]

    def test_of_programs_are_refused(self, clinic: Clinic, service: str) -> None:
        """A field nobody sees, and a form that was filled in faster than anybody reads."""
        fields, path = filled(clinic, service, 2), f"/book/north/s/{service}/confirm"
        head = clinic.place.heads()
        assert send(clinic, path, {**fields, "website": "https://spam.example"}).status_code == 404
        limits: Any = clinic.place.client.app.state.limits  # type: ignore[attr-defined]
        patient = type(limits)(**{**vars(limits), "form_least_s": 3_600.0})
        clinic.place.client.app.state.limits = patient  # type: ignore[attr-defined]
        try:
            hasty = send(clinic, path, fields)
        finally:
            clinic.place.client.app.state.limits = limits  # type: ignore[attr-defined]
        assert (hasty.status_code, "very fast" in hasty.text) == (422, True)
        assert clinic.place.heads() == head

    def test_with_nonsense_are_answered_with_a_page(self, clinic: Clinic, service: str) -> None:
        path = f"/book/north/s/{service}"
        nonsense = ("x", "\x00", "ÿ" * 100, "9" * 400, "2030-13-45T99:00:00Z", "<script>alert(1)</script>")
        for text in nonsense:
            for page in (
                clinic.place.client.get(path, params={"site": text, "from": text, "who": text, "mode": text}),
                clinic.place.client.get(f"{path}/details", params={"start": text}),
                clinic.place.client.get("/marketplace", params={"q": text, "near": text, "most": text}),
                send(clinic, f"{path}/details", {"start": text, "site": text}),
                send(clinic, f"{path}/wait", {"form": text, "from": text}),
                clinic.place.client.get(f"/book/{text.replace(chr(0), '%00').replace('/', '')[:60]}"),
            ):
                assert page.status_code in (200, 403, 404, 410, 422), (text, page.status_code)
                assert page.headers["content-type"].startswith("text/html")
                assert "<script>" not in page.text
        fields = filled(clinic, service, 2)
        for name in ("name", "email", "note", "phone"):
            bad = send(clinic, f"{path}/confirm", {**fields, name: "\x00" + "x" * 3_000})
            assert (bad.status_code, f'id="{name}-error"' in bad.text) == (422, True), name

    def test_a_business_that_says_no_is_heard_beside_the_field(self, clinic: Clinic, service: str) -> None:
        clinic.made("blocked-contacts", {"contact": "noor.blocked@example.com"})
        fields = {**filled(clinic, service, 2), "email": "noor.blocked@example.com"}
        refused = send(clinic, f"/book/north/s/{service}/confirm?lang=fr", fields)
        assert refused.status_code == 409
        assert "Rien ne peut être réservé en ligne avec ce contact" in unescape(refused.text)
        assert 'aria-describedby="email-error email-hint"' in refused.text


class TestWords:
    def test_are_the_same_sentences_in_both_languages(self) -> None:
        english, french = sentences("en"), sentences("fr")
        assert shape(english) == shape(french)
        assert words_in("fr").t["choose_service"] != words_in("en").t["choose_service"]

    @pytest.mark.parametrize(
        ("amount", "currency", "english", "french"),
        [
            (8_000, "EUR", "€80", "80\u00a0€"),
            (123_456, "EUR", "€1,234.56", "1\u202f234,56\u00a0€"),
            (500, "JPY", "JPY\u00a0500", "500\u00a0JPY"),
            (0, "EUR", "free of charge", "gratuit"),
        ],
    )
    def test_write_money(self, amount: int, currency: str, english: str, french: str) -> None:
        money = Money(amount_minor=amount, currency=currency)
        assert [words_in(language).money(money) for language in ("en", "fr")] == [english, french]

    def test_write_a_repeated_hour_with_its_zone(self) -> None:
        first, second = (datetime.fromisoformat(f"2026-10-25T0{hour}:30:00+00:00") for hour in (0, 1))
        words = words_in("fr")
        assert words.time(first, "Europe/Paris") == "02:30 CEST"
        assert words.time(second, "Europe/Paris") == "02:30 CET"
        assert words.when(datetime.fromisoformat("2026-05-01T08:00:00+00:00"), "Europe/Paris") == (
            "vendredi 1er mai 2026 à 10:00"
        )

    def test_follow_the_browser_and_the_address(self, clinic: Clinic, service: str) -> None:
        path = f"/book/north/s/{service}"
        french = clinic.place.client.get(path, headers={"Accept-Language": "fr-BE"})
        assert '<html lang="fr">' in french.text
        chosen = clinic.place.client.get(f"{path}?lang=en", headers={"Accept-Language": "fr"})
        assert "lang=en" in re.findall(r'class="time" href="([^"]+)"', chosen.text)[0]


class TestTheQueue:
    def test_asks_what_a_booking_asks(self, clinic: Clinic) -> None:
        clinic.practitioner("queue")
        allergy = {"code": "allergy", "text": "An allergy?", "kind": "choice", "choices": ["yes", "no"]}
        which = {"code": "which", "text": "To what?", "shown_if": {"question": "allergy", "equals": "yes"}}
        service = clinic.service(
            roles=[{"skill": "queue"}],
            modes=["client_home"],
            intake=[{**one, "is_required": True} for one in (allergy, which)],
        )
        path = f"/book/north/s/{service}/wait"
        shown = clinic.place.client.get(path)
        day = str(clinic.day())
        told = {**hidden(shown), "name": "Noor", "email": "noor@example.com", "from": day, "to": day}
        before = clinic.place.heads()
        missing = send(clinic, path, told)
        assert missing.status_code == 422
        assert {"address-error", "answer-allergy-error"} <= set(
            re.findall(r'id="([\w-]+-error)"', missing.text)
        )
        more = send(clinic, path, {**told, "address": "3 rue Basse", "answer-allergy": "yes"})
        assert (more.status_code, "To what?" in more.text) == (200, True)
        assert clinic.place.heads() == before
        told |= {**hidden(more), "address": "3 rue Basse", "answer-allergy": "yes", "answer-which": "Nuts"}
        assert send(clinic, path, told).status_code == 303


def shape(catalogue: Any) -> Any:
    """Which words there are, and which places they have for something."""
    if isinstance(catalogue, dict):
        return {name: shape(value) for name, value in catalogue.items()}
    if isinstance(catalogue, list):
        return len(catalogue)
    return sorted(re.findall(r"{(\w+)}", catalogue))
