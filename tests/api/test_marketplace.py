"""The marketplace: what companies published, across them; when it is free next; what clients say of it."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest

from adapters.postgres.roles import PUBLIC as PUBLIC_ROLE
from adapters.postgres.roles import role_conninfo
from tests.kit.clinic import BOOKING, Clinic
from tests.kit.house import Place
from tests.kit.public_door import PUBLIC, PublicDoor

MARSEILLE, LYON = ("43.2965", "5.3698"), ("45.7640", "4.8357")


class Market:
    """A clinic in Marseille, a salon in Lyon, and everything published."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.clinic = self.opened(place.north, "Harbour Clinic", "medical", MARSEILLE)
        self.salon = self.opened(place.south, "Silk Salon", "beauty", LYON)
        self.doctor = self.clinic.practitioner("doctor")
        self.consultation = self.clinic.service(name="Consultation", notice_minutes=60)
        self.hidden = self.clinic.service(name="Hidden surgery", is_bookable_online=False)
        self.salon.practitioner("stylist")
        cut = {"roles": [{"skill": "stylist"}], "price": {"currency": "EUR", "amount_minor": 2_500}}
        self.cut = self.salon.service(name="Haircut", **cut)
        PublicDoor(self.clinic).publish(is_in_marketplace=True, languages=["fr", "ar"])
        self.settle()

    def opened(self, company: Any, brand: str, sector: str, where: tuple[str, str]) -> Clinic:
        clinic = Clinic(self.place, company)
        position = {"latitude": where[0], "longitude": where[1]}
        site = {"name": brand, "address": "1 Harbour Street", "country": "FR", "zone": "Europe/Paris"}
        sites = [{**site, "position": position}]
        made = clinic.made("businesses", {"name": brand, "brand": brand, "sector": sector, "sites": sites})
        clinic.business_id, clinic.site_id = made["id"], made["profile"]["sites"][0]["id"]
        return clinic

    def settle(self) -> int:
        """Projects, and looks at what is due; how many looks it took."""
        self.place.house_at_rest()
        looks = 0
        while more := self.place.house.next_free.act(1):
            looks += more
        return looks

    def search(self, **asked: Any) -> list[dict[str, Any]]:
        answer = self.place.client.get(f"{PUBLIC}/marketplace", params=asked)
        assert answer.status_code == 200, answer.text
        return list(answer.json()["data"])

    def names(self, **asked: Any) -> list[str]:
        return [one["service"] for one in self.search(**asked)]

    def next_free(self, clinic: Clinic, service: str) -> list[dict[str, Any]]:
        answer = self.place.client.get(
            f"{BOOKING}/next-free", params={"service_id": service}, headers=clinic.headers
        )
        return list(answer.json()["data"])


@pytest.fixture(scope="module")
def market(place: Place) -> Market:
    return Market(place)


class TestPublishing:
    def test_shows_nothing_but_what_was_published(self, market: Market, master_key: bytes) -> None:
        """Opt-in: the salon published nothing, the hidden service is not online; and the role sees no more."""
        assert market.names() == ["Consultation"]
        pools = market.place.house.pools
        with psycopg.connect(role_conninfo(pools.url, PUBLIC_ROLE, master_key)) as stranger:
            rows = stranger.execute("select service_id, is_listed from read.market_offer").fetchall()
            looked = stranger.execute("select distinct service_id from es.next_free").fetchall()
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                stranger.execute("select * from read.agenda_entry")
        assert rows == [(UUID(market.consultation), True)]
        assert looked == [(UUID(market.consultation),)]

        salon = PublicDoor(market.salon)
        salon.publish(is_in_marketplace=False)  # a page, but no place in the marketplace
        market.settle()
        assert market.names() == ["Consultation"]
        salon.publish(is_in_marketplace=True, languages=["fr"])
        market.settle()
        assert sorted(market.names()) == ["Consultation", "Haircut"]

    def test_is_taken_back_at_once(self, market: Market) -> None:
        salon = PublicDoor(market.salon)
        salon.withdraw()
        market.place.house_at_rest()  # not even the keeper has looked yet
        assert market.names() == ["Consultation"]
        salon.publish(is_in_marketplace=True, languages=["fr"])
        market.settle()


class TestSearch:
    def test_by_place_sector_words_price_and_language(self, market: Market) -> None:
        PublicDoor(market.salon).publish(is_in_marketplace=True, languages=["fr"])
        market.settle()
        near = {"latitude": 45.75, "longitude": 4.85, "sort": "distance"}
        far, wide = market.search(**near), market.search(**near, within_m=400_000)
        assert [one["service"] for one in far] == ["Haircut"]
        assert 1_000 < far[0]["distance_m"] < 3_000
        assert [one["service"] for one in wide] == ["Haircut", "Consultation"]
        assert 270_000 < wide[1]["distance_m"] < 290_000
        assert market.names(sector="beauty") == ["Haircut"]
        assert market.names(q="silk") == market.names(q="HAIR") == ["Haircut"]
        assert market.names(q="%") == market.names(q="surgery") == []
        assert market.names(language="ar") == ["Consultation"]
        assert market.names(currency="EUR", most_minor=3_000) == ["Haircut"]
        assert market.names(sort="price") == ["Haircut", "Consultation"]
        assert market.names(country="DE") == []
        (cut,) = market.search(q="haircut")
        assert (cut["company"], cut["price"]["amount_minor"]) == ("south", 2_500)

    def test_the_page_finds_the_same_without_a_script(self, market: Market) -> None:
        client = market.place.client
        page = client.get("/marketplace?near=LYS&lang=en")
        assert (page.status_code, "Haircut" in page.text, "Consultation" in page.text) == (200, True, False)
        assert "km away" in page.text
        assert "Prochain horaire" in client.get("/marketplace?near=45.75,4.85&lang=fr").text
        unknown = client.get("/marketplace?near=nowhere")
        assert unknown.status_code == 422
        assert 'id="near-error"' in unknown.text


class TestNextFree:
    def test_is_the_first_start_that_is_listed(self, market: Market) -> None:
        door = PublicDoor(market.clinic)
        anybody, with_doctor = market.next_free(market.clinic, market.consultation)
        first = door.starts(market.consultation)[0]["starts_at"]
        assert {anybody["starts_at"], with_doctor["starts_at"]} == {first}
        assert {anybody["practitioner_id"], with_doctor["practitioner_id"]} == {None, market.doctor}
        assert market.search(q="consultation")[0]["next_free_at"] == first
        good_until = datetime.fromisoformat(anybody["good_until"])
        assert good_until == datetime.fromisoformat(first) - timedelta(minutes=60)

    def test_follows_visits_hours_and_absences_and_says_since_when(self, market: Market) -> None:
        door, clinic = PublicDoor(market.clinic), market.clinic
        before = market.next_free(clinic, market.consultation)[0]
        first, second, *_ = (one["starts_at"] for one in door.starts(market.consultation))
        made = door.booked(market.consultation, datetime.fromisoformat(first))
        assert market.settle() >= 1
        after = market.next_free(clinic, market.consultation)[0]
        assert after["starts_at"] == second
        assert after["computed_position"] > before["computed_position"]
        assert after["computed_at"] > before["computed_at"]
        assert market.settle() == 0  # nothing stirred
        door.post(f"/links/{made['links']['cancel']}/cancel", {})
        market.settle()
        assert market.next_free(clinic, market.consultation)[0]["starts_at"] == first
        days = [clinic.day(ahead) for ahead in range(3)]
        closed = {"zone": clinic.zone, "patterns": [{"hours": [
            {"day": day, "opens": "09:00", "closes": "17:00"} for day in ("MO", "TU", "WE", "TH", "FR", "SA", "SU")]}],
            "overrides": [{"day": str(day), "hours": []} for day in days]}  # fmt: skip
        clinic.set_hours("practitioner", market.doctor, closed)
        market.settle()
        later = market.next_free(clinic, market.consultation)[0]["starts_at"]
        assert later == door.starts(market.consultation)[0]["starts_at"]
        assert datetime.fromisoformat(later).date() == clinic.day(3)

    def test_a_hold_that_ran_out_is_looked_at_again(self, market: Market) -> None:
        """No fact says that a hold is over; the keeper looks again when the first one runs out."""
        door, clinic = PublicDoor(market.clinic), market.clinic
        service = clinic.service(name="Short hold", hold_s=2, roles=[{"skill": "doctor"}])
        market.settle()
        start = door.starts(service)[0]["starts_at"]
        door.book(service, datetime.fromisoformat(start), door="holds")
        market.settle()
        assert market.next_free(clinic, service)[0]["starts_at"] != start
        with market.place.house.pools.projector.connection() as connection, connection.transaction():
            connection.execute("select es.enter_tenant(%s)", (market.place.north.id,))
            row = connection.execute(
                "select min(review_at) - clock_timestamp() from es.next_free"
                " where tenant_id = %s and service_id = %s",
                (market.place.north.id, service),
            ).fetchone()
        assert row is not None
        assert row[0] < timedelta(seconds=3)

    def test_of_a_class_is_the_next_with_a_seat(self, market: Market) -> None:
        door, clinic = PublicDoor(market.clinic), market.clinic
        clinic.practitioner("trainer")
        service = clinic.service(name="Yoga", roles=[{"skill": "trainer"}], capacity=2)
        lessons = [
            clinic.made("sessions", {"service_id": service, "site_id": clinic.site_id,
                                     "starts_at": clinic.at(clinic.day(ahead), "10:00").isoformat(), "capacity": 1})
            for ahead in (5, 6)
        ]  # fmt: skip
        market.settle()
        assert market.next_free(clinic, service)[0]["starts_at"] == lessons[0]["starts_at"]
        start = datetime.fromisoformat(lessons[0]["starts_at"])
        door.booked(service, start, session_id=lessons[0]["id"])
        market.settle()
        assert market.next_free(clinic, service)[0]["starts_at"] == lessons[1]["starts_at"]


class TestReviews:
    def came(self, market: Market, clock: str) -> dict[str, str]:
        """The links of a visit that took place."""
        clinic = market.clinic
        made = clinic.booked(market.consultation, clinic.at(clinic.day(9), clock))
        early = clinic.place.client.get(
            f"{BOOKING}/appointments/{made['id']}/links", headers=clinic.headers
        ).json()
        assert early["review"] is None
        assert clinic.act(made, "steps", {"step": "fulfil"}).status_code == 200
        links: dict[str, str] = clinic.place.client.get(
            f"{BOOKING}/appointments/{made['id']}/links", headers=clinic.headers
        ).json()
        return links

    def test_are_written_once_after_the_visit_and_count_when_published(self, market: Market) -> None:
        door, clinic = PublicDoor(market.clinic), market.clinic
        found = []
        for clock, rating in (("09:00", 5), ("10:00", 4), ("11:00", 1)):
            links = self.came(market, clock)
            told = {"rating": rating, "text": f"Rated {rating}"}
            assert door.post(f"/links/{links['review']}/review", told).status_code == 201
            again = door.post(f"/links/{links['review']}/review", told)
            assert (again.status_code, again.json()["code"]) == (409, "review_exists")
        market.settle()
        queue = clinic.place.client.get(
            f"{BOOKING}/reviews?status=waiting", headers=clinic.headers
        ).json()["data"]  # fmt: skip
        assert [one["rating"] for one in queue] == [1, 4, 5]
        assert market.search(q="consultation")[0]["rating"] is None
        page = f"/book/{clinic.company.slug}"
        assert "Rated 5" not in clinic.place.client.get(page).text
        for one in queue[1:]:
            found.append(clinic.post(f"reviews/{one['id']}/publish", {}).json())
        assert {one["status"] for one in found} == {"published"}
        bad = clinic.post(f"reviews/{queue[0]['id']}/reject", {"reason": "Names a nurse"}).json()
        assert (bad["status"], bad["reason"]) == ("rejected", "Names a nurse")
        market.settle()
        offer = market.search(q="consultation")[0]
        assert (offer["rating"], offer["reviews"]) == ("4.5", 2)
        shown = clinic.place.client.get(page).text
        assert "Rated 5" in shown
        assert "Rated 1" not in shown
        assert "Noor" not in shown
        clinic.post(f"reviews/{queue[1]['id']}/reject", {"reason": "After all"})
        market.settle()
        assert market.search(q="consultation")[0]["rating"] == "5.0"

    def test_are_for_visits_that_took_place(self, market: Market) -> None:
        clinic = market.clinic
        made = clinic.booked(market.consultation, clinic.at(clinic.day(10), "09:00"))
        path = f"{BOOKING}/appointments/{made['id']}/review"
        client, owner = clinic.place.client, clinic.company.owner
        stranger = client.post(path, json={"rating": 5}, headers=owner.headers)
        assert stranger.status_code == 404  # the owner was not the client
        own = {"name": "Owner", "client_id": str(owner.id)}
        mine = clinic.booked(market.consultation, clinic.at(clinic.day(10), "10:00"), client=own)
        path = f"{BOOKING}/appointments/{mine['id']}/review"
        early = client.post(path, json={"rating": 5}, headers=owner.headers)
        assert (early.status_code, early.json()["code"]) == (409, "visit_not_fulfilled")
        clinic.act(mine, "steps", {"step": "fulfil"})
        assert client.post(path, json={"rating": 5}, headers=owner.headers).status_code == 201
