"""What does a company's directory know of a member? The fields of SCIM (RFC 7643), so that provisioning can follow."""

from uuid import UUID

from domain.kernel.text import Code, Line
from domain.kernel.value import Value


class Dossier(Value):
    """`externalId`, `name` and the enterprise extension; whatever the directory does not say is None."""

    external_id: Line | None = None
    given_name: Line | None = None
    family_name: Line | None = None
    employee_number: Line | None = None
    department_code: Code | None = None
    cost_centre_code: Code | None = None
    manager_id: UUID | None = None


NO_DOSSIER = Dossier()
