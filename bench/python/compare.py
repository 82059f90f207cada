"""Starts a shared world and lets each client have its turns at it. scripts/compare-python prepares what this needs."""

import argparse
import json
import os
import pathlib
import platform
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
WARMUP = 4.0
COMMAND_EVERY = 5.0
COLUMNS = [
    ("cpu_per_session", "ms CPU per session-second", lambda value: f"{value * 1000:.2f}"),
    ("per_core", "sessions per core", lambda value: f"{value:.0f}"),
    ("frames_per_session", "frames/s per session", lambda value: f"{value:.2f}"),
    ("lost", "lost", str),
    ("failed", "failed", str),
    ("interval_p50", "interval p50 ms", lambda value: f"{value:.1f}"),
    ("interval_p99", "p99", lambda value: f"{value:.1f}"),
    ("ack_p50", "cmd_to_ack p50 ms", lambda value: f"{value:.1f}"),
    ("ack_p99", "p99", lambda value: f"{value:.1f}"),
    ("memory_mib", "MiB in all", lambda value: f"{value:.0f}"),
]


def by_python(library, options, url):
    words = [
        sys.executable, str(HERE / "client.py"), "--url", url, "--library", library, "--sessions", options.sessions,
        "--seconds", options.seconds, "--warmup", WARMUP, "--tier", options.tier, "--command-every", COMMAND_EVERY,
    ]
    told = subprocess.run([str(word) for word in words], check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(told.stdout.splitlines()[-1])


def by_seaglass(options, url):
    with tempfile.TemporaryDirectory() as folder:
        scenario, report = pathlib.Path(folder, "scenario.toml"), pathlib.Path(folder, "report.json")
        arriving = options.sessions / 200
        warmup = arriving + WARMUP
        scenario.write_text(f'''
            schema  = 1
            session = {{ prompt = "stormy coast with pines at dusk", seed = 7, tier = "{options.tier}", audio = "off", transport = "ws" }}
            load    = {{ profile = "constant", sessions = {options.sessions}, arrival = "200/s", warmup = "{warmup}s", duration = "{warmup + options.seconds}s" }}
            step    = [{{ at = "0s", every = "{COMMAND_EVERY}s", jitter = "{COMMAND_EVERY}s", direct = "let it rain" }}]
        ''')
        words = [options.program, "bench", "run", str(scenario), "--server", url, "-o", f"json:{report}"]
        environment = {**os.environ, "SEAGLASS_BOOKS": str(pathlib.Path(folder, "books"))}
        subprocess.run(words, check=True, env=environment, stdout=subprocess.DEVNULL)
        told = json.loads(report.read_text())
    metrics, (start, end) = told["metrics"], told["window_s"]
    one = lambda name: metrics[name].get("count", metrics[name]["value"]) if name in metrics else None
    return {
        "cpu_per_session": one("cpu_per_session") / 1000,
        "frames_per_session": one("frames") / (end - start) / options.sessions,
        "lost": one("lost"),
        "failed": one("sessions_failed"),
        "interval_p50": metrics["frame_interval"]["p50"],
        "interval_p99": metrics["frame_interval"]["p99"],
        "ack_p50": metrics["cmd_to_ack"]["p50"],
        "ack_p99": metrics["cmd_to_ack"]["p99"],
        "memory_mib": one("memory"),
    }


def shown(name, turn):
    turn["per_core"] = 1 / turn["cpu_per_session"] if turn["cpu_per_session"] else None
    cells = [form(turn[key]) if turn.get(key) is not None else "-" for key, _, form in COLUMNS]
    return f"| {name} | " + " | ".join(cells) + " |"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True)
    parser.add_argument("--sessions", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--tier", default="draft")
    options = parser.parse_args()
    clients = {
        "Python, websockets": lambda url: by_python("websockets", options, url),
        "Python, aiohttp": lambda url: by_python("aiohttp", options, url),
        "seaglass bench run": lambda url: by_seaglass(options, url),
    }
    serve = [options.program, "serve", "--shared-world", "--listen", "127.0.0.1:0", "--until-eof"]
    server = subprocess.Popen(serve, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        url = re.search(r"http://\S+", server.stdout.readline()).group()
        print(f"{options.sessions} sessions of {options.tier}, {options.seconds:.0f} s each turn, Python {platform.python_version()}\n")
        print("| client | " + " | ".join(title for _, title, _ in COLUMNS) + " |")
        print("|---|" + "---:|" * len(COLUMNS))
        for _ in range(options.rounds):
            for name, turn in clients.items():
                print(shown(name, turn(url)), flush=True)
    finally:
        server.stdin.close()
        server.wait()


if __name__ == "__main__":
    main()
