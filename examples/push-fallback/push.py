"""Pushes to users who are not there: reads the gateway's receipts, and what reached nobody goes to a webhook instead.

    pip install confluent-kafka
    python3 push.py 127.0.0.1:19092 https://push.example/notify        (without an address: prints lines)

Senders ask for these receipts with the header `ce_receipt: failed`, and give `ce_id` so that no phone rings twice.
"""

import json
import signal
import sys
import urllib.request
from collections import OrderedDict

from confluent_kafka import Consumer, TopicPartition

REMEMBERED = 10_000


def value_at(reader, origin):
    """The delivery itself: a receipt says where it stands. None where retention has removed it."""
    place = TopicPartition(origin["topic"], origin.get("partition", 0), int(origin.get("offset", 0)))
    reader.assign([place])
    while True:
        record = reader.poll(10)
        if record is None or record.error():
            return None
        return record.value().decode() if record.offset() == place.offset else None


def push(webhook, notification):
    """Raises where the webhook does not take it; the receipt is then not committed and comes again."""
    line = json.dumps(notification)
    if webhook is None:
        print(line, flush=True)
        return
    headers = {"content-type": "application/json"}
    urllib.request.urlopen(urllib.request.Request(webhook, line.encode(), headers), timeout=10).close()


def main(brokers, webhook=None, topic="openclaw.receipts", group="push-fallback"):
    stopping = []
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stopping.append(True))

    common = {"bootstrap.servers": brokers, "enable.auto.commit": False, "auto.offset.reset": "earliest"}
    receipts = Consumer({**common, "group.id": group})
    reader = Consumer({**common, "group.id": f"{group}-reader"})  # commits nothing, so it is no group
    receipts.subscribe([topic])
    pushed = OrderedDict()  # receipts may come twice; this remembers the last of them, as long as the process lives
    while not stopping:
        record = receipts.poll(0.1)
        if record is None or record.error():
            continue
        name = dict(record.headers() or [])["ce_id"]
        receipt = json.loads(record.value())
        if receipt.get("reason") == "no-session" and name not in pushed:
            about = {part: receipt.get(part) for part in ("target", "tenant", "id", "type")}
            push(webhook, {**about, "value": value_at(reader, receipt["origin"])})
            pushed[name] = True
            if len(pushed) > REMEMBERED:
                pushed.popitem(last=False)
        receipts.commit(record, asynchronous=False)
    receipts.close()
    reader.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
