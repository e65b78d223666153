"""How does a company ask what a draft of its policy would have changed?"""

from uuid import uuid5

from application.kernel.context import Context
from application.kernel.handlers import Handlers
from application.ports.store import Saved
from application.travel.ownership import require_unit
from application.travel.policies import SetPolicy, rules_from
from application.travel.policy_trial import KIND, PolicyDraft
from domain.kernel.period import Period
from domain.platform.experiment import Experiment, Position
from domain.travel.unit import UnitKind


class DryRunPolicy(SetPolicy):
    """Try a whole set of rules on the past, for everyone or for one group of travellers; nothing is put
    in force. `position`: how far the past goes; everything by default. `period`: which decisions are
    judged again; all by default."""

    position: Position | None = None
    period: Period | None = None


def dry_run_policy(command: DryRunPolicy, context: Context) -> Saved:
    draft = PolicyDraft(group_id=command.group_id, rules=rules_from(command))

    def create() -> Experiment:
        require_unit(context, command.group_id, UnitKind.TRAVELLER_GROUP, pointer="/group_id")
        experiment = Experiment.new(uuid5(context.tenant_id, f"experiment:{context.command.id}"))
        experiment.request(
            kind=KIND,
            draft=draft.model_dump_json(),
            forked_at=command.position,
            period=command.period,
            at=context.now,
        )
        return experiment

    return context.store.add(create)


HANDLERS: Handlers = {DryRunPolicy: dry_run_policy}
