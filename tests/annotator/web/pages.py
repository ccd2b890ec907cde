"""Reading pages in tests."""

import html
import re

from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext


def words(response: HttpResponse) -> str:
    """What stands on the page, without markup, with single blanks."""
    body = re.sub(r"<(head|script)\b.*?</\1>", " ", response.content.decode(), flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", body)).split())


def cells(response: HttpResponse) -> list[list[str]]:
    """The rows of the page's table: the words of each cell."""
    bodies = re.findall(r"<tbody>(.*?)</tbody>", response.content.decode(), flags=re.DOTALL)
    rows = re.findall(r"<tr>(.*?)</tr>", "".join(bodies), flags=re.DOTALL)
    return [[_words(cell) for cell in re.findall(r"<t[hd]\b[^>]*>(.*?)</t[hd]>", row, flags=re.DOTALL)] for row in rows]


def count_queries(client: Client, url: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


def _words(markup: str) -> str:
    markup = re.sub(r'<span class="visually-hidden">.*?</span>', "", markup, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", markup)).split())
