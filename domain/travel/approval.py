"""Who has to agree to a journey, one after the other, and until when?"""

from datetime import datetime, timedelta
from uuid import UUID

from domain.kernel.value import Value


class ApprovalChain(Value):
    """The approvers in order, and how long each has. No approvers: anyone who may approve.

    When a deadline passes, the question goes to the next approver; after the last one it is
    open to anyone who may approve.
    """

    approver_ids: tuple[UUID, ...] = ()
    deadline_hours: int | None = None

    def due_at(self, since: datetime) -> datetime | None:
        """When the present approver's time is up; None where no time was set or nobody is named."""
        if self.deadline_hours is None or not self.approver_ids:
            return None
        return since + timedelta(hours=self.deadline_hours)


ANYONE = ApprovalChain()
