"""Who may do what: staff and the tokens of client services."""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Value
from knox.models import AbstractAuthToken

from annotator.enums import Area, Role


class User(AbstractUser):
    """A member of staff, or the account of a client service."""

    role = models.CharField(max_length=10, choices=Role, default=Role.REVIEWER)
    language = models.CharField(max_length=5, blank=True, help_text="Language of the pages; empty follows the browser.")
    review_keys = models.JSONField(default=dict, blank=True, help_text="Remapped review keys: action -> keys.")
    oidc_subject = models.CharField(
        max_length=255, blank=True, default="", db_default="", help_text="Who this is at the single sign-on service."
    )
    single_keys = models.BooleanField(
        default=True, help_text="Letters, digits and signs act alone on the review page; if not, together with Alt."
    )

    class Meta(AbstractUser.Meta):
        constraints = [
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="user_role_known"),
            models.UniqueConstraint(
                fields=["oidc_subject"], condition=~models.Q(oidc_subject=""), name="user_oidc_subject"
            ),
        ]

    @property
    def is_lead(self) -> bool:
        return self.is_active and (self.is_superuser or self.role in {Role.LEAD, Role.ADMIN})

    @property
    def is_client(self) -> bool:
        """A client service: it uses the API and sees no pages, even where someone gave it a password."""
        return self.role == Role.CLIENT and not self.is_superuser


class ApiToken(AbstractAuthToken):
    """A client service's token: only its hash is stored."""

    name = models.CharField(max_length=100)
    scopes = models.JSONField(
        default=list,
        blank=True,
        db_default=Value([], models.JSONField()),
        help_text="What it may be used for; empty: all that its account may.",
    )

    def __str__(self) -> str:
        return f"{self.name} ({self.token_key}…)"

    def scope_names(self) -> list[str]:
        return [str(Area(scope).label) for scope in self.scopes]
