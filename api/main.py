"""The HTTP application: every door of one process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from anyio import to_thread
from fastapi import FastAPI, Request, Response

from adapters.bootstrap import House
from api import joining
from api.rest import (
    alerts,
    analytics,
    approvals,
    audit,
    auth,
    benchmarks,
    booking_absences,
    booking_appointments,
    booking_catalogue,
    booking_combined,
    booking_figures,
    booking_pages,
    booking_receipts,
    booking_series,
    booking_slots,
    booking_waitlist,
    budgets,
    carbon,
    carbon_activities,
    carbon_imports,
    carbon_ledger,
    carbon_lines,
    carbon_restatements,
    carbon_sites,
    carbon_vehicles,
    collector_notices,
    commands,
    company_profile,
    dashboards,
    deprecations,
    enterprise,
    esg_reports,
    events,
    expenses,
    experiments,
    hooks,
    interventions,
    invitations,
    invoices,
    member_imports,
    members,
    openapi,
    papers,
    parked_usage,
    policies,
    prices,
    problems,
    public_booking,
    quotes,
    requests,
    roi,
    service_levels,
    signups,
    sql_logins,
    subscriptions,
    system,
    travellers,
    trip_exports,
    trip_imports,
    trips,
    trusted_documents,
    units,
    usage,
    usage_limits,
    violations,
    webhook_deliveries,
    webhooks,
)
from api.rest.conventions import AcceptedForLater, NotModified
from api.rest.envelope import Envelope
from api.rest.limits import Limits
from api.rest.places import Places
from api.rest.request_log import RequestLog
from api.rest.shelf import Shelf
from api.web import docs, explorer, pages

# A router of the framework's own would be documented here, and never served.
ROUTERS: tuple[Shelf, ...] = (
    analytics.router,
    audit.router,
    auth.router,
    invitations.router,
    signups.router,
    enterprise.router,
    policies.router,
    units.router,
    travellers.router,
    budgets.router,
    approvals.router,
    company_profile.router,
    trip_imports.router,
    trip_exports.router,
    dashboards.router,
    roi.router,
    experiments.router,
    trips.router,
    member_imports.router,
    alerts.router,
    events.router,
    requests.router,
    violations.router,
    expenses.router,
    benchmarks.router,
    carbon.router,
    carbon_sites.router,
    carbon_vehicles.router,
    carbon_activities.router,
    carbon_ledger.router,
    carbon_lines.router,
    esg_reports.router,
    carbon_imports.router,
    carbon_restatements.router,
    booking_catalogue.router,
    booking_slots.router,
    booking_appointments.router,
    booking_series.router,
    booking_combined.router,
    booking_waitlist.router,
    booking_absences.router,
    booking_figures.router,
    booking_receipts.router,
    booking_pages.router,
    public_booking.router,
    members.router,
    prices.router,
    subscriptions.router,
    quotes.router,
    usage.router,
    parked_usage.router,
    usage_limits.router,
    invoices.router,
    papers.router,
    service_levels.router,
    collector_notices.router,
    sql_logins.router,
    webhooks.router,
    webhook_deliveries.router,
    hooks.router,
    trusted_documents.router,
    interventions.router,
    commands.router,
    deprecations.router,
    system.router,
    problems.router,
)


def create_app(house: House, *, limits: Limits | None = None) -> FastAPI:
    """The application over a house that somebody else opens and closes."""

    @asynccontextmanager
    async def with_threads(app: FastAPI) -> AsyncIterator[None]:
        to_thread.current_default_thread_limiter().total_tokens = house.settings.api_threads
        house.calls.start(house.settings.count_calls_every_s)
        house.trail.start()
        yield
        await to_thread.run_sync(house.calls.stop)
        await to_thread.run_sync(house.trail.stop)

    app = FastAPI(
        title=openapi.TITLE,
        version=system.get_version().version,
        lifespan=with_threads,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
    )
    app.state.house = house
    app.state.limits = limits or Limits()
    app.state.places = Places(house.settings.api_threads)
    app.add_middleware(Envelope)
    app.add_middleware(RequestLog)
    problems.install(app)
    app.add_exception_handler(NotModified, _not_modified)
    app.add_exception_handler(AcceptedForLater, commands.accepted)
    app.router.routes.extend(ROUTERS)
    for router in (docs.router, explorer.router):
        app.include_router(router)
    joining.join(app, ROUTERS)
    pages.install(app, house)
    openapi.install(app)
    return app


def _not_modified(request: Request, error: Exception) -> Response:
    return Response(status_code=304)
