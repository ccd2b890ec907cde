"""python -m tests.pictures: makes the pictures of docs/reviewers.md again, from a real desk with its demo titles, in Chromium."""

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.faults.desk import TaggingDesk
from tests.processes import wait_until

ROOT = Path(__file__).resolve().parents[1]
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or "chromium"
SWITCHES = ["--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--force-device-scale-factor=1"]
WIDE, PHONE = {"width": 1000, "height": 700}, {"width": 390, "height": 844}
MARGIN = 12
MOST_BYTES = 150_000
PASSWORD = "only-for-pictures-27"
# The limits and shares of a new desk, except that no card is blind by chance: one is made so by name.
SETTINGS = {"BAND_HIGH": "0.9", "BAND_MIDDLE": "0.6", "BLIND_SHARE": "0", "AUDIT_SHARE": "0", "TAG_CHUNK": "256"}
SHOWN, READINGS, RELABEL, EDGE, ADD, REMOVE, ARTIST, BLIND, DARK, ON_PHONE = (
    "Pomme, Cirque", "Hot Chip (dj set)", "Fontaines D.C.", "FC København - Brøndby", "BREAKBEAT BREAKFAST", "HONEYTRAP: Shygirl",
    "Steiner & Madlaina", "Leinster v Munster", "NIGHTHAWK vol.21", "GusGus / ",
)  # fmt: skip
# People are known, and some acts confirmed, as on a desk that has been at work for a while.
PREPARE = f"""
from annotator.models import Artist, QueueItem, User
from ner_core.gazetteer import artist_key
User.objects.create_user("rosa", password="{PASSWORD}", role="reviewer")
for name, note in [("Faber", "singer from Zürich"), ("Faber", "string quartet"), ("Steiner & Madlaina", "")]:
    Artist.objects.create(name=name, key=artist_key(name), note=note, state="confirmed")
QueueItem.objects.filter(title__text__startswith="{BLIND}").update(blind=True)
"""


class Photographer:
    """One browser in front of one desk; `shoot` writes what it sees, or a part of it, into the directory."""

    def __init__(self, desk: TaggingDesk, browser: Browser, directory: Path) -> None:
        self.desk, self.browser, self.directory = desk, browser, directory

    def open(self, *, viewport: dict[str, int] = WIDE, **options: object) -> Page:
        """A page that is signed in as a reviewer, at the review page."""
        page = self.browser.new_page(viewport=viewport, locale="en-GB", reduced_motion="reduce", **options)
        page.goto(f"http://127.0.0.1:{self.desk.port}/sign-in/")
        page.fill("input[name=username]", "rosa")
        page.fill("input[name=password]", PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_selector("#review[data-ready]")
        return page

    def show(self, page: Page, beginning: str, *keys: str) -> None:
        """The card of the demo title that begins like this, after these keys."""
        quoted = beginning.replace("'", "''")
        [(title, *_)] = self.desk.query(f"select id from annotator_title where text like '{quoted}%'")  # noqa: S608  our own words
        page.goto(f"http://127.0.0.1:{self.desk.port}/review/?title={title}")
        page.wait_for_selector("#review[data-ready]")
        page.wait_for_load_state("networkidle")
        for key in keys:
            page.keyboard.press(key)
        page.wait_for_load_state("networkidle")

    def shoot(self, page: Page, name: str, *parts: str) -> None:
        """The whole window, or the least rectangle around these parts with a margin."""
        path = self.directory / f"{name}.png"
        page.screenshot(
            path=path, animations="disabled", caret="hide", **({"clip": around(page, parts)} if parts else {})
        )
        size = path.stat().st_size
        assert size < MOST_BYTES, f"{path} has {size} bytes"
        sys.stdout.write(f"{path} {size:,} bytes\n")


def around(page: Page, parts: tuple[str, ...]) -> dict[str, float]:
    boxes = [page.locator(part).first.bounding_box() for part in parts]
    left, top = (min(box[side] for box in boxes) - MARGIN for side in ("x", "y"))
    right = max(box["x"] + box["width"] for box in boxes) + MARGIN
    bottom = max(box["y"] + box["height"] for box in boxes) + MARGIN
    return {"x": left, "y": top, "width": right - left, "height": bottom - top}


def shoot_sign_in(camera: Photographer) -> None:
    page = camera.browser.new_page(viewport={"width": 560, "height": 400}, locale="en-GB")
    page.goto(f"http://127.0.0.1:{camera.desk.port}/sign-in/")
    page.fill("input[name=username]", "rosa")
    camera.shoot(page, "sign-in")
    page.context.close()


def shoot_cards(camera: Photographer) -> None:
    page, card = camera.open(), '[data-part="card"]'
    camera.show(page, SHOWN)
    camera.shoot(page, "card")
    camera.show(page, READINGS, "2")
    camera.shoot(page, "readings", card)
    camera.show(page, RELABEL)
    camera.shoot(page, "relabel-before", card)
    page.keyboard.press("p")
    camera.shoot(page, "relabel-after", card)
    camera.show(page, EDGE, "ArrowLeft")
    camera.shoot(page, "edge-before", card)
    page.keyboard.press("Shift+ArrowRight")
    camera.shoot(page, "edge-after", card)
    camera.show(page, ADD, "Shift+p")
    camera.shoot(page, "add", card)
    camera.show(page, REMOVE, "Space")
    camera.shoot(page, "doubt", card, '[data-part="doubts"]')
    camera.show(page, BLIND)
    camera.shoot(page, "blind", card)
    page.context.close()


def shoot_artist(camera: Photographer) -> None:
    page = camera.open()
    camera.show(page, ARTIST, "ArrowLeft", "ArrowLeft")
    camera.shoot(page, "artist", '[data-part="card"]')
    page.keyboard.press("Shift+K")
    page.wait_for_load_state("networkidle")
    camera.shoot(page, "artist-find", '[data-part="link-dialog"]')
    page.context.close()


def shoot_other_screens(camera: Photographer) -> None:
    page = camera.open(color_scheme="dark")
    camera.show(page, DARK)
    camera.shoot(page, "dark")
    page.context.close()
    page = camera.open(viewport=PHONE, has_touch=True, is_mobile=True)
    camera.show(page, ON_PHONE)
    camera.shoot(page, "phone")
    page.context.close()


@contextmanager
def demo_desk(home: Path) -> Iterator[TaggingDesk]:
    """All that `make run` starts, with its demo titles read by the built-in model, and work as people find it."""
    desk = TaggingDesk(home / "var", ROOT / "ner_core" / "starter", **SETTINGS)
    desk.start(**desk.environment)
    try:
        wait_until(lambda: desk.count("title") and not desk.count("title", "state = 'new'"), seconds=120)
        desk.manage("shell", "--no-imports", "-c", PREPARE)
        yield desk
    finally:
        desk.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=ROOT / "docs" / "images" / "reviewers", help="the directory")
    directory = parser.parse_args().output
    directory.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home, demo_desk(Path(home)) as desk, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        camera = Photographer(desk, browser, directory)
        for shoot in (shoot_sign_in, shoot_cards, shoot_artist, shoot_other_screens):
            shoot(camera)
        browser.close()


if __name__ == "__main__":
    main()
