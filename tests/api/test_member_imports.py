"""A file of members: one command, a result for every line, and never more than the plan allows."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID, uuid4

import pytest

from api.rest.billing_examples import DEBTOR
from application.billing.subscriptions import StartSubscription
from application.platform.member_imports import FORMAT, TEMPLATE, ImportMembers, MemberRecord
from application.platform.members import InviteMember
from application.travel.units import OpenUnit
from domain.platform.member import ACTIVE, EMPLOYEES, Member
from domain.platform.member_import import MemberImport
from domain.platform.roles import Role, Scope
from domain.travel.traveller import TravellerProfile, traveller_profile_id
from domain.travel.unit import UnitKind
from tests.kit.house import Company, Founder, Person, Place

URL = "/api/v1/members/imports"
AS_CSV = {"Content-Type": "text/csv"}
NOBODY = UUID(int=0)
SMALL = {"line": "white_label", "plan": "starter", "debtor": DEBTOR}


def person(**cells: str) -> dict[str, str]:
    """A line about someone new."""
    return {"userName": f"{uuid4().hex[:12]}@north.example", **cells}


def send(place: Place, *lines: dict[str, str], by: Person | None = None, **headers: str) -> Any:
    """The answer to a file of the north."""
    who = by or place.north.owner
    body = FORMAT.template(*lines).encode()
    return place.client.post(URL, content=body, headers={**AS_CSV, **who.headers, **headers})


def outcome(place: Place, *lines: dict[str, str]) -> tuple[str, str | None, str | None]:
    """Outcome, code and column of the last line."""
    answer = send(place, *lines)
    assert answer.status_code == 201, answer.text
    last = answer.json()["lines"][-1]
    return last["outcome"], last["code"], last["column"]


def members_of(place: Place, company: Company) -> int:
    """How many members were ever invited, by the log itself."""
    return place.recorded(company, "member.invited")


def employees_of(place: Place, tenant_id: UUID) -> int:
    """How many places of the plan are taken."""
    store = place.house.streams(tenant_id)
    return place.house.imports.importer._totals(store.tenant_id).of(EMPLOYEES, ACTIVE, without=NOBODY)


class TestLines:
    def test_bring_members_with_the_fields_of_scim(self, place: Place) -> None:
        boss = person()
        line = person(
            **{"name.givenName": "Camille", "name.familyName": "Durand", "roles": "manager traveller"},
            externalId="hr-1",
            employeeNumber="1042",
            manager=boss["userName"],
        )
        answer = send(place, boss, line).json()
        assert (answer["created"], answer["existing"], answer["invalid"], answer["over_limit"]) == (
            2,
            0,
            0,
            0,
        )
        place.house_at_rest()
        listed = place.client.get("/api/v1/members?limit=100", headers=place.north.owner.headers).json()[
            "data"
        ]
        (shown,) = (one for one in listed if one["id"] == answer["lines"][1]["member_id"])
        assert (shown["given_name"], shown["family_name"], shown["external_id"]) == (
            "Camille",
            "Durand",
            "hr-1",
        )
        assert (shown["employee_number"], shown["manager_id"]) == ("1042", answer["lines"][0]["member_id"])
        member = place.house.streams(place.north.id).load(Member, answer["lines"][1]["member_id"])
        assert (member.email, member.display_name) == (line["userName"], "Camille Durand")
        assert (member.given_name, member.family_name) == ("Camille", "Durand")
        assert (member.external_id, member.employee_number) == ("hr-1", "1042")
        assert member.roles == (Role.MANAGER, Role.TRAVELLER)
        assert str(member.manager_id) == answer["lines"][0]["member_id"]

    def test_about_someone_known_change_nothing(self, place: Place) -> None:
        line = person()
        first = send(place, line).json()["lines"][0]
        before = members_of(place, place.north)
        again = send(place, {"userName": line["userName"].upper()}).json()["lines"][0]
        assert (again["outcome"], again["member_id"]) == ("existing", first["member_id"])
        assert outcome(place, line, line) == ("existing", None, None)
        assert members_of(place, place.north) == before

    @pytest.mark.parametrize(
        ("cells", "code", "column"),
        [
            ({"userName": "nobody"}, "invalid", "userName"),
            ({"userName": ""}, "missing", "userName"),
            ({"displayName": "a\x00b"}, "invalid", "displayName"),
            ({"displayName": "=1+1"}, "formula", "displayName"),
            ({"name.givenName": "@SUM(A1)"}, "formula", "name.givenName"),
            ({"roles": "emperor"}, "invalid", "roles"),
            ({"roles": "platform_admin"}, "role_not_offered", "roles"),
            ({"active": "perhaps"}, "invalid", "active"),
            ({"emails": "other@north.example"}, "user_name_is_another_address", "emails"),
            ({"department": "NOWHERE"}, "unknown_unit", "department"),
            ({"costCenter": "CC-SOUTH"}, "unknown_unit", "costCenter"),
            ({"manager": "nobody@north.example"}, "unknown_manager", "manager"),
            ({"manager": "owner@south.example"}, "unknown_manager", "manager"),
            ({"externalId": "twice"}, "external_id_taken", "externalId"),
        ],
    )
    def test_that_are_wrong_say_where_and_spare_the_others(
        self, place: Place, cells: dict[str, str], code: str, column: str
    ) -> None:
        if "costCenter" in cells:
            founder = Founder(place.house)
            founder.execute(
                place.south.id, OpenUnit(kind=UnitKind.COST_CENTRE, code="CC-SOUTH", name="Theirs")
            )
        before = members_of(place, place.north)
        # An empty address alone would be an empty line.
        wrong = {**person(employeeNumber="7"), **cells}
        good = person(externalId="twice") if "externalId" in cells else person()
        answer = send(place, good, wrong, person()).json()
        assert [line["outcome"] for line in answer["lines"]] == ["created", "invalid", "created"]
        assert (answer["lines"][1]["code"], answer["lines"][1]["column"]) == (code, column)
        assert members_of(place, place.north) == before + 2

    def test_that_are_broken_spare_the_others(self, place: Place) -> None:
        names = b"userName,displayName"
        lines = [
            names,
            b"a1@north.example,A",
            b'a2@north.example,"B" x',
            b"a3@north.example",
            b"a4@north.example,D",
        ]
        answer = place.client.post(
            URL, content=b"\n".join(lines), headers={**AS_CSV, **place.north.owner.headers}
        )
        assert [(one["line"], one["outcome"], one["code"]) for one in answer.json()["lines"]] == [
            (2, "created", None),
            (3, "invalid", "broken_line"),
            (4, "invalid", "wrong_number_of_cells"),
            (5, "created", None),
        ]

    def test_put_members_into_units_by_code(self, place: Place) -> None:
        founder = Founder(place.house)
        sales = founder.execute(
            place.north.id, OpenUnit(kind=UnitKind.DEPARTMENT, code="SALES", name="Sales")
        )
        centre = founder.execute(
            place.north.id, OpenUnit(kind=UnitKind.COST_CENTRE, code="CC-1", name="Sales")
        )
        made = send(place, person(department="SALES", costCenter="CC-1")).json()["lines"][0]
        place.house_at_rest()
        profile_id = traveller_profile_id(place.north.id, UUID(made["member_id"]))
        profile = place.house.streams(place.north.id).load(TravellerProfile, profile_id)
        assert profile.allocation.department_id == sales.saved.stream_id
        assert profile.allocation.cost_centre_id == centre.saved.stream_id

    def test_appoint_owners_only_for_owners(self, place: Place) -> None:
        admin = Founder(place.house).person(place.north.id, "north", Role.ADMIN, (Scope.MEMBERS_WRITE,))
        answer = send(place, person(roles="owner"), by=admin).json()
        assert answer["lines"][0]["code"] == "owners_decide_on_owners"


class TestFiles:
    def test_begin_with_the_template(self, place: Place) -> None:
        answer = place.client.get(f"{URL}/template", headers=place.north.owner.headers)
        assert answer.text == TEMPLATE

    @pytest.mark.parametrize(
        ("body", "status", "code"),
        [
            (b"", 422, "csv_is_empty"),
            (b"userName,userName\n", 422, "csv_column_twice"),
            (b"displayName\n", 422, "csv_column_missing"),
            (b"userName,password\n", 422, "csv_column_unknown"),
            (b"userName\n", 422, "nothing_to_import"),
            (b"userName\n" + b"a@b.example\n" * 5_001, 422, "csv_too_many_lines"),
            ("userName\na@b.example\n".encode("utf-16"), 422, "csv_is_utf16"),
            (b"userName\n" + b"x" * 70_000, 422, "csv_line_too_long"),
            (b"x" * 5_000_000, 413, "body_too_large"),
        ],
    )
    def test_that_cannot_be_read_are_refused_as_a_whole(
        self, place: Place, body: bytes, status: int, code: str
    ) -> None:
        before = place.heads()
        answer = place.client.post(URL, content=body, headers={**AS_CSV, **place.north.owner.headers})
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
        assert place.heads() == before

    def test_can_be_sent_again_under_their_key(self, place: Place) -> None:
        line = person()
        first = send(place, line, **{"Idempotency-Key": "people"})
        again = send(place, line, **{"Idempotency-Key": "people"})
        assert again.headers["idempotency-replayed"] == "true"
        assert first.json() == again.json()
        shown = place.client.get(f"{URL}/{first.json()['id']}", headers=place.north.owner.headers)
        assert shown.json()["lines"] == first.json()["lines"]

    def test_of_5000_members_are_one_command(self, place: Place) -> None:
        founder = Founder(place.house)
        company = founder.company(f"large-{uuid4().hex[:8]}")
        records = tuple(
            MemberRecord(
                line=number + 2,
                cells={
                    "userName": f"p{number}@large.example",
                    "externalId": f"hr-{number}",
                    "roles": "traveller",
                },
            )
            for number in range(5_000)
        )
        head = place.house.streams(company.id).head()
        made = founder.execute(company.id, ImportMembers(records=records))
        assert place.house.streams(company.id).head() == head + 5_001
        record = place.house.streams(company.id).load(MemberImport, made.saved.stream_id)
        assert Counter(line.outcome for line in record.lines) == {"created": 5_000}
        again = founder.execute(company.id, ImportMembers(records=records))
        record = place.house.streams(company.id).load(MemberImport, again.saved.stream_id)
        assert Counter(line.outcome for line in record.lines) == {"existing": 5_000}


class TestThePlan:
    """Starter: 500 employees."""

    def test_stops_at_its_last_place(self, place: Place) -> None:
        company = self.starter(place, room=2)
        lines = [{"userName": f"q{number}@small.example"} for number in range(3)]
        inactive = {"userName": "left@small.example", "active": "false"}
        answer = self.imported(place, company, *lines, inactive)
        assert answer == ["created", "created", "over_limit", "created"]
        assert employees_of(place, company.id) == 500

    def test_refuses_one_more_with_a_hint(self, place: Place) -> None:
        company = self.starter(place, room=0)
        body = {"email": "more@small.example", "display_name": "More", "roles": ["traveller"]}
        answer = place.client.post("/api/v1/members", json=body, headers=company.owner.headers)
        assert (answer.status_code, answer.json()["code"]) == (409, "employee_limit_reached")
        assert "larger plan" in answer.json()["detail"]

    def test_gives_a_place_back_when_someone_leaves(self, place: Place) -> None:
        company = self.starter(place, room=0)
        leaving = f"/api/v1/members/{company.traveller.id}"
        place.client.post(f"{leaving}/deactivate", headers=company.owner.headers)
        assert self.imported(place, company, {"userName": "new@small.example"}) == ["created"]
        back = place.client.post(f"{leaving}/reactivate", headers=company.owner.headers)
        assert (back.status_code, back.json()["code"]) == (409, "employee_limit_reached")

    def test_holds_under_twenty_imports_at_499(self, place: Place) -> None:
        company = self.starter(place, room=1)
        founder = Founder(place.house)
        store = place.house.streams(company.id)

        def bring(number: int) -> str:
            records = (MemberRecord(line=2, cells={"userName": f"r{number}@small.example"}),)
            made = founder.execute(company.id, ImportMembers(records=records))
            return str(store.load(MemberImport, made.saved.stream_id).lines[0].outcome)

        with ThreadPoolExecutor(20) as crowd:
            outcomes = Counter(crowd.map(bring, range(20)))
        assert outcomes == {"created": 1, "over_limit": 19}
        assert employees_of(place, company.id) == 500
        assert members_of(place, company) == 500

    def test_holds_under_imports_and_invitations_together(self, place: Place) -> None:
        company = self.starter(place, room=10)
        founder = Founder(place.house)

        def bring(number: int) -> None:
            if number % 2:
                lines = [{"userName": f"s{number}-{n}@small.example"} for n in range(3)]
                self.imported(place, company, *lines)
                return
            invitation = {"email": f"s{number}@small.example", "display_name": "S", "roles": ["traveller"]}
            place.client.post("/api/v1/members", json=invitation, headers=company.owner.headers)

        with ThreadPoolExecutor(8) as crowd:
            list(crowd.map(bring, range(16)))
        assert employees_of(place, company.id) == 500
        more = InviteMember(email="last@small.example", display_name="L", roles=(Role.TRAVELLER,))
        with pytest.raises(Exception, match="larger plan"):
            founder.execute(company.id, more)

    def imported(self, place: Place, company: Company, *lines: dict[str, str]) -> list[str]:
        body = FORMAT.template(*lines).encode()
        answer = place.client.post(URL, content=body, headers={**AS_CSV, **company.owner.headers})
        assert answer.status_code == 201, answer.text
        return [line["outcome"] for line in answer.json()["lines"]]

    def starter(self, place: Place, *, room: int) -> Company:
        """A company on the smallest plan with that many places left."""
        founder = Founder(place.house)
        company = founder.company(f"small-{uuid4().hex[:8]}")
        founder.execute(company.id, StartSubscription.model_validate(SMALL))
        missing = 500 - room - employees_of(place, company.id)
        records = tuple(
            MemberRecord(line=number + 2, cells={"userName": f"e{number}@small.example"})
            for number in range(missing)
        )
        founder.execute(company.id, ImportMembers(records=records))
        assert employees_of(place, company.id) == 500 - room
        return company
