"""Who belongs to this tenant, in which roles?"""

from typing import Any
from uuid import UUID, uuid5

from adapters.postgres.pools import Pools
from adapters.postgres.scoped_sql import reading
from domain.kernel.event import DomainEvent
from domain.kernel.personal import ERASED_TEXT
from domain.platform.member import (
    ERASED_EMAIL,
    MemberDeactivated,
    MemberEmailChanged,
    MemberErased,
    MemberInvited,
    MemberJoined,
    MemberPasswordRehashed,
    MemberPasswordSet,
    MemberReactivated,
    MemberRolesChanged,
    MemberStatus,
)
from domain.platform.roles import Role
from domain.platform.subject import SubjectErased, subject_stream
from projections.platform import members
from projections.platform.members import Members
from tests.kit.builders import NOW, STREAM, TENANT
from tests.kit.projecting import given_events, is_stable, project_into

HASH = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA"

# What an invitation may say besides.
NOTHING_MORE: dict[str, None] = dict.fromkeys(
    (
        "employee_limit",
        "external_id",
        "given_name",
        "family_name",
        "employee_number",
        "department_code",
        "cost_centre_code",
        "manager_id",
    )
)


def person(number: int) -> UUID:
    return uuid5(STREAM, f"person:{number}")


def happened(kind: type[DomainEvent], number: int = 1, **facts: Any) -> DomainEvent:
    return kind(originator_id=person(number), originator_version=1, occurred_at=NOW, **facts)


def invited(number: int = 1) -> DomainEvent:
    return happened(
        MemberInvited,
        number,
        member_id=person(number),
        email=f"person{number}@example.org",
        display_name="Camille",
        roles=(Role.TRAVELLER,),
        **NOTHING_MORE,
    )


ERASURE = SubjectErased(
    originator_id=subject_stream(person(1)), originator_version=1, occurred_at=NOW, subject_id=person(1)
)
STORY = (
    invited(),
    happened(MemberPasswordSet, member_id=person(1), password_hash=HASH),
    happened(MemberJoined),
    happened(MemberPasswordRehashed, member_id=person(1), password_hash=HASH),
    happened(MemberEmailChanged, member_id=person(1), email="other@example.org"),
    happened(MemberRolesChanged, roles=(Role.MANAGER, Role.FINANCE)),
)


class TestTheRow:
    def test_is_the_member_as_they_stand(self) -> None:
        row = is_stable(given_events(*STORY), Members())[(person(1),)]
        assert (row.email, row.display_name, row.status) == (
            "other@example.org",
            "Camille",
            MemberStatus.ACTIVE,
        )
        assert row.roles == (Role.FINANCE, Role.MANAGER)
        assert row.version == 6

    def test_never_holds_a_password(self) -> None:
        assert HASH not in given_events(*STORY).project(Members()).row(person(1)).model_dump_json()

    def test_returns_to_where_it_was_when_reactivated(self) -> None:
        pause = (happened(MemberDeactivated), happened(MemberReactivated, employee_limit=None))
        away = given_events(invited(), pause[0]).project(Members()).row(person(1))
        assert away.status is MemberStatus.DEACTIVATED
        back = given_events(invited(), *pause).project(Members()).row(person(1))
        assert back.status is MemberStatus.INVITED
        active = given_events(*STORY, *pause).project(Members()).row(person(1))
        assert active.status is MemberStatus.ACTIVE


class TestErasure:
    def test_leaves_what_a_replay_would_read(self) -> None:
        history = given_events(*STORY, happened(MemberErased), ERASURE)
        live = is_stable(history, Members())
        assert live == history.once_erased(person(1)).project(Members()).rows
        row = live[(person(1),)]
        assert (row.email, row.display_name, row.status) == (ERASED_EMAIL, ERASED_TEXT, MemberStatus.ERASED)

    def test_of_the_key_alone_forgets_too(self) -> None:
        history = given_events(invited(), invited(2), ERASURE, STORY[4])
        live = is_stable(history, Members())
        assert live == history.once_erased(person(1)).project(Members()).rows
        assert live[(person(2),)].display_name == "Camille"

    def test_of_a_stranger_is_calm(self) -> None:
        assert given_events(ERASURE).project(Members()).rows == {}


def test_queries_read_what_was_projected(database_url: str, master_key: bytes, pools: Pools) -> None:
    history = given_events(*STORY, *(invited(number) for number in range(2, 5)))
    project_into(database_url, master_key, Members(), history.events)
    with reading(pools.queries, TENANT) as sql:
        assert members.get(sql, person(1)) == history.project(Members()).row(person(1))
        assert members.find(sql, person(99)) is None
        first = members.page(sql, limit=3)
        assert [row.member_id for row in first.rows] == [person(4), person(3), person(2)]
        assert [row.member_id for row in members.page(sql, after=first.next_after).rows] == [person(1)]
        active = members.page(sql, status=MemberStatus.ACTIVE)
        assert [row.member_id for row in active.rows] == [person(1)]
    with reading(pools.queries, person(1)) as sql:
        assert members.page(sql).rows == []


def test_what_a_directory_says_is_shown_and_forgotten() -> None:
    said = {"external_id": "hr-1", "given_name": "Camille", "employee_number": "42", "manager_id": person(2)}
    told = invited().model_copy(update=said)
    row = is_stable(given_events(told), Members())[(person(1),)]
    assert (row.external_id, row.given_name, row.family_name, row.manager_id) == (
        "hr-1",
        "Camille",
        None,
        person(2),
    )
    history = given_events(told, happened(MemberErased), ERASURE)
    live = is_stable(history, Members())
    assert live == history.once_erased(person(1)).project(Members()).rows
    assert (live[(person(1),)].external_id, live[(person(1),)].family_name) == (ERASED_TEXT, None)
