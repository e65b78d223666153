"""Does every sentence a person reads exist in French as well, and is it spoken to whom prefers it?"""

import json
import re
from contextvars import ContextVar
from pathlib import Path

import pytest
from starlette.datastructures import Headers

import api.cli  # noqa: F401  every refusal of the house
from adapters.event_store.commands import logged, refusal_of
from api.rest import findings, language
from api.rest.problems import kinds_by_code, problem_of
from domain.billing.stay import ReturnUnpaid, Unpaid
from tests.kit.house import Place

FRENCH = json.loads((Path(language.__file__).parent / "locale" / "problems.fr.json").read_text())
PLACEHOLDER = re.compile(r"\{[a-z_]+\}")


def test_every_refusal_has_its_french_title_and_sentence() -> None:
    codes = set(kinds_by_code())
    for part in ("titles", "details"):
        missing, stale = codes - set(FRENCH[part]), set(FRENCH[part]) - codes
        assert not missing, f"add to {part} of api/rest/locale/problems.fr.json: {sorted(missing)}"
        assert not stale, f"no refusal is called so any more: {sorted(stale)}"


def test_every_finding_has_its_french_sentence() -> None:
    english = {*findings.SENTENCES.values(), *findings.SENTENCES_BY_KIND.values()}
    assert english <= set(FRENCH["sentences"])


@pytest.mark.parametrize("sentence", FRENCH["sentences"])
def test_a_pattern_keeps_its_places(sentence: str) -> None:
    assert PLACEHOLDER.findall(sentence) == PLACEHOLDER.findall(FRENCH["sentences"][sentence])


@pytest.mark.parametrize(
    ("header", "spoken"),
    [
        ("", "en"),
        ("fr", "fr"),
        ("fr-CA, en;q=0.5", "fr"),
        ("en-GB, fr;q=0.9", "en"),
        ("de, fr;q=0.4, en;q=0.3", "fr"),
        ("fr;q=0, *", "en"),
        ("fr;q=2", "en"),
        ("x" * 5_000, "en"),
    ],
)
def test_the_best_liked_language_is_spoken(header: str, spoken: str) -> None:
    assert language.preferred(Headers({"accept-language": header})) == spoken


def test_a_refusal_speaks_french_under_the_same_code(place: Place) -> None:
    french = place.client.get("/api/v1/enterprise/trips", headers={"Accept-Language": "fr"})
    assert (french.status_code, french.json()["code"]) == (401, "unauthenticated")
    assert french.json()["detail"] == "Connectez-vous d'abord, ou présentez une clé d'API valable."
    assert french.headers["content-language"] == "fr"
    assert "Accept-Language" in french.headers["vary"]
    english = place.client.get("/api/v1/enterprise/trips")
    assert english.json()["detail"].startswith("Sign in first")
    assert english.headers["content-language"] == "en"


def test_a_refusal_that_is_repeated_from_the_log_speaks_french_too(monkeypatch: pytest.MonkeyPatch) -> None:
    unpaid = [Unpaid("F2026-000017", 17_880, "EUR"), Unpaid("2026-02", 500, "JPY")]
    first = ReturnUnpaid.because_of(unpaid)
    again = refusal_of(logged(first))
    assert problem_of(again, "id").detail == problem_of(first, "id").detail == str(first)
    monkeypatch.setattr(language, "current", ContextVar("language", default="fr"))
    assert problem_of(again, "id").detail == problem_of(first, "id").detail
    assert problem_of(again, "id").detail.endswith(" : F2026-000017 (178.80 EUR), 2026-02 (500 JPY).")


def test_findings_speak_french_with_their_bounds(place: Place) -> None:
    answer = place.client.post(
        "/api/v1/enterprise/policies",
        json={"name": "", "max_hotel_stars": 9},
        headers={"Accept-Language": "fr", **place.north.owner.headers},
    )
    said = {each["pointer"]: each["detail"] for each in answer.json()["errors"]}
    assert said == {"/name": "Nombre minimal de caractères : 1.", "/max_hotel_stars": "Doit être au plus 5."}
