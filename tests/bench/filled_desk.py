"""A desk with very many titles, filled straight into the database: half of a bench is what it measures on."""

import random
from collections.abc import Iterator
from datetime import timedelta
from unittest import mock

CHUNK = 5_000
DAYS = 100
WORDS = (
    "Ana",
    "Marlow",
    "Kid",
    "Nova",
    "Silent",
    "Lantern",
    "Copper",
    "Velvet",
    "Harbour",
    "Northern",
    "Paper",
    "Golden",
    "Stone",
    "River",
)
TAILS = ("Torres", "Vane", "Orbit", "Foxes", "Falk", "Sea", "Bright", "Hollow", "Winter", "Moss", "Arden", "Quill")
CITIES = ("Rome", "Paris", "Gent", "Lyon", "Bergen", "Turin", "Porto", "Leeds", "Malmö", "Graz")
REVIEWED, WAITING = (
    5,
    10,
)  # of twenty titles, how many people settled, and how many wait after those; the others are settled by the model


def fill(first: int, count: int) -> None:
    """Titles first .. first + count - 1, spread over the last DAYS days.

    Two performers and a place each, with all that tagging and review leave behind.
    """
    from django.db import transaction
    from django.utils import timezone

    from annotator.models import ModelVersion, User

    version, _made = ModelVersion.objects.get_or_create(
        name="bench@000000000000", defaults={"state": "active", "origin": "starter"}
    )
    people = [User.objects.get_or_create(username=f"reviewer{number}")[0] for number in range(16)]
    chance = random.Random(first)
    now = timezone.now()
    for start in range(first, first + count, CHUNK):
        moment = now - timedelta(days=DAYS * (1 - (start - first) / count))
        with transaction.atomic(), mock.patch.object(timezone, "now", return_value=moment):
            _fill_chunk(range(start, min(start + CHUNK, first + count)), version, people, chance)


def _fill_chunk(numbers: range, version: object, people: list, chance: random.Random) -> None:
    from annotator.domain.ingest import title_key
    from annotator.domain.queue_order import rank_items
    from annotator.models import Annotation, Prediction, QueueItem, Title, Verdict
    from annotator.models.bulk_rows import insert_missing_instances

    states = {number: _state_of(number) for number in numbers}
    texts = {number: f"{_act(chance)} & {_act(chance)} in {chance.choice(CITIES)} {number}" for number in numbers}
    titles = [
        Title(text=text, key=title_key(text), state="waiting" if states[number] == "waiting" else "settled")
        for number, text in texts.items()
    ]
    _store(titles, by="key")
    predictions = [
        Prediction(
            title=title, model_version=version, spans=_spans(title.text, chance), confidence=chance.uniform(0.3, 1)
        )
        for title in titles
    ]
    _store(predictions, by="title__pk")
    by_state: dict[str, list] = {"reviewed": [], "waiting": [], "auto": []}
    for number, prediction in zip(numbers, predictions, strict=True):
        by_state[states[number]].append(prediction)
    items = [
        QueueItem(title=one.title, prediction=one, reason="middle", band="middle", confidence=one.confidence)
        for one in (*by_state["waiting"], *by_state["reviewed"])
    ]
    rank_items(items)
    for item in items[len(by_state["waiting"]) :]:
        item.state = "done"
    insert_missing_instances(items)
    verdicts = [
        Verdict(
            title=one.title,
            reviewer=chance.choice(people),
            action="accept",
            spans=one.spans,
            prediction=one,
            elapsed_ms=900,
        )
        for one in by_state["reviewed"]
    ]
    insert_missing_instances(verdicts)
    annotations = [
        *(Annotation(title=one.title, spans=one.spans, source="auto", prediction=one) for one in by_state["auto"]),
        *(
            Annotation(title=one.title, spans=one.spans, source="reviewed", prediction=one.prediction, verdict=one)
            for one in verdicts
        ),
    ]
    _store(annotations, by="title__pk")
    _index(annotations, by_state["waiting"])


def _store(instances: list, *, by: str) -> None:
    """As bulk_create, several times as fast. `by` tells the rows apart."""
    from annotator.models.bulk_rows import insert_missing_instances

    insert_missing_instances(instances)
    of_instance = {getattr(one, "key" if by == "key" else "title_id"): one for one in instances}
    rows = type(instances[0]).objects.filter(**{f"{by}__any_of": list(of_instance)})
    for value, pk in rows.values_list(by, "pk"):
        of_instance[value].pk = pk


def _index(annotations: list, waiting: list) -> None:
    """What finds a title by its words, and who plays in it."""
    from annotator.domain.surfaces import index_annotations, index_predictions
    from annotator.models import Artist, Mention
    from annotator.models.bulk_rows import insert_missing_instances
    from ner_core.gazetteer import artist_key

    index_annotations(annotations)
    index_predictions(waiting)
    performers = list(_performers(annotations))
    keys = {artist_key(name): name for _annotation, _span, name in performers}
    insert_missing_instances([Artist(name=name, key=key) for key, name in keys.items()])
    artists = dict(Artist.objects.filter(key__any_of=sorted(keys)).values_list("key", "pk"))
    insert_missing_instances(
        [
            Mention(
                annotation=annotation,
                artist_id=artists[artist_key(name)],
                start=span["start"],
                end=span["end"],
                name=name,
            )
            for annotation, span, name in performers
        ]
    )


def _performers(annotations: list) -> Iterator[tuple]:
    for annotation in annotations:
        for span in annotation.spans:
            if span["label"] == "PER":
                yield annotation, span, annotation.title.text[span["start"] : span["end"]]


def _state_of(number: int) -> str:
    place = number % 20
    return "reviewed" if place < REVIEWED else "waiting" if place < REVIEWED + WAITING else "auto"


def _act(chance: random.Random) -> str:
    return f"{chance.choice(WORDS)} {chance.choice(TAILS)} {chance.randrange(1, 200)}"


def _spans(text: str, chance: random.Random) -> list[dict]:
    middle, place = text.index(" & "), text.index(" in ")
    return [
        {"start": 0, "end": middle, "label": "PER", "score": chance.uniform(0.5, 1)},
        {"start": middle + 3, "end": place, "label": "PER", "score": chance.uniform(0.5, 1)},
        {"start": place + 4, "end": text.rindex(" "), "label": "LOC", "score": chance.uniform(0.5, 1)},
    ]
