"""A single sign-on service (OpenID Connect) as a web server of its own: small, and as strict as real ones."""

import base64
import contextlib
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT_ID, CLIENT_SECRET = "desk", "a secret of the desk"


@dataclass
class SignInService:
    """`claims` are told of whoever signs in; `wrong` replaces what the id token says or is signed with."""

    issuer: str = ""
    claims: dict = field(default_factory=dict)
    wrong: dict = field(default_factory=dict)
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "1", "use": "sig", "alg": "RS256"}))
    asked: dict[str, dict[str, str]] = field(default_factory=dict)

    def agree(self, address: str) -> str:
        """What the browser is sent back to when the person has signed in there: the query of the desk's own address."""
        query = dict(parse_qsl(urlsplit(address).query))
        assert (query["client_id"], query["response_type"], query["code_challenge_method"]) == (
            CLIENT_ID,
            "code",
            "S256",
        )
        code = f"code-{len(self.asked)}"
        self.asked[code] = query
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"

    def token(self, form: dict[str, str], authorization: str) -> tuple[int, dict]:
        asked = self.asked.pop(form["code"], None)
        credentials = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if (
            asked is None
            or authorization != f"Basic {credentials}"
            or challenge.rstrip(b"=").decode() != asked["code_challenge"]
            or form["redirect_uri"] != asked["redirect_uri"]
        ):
            return 400, {"error": "invalid_grant"}
        return 200, {"access_token": "x", "token_type": "Bearer", "id_token": self._id_token(asked["nonce"])}

    def _id_token(self, nonce: str) -> str:
        now = int(time.time())
        told = {"iss": self.issuer, "aud": CLIENT_ID, "iat": now, "exp": now + 300, "nonce": nonce} | self.claims
        key = self.wrong.get("key", self.key)
        return jwt.encode({"alg": "RS256", "kid": "1"}, told | self.wrong.get("claims", {}), key)


@contextlib.contextmanager
def running_sign_in_service() -> Iterator[SignInService]:
    service = SignInService()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path.startswith("/authorize?"):
                self.send_response(302)
                self.send_header("Location", service.agree(service.issuer + self.path))
                self.end_headers()
            else:
                self._answer(200, documents[self.path])

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            self._answer(*service.token(form, self.headers.get("Authorization", "")))

        def _answer(self, status: int, data: dict) -> None:
            body = json.dumps(data).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    service.issuer = f"http://127.0.0.1:{server.server_port}"
    documents = {
        "/.well-known/openid-configuration": {
            "issuer": service.issuer,
            "authorization_endpoint": f"{service.issuer}/authorize",
            "token_endpoint": f"{service.issuer}/token",
            "jwks_uri": f"{service.issuer}/keys",
            "id_token_signing_alg_values_supported": ["RS256"],
        },
        "/keys": {"keys": [service.key.as_dict(private=False)]},
    }
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
