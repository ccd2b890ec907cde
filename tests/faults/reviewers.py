"""Reviewers as threads over HTTP: each decides cards, and repeats what got no answer under the same id, as the page does."""

import http.client
import json
import threading
import time
from http.cookies import SimpleCookie
from urllib.parse import urlencode
from uuid import uuid4

PASSWORD = "a long pass phrase"
PAUSE_SECONDS = 0.1
CARDS = 5
MAKE_REVIEWERS = """
from annotator.models import User
for number in range({count}):
    user = User.objects.create_user(f"reviewer{{number}}", password={password!r})
    print(user.pk)
"""


class Reviewer(threading.Thread):
    """`confirmed`: verdict id -> title id of what the desk said that it has. Works until told to stop."""

    def __init__(self, port: int, number: int, pk: int) -> None:
        super().__init__(daemon=True)
        self.port, self.username, self.pk, self.tab = port, f"reviewer{number}", pk, str(uuid4())
        self.cookies: dict[str, str] = {}
        self.confirmed: dict[str, int] = {}
        self.refused: list[dict] = []
        self.repeated = 0
        self.stopping = threading.Event()

    def run(self) -> None:
        self._sign_in()
        while not self.stopping.is_set():
            cards = self._ask_until_answered("/review/cards/", {"tab": self.tab, "count": CARDS, "exclude": []})[
                "cards"
            ]
            for card in cards:
                if not self.stopping.is_set():
                    self._decide(card)
            self.stopping.wait(PAUSE_SECONDS)

    def finish(self) -> None:
        self.stopping.set()
        self.join(timeout=60)
        assert not self.is_alive(), f"{self.username} got no answer"

    def _decide(self, card: dict) -> None:
        verdict = {
            "id": str(uuid4()),
            "title_id": card["title_id"],
            "prediction_id": card["prediction_id"],
            "action": "nothing",
        }
        (result,) = self._ask_until_answered("/review/verdicts/", {"verdicts": [verdict]})["results"]
        if result["ok"]:
            self.confirmed[verdict["id"]] = verdict["title_id"]
        else:
            self.refused.append(result)

    def _ask_until_answered(self, path: str, payload: dict) -> dict:
        body = json.dumps(payload | {"user": self.pk}).encode()
        while True:
            status, text = self._ask("POST", path, body, "application/json")
            if status == 200:
                return json.loads(text)
            assert status == 0 or status >= 500, text
            self.repeated += 1
            time.sleep(PAUSE_SECONDS)

    def _sign_in(self) -> None:
        while "sessionid" not in self.cookies:
            self._ask("GET", "/sign-in/")
            fields = {"username": self.username, "password": PASSWORD}
            fields["csrfmiddlewaretoken"] = self.cookies.get("csrftoken", "")
            self._ask("POST", "/sign-in/", urlencode(fields).encode(), "application/x-www-form-urlencoded")

    def _ask(self, method: str, path: str, body: bytes | None = None, kind: str = "") -> tuple[int, str]:
        """Status 0: no answer."""
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        headers |= {"Content-Type": kind, "X-CSRFToken": self.cookies.get("csrftoken", "")} if body else {}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            for line in answer.headers.get_all("Set-Cookie", []):
                self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}
            return answer.status, answer.read().decode()
        except (OSError, http.client.HTTPException):
            return 0, ""
        finally:
            connection.close()
