"""The Django admin, for staff: a look into every table. What has rules of its own is changed on the desk's pages, not here."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.db import transaction
from django.db.models import Model
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from annotator import models
from annotator.domain.artists import NAME_MAX_CHARS
from annotator.domain.audit import record
from annotator.enums import AuditAction
from ner_core.gazetteer import artist_key


class ReadOnlyAdmin(admin.ModelAdmin):
    """Rows that only the domain writes, or that nobody ever changes."""

    list_per_page = 50
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002  Django's signature
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:  # noqa: ARG002
        return False


@admin.register(models.User)
class DeskUserAdmin(UserAdmin):
    list_display = ("username", "role", "is_active", "is_staff", "last_login")
    list_filter = ("role", "is_active", "is_staff")
    fieldsets = (
        *UserAdmin.fieldsets,
        (_("Review desk"), {"fields": ("role", "language", "review_keys", "single_keys", "oidc_subject")}),
    )
    add_fieldsets = (*UserAdmin.add_fieldsets, (_("Review desk"), {"fields": ("role", "language")}))

    def save_model(self, request: HttpRequest, obj: models.User, form: forms.ModelForm, change: bool) -> None:  # noqa: FBT001
        with transaction.atomic():
            super().save_model(request, obj, form, change)
            told = {"role": obj.role, "is_active": obj.is_active, "is_superuser": obj.is_superuser}
            record(AuditAction.USER_CHANGED, actor=request.user, subject=obj, fields=form.changed_data, **told)


@admin.register(models.AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    list_display = ("at", "actor", "action", "subject_name", "address")
    list_filter = ("action",)
    list_select_related = ("actor",)


@admin.register(models.ApiToken)
class ApiTokenAdmin(ReadOnlyAdmin):
    list_display = ("name", "token_key", "user", "created", "expiry")
    list_select_related = ("user",)
    search_fields = ("name", "user__username")
    exclude = ("digest",)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """A token is revoked by deleting it."""
        return admin.ModelAdmin.has_delete_permission(self, request, obj)


class NameForm(forms.ModelForm):
    """Keeps `key` in step with `name`."""

    def clean_name(self) -> str:
        name = self.cleaned_data["name"]
        self.instance.key = artist_key(name)
        if len(self.instance.key) > NAME_MAX_CHARS:
            raise forms.ValidationError(_("This name is too long once its ligatures are written out."))
        return name


class ArtistForm(NameForm):
    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        twins = models.Artist.objects.filter(key=self.instance.key, note=cleaned.get("note", ""))
        if "name" in cleaned and twins.exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(_("There is an artist of this name: tell them apart by a note."))
        return cleaned


class AliasInline(admin.TabularInline):
    model = models.Alias
    form = NameForm
    fields = ("name", "source")
    readonly_fields = ("source",)
    extra = 0


class ExternalIdInline(admin.TabularInline):
    model = models.ExternalId
    extra = 0


@admin.register(models.Artist)
class ArtistAdmin(admin.ModelAdmin):
    form = ArtistForm
    fields = ("name", "note", "kind", "country", "remarks", "state", "source", "created_at")
    readonly_fields = ("source", "created_at")
    list_display = ("name", "note", "kind", "state", "source", "created_at")
    list_filter = ("state", "kind", "source")
    search_fields = ("name", "key", "aliases__name")
    inlines = (AliasInline, ExternalIdInline)
    list_per_page = 50
    show_full_result_count = False


@admin.register(models.ArtistMerge)
class ArtistMergeAdmin(ReadOnlyAdmin):
    list_display = ("name", "kept", "actor", "created_at", "undone_at")
    list_select_related = ("kept", "actor")
    search_fields = ("name",)


@admin.register(models.Comparison)
class ComparisonAdmin(ReadOnlyAdmin):
    list_display = ("candidate", "against", "titles", "passed", "created_at")
    list_select_related = ("candidate", "against")


@admin.register(models.Promotion)
class PromotionAdmin(ReadOnlyAdmin):
    list_display = ("version", "former", "actor", "overruled", "created_at")
    list_select_related = ("version", "former", "actor")


@admin.register(models.DistinctArtists)
class DistinctArtistsAdmin(ReadOnlyAdmin):
    list_display = ("first", "second", "actor", "created_at")
    list_select_related = ("first", "second", "actor")


@admin.register(models.Mention)
class MentionAdmin(ReadOnlyAdmin):
    list_display = ("name", "artist", "how", "annotation", "start", "end")
    list_select_related = ("artist", "annotation")
    search_fields = ("name",)


@admin.register(models.Title)
class TitleAdmin(ReadOnlyAdmin):
    list_display = ("text", "state", "created_at")
    list_filter = ("state",)
    search_fields = ("text",)
    ordering = ("-pk",)


@admin.register(models.Batch)
class BatchAdmin(ReadOnlyAdmin):
    list_display = ("name", "source", "created_by", "created_at", "closed_at", "rows_rejected")
    list_filter = ("source",)
    list_select_related = ("created_by",)
    search_fields = ("name",)


@admin.register(models.Occurrence)
class OccurrenceAdmin(ReadOnlyAdmin):
    list_display = ("raw_text", "batch", "row", "external_id")
    list_select_related = ("batch",)
    search_fields = ("external_id",)


@admin.register(models.ModelVersion)
class ModelVersionAdmin(ReadOnlyAdmin):
    list_display = ("name", "origin", "state", "calibrated", "created_at", "activated_at")
    list_filter = ("state", "origin")


@admin.register(models.Prediction)
class PredictionAdmin(ReadOnlyAdmin):
    list_display = ("title", "model_version", "confidence", "created_at")
    list_filter = ("model_version",)
    list_select_related = ("title", "model_version")


@admin.register(models.QueueItem)
class QueueItemAdmin(ReadOnlyAdmin):
    list_display = ("title", "band", "reason", "confidence", "state", "entered_at", "done_at")
    list_filter = ("state", "band", "reason")
    list_select_related = ("title",)


@admin.register(models.Lease)
class LeaseAdmin(ReadOnlyAdmin):
    list_display = ("item", "reviewer", "expires_at")
    list_select_related = ("item", "reviewer")


@admin.register(models.Verdict)
class VerdictAdmin(ReadOnlyAdmin):
    list_display = ("title", "reviewer", "action", "late", "created_at")
    list_filter = ("action", "late", "reviewer")
    list_select_related = ("title", "reviewer")
    ordering = ("-created_at",)


@admin.register(models.Annotation)
class AnnotationAdmin(ReadOnlyAdmin):
    list_display = ("title", "source", "created_at", "updated_at")
    list_filter = ("source",)
    list_select_related = ("title",)


@admin.register(models.BandLimits)
class BandLimitsAdmin(ReadOnlyAdmin):
    list_display = ("number", "high", "middle", "high_per_label", "set_by", "note", "created_at")
    list_select_related = ("set_by",)


@admin.register(models.BulkAction)
class BulkActionAdmin(ReadOnlyAdmin):
    list_display = ("kind", "count", "actor", "assignee", "created_at", "undone_at")
    list_filter = ("kind",)
    list_select_related = ("actor", "assignee")


@admin.register(models.BulkTitle)
class BulkTitleAdmin(ReadOnlyAdmin):
    list_display = ("title", "action")
    list_select_related = ("title", "action")


@admin.register(models.Propagation)
class PropagationAdmin(ReadOnlyAdmin):
    list_display = ("verdict", "actor", "skipped", "created_at", "undone_at")
    list_select_related = ("verdict", "actor")


@admin.register(models.PropagatedTitle)
class PropagatedTitleAdmin(ReadOnlyAdmin):
    list_display = ("title", "propagation", "settled", "audited")
    list_select_related = ("title", "propagation")


@admin.register(models.QueuedSurface)
class QueuedSurfaceAdmin(ReadOnlyAdmin):
    list_display = ("key", "label", "title")
    list_select_related = ("title",)
    search_fields = ("key",)


@admin.register(models.SettledSurface)
class SettledSurfaceAdmin(ReadOnlyAdmin):
    list_display = ("key", "label", "annotation")
    list_select_related = ("annotation",)
    search_fields = ("key",)


@admin.register(models.Snapshot)
class SnapshotAdmin(ReadOnlyAdmin):
    list_display = ("digest", "rows", "created_by", "created_at")
    list_select_related = ("created_by",)


@admin.register(models.Job)
class JobAdmin(ReadOnlyAdmin):
    list_display = ("kind", "state", "done", "total", "error_code", "created_by", "created_at", "touched_at")
    list_filter = ("kind", "state")
    list_select_related = ("created_by",)


@admin.register(models.WorkerHeartbeat)
class WorkerHeartbeatAdmin(ReadOnlyAdmin):
    list_display = ("hostname", "seen_at")


@admin.register(models.Webhook)
class WebhookAdmin(ReadOnlyAdmin):
    list_display = ("name", "url", "active", "failures", "created_by", "created_at")
    list_select_related = ("created_by",)


@admin.register(models.Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    list_display = ("event", "webhook", "state", "attempts", "status", "created_at")
    list_filter = ("event", "state")
    list_select_related = ("webhook",)


@admin.register(models.Alert)
class AlertAdmin(ReadOnlyAdmin):
    list_display = ("code", "value", "limit", "began_at", "ended_at")
    list_filter = ("code",)
