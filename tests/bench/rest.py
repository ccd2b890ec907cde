"""python -m tests.bench.rest: POST /predict against a FastAPI service around the transformers pipeline, in one run.

Keep-alive clients that each send one title after the other, no title twice. Ours is what `make run` starts, with a token, a limit of
requests and the artist table; the peer has none of these. FastAPI and uvicorn are installed into a scratch directory.
With --without-model ours alone, around a tagger that answers at once: what everything else costs.
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median, quantiles

from ner_core.tagger import load_tagger
from tests.bench.output import say
from tests.bench.tagging import STARTER, titles_without_repeats
from tests.faults.desk import TaggingDesk, descendants, free_port
from tests.processes import wait_until

ROOT = Path(__file__).resolve().parents[2]
PEER_PACKAGES = ["fastapi==0.165.0", "uvicorn==0.54.0"]
PEER = """
import os
import torch
from fastapi import FastAPI
from pydantic import BaseModel
from transformers import pipeline

torch.set_num_threads(int(os.environ["THREADS"]))
read = pipeline("ner", model=os.environ["CHECKPOINT"], device="cpu", dtype=torch.float32, aggregation_strategy="simple")
app = FastAPI()


class Body(BaseModel):
    title: str


@app.post("/predict")
def predict(body: Body):
    return [{"start": s["start"], "end": s["end"], "label": s["entity_group"], "score": float(s["score"])} for s in read(body.title)]
"""


@dataclass(frozen=True)
class Service:
    port: int
    path: str
    headers: dict[str, str]
    processes: Callable[[], list[int]]

    def core_seconds(self) -> float:
        """What its processes have had of the processor so far; those that have ended are not counted."""
        return sum(map(_core_seconds, self.processes()))


@dataclass(frozen=True)
class Address:
    """What clients are told, in a process of their own."""

    port: int
    path: str
    headers: dict[str, str]


@dataclass(frozen=True)
class Result:
    answered: int
    refused: int
    seconds: float
    waits: list[float]
    client_core_seconds: float
    core_seconds: float = 0.0

    @property
    def rate(self) -> float:
        return self.answered / self.seconds


def main() -> None:
    options = _parser().parse_args()
    say(
        f"{platform.platform()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; {options.seconds} s for each line"
    )
    say(f"the bare engine, one title: p50 {_engine_p50() * 1000:.1f} ms")
    found: dict[str, list[Result]] = {}
    services = (("FastAPI and pipeline", _peer), ("Lineup Desk", _desk))
    for name, serve in services[options.alone or options.without_model :]:
        with serve(options) as service:
            _drive(service, 1, 2, first=0)  # loads the model
            found[name] = [
                _row(name, clients, _drive(service, clients, options.seconds, first=1_000_000 * clients))
                for clients in options.clients
            ]
    for clients, peer, ours in () if len(found) < len(services) else zip(options.clients, *found.values(), strict=True):
        say(f"{clients:>3} clients: {ours.rate / peer.rate:.1f} times the requests of the peer")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", nargs="+", type=int, default=[1, 16, 64])
    parser.add_argument("--alone", action="store_true", help="without the peer")
    parser.add_argument("--without-model", action="store_true", help="ours around a tagger that answers at once")
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--processes", type=int, default=1, help="WEB_CONCURRENCY")
    parser.add_argument("--threads", type=int, default=32, help="WEB_THREADS")
    parser.add_argument("--engine-threads", type=int, default=1, help="TAGGER_THREADS")
    return parser


def _engine_p50() -> float:
    tagger = load_tagger(STARTER, threads=1)
    waits = []
    for text in titles_without_repeats(200):
        begun = time.perf_counter()
        tagger.tag([text])
        waits.append(time.perf_counter() - begun)
    return median(waits[20:])


@contextmanager
def _peer(_options: argparse.Namespace) -> Iterator[Service]:
    with tempfile.TemporaryDirectory() as home:
        install = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--target", home]
        subprocess.run([*install, *PEER_PACKAGES], check=True)
        (Path(home) / "peer.py").write_text(PEER, encoding="utf-8")
        port = free_port()
        environment = {
            "PYTHONPATH": home,
            "CHECKPOINT": str(STARTER),
            "THREADS": str(os.cpu_count()),
            "HF_HUB_OFFLINE": "1",
        }
        command = [sys.executable, "-m", "uvicorn", "peer:app", "--port", str(port), "--log-level", "warning"]
        process = subprocess.Popen(command, cwd=home, env=os.environ | environment)
        try:
            wait_until(lambda: _answers(port), seconds=120)
            yield Service(port, "/predict", {}, lambda: [process.pid, *descendants(process.pid)])
        finally:
            process.terminate()
            process.wait()


@contextmanager
def _desk(options: argparse.Namespace) -> Iterator[Service]:
    settings = {
        "API_RATE": "100000000/min",
        "WEB_CONCURRENCY": str(options.processes),
        "WEB_THREADS": str(options.threads),
        "TAGGER_THREADS": str(options.engine_threads),
    }
    if options.without_model:
        settings["DJANGO_SETTINGS_MODULE"] = "tests.bench.without_model"
    with tempfile.TemporaryDirectory() as home:
        desk = TaggingDesk(Path(home) / "var", STARTER, **settings)
        desk.open()
        try:
            token = desk.manage("create_token", "bench").strip()
            headers = {"Authorization": f"Token {token}"}
            yield Service(desk.port, "/api/v1/predict", headers, lambda: _web_and_broker(desk))
        finally:
            desk.stop()


def _web_and_broker(desk: TaggingDesk) -> list[int]:
    return [pid for pid, command in desk.look().items() if "gunicorn" in command or "valkey" in command]


def _core_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _answers(port: int) -> bool:
    import socket

    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _drive(service: Service, clients: int, seconds: float, *, first: int) -> Result:
    """From a process of its own, whose work is not the service's."""
    address, before = Address(service.port, service.path, service.headers), service.core_seconds()
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        result = pool.apply(_run, (address, clients, seconds, first))
    return replace(result, core_seconds=service.core_seconds() - before)


def _run(service: Address, clients: int, seconds: float, first: int) -> Result:
    return asyncio.run(_clients(service, clients, seconds, first))


async def _clients(service: Address, clients: int, seconds: float, first: int) -> Result:
    titles = iter(titles_without_repeats(200_000, first=first))
    begun, core = time.perf_counter(), time.process_time()
    ends = begun + seconds
    rows = await asyncio.gather(*(_client(service, titles, ends) for _ in range(clients)))
    waits = [wait for row in rows for wait, status in row if status == 200]
    refused = sum(status != 200 for row in rows for _wait, status in row)
    return Result(len(waits), refused, time.perf_counter() - begun, waits, time.process_time() - core)


async def _client(service: Address, titles: Iterator[str], ends: float) -> list[tuple[float, int]]:
    rows = []
    reader, writer = await asyncio.open_connection("127.0.0.1", service.port)
    while time.perf_counter() < ends:
        begun = time.perf_counter()
        status, stays = await _ask(reader, writer, service, next(titles))
        rows.append((time.perf_counter() - begun, status))
        if not stays:
            writer.close()
            reader, writer = await asyncio.open_connection("127.0.0.1", service.port)
    writer.close()
    return rows


async def _ask(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, service: Address, title: str
) -> tuple[int, bool]:
    """The status, and whether the connection stays."""
    body = json.dumps({"title": title}).encode()
    headers = {
        "Host": "127.0.0.1",
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
    } | service.headers
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    writer.write(f"POST {service.path} HTTP/1.1\r\n{lines}\r\n".encode() + body)
    head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
    length = next(int(line.split(":")[1]) for line in head.splitlines() if line.startswith("content-length:"))
    await reader.readexactly(length)
    return int(head.split()[1]), "connection: close" not in head


def _row(name: str, clients: int, result: Result) -> Result:
    cuts = quantiles(result.waits, n=20)
    say(
        f"{name:<22}{clients:>3} clients {result.rate:>7.0f} requests/s   "
        f"p50 {cuts[9] * 1000:>6.1f} ms   p95 {cuts[18] * 1000:>6.1f} ms   not 200: {result.refused}   "
        f"ms of a core: {result.core_seconds / result.answered * 1000:.2f} and the client's "
        f"{result.client_core_seconds / result.answered * 1000:.2f}"
    )
    return result


if __name__ == "__main__":
    main()
