from uuid import uuid4

import pytest

from annotator.domain.bulk import return_titles
from annotator.domain.queries.skips import skipped_titles
from annotator.domain.review import record_verdict, undo_verdict
from tests.factories import make_queue_item, make_user


def skip(item, reviewer, comment=""):
    return record_verdict(title_id=item.title_id, reviewer=reviewer, verdict_id=uuid4(), action="skip", comment=comment)


def listed():
    return [
        (title.pk, [(verdict.reviewer.username, verdict.comment) for verdict in title.skips])
        for title in skipped_titles()
    ]


def test_titles_that_two_people_skipped_are_listed_with_who_and_why(lead, reviewer):
    often, once = make_queue_item(), make_queue_item()
    skip(often, reviewer, "Who is this?")
    skip(once, lead)
    skip(once, lead)
    assert listed() == []

    skip(often, lead)

    assert listed() == [(often.title_id, [("lena", ""), ("rosa", "Who is this?")])]


def test_the_skip_of_the_only_active_person_is_enough(reviewer):
    item = make_queue_item()
    skip(item, reviewer)

    assert listed() == [(item.title_id, [("rosa", "")])]


@pytest.mark.parametrize("answer", ["undo", "settle", "send back"])
def test_a_title_leaves_the_list_when_it_is_answered(lead, reviewer, answer):
    item = make_queue_item()
    skips = [skip(item, person) for person in (reviewer, lead)]
    if answer == "undo":
        undo_verdict(skips[0].pk, reviewer=reviewer, undo_id=uuid4())
    elif answer == "settle":
        record_verdict(title_id=item.title_id, reviewer=lead, verdict_id=uuid4(), action="accept")
    else:
        return_titles(uuid4(), title_ids=[item.title_id], actor=lead)

    assert listed() == []


@pytest.mark.parametrize("rows", [1, 3])
def test_skips_are_read_in_three_queries(rows, lead, reviewer, django_assert_num_queries):
    for _ in range(rows):
        item = make_queue_item()
        for person in (lead, reviewer, make_user()):
            skip(item, person)

    with django_assert_num_queries(3):
        assert [len(skips) for _title, skips in listed()] == [3] * rows
