"""Which broker is meant by a URL, and what carries a company's log there?"""

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

from adapters.event_store.application import Engine
from adapters.jobs.checkpoints import Checkpoints
from adapters.jobs.feed import Feed
from adapters.postgres.pools import Pools
from adapters.sinks.publishing import PREFIX, Publisher, SinkRefused
from adapters.sinks.sink import PAGE, Sink
from adapters.vault.no_keys import NoKeys

NATS_SCHEMES = ("nats", "tls")
KAFKA_PORT = 9092
NATS_PORT = 4222


class Sinks:
    """The sinks of this installation."""

    def __init__(self, pools: Pools, engine: Engine) -> None:
        self._pools = pools
        self._engine = engine

    def sink(self, tenant_id: UUID, name: str, *, page: int = PAGE) -> Sink:
        """The company's log on its way to where the name says."""
        return Sink(
            # A page waits for the broker with its checkpoint held, longer than other pools let anyone wait.
            pool=self._pools.rebuild,
            checkpoints=Checkpoints(self._pools.projector),
            # What people wrote is left out, so nobody's key is asked for.
            feed=Feed(self._engine.topics, NoKeys()),  # type: ignore[arg-type]
            tenant_id=tenant_id,
            name=name,
            page=page,
        )


def name_of(url: str, prefix: str) -> str:
    """Whose checkpoint it is: a broker and a prefix; without the password that the URL may carry."""
    return f"{_scheme(url)}://{_hosts(url)}/{prefix}"


def publisher_to(
    url: str,
    *,
    slug: str,
    prefix: str,
    makes_stream: bool = False,
    properties: Path | None = None,
) -> Publisher:
    """The client of the broker. Nothing is connected yet. Raises SinkRefused."""
    if not PREFIX.fullmatch(prefix):
        raise SinkRefused("A prefix is made of letters, digits, - and _, with dots between.")
    scheme = _scheme(url)
    try:
        if scheme == "kafka":
            from adapters.sinks.kafka import KafkaPublisher

            return KafkaPublisher(_hosts(url), prefix=prefix, slug=slug, properties=_properties(properties))
        if properties is not None:
            raise SinkRefused(
                "Properties are of Kafka's client; NATS takes a user and a password in the URL."
            )
        from adapters.sinks.jetstream import JetStreamPublisher

        shown = f"{scheme}://{_hosts(url)}"
        return JetStreamPublisher(url, shown=shown, prefix=prefix, slug=slug, makes_stream=makes_stream)
    except ModuleNotFoundError as missing:
        raise SinkRefused(
            f"The client library {missing.name} is not installed; install escale[sinks]."
        ) from missing


def _scheme(url: str) -> str:
    scheme = urlsplit(url).scheme
    if scheme not in (*NATS_SCHEMES, "kafka"):
        raise SinkRefused("A sink is nats://host:4222, tls://host:4222 or kafka://host:9092,host:9092.")
    return scheme


def _hosts(url: str) -> str:
    parts = urlsplit(url)
    port = KAFKA_PORT if parts.scheme == "kafka" else NATS_PORT
    hosts = [host for host in parts.netloc.rpartition("@")[2].split(",") if host]
    if not hosts:
        raise SinkRefused("The URL names no host.")
    return ",".join(host if ":" in host.rpartition("]")[2] else f"{host}:{port}" for host in hosts)


def _properties(file: Path | None) -> Mapping[str, str]:
    """`name=value`, one a line, as Kafka's own tools read them."""
    if file is None:
        return {}
    lines = (line.strip() for line in file.read_text(encoding="utf-8").splitlines())
    told = [line for line in lines if line and not line.startswith("#")]
    if wrong := [number for number, line in enumerate(told, 1) if "=" not in line]:
        raise SinkRefused(f"Line {wrong[0]} of {file} is not name=value.")
    return {name.strip(): value.strip() for name, _, value in (line.partition("=") for line in told)}
