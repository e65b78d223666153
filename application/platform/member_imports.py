"""How do thousands of members come in with one command? Line by line, and all that is right at once.

Every line has its own result: a line that is wrong, known already or over the plan's limit is
said so, and the others come in, in one transaction. When somebody else takes an address or
the last places meanwhile, the whole file is judged again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any
from uuid import UUID, uuid5

from pydantic import BeforeValidator, Field, ValidationError, model_validator

from application.kernel.command import Command
from application.kernel.context import Context
from application.kernel.csv_table import CsvFormat, is_formula
from application.kernel.handlers import Handlers
from application.platform.authority import authority_of
from application.platform.employees import employee_limit
from application.ports.store import Saved
from domain.kernel.aggregate import Aggregate
from domain.kernel.refusals import CapacityTaken, Conflict, Malformed, Refusal
from domain.kernel.text import Code, EmailText, Line
from domain.kernel.value import Value
from domain.platform.dossier import Dossier
from domain.platform.member import ACTIVE, EMAIL, EMPLOYEES, EXTERNAL_ID, Authority, Member
from domain.platform.member_import import MAX_MEMBERS, LineOutcome, MemberImport, MemberLine
from domain.platform.roles import Role, Roles

# Attribute paths of RFC 7643, section 4; the last four belong to the enterprise extension.
FORMAT = CsvFormat(
    columns=(
        "userName",
        "displayName",
        "name.givenName",
        "name.familyName",
        "externalId",
        "active",
        "emails",
        "roles",
        "employeeNumber",
        "department",
        "costCenter",
        "manager",
    ),
    required=("userName",),
    max_lines=MAX_MEMBERS,
)
TEMPLATE = FORMAT.template(
    {
        "userName": "camille@northwind.example",
        "name.givenName": "Camille",
        "name.familyName": "Durand",
        "externalId": "hr-1042",
        "active": "true",
        "roles": "traveller manager",
        "employeeNumber": "1042",
        "department": "SALES",
        "costCenter": "CC-100",
        "manager": "alex@northwind.example",
    }
)
# The kinds of travel's units, as their codes are claimed.
UNIT_CODE, DEPARTMENT, COST_CENTRE = "unit-code", "department", "cost_centre"
ATTEMPTS = 5


class MemberRecord(Value):
    """One line of the file as it stands there."""

    line: Annotated[int, Field(ge=1)]
    cells: dict[str, str]
    fault: Code | None = None


class ImportMembers(Command):
    """Take in a file of members; every line has its own result."""

    records: Annotated[tuple[MemberRecord, ...], Field(max_length=MAX_MEMBERS)]


class NothingToImport(Malformed):
    """The file has no line under the names of its columns."""


def _each_role(value: Any) -> Any:
    return tuple(value.split()) if isinstance(value, str) else value


class NewMember(Value):
    """What a line says of a person. They sign in with `userName`, which is their address."""

    user_name: Annotated[EmailText, Field(alias="userName")]
    display_name: Annotated[Line | None, Field(alias="displayName")] = None
    given_name: Annotated[Line | None, Field(alias="name.givenName")] = None
    family_name: Annotated[Line | None, Field(alias="name.familyName")] = None
    external_id: Annotated[Line | None, Field(alias="externalId")] = None
    active: bool = True
    emails: EmailText | None = None
    roles: Annotated[Roles, BeforeValidator(_each_role)] = (Role.TRAVELLER,)
    employee_number: Annotated[Line | None, Field(alias="employeeNumber")] = None
    department: Code | None = None
    cost_center: Annotated[Code | None, Field(alias="costCenter")] = None
    manager: EmailText | None = None

    @model_validator(mode="before")
    @classmethod
    def runs_nothing(cls, cells: Any) -> Any:
        """A cell that a spreadsheet would run is no name of anybody."""
        for name, cell in cells.items():
            if isinstance(cell, str) and is_formula(cell):
                raise Faulty("formula", name)
        return cells

    @property
    def shown_name(self) -> str:
        """How the person is called."""
        parts = " ".join(part for part in (self.given_name, self.family_name) if part)
        return self.display_name or parts[:200] or self.user_name[:200]


class Faulty(Exception):
    """The line cannot come in."""

    def __init__(self, code: str, column: str | None = None) -> None:
        self.code = code
        self.column = column
        super().__init__(code)


@dataclass
class _Known:
    """What the company has already, looked up once for the whole file."""

    emails: Mapping[str, UUID]
    external_ids: Mapping[str, UUID]
    unit_codes: Mapping[str, UUID]
    authority: Authority
    limit: int | None
    places: int | None = None
    seen_emails: dict[str, UUID] = field(default_factory=dict)
    seen_external_ids: set[str] = field(default_factory=set)


def import_members(command: ImportMembers, context: Context) -> Saved:
    if not command.records:
        raise NothingToImport
    import_id = uuid5(context.tenant_id, f"member-import:{context.command.id}")
    read = [(record, _read(record)) for record in command.records]

    def decide() -> tuple[Aggregate, ...]:
        known = _known(read, import_id, context)
        lines, members = [], []
        for record, person in read:
            line, member = _judged(record, person, known, import_id, context)
            lines.append(line)
            if member is not None:
                members.append(member)
        return (MemberImport.record_of(import_id, lines, at=context.now), *members)

    for _ in range(ATTEMPTS):
        try:
            return context.store.save_all(decide)
        except CapacityTaken:
            continue  # an address or the last places went to somebody else: everything is judged again
    raise Conflict


def _read(record: MemberRecord) -> NewMember | Faulty:
    """The person, or what is wrong with the line."""
    if record.fault is not None:
        return Faulty(record.fault)
    try:
        return NewMember.model_validate(record.cells)
    except Faulty as fault:
        return fault
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        missing = first["type"] == "missing"
        return Faulty("missing" if missing else "invalid", str(first["loc"][0]) if first["loc"] else None)


def _known(
    read: Sequence[tuple[MemberRecord, NewMember | Faulty]], import_id: UUID, context: Context
) -> _Known:
    people = [person for _, person in read if isinstance(person, NewMember)]
    totals = context.ports.totals
    emails = {one for person in people for one in (person.user_name, person.manager) if one}
    known = _Known(
        emails=totals.holders_of(EMAIL, sorted(emails), personal=True),
        external_ids=totals.holders_of(
            EXTERNAL_ID, sorted({one.external_id for one in people if one.external_id}), personal=True
        ),
        unit_codes=totals.holders_of(UNIT_CODE, sorted(_unit_codes(people))),
        authority=authority_of(context),
        limit=employee_limit(context),
    )
    if known.limit is not None:
        wanted = sum(person.active and person.user_name not in known.emails for person in people)
        taken = totals.of(EMPLOYEES, ACTIVE, without=import_id, same_up_to=known.limit - wanted)
        known.places = max(known.limit - taken, 0)
    return known


def _unit_codes(people: Sequence[NewMember]) -> set[str]:
    return {code for person in people for code in _units_of(person)}


def _units_of(person: NewMember) -> dict[str, str]:
    """The units a person is put into, by claimed code, with the column that says so."""
    units = {}
    if person.department:
        units[f"{DEPARTMENT}:{person.department}"] = "department"
    if person.cost_center:
        units[f"{COST_CENTRE}:{person.cost_center}"] = "costCenter"
    return units


def _judged(
    record: MemberRecord, person: NewMember | Faulty, known: _Known, import_id: UUID, context: Context
) -> tuple[MemberLine, Member | None]:
    if isinstance(person, Faulty):
        return _invalid(record, person), None
    holder = known.emails.get(person.user_name) or known.seen_emails.get(person.user_name)
    if holder is not None:
        return MemberLine(line=record.line, outcome=LineOutcome.EXISTING, member_id=holder), None
    if person.active and known.places == 0:
        over = MemberLine(line=record.line, outcome=LineOutcome.OVER_LIMIT, code="employee_limit_reached")
        return over, None
    member_id = uuid5(import_id, f"line:{record.line}")
    try:
        member = _invited(member_id, person, known, context)
    except Faulty as fault:
        return _invalid(record, fault), None
    except Refusal as refusal:
        return _invalid(record, Faulty(refusal.code(), "roles")), None
    _remember(member_id, person, known)
    return MemberLine(line=record.line, outcome=LineOutcome.CREATED, member_id=member_id), member


def _invited(member_id: UUID, person: NewMember, known: _Known, context: Context) -> Member:
    if person.emails not in (None, person.user_name):
        raise Faulty("user_name_is_another_address", "emails")
    if person.external_id in known.external_ids or person.external_id in known.seen_external_ids:
        raise Faulty("external_id_taken", "externalId")
    for code, column in _units_of(person).items():
        if code not in known.unit_codes:
            raise Faulty("unknown_unit", column)
    member = Member.invite(
        member_id,
        tenant_id=context.tenant_id,
        email=person.user_name,
        display_name=person.shown_name,
        roles=person.roles,
        dossier=Dossier(
            external_id=person.external_id,
            given_name=person.given_name,
            family_name=person.family_name,
            employee_number=person.employee_number,
            department_code=person.department,
            cost_centre_code=person.cost_center,
            manager_id=_manager_of(person, known),
        ),
        employee_limit=known.limit,
        by=known.authority,
        at=context.now,
    )
    if not person.active:
        member.deactivate(by=known.authority, at=context.now)
    return member


def _manager_of(person: NewMember, known: _Known) -> UUID | None:
    """By address, of a member or of a line above."""
    if person.manager is None:
        return None
    found = known.emails.get(person.manager) or known.seen_emails.get(person.manager)
    if found is None:
        raise Faulty("unknown_manager", "manager")
    return found


def _remember(member_id: UUID, person: NewMember, known: _Known) -> None:
    known.seen_emails[person.user_name] = member_id
    if person.external_id is not None:
        known.seen_external_ids.add(person.external_id)
    if person.active and known.places is not None:
        known.places -= 1


def _invalid(record: MemberRecord, fault: Faulty) -> MemberLine:
    return MemberLine(line=record.line, outcome=LineOutcome.INVALID, code=fault.code, column=fault.column)


HANDLERS: Handlers = {ImportMembers: import_members}
