"""How does an experiment come to its end? It is requested in the words of its kind, beside what it tries."""

from uuid import UUID

from application.kernel.command import Command
from application.kernel.context import Context
from application.kernel.handlers import Handlers
from application.ports.store import Saved
from domain.kernel.text import Title
from domain.platform.experiment import Experiment, Written


class CancelExperiment(Command):
    """Wait for the answer no longer."""

    experiment_id: UUID


class CompleteExperiment(Command):
    """Keep the answer."""

    experiment_id: UUID
    forked_at: int
    differences: int
    summary: Written


class FailExperiment(Command):
    """Say why there is no answer."""

    experiment_id: UUID
    reason: Title


def cancel_experiment(command: CancelExperiment, context: Context) -> Saved:
    return context.store.change(
        Experiment, command.experiment_id, lambda experiment: experiment.cancel(at=context.now)
    )


def complete_experiment(command: CompleteExperiment, context: Context) -> Saved:
    def decide(experiment: Experiment) -> None:
        experiment.complete(
            forked_at=command.forked_at,
            differences=command.differences,
            summary=command.summary,
            at=context.now,
        )

    return context.store.change(Experiment, command.experiment_id, decide)


def fail_experiment(command: FailExperiment, context: Context) -> Saved:
    return context.store.change(
        Experiment,
        command.experiment_id,
        lambda experiment: experiment.fail(reason=command.reason, at=context.now),
    )


HANDLERS: Handlers = {
    CancelExperiment: cancel_experiment,
    CompleteExperiment: complete_experiment,
    FailExperiment: fail_experiment,
}
