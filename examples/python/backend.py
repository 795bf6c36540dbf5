"""A backend of OpenClaw Gateway in Python: answers requests, whole or word by word, and commits once Kafka has the answers.

    pip install confluent-kafka
    python3 backend.py 127.0.0.1:19092 backend.in
"""

import json
import signal
import sys

from confluent_kafka import Consumer, Producer


def answers(kind, text):
    """What is said to a text; several parts are several replies to the one request."""
    return text.upper().split() if kind.endswith(".words") else [text.upper()]


def replies(record):
    """The records that answer this one: its own headers, and a new value."""
    headers = dict(record.headers() or [])
    if b"true" == headers.get("ce_cancel") or "ce_replyto" not in headers:
        return
    try:
        parts = answers(headers["ce_type"].decode(), json.loads(record.value()))
    except (ValueError, AttributeError):  # no JSON, or no text
        yield {**headers, "ce_error": b"not-a-text"}, {"expected": "a text"}
        return
    for n, part in enumerate(parts, 1):
        more = {"ce_more": b"true"} if n < len(parts) else {}
        yield {**headers, **more}, part


def main(brokers, topic, group="python"):
    stopping = []
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stopping.append(True))

    consumer = Consumer(
        {"bootstrap.servers": brokers, "group.id": group, "enable.auto.commit": False, "auto.offset.reset": "earliest"}
    )
    producer = Producer({"bootstrap.servers": brokers, "enable.idempotence": True, "linger.ms": 0})
    consumer.subscribe([topic])
    print(f"answers what comes on {topic}", flush=True)
    while not stopping:
        records = consumer.consume(100, timeout=0.1)
        failures = []
        for record in records:
            if record.error():
                print(record.error(), file=sys.stderr)
                continue
            for headers, value in replies(record):
                producer.produce(
                    headers["ce_replyto"].decode(),
                    json.dumps(value).encode(),
                    key=headers["ce_session"],
                    headers={**headers, "content-type": b"application/json"},
                    on_delivery=lambda error, _: error and failures.append(error),
                )
        producer.flush()
        if failures:  # not committed: started again, it answers these once more
            sys.exit(f"Kafka did not take an answer: {failures[0]}")
        if records:
            consumer.commit(asynchronous=False)
    consumer.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
