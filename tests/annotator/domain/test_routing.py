import pytest

from annotator.domain.band_limits import Limits, set_limits
from annotator.domain.routing import route_predictions
from annotator.models import Annotation, QueueItem, User
from tests import factories


@pytest.mark.parametrize(("high", "state"), [(0.75, "settled"), (0.8, "settled"), (0.81, "waiting")])
def test_titles_are_routed_by_the_limits_that_a_lead_set_last(lead: User, high: float, state: str):
    set_limits(Limits(high=high, middle=0.5), lead=lead)
    prediction = factories.make_prediction(confidence=0.8)
    route_predictions([prediction])
    prediction.title.refresh_from_db()
    assert prediction.title.state == state
    assert Annotation.objects.filter(title=prediction.title).exists() == (state == "settled")


def test_what_was_routed_before_stays_where_it_is(lead: User):
    settled, waiting = factories.make_prediction(confidence=0.95), factories.make_prediction(confidence=0.85)
    route_predictions([settled, waiting])
    set_limits(Limits(high=0.8, middle=0.7), lead=lead)
    assert Annotation.objects.get().title_id == settled.title_id
    item = QueueItem.objects.get(title=waiting.title)
    assert (item.band, item.state) == ("middle", "waiting")
