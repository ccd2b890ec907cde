"""The annotation guidelines."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from annotator.web.access import reviewer_required
from annotator.web.http import DeskRequest


@require_GET
@reviewer_required
def guidelines(request: DeskRequest) -> HttpResponse:
    return render(request, "guidelines.html")
