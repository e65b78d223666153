"""Tried on one's own past: what would have been, how far the search is, and which decisions differ."""

from typing import Self
from uuid import UUID

from pydantic import Field

from adapters.bootstrap import DifferenceRow, ExperimentBusy, ExperimentProgress
from api.rest.conventions import Listing, Resource, View, answer_headers, etag
from api.rest.session import AtLeast, CursorText, Limit, PositionUnknown, Session, SessionDep
from api.rest.shelf import Shelf
from api.rest.strict_json import StrictRoute
from application.platform.experiments import CancelExperiment
from application.travel.policy_trial import PolicyDraft, PolicyTrialSummary
from application.travel.policy_trials import DryRunPolicy
from domain.kernel.period import Period
from domain.platform.experiment import Experiment, ExperimentStatus

router = Shelf(prefix="/api/v1/enterprise", route_class=StrictRoute)

# A history this short is lived through again while the client waits: about half a second.
SHORT_PAST = 5_000
LOCATION = "/api/v1/enterprise/experiments/{id}"


class ProgressView(View):
    """How far an experiment has lived through the past."""

    position: int
    upto: int


class ExperimentView(Resource):
    """A question to the company's own past, and its answer once there is one."""

    id: UUID
    kind: str
    status: ExperimentStatus
    draft: PolicyDraft = Field(description="what is tried, amounts in cents")
    period: Period | None = Field(description="the decisions that are judged again; null is all")
    forked_at: int | None = Field(description="the position where the past is left; null is the request")
    progress: ProgressView | None = Field(description="null before the search has begun")
    differences: int = Field(description="in how many points decisions would have come out otherwise")
    summary: PolicyTrialSummary | None = Field(description="null until it is completed")
    failure: str | None

    @classmethod
    def of(
        cls, experiment: Experiment, progress: ExperimentProgress | None, position: int | None = None
    ) -> Self:
        """The experiment as it stands."""
        summary = experiment.summary
        return cls(
            id=experiment.id,
            version=experiment.version,
            position=position,
            kind=experiment.kind,
            status=experiment.status,
            draft=PolicyDraft.model_validate_json(experiment.draft),
            period=experiment.period,
            forked_at=experiment.forked_at,
            progress=None if progress is None else ProgressView(**vars(progress)),
            differences=experiment.differences,
            summary=None if summary is None else PolicyTrialSummary.model_validate_json(summary),
            failure=experiment.failure,
        )


class DifferenceView(View):
    """One rule whose outcome for one decision would have been another."""

    event_position: int = Field(description="place of the submission or booking in the log")
    trip_id: UUID
    rule: str = Field(description="a rule, with whose budget it was where there are several")
    observed: str | None
    limit: str | None
    before: str = Field(description="kept, allow, warn, require_approval, block or exempted")
    after: str = Field(description="the same, under the draft")

    @classmethod
    def of(cls, row: DifferenceRow) -> Self:
        """The row as clients see it."""
        return cls(
            event_position=row.position,
            trip_id=row.stream_id,
            rule=row.subject,
            observed=row.observed,
            limit=row.limit,
            before=row.before,
            after=row.after,
        )


class DifferenceList(Listing[DifferenceView]):
    """One page of differences."""


@router.post(
    "/policies/dry-run",
    operation_id="dry_run_policy",
    status_code=202,
    summary="Try a policy on past trips",
    tags=["experiments"],
)
def dry_run_policy(body: DryRunPolicy, session: SessionDep) -> ExperimentView:
    """Judges every past submission and booking by draft rules and says what would have been: violations,
    refusals, approvals, euros and kilograms. Nothing is put in force and no verdict changes. A short past
    is answered at once, with `status` `completed`; a long one goes on in the background: follow `Location`."""
    if body.position is not None and body.position > session.house.streams(session.tenant_id).head():
        raise PositionUnknown(pointer="/position")
    made, answer, _ = session.create(body, Experiment, location=LOCATION)
    if made.is_open and answer.saved.position <= SHORT_PAST:
        made = _answered(session, made)
        answer_headers(session.request)["ETag"] = etag(made.version)
    return _shown(session, made, answer.saved.position)


@router.get(
    "/experiments/{experiment_id}",
    operation_id="get_experiment",
    summary="Get an experiment",
    tags=["experiments"],
    dependencies=[AtLeast],
)
def get_experiment(experiment_id: UUID, session: SessionDep) -> ExperimentView:
    """How far it is and, once it is completed, what would have been."""
    experiment = session.stream(Experiment, experiment_id)
    view = _shown(session, experiment)
    # While it runs its progress changes without its version.
    return view if experiment.is_open else session.show(view)


@router.get(
    "/experiments/{experiment_id}/differences",
    operation_id="list_experiment_differences",
    summary="List what would have differed",
    tags=["experiments"],
    dependencies=[AtLeast],
)
def list_experiment_differences(
    experiment_id: UUID, session: SessionDep, limit: Limit = 50, cursor: CursorText = None
) -> DifferenceList:
    """Every decision whose outcome would have been another, rule by rule, in the order of the log; those
    found so far while the experiment runs."""
    session.stream(Experiment, experiment_id)
    page = session.page(
        session.house.experiments.page,
        DifferenceView.of,
        limit=limit,
        cursor=cursor,
        filters={"experiment_id": experiment_id},
    )
    return DifferenceList(data=page.data, next_cursor=page.next_cursor)


@router.post(
    "/experiments/{experiment_id}/cancel",
    operation_id="cancel_experiment",
    summary="Cancel an experiment",
    tags=["experiments"],
)
def cancel_experiment(experiment_id: UUID, session: SessionDep) -> ExperimentView:
    """Stops a search that nobody waits for any more; what was found so far stays readable."""
    command = CancelExperiment(experiment_id=experiment_id)
    experiment, answer = session.change(command, Experiment, experiment_id)
    return _shown(session, experiment, answer.saved.position)


def _answered(session: Session, experiment: Experiment) -> Experiment:
    try:
        return session.house.experiments.run(session.tenant_id, experiment.id)
    except ExperimentBusy:
        return experiment  # a worker was faster; the client follows it


def _shown(session: Session, experiment: Experiment, position: int | None = None) -> ExperimentView:
    with session.house.reading(session.tenant_id) as sql:
        progress = session.house.experiments.progress(sql, experiment.id)
    return ExperimentView.of(experiment, progress, position)
