"""The review page as a person handles it, and the titles that the tests put before it."""

from collections.abc import Sequence

from playwright.sync_api import Locator, Page, expect

from annotator.models import Prediction, Verdict
from tests import factories
from tests.factories import spans_of

Surface = tuple[str, str] | tuple[str, str, float]


def queue_title(
    text: str, *pieces: Surface, confidence: float = 0.5, others: Sequence[Sequence[Surface]] = ()
) -> Prediction:
    """A waiting title whose model reading has these pieces (surface, label, score); `others` are its further n best readings."""
    title = factories.make_title(text)
    alternatives = [
        {"spans": spans_of(title.text, *other), "confidence": confidence / (2 + rank)}
        for rank, other in enumerate(others)
    ]
    prediction = factories.make_prediction(
        title, spans=spans_of(title.text, *pieces), confidence=confidence, alternatives=alternatives
    )
    factories.make_queue_item(title, prediction=prediction)
    return prediction


def queue_many(count: int) -> None:
    """`count` titles with one performer each, "Stage 000 with Ana Torres" the least certain."""
    for number in range(count):
        queue_title(f"Stage {number:03} with Ana Torres", ("Ana Torres", "PER", 0.7), confidence=0.3 + number / 10_000)


def decided(*, action: str | None = None) -> list[Verdict]:
    """The verdicts in the database, oldest first."""
    verdicts = Verdict.objects.order_by("created_at").select_related("title")
    return list(verdicts.filter(action=action) if action else verdicts)


def surfaces(verdict: Verdict) -> list[tuple[str, str]]:
    """What the verdict's spans cover: shows at once whether offsets are right."""
    return [(verdict.title.text[span["start"] : span["end"]], span["label"]) for span in verdict.spans]


class Desk:
    """One tab of the review page."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url

    def open(self) -> "Desk":
        self.page.goto(f"{self.url}/review")
        self.page.wait_for_selector("#review[data-ready]")
        return self

    def part(self, name: str) -> Locator:
        return self.page.locator(f'[data-part="{name}"]')

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def shows(self, text: str) -> None:
        """The title on the desk, without tags and hints."""
        read = """line => {
            const copy = line.cloneNode(true);
            copy.querySelectorAll(".tag, .hint, .grip").forEach((extra) => extra.remove());
            return copy.textContent;
        }"""
        assert self.part("line").evaluate(read) == text

    def drawn(self) -> list[tuple[str, str]]:
        """The spans as drawn: (surface, label)."""
        read = "spans => spans.map(span => [span.querySelector('.span-words').textContent, span.dataset.label])"
        return [tuple(pair) for pair in self.page.locator(".line .span").evaluate_all(read)]

    def focused(self) -> str | None:
        words = self.page.locator(".line .span[data-focused] .span-words")
        return words.text_content() if words.count() else None

    def word(self, text: str) -> Locator:
        return self.page.locator(".line .token", has_text=text).first

    def tool(self, action: str) -> Locator:
        return self.page.locator(f'.tools [data-action="{action}"]')

    def saved(self) -> None:
        """Waits until the server has confirmed everything."""
        expect(self.part("save")).to_have_attribute("data-state", "saved")

    def empty(self) -> None:
        expect(self.part("empty")).to_be_visible()
