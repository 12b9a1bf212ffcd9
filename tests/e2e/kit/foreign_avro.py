"""A client of somebody else: knows the broker, the schema registry and the names of the topics, nothing of Kairos.

Reads one JSON object from stdin, answers one JSON object on stdout.
  {"do": "produce", "brokers", "registry", "topic", "records": [{"key", "value"}]}
      -> {"landed": [{"partition", "offset"}]}
  {"do": "read", "brokers", "registry", "topics": {topic: {"field", "value"}}, "timeoutMs"}
      -> {"found": {topic: [record, ...]}, "read": {topic: count}}
"""

import json
import sys
import time
import uuid

from confluent_kafka import Consumer, KafkaError, Producer
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.serialization import MessageField, SerializationContext


def produce(order):
    registry = SchemaRegistryClient({"url": order["registry"]})
    # The schema that the topic has already: nothing is registered, nothing is known beforehand.
    serializer = AvroSerializer(registry, conf={"auto.register.schemas": False, "use.latest.version": True})
    # No partitioner is named: librdkafka's default (CRC32 of the key), which is not Java's.
    producer = Producer({"bootstrap.servers": order["brokers"], "enable.idempotence": True})
    landed = []

    def delivered(error, message):
        if error is not None:
            raise SystemExit(f"not delivered: {error}")
        landed.append({"partition": message.partition(), "offset": message.offset()})

    context = SerializationContext(order["topic"], MessageField.VALUE)
    for record in order["records"]:
        value = serializer(record["value"], context)
        producer.produce(order["topic"], key=record["key"].encode(), value=value, on_delivery=delivered)
    waiting = producer.flush(30)
    if waiting > 0:
        raise SystemExit(f"{waiting} records were not acknowledged within 30 s")
    return {"landed": landed}


def read(order):
    registry = SchemaRegistryClient({"url": order["registry"]})
    deserializer = AvroDeserializer(registry)
    consumer = Consumer(
        {
            "bootstrap.servers": order["brokers"],
            "group.id": f"foreign-{uuid.uuid4()}",
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
        }
    )
    topics = order["topics"]
    consumer.subscribe(list(topics))
    found = {topic: [] for topic in topics}
    count = {topic: 0 for topic in topics}
    until = time.monotonic() + order["timeoutMs"] / 1000
    while time.monotonic() < until and not all(found.values()):
        message = consumer.poll(0.5)
        if message is None:
            continue
        if message.error() is not None:
            if message.error().code() == KafkaError._PARTITION_EOF:
                continue
            raise SystemExit(str(message.error()))
        topic = message.topic()
        count[topic] += 1
        # Somebody's poison must not end a reader.
        try:
            value = deserializer(message.value(), SerializationContext(topic, MessageField.VALUE))
        except Exception:
            continue
        if value.get(topics[topic]["field"]) == topics[topic]["value"]:
            found[topic].append(value)
    consumer.close()
    return {"found": found, "read": count}


order = json.load(sys.stdin)
answer = {"produce": produce, "read": read}[order["do"]](order)
json.dump(answer, sys.stdout)
