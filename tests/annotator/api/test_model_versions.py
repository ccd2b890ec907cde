import pytest

from tests.factories import make_model_version

MODELS = "/api/v1/models"


def test_models_come_newest_first(service, db):
    make_model_version("old@1", state="retired")
    make_model_version("new@2", metrics={"f1": 0.9}, calibrated=True)

    new, old = service.get(MODELS).json()["results"]

    assert (new["name"], new["state"], new["origin"], new["metrics"], new["calibrated"]) == (
        "new@2",
        "active",
        "starter",
        {"f1": 0.9},
        True,
    )
    assert (old["name"], old["state"]) == ("old@1", "retired")
    assert "directory" not in new


@pytest.mark.parametrize("count", [1, 3])
def test_the_queries_do_not_grow_with_the_models(service, django_assert_num_queries, count):
    for number in range(count):
        make_model_version(str(number), state="retired")

    with django_assert_num_queries(2):  # token, models
        assert len(service.get(MODELS).json()["results"]) == count
