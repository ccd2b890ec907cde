"""python -m tests.bench.review_speed: from key to next card, and titles a minute, in Chromium, with few and with many titles waiting."""

import argparse
import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import quantiles

from playwright.sync_api import Page, sync_playwright

from tests.faults.desk import TaggingDesk

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or "chromium"
SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
ACCEPTS = 200
CARD = '[data-part="card"]:visible'  # nobody types so fast that the cards in hand run out; this does
# "Ana Torres live at Lantern Hall 000123": two words each, the place in focus, as it is the least certain; "g" is the hint of the number.
STEPS = {"accept": (), "relabel": ("o",), "edge": ("]",), "add": ("Escape", "d", "g", "g")}
MIX = [*["accept"] * 12, *["relabel"] * 5, *["edge"] * 2, "add"]  # 60, 25, 10 and 5 %
FILL = """
import random
from annotator.domain.ingest import title_key
from annotator.domain.model_versions import active_version
from annotator.domain.queue_order import rank_items
from annotator.domain.surfaces import index_predictions
from annotator.models import Prediction, QueueItem, Title
first, count, chance, version = {first}, {count}, random.Random({first}), active_version()
words = "Ana Marlow Kid Nova Silent Lantern Copper Velvet Harbour Northern Paper Golden Stone River Cedar".split()
def pair(tail): return f"{{chance.choice(words)}} {{chance.choice(tail)}}"
for start in range(first, first + count, 5000):
    acts = [pair(["Torres", "Vane", "Orbit", "Foxes", "Falk", "Sea"]) for _ in range(min(5000, first + count - start))]
    texts = [f"{{act}} live at {{pair(['Hall', 'Club', 'Arena'])}} {{start + at:06}}" for at, act in enumerate(acts)]
    titles = Title.objects.bulk_create([Title(text=text, key=title_key(text), state="waiting") for text in texts])
    read = Prediction.objects.bulk_create([
        Prediction(title=title, model_version=version, alternatives=[], confidence=chance.uniform(0.6, 0.9), spans=[
            dict(start=0, end=len(act), label="PER", score=0.9),
            dict(start=len(act) + 9, end=len(title.text) - 7, label="LOC", score=chance.uniform(0.3, 0.8)),
        ])
        for title, act in zip(titles, acts, strict=True)
    ])
    items = [QueueItem(title=one.title, prediction=one, reason="middle", band="middle", confidence=one.confidence) for one in read]
    rank_items(items)
    QueueItem.objects.bulk_create(items)
    index_predictions(read)
"""
WATCH_PAINTS = """() => {
    window.paints = [];
    addEventListener("keydown", (event) => {
        requestAnimationFrame(() => setTimeout(() => window.paints.push(performance.now() - event.timeStamp)));
    }, true);
}"""


def main() -> None:
    options = _parser().parse_args()
    sys.stdout.write(f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}\n")
    with tempfile.TemporaryDirectory() as home, _open_desk(Path(home)) as desk, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        tails, waiting = [], 0
        for size in options.sizes:
            desk.manage("shell", "--no-imports", "-c", FILL.format(first=waiting, count=size - waiting))
            waiting = size
            page = _signed_in(browser.new_page(), desk)
            tails.append(_show_paints(page, size))
            _show_session(page, desk, size, options.titles)
            page.context.close()
        _show("p95, last against first size", f"{tails[-1] / tails[0]:.2f}")
        browser.close()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", nargs="+", type=int, default=[1_000, 100_000], help="titles that wait")
    parser.add_argument("--titles", type=int, default=200, help="titles of the mixed session")
    return parser


@contextmanager
def _open_desk(home: Path) -> Iterator[TaggingDesk]:
    """All that `make run` starts, with the model that it ships, in a directory of its own; no blind cards, which want other keys."""
    settings = {
        "BLIND_SHARE": "0",
        "TAG_CHUNK": "256",
        "RECOVERY_SECONDS": "60",
        "BAND_HIGH": "0.9",
        "BAND_MIDDLE": "0.6",
    }
    desk = TaggingDesk(home / "var", ROOT / "ner_core" / "starter", **settings)
    desk.open()
    try:
        yield desk
    finally:
        desk.stop()


def _signed_in(page: Page, desk: TaggingDesk) -> Page:
    facts = dict(line.split(": ") for line in (desk.var_dir / "first-sign-in.txt").read_text().splitlines()[:2])
    page.goto(f"http://127.0.0.1:{desk.port}/sign-in/")
    page.fill("input[name=username]", facts["username"])
    page.fill("input[name=password]", facts["password"])
    page.keyboard.press("Enter")
    page.wait_for_selector("#review[data-ready]")
    return page


def _show_paints(page: Page, size: int) -> float:
    """Presses Space as soon as the next card is there; returns the 95th percentile in ms."""
    page.evaluate(WATCH_PAINTS)
    for number in range(ACCEPTS):
        page.wait_for_selector(CARD)
        page.keyboard.press("Space")
        _wait_decided(page, number + 1)
    _wait_saved(page)
    paints = quantiles(page.evaluate("window.paints"), n=20)
    _show(f"{size:,} waiting: key to paint, p50 and p95", f"{paints[9]:.1f} ms, {paints[18]:.1f} ms")
    return paints[18]


def _show_session(page: Page, desk: TaggingDesk, size: int, titles: int) -> None:
    before, corrected = desk.count("verdict"), desk.count("verdict", "action = 'correct'")
    begun = time.perf_counter()
    for number in range(titles):
        page.wait_for_selector(CARD)
        for key in (*STEPS[MIX[number * 7 % len(MIX)]], "Space"):
            page.keyboard.press(key)
        _wait_decided(page, ACCEPTS + number + 1)
    taken = time.perf_counter() - begun
    _wait_saved(page)
    stored, changed = desk.count("verdict") - before, desk.count("verdict", "action = 'correct'") - corrected
    _show(f"{size:,} waiting: mixed session", f"{titles / taken * 60:.0f} titles a minute")
    _show("", f"{stored} verdicts of {titles} titles, {changed} of them corrections")
    if stored != titles or desk.query("select 1 from annotator_verdict group by title_id having count(*) > 1"):
        sys.exit("A verdict was lost or doubled.")


def _wait_decided(page: Page, count: int) -> None:
    """Until the page has counted this verdict; a doubt of the guidelines is overruled by a second Space."""
    state = """(count) => parseInt(document.querySelector('[data-part="done"]').textContent) === count ? "done"
        : document.querySelector('[data-part="doubts"]').checkVisibility() ? "doubt" : null"""
    if page.wait_for_function(state, arg=count, timeout=5000).json_value() == "doubt":
        page.keyboard.press("Space")
        page.wait_for_function(state + " === 'done'", arg=count)


def _wait_saved(page: Page) -> None:
    page.wait_for_selector('[data-part="save"][data-state="saved"]', timeout=60_000)


def _show(what: str, value: str) -> None:
    sys.stdout.write(f"{what:<52}{value}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
