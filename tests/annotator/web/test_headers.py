"""What every answer tells the browser."""

import pytest
from django.test import Client
from django.urls import reverse


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/sign-in/", "/api/v1/health/live", "/nowhere/"])
def test_no_page_may_use_camera_microphone_or_place(client: Client, path: str):
    policy = client.get(path).headers["Permissions-Policy"]
    assert {"camera=()", "microphone=()", "geolocation=()"} <= set(policy.split(", "))


def test_a_review_page_says_so_too(reviewer_client: Client):
    assert "usb=()" in reviewer_client.get(reverse("review")).headers["Permissions-Policy"]
