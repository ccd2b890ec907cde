"""Moves a service from the routes of the earlier system to version 1, one step at a time: each step can be released by itself.

Run it against a desk: DESK=http://127.0.0.1:8000 TOKEN=lud_… python move_to_v1.py
"""

import dataclasses
import json
import os
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

import urllib3
from lineup_desk_client import Desk, Prediction


def before(url: str, token: str, title: str) -> dict[str, Any]:
    """How it was. The route stays; but it does not tell how sure the reading is."""
    address = f"{url}/extract_from_realtime?data={quote(title)}"
    answer = urllib3.request("POST", address, headers={"Authorization": f"Token {token}"})
    found: dict[str, Any] = answer.json()
    return found


def step_1(desk: Desk, title: str) -> dict[str, Any]:
    """The same answer from version 1: nothing else in the service has to change."""
    return dataclasses.asdict(desk.predict(title).lineup)


def step_2(desk: Desk, titles: Iterable[str]) -> tuple[list[Prediction], list[str]]:
    """Many in one request; what the model is unsure of is not used yet, but goes to people."""
    predictions = list(desk.predict_many(titles))
    sure = [prediction for prediction in predictions if prediction.band == "high" or prediction.source == "annotation"]
    unsure = [prediction.text for prediction in predictions if prediction not in sure]
    return sure, unsure


def step_3(desk: Desk, titles: Iterable[tuple[str, str]], *, feed: str) -> str:
    """The whole feed as a batch under the service's own ids: stored, read, reviewed. Run again after a crash, it is the same batch."""
    return desk.send_batch(titles, name=feed, key=feed).id


def step_4(desk: Desk, batch_id: str) -> dict[str, dict[str, Any]]:
    """Own id -> line-up of what is settled; asked again whenever a webhook says `title.settled` or `batch.done`."""
    return {
        result.id: dataclasses.asdict(result.prediction.lineup)
        for result in desk.results(batch_id)
        if result.prediction and result.state == "settled"
    }


def main() -> None:
    url, token = os.environ["DESK"], os.environ["TOKEN"]
    title = "Ana Torres + Rui Sá @ Casa da Música, Porto 12/03"
    with Desk(url, token) as desk:
        print("the same as before:", before(url, token, title) == step_1(desk, title))
        sure, unsure = step_2(desk, [title, "Zoë Nord @ Gent"])
        print(f"{len(sure)} sure, {len(unsure)} for people")
        batch_id = step_3(desk, [(title, "show-4711"), ("Zoë Nord @ Gent", "show-4712")], feed="move-to-v1")
        print(json.dumps(step_4(desk, batch_id), ensure_ascii=False, indent=2))


if __name__ == "__main__":
    main()
