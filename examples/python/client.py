"""A client of OpenClaw Gateway in Python: publishes with acks, retries, resumes, confirms, shows repeats once.

Short on purpose: one task, no requests and no channels. Run as a program it does what client/CONFORMANCE.md asks of a
client at level core:  python3 client.py ws://127.0.0.1:8090/?scenario=hello      (pip install websockets)
"""

import asyncio
import itertools
import json
import random
import sys

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidMessage

STOPS = (1000, 4400, 4403, 4406, 4409, 4410)


def comes_back(code):
    return code not in STOPS and (code == 4401 or not 4400 <= code < 4500)


class Client:
    def __init__(self, url, token, on_message, on_gap=lambda: None):
        self.url, self.token, self.on_message, self.on_gap = url, token, on_message, on_gap
        self.unanswered, self.ids, self.seen = {}, itertools.count(1), set()
        self.session = self.resume_token = self.position = self.ws = None
        self.attempt = self.failures = 0

    async def publish(self, route, payload):
        """Answers the ack, or raises a RuntimeError with the code of the refusal."""
        n = next(self.ids)
        answer = asyncio.get_running_loop().create_future()
        frame = {"id": f"m-{n}", "route": route, "sequence": str(n), "payload": payload}
        self.unanswered[frame["id"]] = (frame, answer)
        await self.send(publish=frame)
        return await answer

    async def close(self):
        await self.ws.close(1000)

    async def run(self):
        """Keeps the connection until it is closed for good."""
        while True:
            code = await self.once()
            if not comes_back(code):
                return code
            await asyncio.sleep(random.uniform(0, min(30, 2**self.failures)))
            self.failures += 1

    async def once(self):
        silence = 10
        try:
            async with connect(self.url, subprotocols=["openclaw.v1.json"]) as ws:
                await ws.send(json.dumps({"hello": self.hello()}))
                while True:
                    try:
                        text = await asyncio.wait_for(ws.recv(), silence)
                    except TimeoutError:
                        ws.transport.abort()
                        return 1006
                    kind, fields = next(iter(json.loads(text).items()))
                    if kind == "welcome":
                        self.ws, silence = ws, 2 * fields["heartbeatMs"] / 1000
                    await self.on_frame(kind, fields)
        except ConnectionClosed as end:
            return end.rcvd.code if end.rcvd else 1006
        except (OSError, InvalidHandshake, InvalidMessage, ValueError, TimeoutError):
            return 1006
        finally:
            self.ws = None

    def hello(self):
        hello = {"token": self.token(), "client": {"name": "python-example"}, "confirms": True}
        if self.resume_token:
            self.attempt += 1
            hello["resume"] = {"token": self.resume_token, "attempt": self.attempt, "position": self.position}
        return hello

    async def on_frame(self, kind, fields):
        if kind == "welcome":
            if self.session not in (None, fields["session"]):
                self.attempt = 0
            if self.session and not fields["recovered"]:
                self.on_gap()
            self.failures, self.session = 0, fields["session"]
            self.resume_token, self.position = fields["resumeToken"], fields["position"]
            for frame, _ in list(self.unanswered.values()):
                await self.send(publish=frame)
        elif kind == "message":
            known = fields.get("id", fields["position"])
            if known not in self.seen:
                self.seen.add(known)
                self.on_message(fields)
        elif kind == "ack" and fields["id"] in self.unanswered:
            self.unanswered.pop(fields["id"])[1].set_result(fields)
        elif kind == "refusal" and fields.get("id") in self.unanswered:
            await self.on_refusal(fields)
        if kind in ("message", "heartbeat"):
            self.position = fields["position"]
            await self.send(confirm={"position": self.position})

    async def on_refusal(self, fields):
        frame, answer = self.unanswered[fields["id"]]
        if not fields["retryable"]:
            del self.unanswered[fields["id"]]
            answer.set_exception(RuntimeError(fields["code"]))
            return
        later = fields.get("retryAfterMs", 200) / 1000
        asyncio.get_running_loop().call_later(later, lambda: asyncio.ensure_future(self.send(publish=frame)))

    async def send(self, **frame):
        """Does nothing without a connection: what waits for an answer is sent again on the next."""
        if self.ws:
            try:
                await self.ws.send(json.dumps(frame))
            except ConnectionClosed:
                pass


async def main(url):
    tasks, tokens = set(), itertools.count(1)

    def start(work):
        task = asyncio.ensure_future(work)
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    def on_message(message):
        payload = message.get("payload")
        if isinstance(payload, dict) and payload.get("done"):
            start(client.close())
        else:
            start(client.publish("heard", {"got": payload}))

    async def echo(n):
        try:
            await client.publish("echo", {"n": n})
            await client.publish("heard", {"acked": n})
        except RuntimeError as refused:
            await client.publish("heard", {"failed": n, "code": str(refused)})

    client = Client(url, lambda: f"t-{next(tokens)}", on_message, lambda: start(client.publish("heard", {"gap": "session"})))
    for n in (1, 2, 3):
        start(echo(n))
    await client.run()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
