"""Problems have names of their own, and pages for people beside the JSON for programs."""

import re

import pytest

from tests.kit.house import Place

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


class TestInstance:
    def test_names_the_request(self, place: Place) -> None:
        own = place.client.get("/api/v1/me").json()
        chosen = place.client.get("/api/v1/me", headers={"X-Request-Id": "my-request-1"}).json()
        assert own["instance"] == f"urn:uuid:{own['request_id']}"
        assert chosen["instance"] == "/requests/my-request-1"


class TestPages:
    def test_show_the_catalogue_to_a_browser(self, place: Place) -> None:
        kinds = place.client.get("/problems").json()["data"]
        page = place.client.get("/problems", headers={"Accept": BROWSER})
        assert page.status_code == 200
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert page.headers["vary"] == "Accept, Accept-Language"
        assert "unsafe-inline" not in page.headers["content-security-policy"]
        assert "style-src 'self'" in page.headers["content-security-policy"]
        assert '<html lang="en">' in page.text
        assert page.text.count("<h1>") == 1
        assert "<script" not in page.text
        assert "style=" not in page.text
        for kind in kinds:
            assert f'id="{kind["code"]}"' in page.text
        links = set(re.findall(r'(?:src|href)="([^"]+)"', page.text))
        assert "/static/home.css" in links
        for link in links:
            assert place.client.get(link).status_code == 200, link

    def test_explain_one_problem(self, place: Place) -> None:
        page = place.client.get("/problems/key_reused", headers={"Accept": BROWSER})
        assert page.headers["content-type"].startswith("text/html")
        assert "This Idempotency-Key was used before with another request." in page.text
        lost = place.client.get("/problems/canary", headers={"Accept": BROWSER})
        assert (lost.status_code, lost.headers["content-type"]) == (404, "application/problem+json")

    @pytest.mark.parametrize(
        "accept",
        [
            "*/*",
            "application/json",
            "",
            "application/json, text/html;q=0.5",
            "text/html;q=0",
            "nonsense;q=x,",
        ],
    )
    def test_are_not_for_programs(self, place: Place, accept: str) -> None:
        answer = place.client.get("/problems", headers={"Accept": accept})
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["vary"] == "Accept, Accept-Language"
        assert answer.json()["data"]
