"""Every page as nobody and as each role, against the table of docs/security.md."""

import re
from uuid import uuid4

import pytest
from django.contrib.admin import site
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, reverse
from django.urls.converters import IntConverter

from annotator.enums import Role
from annotator.settings.env import BASE_DIR
from annotator.web.urls import urlpatterns
from tests.factories import make_user

ROW = re.compile(r"^\| (everybody|staff|leads) \| (.*) \|$", re.MULTILINE)
ROLES = (None, Role.CLIENT, Role.REVIEWER, Role.LEAD, Role.ADMIN)
MAY = {
    "everybody": set(ROLES),
    "staff": {Role.REVIEWER, Role.LEAD, Role.ADMIN},
    "leads": {Role.LEAD, Role.ADMIN},
}


def matrix() -> dict[str, str]:
    text = (BASE_DIR / "docs" / "security.md").read_text(encoding="utf-8")
    return {name: who for who, names in ROW.findall(text) for name in re.findall(r"`(\w+)`", names)}


def address(pattern: URLPattern) -> str:
    arguments = {
        name: 1 if isinstance(converter, IntConverter) else uuid4()
        for name, converter in pattern.pattern.converters.items()
    }
    return reverse(pattern.name, kwargs=arguments)


def let_in(response: HttpResponse, route: str) -> bool:
    """Not sent to the sign-in, not refused; what the view itself says of nonsense counts as let in."""
    if response.status_code in (401, 403):
        return False
    to_sign_in = response.status_code == 302 and response.url.startswith(f"{reverse('sign_in')}?next=")
    return not to_sign_in or route == "sign_in"


def test_the_table_names_every_route_and_no_other():
    assert sorted(matrix()) == sorted(pattern.name for pattern in urlpatterns)


@pytest.mark.parametrize("role", ROLES)
def test_every_route_answers_each_role_as_the_table_says(db: None, role: Role | None):
    wrong = []
    for pattern in urlpatterns:
        client = Client()
        if role:
            client.force_login(make_user(f"{role}-{pattern.name}", role=role))
        for method in ("get", "post"):
            response = getattr(client, method)(address(pattern))
            if response.status_code == 405:
                continue
            if let_in(response, pattern.name) != (role in MAY[matrix()[pattern.name]]):
                wrong.append((pattern.name, method, response.status_code))
    assert wrong == []


@pytest.mark.parametrize("role", [None, Role.CLIENT, Role.REVIEWER, Role.LEAD])
def test_the_administration_answers_staff_with_the_flag_alone(db: None, role: Role | None):
    client = Client()
    if role:
        client.force_login(make_user("somebody", role=role))
    names = ["index", *(f"{model._meta.app_label}_{model._meta.model_name}_changelist" for model in site._registry)]
    assert len(names) > 20
    for name in names:
        response = client.get(reverse(f"admin:{name}"))
        assert (response.status_code, "/admin/login/" in response.url) == (302, True), name
