"""A company's events, published to a message broker: NATS JetStream or Kafka."""
