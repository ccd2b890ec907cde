"""Who is asking: `Authorization: Token lud_…` of a client service, or the session of signed-in staff."""

from django.utils.translation import gettext_lazy as _
from knox.auth import TokenAuthentication as KnoxTokenAuthentication
from rest_framework.exceptions import AuthenticationFailed

from annotator.models import ApiToken, User


class TokenAuthentication(KnoxTokenAuthentication):
    """Knox's tokens; a header that is not even text is a wrong token, where knox fails to decode it."""

    def authenticate_credentials(self, token: bytes) -> tuple[User, ApiToken]:
        if not token.isascii():
            raise AuthenticationFailed(_("Invalid token."))
        return super().authenticate_credentials(token)
