"""Who is asking: `Authorization: Token lud_…` of a client service, or the session of signed-in staff."""

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from knox.auth import TokenAuthentication as KnoxTokenAuthentication
from knox.crypto import hash_token
from rest_framework.exceptions import AuthenticationFailed

from annotator.models import ApiToken, User


class TokenAuthentication(KnoxTokenAuthentication):
    """Knox's tokens, found by their hash: one query, where knox looks through all that begin alike and all of the same user.

    A header that is not even text is a wrong token; so is an expired one, which stays in the list of tokens.
    """

    def authenticate_credentials(self, token: bytes) -> tuple[User, ApiToken]:
        known = self._find(token.decode()) if token.isascii() else None
        if known is None or (known.expiry and known.expiry <= timezone.now()):
            raise AuthenticationFailed(_("Invalid token."))
        return self.validate_user(known)

    def _find(self, secret: str) -> ApiToken | None:
        return ApiToken.objects.select_related("user").filter(digest=hash_token(secret)).first()
