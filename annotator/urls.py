"""All routes: pages at the root, REST under /api/, two routes of earlier clients beside it."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include("annotator.api.urls")),
    path("", include("annotator.web.urls")),
]
