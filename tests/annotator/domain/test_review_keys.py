from functools import partial

import pytest

from annotator.domain.review_keys import DEFAULT_KEYS, is_key, own_keys, review_keys, save_review_keys
from annotator.exceptions import InvalidKeys
from annotator.models import User
from annotator.web.key_words import action_groups
from tests.races import run_at_once


def stored(user):
    fresh = User.objects.get(pk=user.pk)
    return fresh.review_keys, fresh.single_keys


def test_review_keys_are_those_of_everybody_and_tab(reviewer):
    keys = review_keys(reviewer)
    assert keys == {action: list(given) for action, given in DEFAULT_KEYS.items()} | {
        "tab_next": ["Tab"],
        "tab_previous": ["Shift+Tab"],
    }


def test_default_keys_are_keys_and_each_does_one_thing():
    given = [key for keys in DEFAULT_KEYS.values() for key in keys]
    assert ([key for key in given if not is_key(key)], len(set(given))) == ([], len(given))


def test_default_keys_that_need_altgr_on_azerty_have_a_twin():
    needing = [action for action, keys in DEFAULT_KEYS.items() if keys[0][-1] in "[]{}"]
    assert [len(DEFAULT_KEYS[action]) for action in needing] == [2] * 8


def test_every_action_has_words():
    assert {action for _, actions in action_groups() for action in actions} == set(DEFAULT_KEYS)


def test_save_review_keys_stores_what_differs_and_twice_is_the_same(reviewer):
    keys = {**DEFAULT_KEYS, "label_per": ["z", "z"], "undo": []}
    for _ in range(2):
        save_review_keys(reviewer, keys=keys, single_keys=True)
    assert stored(reviewer) == ({"label_per": ["z"], "undo": []}, True)
    assert (review_keys(reviewer)["label_per"], review_keys(reviewer)["undo"]) == (["z"], [])


def test_save_review_keys_lets_two_actions_change_places(reviewer):
    save_review_keys(reviewer, keys={"skip": ["f"], "flag": ["s"]}, single_keys=True)
    assert (own_keys(reviewer)["skip"], own_keys(reviewer)["flag"]) == (["f"], ["s"])


@pytest.mark.parametrize(
    ("keys", "code", "field"),
    [
        ({"label_per": ["s"]}, "key_taken", "label_per"),
        ({"label_per": ["z"], "undo": ["z"]}, "key_taken", "label_per"),
        ({"undo": ["Tab"]}, "unknown_key", "undo"),
        ({"undo": ["Ctrl+z"]}, "unknown_key", "undo"),
        ({"undo": ["Z"]}, "unknown_key", "undo"),
        ({"undo": ["Shift+?"]}, "unknown_key", "undo"),
        ({"undo": ["\x00"]}, "unknown_key", "undo"),
        ({"undo": list("aybcekz")}, "too_many_keys", "undo"),
        ({"fly": ["z"]}, "unknown_action", "fly"),
    ],
)
def test_save_review_keys_refuses_and_stores_nothing(reviewer, keys, code, field):
    save_review_keys(reviewer, keys={"skip": ["q"]}, single_keys=True)
    with pytest.raises(InvalidKeys) as refused:
        save_review_keys(reviewer, keys=keys, single_keys=False)
    assert (refused.value.code, refused.value.field, stored(reviewer)) == (code, field, ({"skip": ["q"]}, True))


@pytest.mark.parametrize("key", ["p", "Shift+p", "é", "?", "+", "Alt++", "Alt+Shift+ArrowLeft", "F2", "Alt+Space"])
def test_is_key_knows_every_shape(key):
    assert is_key(key) is True


def test_review_keys_without_single_keys_need_alt(reviewer):
    save_review_keys(reviewer, keys={}, single_keys=False)
    keys = review_keys(reviewer)
    picked = {action: keys[action] for action in ("accept", "label_per", "add_per", "reading_1", "help", "start_back")}
    assert picked == {
        "accept": ["Space", "Enter"],
        "label_per": ["Alt+p"],
        "add_per": ["Alt+Shift+p"],
        "reading_1": ["Alt+1"],
        "help": ["Alt+?"],
        "start_back": ["Shift+ArrowUp"],  # Alt+[ moves by a character
    }


def test_review_keys_of_one_action_are_taken_from_another_that_stores_none(reviewer):
    reviewer.review_keys = {"nothing": "p"}
    assert (review_keys(reviewer)["nothing"], review_keys(reviewer)["label_per"]) == (["p"], [])


@pytest.mark.django_db(transaction=True)
def test_save_review_keys_at_once_leaves_one_of_both(reviewer):
    saves = [
        partial(save_review_keys, User.objects.get(pk=reviewer.pk), keys={"undo": [key]}, single_keys=True)
        for key in "yz"
    ]
    assert run_at_once(*saves) == [None, None]
    assert stored(reviewer)[0] in [{"undo": ["y"]}, {"undo": ["z"]}]
