"""What happens between the key and the database: fast hands, lost networks, two people, ended sessions, reloads."""

from collections.abc import Callable

import pytest
from django.contrib.sessions.models import Session
from django.urls import reverse
from playwright.sync_api import Browser, Route, expect
from pytest_django.live_server_helper import LiveServer

from annotator.models import Annotation, Lease, Verdict
from tests import factories
from tests.e2e.desk import Desk, decided, queue_many, queue_title


@pytest.fixture
def second_desk(browser: Browser, live_server: LiveServer, sign_in: Callable, browser_context_args: dict):
    """Another browser with another reviewer."""
    context = browser.new_context(**browser_context_args)
    sign_in(context, factories.make_user("sam"))
    yield Desk(context.new_page(), live_server.url)
    context.close()


def titles_decided() -> list[int]:
    return sorted(int(verdict.title.text[6:9]) for verdict in decided())


def test_review_sixty_accepts_by_key_repeat_are_all_kept_once(desk: Desk):
    queue_many(90)
    desk.open()
    desk.page.keyboard.down("Space")
    while int(desk.part("done").text_content().split()[0]) < 60:
        desk.page.keyboard.down("Space")  # a key that is held down: repeat is true
    desk.page.keyboard.up("Space")
    done = int(desk.part("done").text_content().split()[0])
    desk.saved()
    assert titles_decided() == list(range(done))
    assert {verdict.action for verdict in decided()} == {"accept"}
    assert Annotation.objects.count() == done


def test_review_twenty_keys_offline_are_twenty_verdicts_once_online(desk: Desk):
    queue_many(40)
    desk.open()
    desk.page.context.set_offline(True)
    desk.press(*["Space"] * 20)
    expect(desk.part("save")).to_have_attribute("data-state", "unsaved", timeout=8000)
    expect(desk.part("save-words")).to_have_text("20 not saved yet")
    assert decided() == []
    desk.page.context.set_offline(False)
    desk.saved()
    assert titles_decided() == list(range(20))


def test_review_unsent_verdicts_survive_a_reload(desk: Desk):
    queue_many(30)
    desk.open()
    desk.page.route("**/review/verdicts/", lambda route: route.abort())
    desk.press("Space", "Space", "Space")
    desk.page.wait_for_timeout(300)
    assert decided() == []
    desk.page.unroute("**/review/verdicts/")
    desk.open()
    desk.saved()
    assert titles_decided() == [0, 1, 2]
    desk.shows("Stage 003 with Ana Torres")


def test_review_an_answer_lost_on_the_way_saves_nothing_twice(desk: Desk):
    queue_many(5)
    desk.open()
    lost = []

    def lose_first_answer(route: Route) -> None:
        if not lost:
            lost.append(route.fetch())
            route.abort()
        else:
            route.continue_()

    desk.page.route("**/review/verdicts/", lose_first_answer)
    desk.press("Space")
    expect(desk.part("save")).to_have_attribute("data-state", "saving")
    desk.saved()
    assert (len(lost), titles_decided()) == (1, [0])


def test_review_a_failing_server_is_asked_again(desk: Desk):
    queue_many(5)
    desk.open()
    desk.page.route("**/review/verdicts/", lambda route: route.fulfill(status=503, body="down"), times=1)
    desk.press("Space", "x")
    desk.saved()
    assert [verdict.action for verdict in decided()] == ["accept", "nothing"]


def test_review_two_browsers_never_show_the_same_title(desk: Desk, second_desk: Desk):
    queue_many(50)
    for tab in (desk, second_desk):
        tab.open()
    for _ in range(20):
        desk.press("Space")
        second_desk.press("Space")
    for tab in (desk, second_desk):
        tab.saved()
    assert titles_decided() == sorted(set(titles_decided()))
    assert (len(titles_decided()), Verdict.objects.filter(late=True).count()) == (40, 0)


def test_review_reload_keeps_the_title_on_the_desk(desk: Desk):
    queue_many(50)
    desk.open().press("Space")
    desk.saved()
    desk.page.reload()
    desk.page.wait_for_selector("#review[data-ready]")
    desk.shows("Stage 001 with Ana Torres")
    assert len(titles_decided()) == 1


def test_review_closing_the_tab_gives_its_titles_back(desk: Desk, second_desk: Desk):
    queue_many(3)
    desk.open()
    assert Lease.objects.count() == 3
    second_desk.open().empty()
    expect(second_desk.part("empty-words")).to_have_text("The last 3 titles are with other reviewers.")
    desk.page.close(run_before_unload=True)
    expect(second_desk.part("card")).to_be_visible(timeout=8000)
    second_desk.shows("Stage 000 with Ana Torres")


def test_review_ended_session_keeps_what_was_decided_until_the_next_sign_in(desk: Desk, reviewer, sign_in: Callable):
    queue_many(30)
    desk.open()
    Session.objects.all().delete()
    desk.press("Space", "Space")
    expect(desk.part("banner")).to_be_visible()
    expect(desk.part("banner").locator("a")).to_have_attribute("href", f"{reverse('sign_in')}?next=/review/")
    desk.page.evaluate("htmx.ajax('GET', document.getElementById('health').getAttribute('hx-get'), '#health')")
    desk.page.wait_for_timeout(300)
    desk.shows("Stage 002 with Ana Torres")
    assert decided() == []
    sign_in(desk.page.context, reviewer)
    desk.page.evaluate("window.dispatchEvent(new Event('focus'))")
    desk.saved()
    expect(desk.part("banner")).to_be_hidden()
    assert titles_decided() == [0, 1]


def test_review_saves_nothing_in_the_name_of_somebody_else(desk: Desk, sign_in: Callable):
    queue_many(30)
    desk.open()
    sign_in(desk.page.context, factories.make_user("sam"))
    desk.press("Space")
    expect(desk.part("banner")).to_be_visible()
    desk.open()
    desk.press("x")
    desk.saved()
    assert [(verdict.reviewer.username, verdict.action) for verdict in decided()] == [("sam", "nothing")]


def test_review_late_work_is_a_second_opinion(desk: Desk):
    prediction = queue_title("Ana Torres", ("Ana Torres", "PER", 0.7))
    desk.open()
    factories.make_annotation(prediction.title, spans=[])
    desk.press("Space")
    expect(desk.part("remark")).to_contain_text("second opinion")
    assert [(verdict.action, verdict.late) for verdict in decided()] == [("accept", True)]


def test_review_a_refused_verdict_is_shown_and_holds_back_no_other(desk: Desk):
    prediction = queue_title("Ana Torres", ("Ana Torres", "PER", 0.7))
    queue_many(2)
    desk.open()
    desk.shows("Stage 000 with Ana Torres")
    desk.press("Space", "Space")
    desk.saved()
    prediction.title.queue_item.delete()
    prediction.title.delete()
    desk.press("Space")
    expect(desk.part("refusals")).to_contain_text("“Ana Torres” was not saved: There is no such title.")
    desk.page.reload()
    expect(desk.part("refusals")).to_contain_text("“Ana Torres” was not saved")
    desk.part("refusals").get_by_role("button").click()
    desk.page.reload()
    desk.page.wait_for_selector("#review[data-ready]")
    expect(desk.part("refusals")).to_be_hidden()
    assert len(decided()) == 2


def test_review_last_card_decided_says_at_once_that_all_is_settled(desk: Desk):
    queue_many(1)
    desk.open().press("Space")
    desk.empty()
    expect(desk.part("empty-words")).to_contain_text("Every title is settled.")
    expect(desk.part("left")).to_have_text("0 waiting")


def test_review_empty_queue_fills_by_itself(desk: Desk):
    desk.open().empty()
    queue_many(1)
    expect(desk.part("card")).to_be_visible(timeout=8000)
    desk.shows("Stage 000 with Ana Torres")


def test_review_next_card_is_painted_in_the_frame_after_the_key_without_the_server(desk: Desk):
    queue_many(30)
    desk.open()
    desk.page.context.set_offline(True)
    shown = desk.page.evaluate(
        """async () => {
            const shown = [];
            for (let round = 0; round < 15; round += 1) {
                document.body.dispatchEvent(new KeyboardEvent("keydown", { key: " ", code: "Space", bubbles: true, cancelable: true }));
                await new Promise(requestAnimationFrame);
                shown.push(document.querySelector('[data-part="line"]').textContent.match(/Stage (\\d+)/)[1]);
            }
            return shown;
        }"""
    )
    assert shown == [f"{number:03}" for number in range(1, 16)]
    assert decided() == []
    desk.page.context.set_offline(False)
    desk.saved()
    assert titles_decided() == list(range(15))
