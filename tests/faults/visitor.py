"""A browser without a window: talks to a production web process as the proxy in front of it does."""

import http.client
import json
from http.cookies import SimpleCookie
from urllib.parse import urlencode

BOUNDARY = "line-between-parts"


class Visitor:
    """Keeps cookies. `host` is one of ALLOWED_HOSTS; the proxy says that the client came by HTTPS."""

    def __init__(self, port: int, host: str) -> None:
        self.port = port
        self.headers = {
            "Host": host,
            "X-Forwarded-Proto": "https",
            "Origin": f"https://{host}",
            "Referer": f"https://{host}/",
        }
        self.cookies: dict[str, str] = {}
        self.asked = 0

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        cookies = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        try:
            connection.request(method, path, body, self.headers | cookies | headers)
            answer = connection.getresponse()
            self.asked += 1
            for line in answer.headers.get_all("Set-Cookie", []):
                self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def get(self, path: str) -> str:
        status, text = self.ask("GET", path)
        assert status == 200, (path, status, text[:500])
        return text

    def post(self, path: str, **fields: str) -> int:
        fields |= {"csrfmiddlewaretoken": self.cookies["csrftoken"]}
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.ask("POST", path, urlencode(fields).encode(), **kind)[0]

    def send_file(self, path: str, name: str, content: str) -> int:
        parts = {'name="csrfmiddlewaretoken"': self.cookies["csrftoken"], f'name="file"; filename="{name}"': content}
        lines = [
            f"--{BOUNDARY}\r\nContent-Disposition: form-data; {head}\r\n\r\n{text}\r\n" for head, text in parts.items()
        ]
        body = ("".join(lines) + f"--{BOUNDARY}--\r\n").encode()
        return self.ask("POST", path, body, **{"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"})[0]

    def sign_in(self, username: str, password: str) -> None:
        self.get("/sign-in/")
        assert self.post("/sign-in/", username=username, password=password) == 302

    def api(self, method: str, path: str, token: str, body: object = None) -> dict:
        headers = {"Authorization": f"Token {token}", "Content-Type": "application/json"}
        status, text = self.ask(method, path, json.dumps(body).encode() if body is not None else None, **headers)
        assert status < 300, (status, text)
        return json.loads(text)
