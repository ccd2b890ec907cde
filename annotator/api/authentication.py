"""Who is asking: `Authorization: Token lud_…` of a client service, or the session of signed-in staff."""

from collections.abc import Collection

from django.db import DEFAULT_DB_ALIAS
from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from knox.auth import TokenAuthentication as KnoxTokenAuthentication
from knox.crypto import hash_token
from rest_framework.exceptions import AuthenticationFailed

from annotator.models import ApiToken, Prepared, User


def _in_order(model: type[Model], names: Collection[str]) -> list[str]:
    """In the order of the fields, as `from_db` wants them."""
    return [field.attname for field in model._meta.concrete_fields if field.attname in names]  # noqa: SLF001  Django's documented way in


# What the API asks of them; the other fields are read when somebody asks.
_TOKEN_FIELDS = _in_order(ApiToken, {"digest", "token_key", "user_id", "expiry", "name", "scopes"})
_USER_FIELDS = _in_order(User, {"id", "username", "is_active", "is_staff", "is_superuser", "role", "language"})
_tokens = Prepared(
    lambda digests: ApiToken.objects.filter(digest__any_of=digests).values_list(
        *_TOKEN_FIELDS, *(f"user__{name}" for name in _USER_FIELDS)
    )
)


class TokenAuthentication(KnoxTokenAuthentication):
    """Knox's tokens, found by their hash: one query, where knox looks through all that begin alike and all of the same user.

    Nothing is remembered from one request to the next: a token that is revoked or changed, or whose account is closed or gets another
    role, counts as such at once. A header that is not even text is a wrong token; so is an expired one, which stays in the list of
    tokens.
    """

    def authenticate_credentials(self, token: bytes) -> tuple[User, ApiToken]:
        known = self._find(token.decode()) if token.isascii() else None
        if known is None or (known.expiry and known.expiry <= timezone.now()):
            raise AuthenticationFailed(_("Invalid token."))
        return self.validate_user(known)

    def _find(self, secret: str) -> ApiToken | None:
        rows = _tokens.rows([hash_token(secret)])  # the digest is the primary key
        if not rows:
            return None
        token = ApiToken.from_db(DEFAULT_DB_ALIAS, _TOKEN_FIELDS, rows[0][: len(_TOKEN_FIELDS)])
        token.user = User.from_db(DEFAULT_DB_ALIAS, _USER_FIELDS, rows[0][len(_TOKEN_FIELDS) :])
        return token
