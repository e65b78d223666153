"""Which figures does a process keep for its monitor? Counts and times; never a tenant, a person or an address."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from time import perf_counter
from typing import Protocol

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from adapters.postgres.standing import ConsumerLag, OutboxStanding

MEDIA_TYPE = CONTENT_TYPE_LATEST
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
NO_ANSWER = "no_answer"


class Named(Protocol):
    """What has a name: the outcome of a command."""

    @property
    def name(self) -> str: ...


class Metrics:
    """The figures of one process, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._appends = Histogram(
            "escale_append_seconds",
            "Time of one call of append_events, which carries up to 50 commands.",
            buckets=SECONDS,
            registry=self.registry,
        )
        self._outcomes = Counter(
            "escale_append_outcomes",
            "Commands by what the log answered; no_answer: the database did not.",
            ["outcome"],
            registry=self.registry,
        )
        self._requests = Histogram(
            "escale_http_request_seconds",
            "Time to answer, by route template and method.",
            ["route", "method"],
            buckets=SECONDS,
            registry=self.registry,
        )
        self._jobs = Histogram(
            "escale_job_seconds",
            "Time of one job of a worker, by what it does and whether it was done.",
            ["job", "outcome"],
            buckets=SECONDS,
            registry=self.registry,
        )
        self._statuses = Counter(
            "escale_http_requests",
            "Answers by route template, method and status.",
            ["route", "method", "status"],
            registry=self.registry,
        )

    @contextmanager
    def append(self, commands: int) -> Iterator[Callable[[Sequence[Named]], None]]:
        """Times one call; the caller hands its outcomes in, and a call that raises counts as unanswered."""
        started = perf_counter()
        answered = False

        def outcomes(found: Sequence[Named]) -> None:
            nonlocal answered
            answered = True
            for outcome in found:
                self._outcomes.labels(outcome.name).inc()

        try:
            yield outcomes
        finally:
            self._appends.observe(perf_counter() - started)
            if not answered:
                self._outcomes.labels(NO_ANSWER).inc(commands)

    def request(self, route: str, method: str, status: int, seconds: float) -> None:
        """One answered request."""
        self._requests.labels(route, method).observe(seconds)
        self._statuses.labels(route, method, str(status)).inc()

    def job(self, name: str, outcome: str, seconds: float) -> None:
        """One job of a worker."""
        self._jobs.labels(name, outcome).observe(seconds)

    def text(self) -> bytes:
        """Everything, as Prometheus reads it."""
        return generate_latest(self.registry)


class Standings(Protocol):
    """What is looked up whenever somebody asks for the figures."""

    def lags(self) -> list[ConsumerLag]: ...

    def outbox(self) -> OutboxStanding: ...

    def events(self) -> int: ...

    def queues(self) -> dict[str, int]: ...

    def pools(self) -> dict[str, dict[str, int]]: ...


class StandingCollector(Collector):
    """Lag, outbox, queues and pools as they are at this moment; what does not answer is left out and counted."""

    def __init__(self, standings: Standings) -> None:
        self._standings = standings

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The gauges of one scrape."""
        up = GaugeMetricFamily("escale_source_up", "Did the source of figures answer?", labels=["source"])
        for source, read in (
            ("consumers", self._consumers),
            ("outbox", self._outbox),
            ("log", self._log),
            ("queues", self._queues),
            ("pools", self._pools),
        ):
            try:
                found = read()
            except Exception:
                up.add_metric([source], 0)
                continue
            up.add_metric([source], 1)
            yield from found
        yield up

    def _consumers(self) -> list[GaugeMetricFamily]:
        lag = _gauge("escale_consumer_lag_events", "Events not yet seen, over all tenants.", "consumer")
        worst = _gauge("escale_consumer_lag_events_max", "The largest lag of any one tenant.", "consumer")
        paused = _gauge(
            "escale_consumer_paused_units", "Tenants for which the consumer is paused.", "consumer"
        )
        parked = _gauge("escale_consumer_parked_events", "Events parked and not skipped.", "consumer")
        for each in self._standings.lags():
            lag.add_metric([each.consumer], each.lag)
            worst.add_metric([each.consumer], each.worst)
            paused.add_metric([each.consumer], each.paused)
            parked.add_metric([each.consumer], each.parked)
        return [lag, worst, paused, parked]

    def _outbox(self) -> list[GaugeMetricFamily]:
        standing = self._standings.outbox()
        return [
            GaugeMetricFamily("escale_outbox_waiting", "Effects not yet performed.", standing.waiting),
            GaugeMetricFamily(
                "escale_outbox_given_up", "Effects given up after every retry.", standing.given_up
            ),
            GaugeMetricFamily("escale_outbox_age_seconds", "How long the oldest is overdue.", standing.age_s),
        ]

    def _log(self) -> list[GaugeMetricFamily]:
        told = "Events in the log, over all tenants, whichever process appended them."
        return [GaugeMetricFamily("escale_log_events", told, self._standings.events())]

    def _queues(self) -> list[GaugeMetricFamily]:
        depth = _gauge("escale_queue_depth", "Jobs waiting in Redis.", "queue")
        for queue, jobs in self._standings.queues().items():
            depth.add_metric([queue], jobs)
        return [depth]

    def _pools(self) -> list[GaugeMetricFamily]:
        size = _gauge("escale_pool_connections", "Connections open.", "pool")
        free = _gauge("escale_pool_connections_free", "Connections nobody uses.", "pool")
        most = _gauge("escale_pool_connections_max", "Connections allowed.", "pool")
        waiting = _gauge("escale_pool_waiting", "Callers waiting for a connection.", "pool")
        for pool, stats in self._standings.pools().items():
            size.add_metric([pool], stats.get("pool_size", 0))
            free.add_metric([pool], stats.get("pool_available", 0))
            most.add_metric([pool], stats.get("pool_max", 0))
            waiting.add_metric([pool], stats.get("requests_waiting", 0))
        return [size, free, most, waiting]


def _gauge(name: str, documentation: str, label: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, documentation, labels=[label])
