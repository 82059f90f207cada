"""A load client as users write one today: asyncio, a WebSocket library, json and struct. It creates worlds, reads their streams, joins
fragments, answers nothing that it need not, pings, gives commands and times their acknowledgements. It decodes no picture.

What it prints is one line of JSON, for scripts/compare-python.
"""

import argparse
import asyncio
import json
import resource
import struct
import time

import aiohttp
import websockets

PROTOCOL = "seaglass.v1"
# docs/protocol.md, section 8: the media envelope's header.
HEADER = struct.Struct("<2sBBHBBIHHQqIIHHIIQIIQQI")
KEYFRAME = 1
# Worlds that are created at once.
AT_ONCE = 32
PING_SECONDS = 2.0


class Measured:
    """What all sessions have measured since the window began."""

    def __init__(self):
        self.open = False
        self.frames = 0
        self.bytes = 0
        self.lost = 0
        self.intervals = []
        self.acks = []
        self.failed = 0


class Session:
    """One world and its stream."""

    def __init__(self, number, measured, options):
        self.number = number
        self.measured = measured
        self.options = options
        self.parts = []
        self.next = [None, None]
        self.last = None
        self.given = {}
        self.commands = 0

    def binary(self, message):
        now = time.perf_counter()
        (magic, _version, flags, header, track, _codec, _epoch, fragment, fragments, sequence, pts, duration,
         unit_bytes, _chunk_index, _chunk_len, _state_version, _input, _issued, _render, _encode, _generated, _sent,
         _reserved) = HEADER.unpack_from(message)
        if magic != b"SG":
            self.measured.failed += 1
            return
        payload = memoryview(message)[header:]
        if fragments > 1:
            if fragment == 0:
                self.parts = []
            self.parts.append(payload)
            if fragment + 1 < fragments:
                return
            payload = b"".join(self.parts)
            self.parts = []
        if len(payload) != unit_bytes:
            self.measured.failed += 1
            return
        expected = self.next[track]
        self.next[track] = sequence + 1
        if track != 0 or not self.measured.open:
            self.last = now if track == 0 else self.last
            return
        if expected is not None and sequence > expected:
            self.measured.lost += sequence - expected
        self.measured.frames += 1
        self.measured.bytes += len(message)
        if self.last is not None:
            self.measured.intervals.append(now - self.last)
        self.last = now

    def text(self, message):
        message = json.loads(message)
        if message["type"] == "ack":
            given = self.given.pop(message["id"], None)
            if given is not None and self.measured.open:
                self.measured.acks.append(time.perf_counter() - given)

    async def talk(self, send):
        """Pings, and a command every so often, each from its own moment on."""
        start = time.perf_counter()
        every = self.options.command_every
        ping, command = start, start + every * (self.number % 100) / 100
        while True:
            due = min(ping, command)
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            if due == ping:
                ping += PING_SECONDS
                await send(json.dumps({"type": "ping", "issued_us": int(time.perf_counter() * 1e6)}))
                continue
            command += every
            self.commands += 1
            name = f"py-{self.commands}"
            self.given[name] = due
            words = {"type": "direct", "id": name, "text": "let it rain", "input": self.commands, "issued_us": 0}
            await send(json.dumps(words))

    async def by_websockets(self, url):
        async with websockets.connect(url, subprotocols=[PROTOCOL], compression=None, max_size=1 << 20) as stream:
            talking = asyncio.create_task(self.talk(stream.send))
            try:
                async for message in stream:
                    if isinstance(message, bytes):
                        self.binary(message)
                    else:
                        self.text(message)
            finally:
                talking.cancel()

    async def by_aiohttp(self, http, url):
        async with http.ws_connect(url, protocols=[PROTOCOL], compress=0, max_msg_size=1 << 20) as stream:
            talking = asyncio.create_task(self.talk(stream.send_str))
            try:
                async for message in stream:
                    if message.type == aiohttp.WSMsgType.BINARY:
                        self.binary(message.data)
                    elif message.type == aiohttp.WSMsgType.TEXT:
                        self.text(message.data)
            finally:
                talking.cancel()


def percentile(values, share):
    values = sorted(values)
    return round(values[min(len(values) - 1, int(len(values) * share))] * 1000, 2) if values else None


def cpu():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


async def run(options):
    measured = Measured()
    request = {
        "prompt": "stormy coast with pines at dusk", "seed": 7, "tier": options.tier, "video_formats": ["h264"],
        "audio": {"enabled": False},
    }
    gate = asyncio.Semaphore(AT_ONCE)
    unlimited = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=unlimited) as http:
        worlds, streams = [], []

        async def open_one(number):
            async with gate:
                async with http.post(f"{options.url}/v1/worlds", json=request) as answer:
                    answer.raise_for_status()
                    world = (await answer.json())["id"]
            worlds.append(world)
            url = f"{options.url.replace('http', 'ws', 1)}/v1/worlds/{world}/stream"
            session = Session(number, measured, options)
            stream = session.by_websockets(url) if options.library == "websockets" else session.by_aiohttp(http, url)
            streams.append(asyncio.create_task(stream))

        await asyncio.gather(*(open_one(number) for number in range(options.sessions)))
        await asyncio.sleep(options.warmup)
        measured.open = True
        start, used = time.perf_counter(), cpu()
        await asyncio.sleep(options.seconds)
        measured.open = False
        seconds, used = time.perf_counter() - start, cpu() - used
        gone = sum(stream.done() for stream in streams)
        for stream in streams:
            stream.cancel()
        await asyncio.gather(*streams, return_exceptions=True)

        async def delete(world):
            async with gate:
                async with http.delete(f"{options.url}/v1/worlds/{world}"):
                    pass

        await asyncio.gather(*map(delete, worlds))
    print(json.dumps({
        "seconds": round(seconds, 3),
        "cpu_per_session": round(used / seconds / options.sessions, 6),
        "frames_per_session": round(measured.frames / seconds / options.sessions, 2),
        "lost": measured.lost,
        "failed": measured.failed + gone,
        "interval_p50": percentile(measured.intervals, 0.5),
        "interval_p99": percentile(measured.intervals, 0.99),
        "ack_p50": percentile(measured.acks, 0.5),
        "ack_p99": percentile(measured.acks, 0.99),
        "memory_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    }))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", required=True, help="the server's base URL")
    parser.add_argument("--library", choices=["websockets", "aiohttp"], default="websockets")
    parser.add_argument("--sessions", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--warmup", type=float, default=3)
    parser.add_argument("--tier", default="draft")
    parser.add_argument("--command-every", type=float, default=5.0, help="seconds between two commands of a session")
    asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
