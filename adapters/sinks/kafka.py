"""How are events published to Kafka? By an idempotent producer, keyed by stream, acknowledged by all replicas."""

from collections.abc import Mapping, Sequence
from time import monotonic, sleep

from confluent_kafka import KafkaError, KafkaException, Producer
from confluent_kafka import Message as Delivered

from adapters.sinks.publishing import PATIENCE_S, BrokerAway, Message, SinkRefused
from application.developer.cloud_events import MEDIA_TYPE

POLL_S = 0.1
# What makes the promises of a sink; nobody's own properties change it.
PROMISES: Mapping[str, str | int | bool] = {
    "enable.idempotence": True,
    "acks": "all",
    # No message is given up alone, which would leave a gap before the next: the whole page is, after our patience.
    "message.timeout.ms": 0,
    # The same key goes to the same partition whichever client wrote it.
    "partitioner": "murmur2_random",
}


class KafkaPublisher:
    """Topic `<prefix>.<company>`; within one partition, and so within one stream, in order."""

    def __init__(
        self,
        servers: str,
        *,
        prefix: str,
        slug: str,
        properties: Mapping[str, str] | None = None,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._servers = servers
        self._topic = f"{prefix}.{slug}"
        self._properties = properties or {}
        self._patience_s = patience_s
        self._producer: Producer | None = None
        self._said: list[KafkaError] = []

    def publish(self, messages: Sequence[Message]) -> None:
        """Hands all of them over, and waits for the last acknowledgement."""
        producer = self._producer or self._connected()
        refused: list[KafkaError] = []
        waiting = len(messages)

        def delivered(error: KafkaError | None, _: Delivered) -> None:
            nonlocal waiting
            waiting -= 1
            if error is not None:
                refused.append(error)

        deadline = monotonic() + self._patience_s
        for message in messages:
            try:
                producer.produce(
                    self._topic,
                    key=str(message.stream_id).encode(),
                    value=message.body,
                    headers={"content-type": MEDIA_TYPE.encode()},
                    on_delivery=delivered,
                )
            except (BufferError, KafkaException) as error:
                self._give_up()
                raise SinkRefused(f"Kafka's client refuses an event: {error}.") from error
            producer.poll(0)
        while waiting and not refused and monotonic() < deadline:
            producer.poll(POLL_S)
        if refused:
            self._give_up()
            raise SinkRefused(f"Kafka at {self._servers} refuses {self._topic}: {refused[0].str()}.")
        if waiting:
            why = self._said[-1].str() if self._said else "no answer"
            self._give_up()
            raise BrokerAway(f"Kafka at {self._servers} does not acknowledge ({why}).")

    def rest(self, seconds: float) -> None:
        """The producer keeps its connections by itself."""
        if self._producer is None:
            sleep(seconds)
        else:
            self._producer.poll(seconds)

    def close(self) -> None:
        """Leaves the brokers."""
        self._give_up()

    def _connected(self) -> Producer:
        self._said = []
        try:
            self._producer = Producer(
                {
                    "client.id": "escale-sink",
                    "linger.ms": 5,
                    # What goes wrong is told as a sentence.
                    "log_level": 0,
                    **self._properties,
                    **PROMISES,
                    "bootstrap.servers": self._servers,
                    "error_cb": self._said.append,
                }
            )
        except KafkaException as error:
            raise SinkRefused(f"Kafka's client refuses its properties: {error.args[0].str()}.") from error
        return self._producer

    def _give_up(self) -> None:
        """Sends nothing more of what waits: the next producer begins with the whole page."""
        producer, self._producer = self._producer, None
        if producer is not None:
            producer.purge()
            producer.poll(0)
