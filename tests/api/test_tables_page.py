"""Is every column and every event explained to people, in both languages, without a credential or a script?"""

import html
import re
from collections.abc import Iterator

import pytest

from adapters.analytics.dictionary import VIEWS
from adapters.feeds.catalogue import EventCatalogue
from api.web import events
from api.web.tables import french
from tests.kit.house import Place, opened_place

SENTENCES = {text for view in VIEWS for text in (view.summary, *(one.description for one in view.columns))}


@pytest.fixture(scope="module")
def place(database_url: str, redis_url: str, master_key: bytes) -> Iterator[Place]:
    with opened_place(database_url, redis_url, master_key) as opened:
        yield opened


def test_the_french_catalogue_is_that_of_the_dictionary() -> None:
    assert set(french()) == SENTENCES, (
        "api/web/locale/tables.fr.json has a line per sentence of the dictionary"
    )
    assert [each for each in french().values() if not each.endswith(".")] == []


@pytest.mark.parametrize("language", ["en", "fr"])
def test_shows_every_table_and_column(place: Place, language: str) -> None:
    page = place.client.get("/tables", headers={"Accept-Language": f"{language}-BE, de;q=0.5"})
    assert (page.status_code, page.headers["content-language"]) == (200, language)
    assert f'<html lang="{language}">' in page.text
    text = html.unescape(page.text)
    for view in VIEWS:
        (section,) = re.findall(rf'<section aria-labelledby="{view.name}">.*?</section>', text, re.DOTALL)
        for sentence in (view.summary, *(column.description for column in view.columns)):
            assert (sentence if language == "en" else french()[sentence]) in section
        assert re.findall(r"<code>(\w+)</code>", section) == [column.name for column in view.columns]


def test_the_address_decides_over_the_browser(place: Place) -> None:
    page = place.client.get("/tables?lang=fr", headers={"Accept-Language": "en"})
    assert page.headers["content-language"] == "fr"
    assert 'href="/tables?lang=en"' in page.text


def test_loads_nothing_from_elsewhere_and_runs_nothing(place: Place) -> None:
    page = place.client.get("/tables")
    assert "script-src" not in page.headers["content-security-policy"]
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert re.findall(r"<script|style=|https?://", page.text) == []
    for link in re.findall(r'(?:href|src)="(/static/[^"]+)"', page.text):
        assert place.client.get(link).status_code == 200


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_home_page_leads_there(place: Place, language: str) -> None:
    assert f'href="/tables?lang={language}"' in place.client.get(f"/?lang={language}").text


class TestEvents:
    """The pages of the event catalogue (issue 8 part 3)."""

    def test_are_all_said_in_french(self) -> None:
        summaries = {kind.summary for kind in EventCatalogue().kinds.values()}
        assert set(events.french()) == summaries, (
            "api/web/locale/events.fr.json has a line per event's docstring"
        )

    @pytest.mark.parametrize("language", ["en", "fr"])
    def test_are_all_listed_and_lead_to_their_schema(self, place: Place, language: str) -> None:
        page = place.client.get(f"/events?lang={language}")
        assert page.headers["content-language"] == language
        text = html.unescape(page.text)
        said = events.saying(language)
        for kind in place.house.feed.catalogue.kinds.values():
            assert f'href="/events/{kind.type}?lang={language}"' in text
            assert said(kind) in text
        one = place.client.get(f"/events/trip.planned.v1?lang={language}")
        assert "purpose" in one.text
        assert "[erased]" in html.unescape(one.text)
        assert re.findall(r"<script|style=|https?://(?!json-schema)", text) == []
        assert place.client.get("/events/trip.planned.v99").status_code == 404
