"""The whole matrix: every route, as nobody and in every role. docs/api.md shows the same table."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import get_resolver
from django.utils import timezone

from annotator.api import urls
from annotator.enums import Area, Role
from annotator.models import ApiToken
from tests.factories import make_annotation, make_title, make_user

TITLE = {"title": "Ana Torres"}
OPEN, EVERYONE, STAFF, LEADS = "open", "everyone", "staff", "leads"
MAY = {
    OPEN: {None, *Role.values},
    EVERYONE: set(Role.values),
    STAFF: {"reviewer", "lead", "admin"},
    LEADS: {"lead", "admin"},
}
# name of the route: its method, its body, who may
MATRIX = {
    "api_predict": ("post", TITLE, EVERYONE),
    "extract_from_realtime": ("post", None, EVERYONE),
    "extract_from_batch": ("post", ["Ana Torres"], EVERYONE),
    "api_batches": ("post", {"titles": ["Ana Torres"]}, EVERYONE),
    "api_batch": ("get", None, EVERYONE),
    "api_batch_results": ("get", None, EVERYONE),
    "api_titles": ("get", None, STAFF),
    "api_title": ("get", None, STAFF),
    "api_artists": ("get", None, EVERYONE),
    "api_artist": ("get", None, EVERYONE),
    "api_artist_match": ("post", {"names": ["Ana Torres"]}, EVERYONE),
    "api_artist_merge": ("post", {"into": 1}, LEADS),
    "api_snapshots": ("get", None, LEADS),
    "api_snapshot": ("get", None, LEADS),
    "api_snapshot_download": ("get", None, LEADS),
    "api_models": ("get", None, EVERYONE),
    "api_metrics": ("get", None, LEADS),
    "api_health_live": ("get", None, OPEN),
    "api_health_ready": ("get", None, OPEN),
    "api_schema": ("get", None, OPEN),
    "api_docs": ("get", None, OPEN),
    "api_unknown": ("get", None, OPEN),
    "api_unknown_path": ("get", None, OPEN),
}
# Routes that take a second method: its body, who may
ALSO = {"api_artists": ("post", {"name": "Ana Torres"}, STAFF)}
EVERY_METHOD = {"get", "post", "put", "patch", "delete"}
PATHS = {pattern.name: "/" + str(pattern.pattern) for pattern in urls.urlpatterns}
ROWS = [*MATRIX.items(), *ALSO.items()]
CASES = [(name, row, role) for name, row in ROWS for role in [None, *Role.values]]


def path_of(name):
    """The route's address for rows that do not exist."""
    missing = {"<uuid:batch_id>": uuid4(), "<uuid:snapshot_id>": uuid4(), "<rest:path>": "nothing/here"}
    missing |= {"<int:title_id>": 4711, "<int:artist_id>": 4711}
    path = PATHS[name]
    for part, value in missing.items():
        path = path.replace(part, str(value))
    return path + ("?data=Ana+Torres" if name == "extract_from_realtime" else "")


def test_the_matrix_holds_every_route():
    assert sorted(MATRIX) == sorted(PATHS)


@pytest.mark.parametrize(("name", "row", "role"), CASES)
def test_a_route_is_for_those_whom_the_matrix_names(name, row, role, client_for, tagger):
    method, body, who = row
    client = client_for(make_user(role=role) if role else None)

    response = getattr(client, method)(path_of(name), body)

    if role in MAY[who]:
        assert response.status_code not in {401, 403}
    else:
        assert response.status_code == (403 if role else 401)
        code = "permission_denied" if role else "not_authenticated"
        assert response.json()["error"]["code"] == code
        assert response.headers.get("WWW-Authenticate") == (None if role else "Token")


@pytest.mark.parametrize("name", [name for name in MATRIX if not name.startswith("api_unknown")])
def test_another_method_is_answered_with_405_and_what_is_allowed(name, client_for, tagger):
    client = client_for(make_user(role="admin"))
    for method in EVERY_METHOD - {MATRIX[name][0], ALSO.get(name, [""])[0]}:
        response = getattr(client, method)(path_of(name), {})

        assert (response.status_code, response.json()["error"]["code"]) == (405, "method_not_allowed")
        assert MATRIX[name][0].upper() in response.headers["Allow"].split(", ")


@pytest.mark.parametrize("method", sorted(EVERY_METHOD))
@pytest.mark.parametrize(
    "path",
    [
        "/api/",
        "/api/v1",
        "/api/v2/predict",
        "/api/v1/predict/",
        "/api/v1/titles/0x1",
        "/api/v1/batches/1",
        "/api/v1/a%0Ab",
    ],
)
def test_an_address_that_leads_nowhere_is_a_json_404(nobody, path, method):
    response = getattr(nobody, method)(path)

    assert (response.status_code, response.json()["error"]["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    "header",
    ["Token", "Token lud_0000", "Token a b", "Token é", "Token \udcff", "token lud_" + "0" * 64, "Token " + "9" * 9000],
)
def test_a_wrong_token_is_401(nobody, header, db):
    response = nobody.get(
        "/api/v1/artists", HTTP_AUTHORIZATION=header.encode("utf8", "surrogateescape").decode("latin1")
    )

    assert (response.status_code, response.json()["error"]["code"]) == (401, "authentication_failed")


def test_another_scheme_is_no_token(nobody, db):
    response = nobody.get("/api/v1/artists", HTTP_AUTHORIZATION="Bearer lud_0000")

    assert (response.status_code, response.json()["error"]["code"]) == (401, "not_authenticated")


SCOPED = {
    "predict": {"api_predict", "extract_from_realtime", "extract_from_batch"},
    "batches": {"api_batches", "api_batch", "api_batch_results"},
    "titles": {"api_titles", "api_title"},
    "artists": {"api_artists", "api_artist", "api_artist_match"},
    "artist_entry": set(),  # POST of api_artists: test_entering_artists_is_a_scope_of_its_own
    "artist_merges": {"api_artist_merge"},
    "snapshots": {"api_snapshots", "api_snapshot", "api_snapshot_download"},
    "models": {"api_models"},
    "metrics": {"api_metrics"},
}


@pytest.mark.parametrize("scope", SCOPED)
def test_a_token_with_a_scope_opens_what_belongs_to_it_and_no_more(scope, client_for, lead, tagger):
    client = client_for(lead)
    ApiToken.objects.update(scopes=[scope])
    opened = set()
    for name, (method, body, who) in MATRIX.items():
        if who != OPEN:
            response = getattr(client, method)(path_of(name), body)
            if response.status_code == 403:
                assert response.json()["error"]["code"] == "out_of_scope"
            else:
                opened.add(name)
    assert opened == SCOPED[scope]


def test_every_scope_is_tried():
    assert set(SCOPED) == set(Area.values)


def test_entering_artists_is_a_scope_of_its_own(client_for, lead):
    client = client_for(lead)
    for scope, statuses in (("artists", (200, 403)), ("artist_entry", (403, 201))):
        ApiToken.objects.update(scopes=[scope])
        answers = client.get("/api/v1/artists"), client.post("/api/v1/artists", {"name": "Ana Torres"})
        assert tuple(answer.status_code for answer in answers) == statuses


def test_a_scope_gives_nothing_that_the_account_may_not(client_for, service_account):
    client = client_for(service_account)
    ApiToken.objects.update(scopes=["metrics"])
    response = client.get("/api/v1/metrics")
    assert (response.status_code, response.json()["error"]["code"]) == (403, "permission_denied")


def test_an_expired_or_revoked_token_or_account_ends_the_access(client_for, service_account):
    client = client_for(service_account)
    token = ApiToken.objects.get()
    assert client.get("/api/v1/artists").status_code == 200

    service_account.is_active = False
    service_account.save()
    assert client.get("/api/v1/artists").status_code == 401

    service_account.is_active = True
    service_account.save()
    ApiToken.objects.update(expiry=timezone.now() - timedelta(seconds=1))
    assert client.get("/api/v1/artists").status_code == 401

    token.delete()
    assert client.get("/api/v1/artists").status_code == 401


def test_staff_use_their_session_and_write_only_with_its_csrf_token(client_for, reviewer, tagger):
    client = client_for(None, enforce_csrf_checks=True)
    client.force_login(reviewer)

    assert client.get("/api/v1/titles").status_code == 200
    refused = client.send("/api/v1/predict", TITLE)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "permission_denied")

    client.cookies["csrftoken"] = "a" * 32
    allowed = client.send("/api/v1/predict", TITLE, HTTP_X_CSRFTOKEN="a" * 32)
    assert allowed.status_code == 200


def test_a_foreign_batch_is_as_good_as_missing(client_for, service, leader, tagger):
    batch_id = service.send("/api/v1/batches", {"titles": ["Ana Torres"]}).json()["id"]
    stranger = client_for(make_user(role="client"))

    for path in (f"/api/v1/batches/{batch_id}", f"/api/v1/batches/{batch_id}/results"):
        statuses = [client.get(path).status_code for client in (service, leader, stranger)]
        assert statuses == [200, 200, 404]


def test_what_does_not_exist_is_404(leader, db):
    make_annotation(make_title("Ana Torres live in Lisbon"))
    names = ["api_title", "api_artist", "api_snapshot", "api_snapshot_download", "api_batch", "api_batch_results"]

    found = {name: leader.get(path_of(name)) for name in names}

    assert {name: response.status_code for name, response in found.items()} == dict.fromkeys(names, 404)
    assert {response.json()["error"]["code"] for response in found.values()} == {"not_found"}


@pytest.mark.parametrize("number", [0, 2**31, 2**63, 10**30])
def test_an_id_beyond_every_row_is_404(staff, number):
    assert staff.get(f"/api/v1/titles/{number}").status_code == 404
    assert staff.get(f"/api/v1/artists/{number}").status_code == 404


def test_every_route_of_the_api_is_reachable():
    resolver = get_resolver()
    for name in MATRIX:
        assert resolver.resolve(path_of(name).partition("?")[0]).url_name == name
