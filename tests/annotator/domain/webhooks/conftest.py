from collections.abc import Iterator

import pytest
from pytest_django import Settings

from annotator.domain.webhooks.registry import add_webhook
from annotator.models import User, Webhook
from tests.receivers import Receiver, running_receiver

ALL = ["title.settled", "batch.done", "model.promoted"]


@pytest.fixture(autouse=True)
def on_this_machine(settings: Settings) -> None:
    settings.WEBHOOK_PRIVATE_ADDRESSES = True


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with running_receiver() as receiver:
        yield receiver


@pytest.fixture
def told(receiver: Receiver, lead: User) -> tuple[Webhook, str]:
    """A webhook that is told everything, and its secret."""
    return add_webhook(actor=lead, name="shop", url=receiver.url, events=ALL)
