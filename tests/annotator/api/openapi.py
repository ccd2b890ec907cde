"""The schema that the API publishes, as a judge of what it answers."""

import json
import re
from typing import Any

from drf_spectacular.generators import SchemaGenerator
from jsonschema import Draft7Validator


class PublishedSchema:
    def __init__(self) -> None:
        self.document = json.loads(json.dumps(SchemaGenerator().get_schema(request=None, public=True), default=str))
        self.plain = _with_null_types(self.document)
        literal_first = sorted(self.plain["paths"].items(), key=lambda route: route[0].count("{"))
        self.paths = {self._pattern(path): operations for path, operations in literal_first}

    def check(self, response: Any) -> None:
        """Fails if the route answers with a status or a body that the schema does not know. Unknown routes pass."""
        operation = self.operation(response.request["PATH_INFO"], response.request["REQUEST_METHOD"])
        if operation is None:
            return
        status = str(response.status_code)
        assert status in operation["responses"], f"undocumented status {status}"
        content = operation["responses"][status].get("content", {})
        media_type = response.headers["Content-Type"].partition(";")[0]
        assert media_type in content, f"undocumented type {media_type} of {status}"
        if media_type == "application/json":
            self.validate(response.json(), content[media_type]["schema"])

    def operation(self, path: str, method: str) -> dict[str, Any] | None:
        found = next((operations for pattern, operations in self.paths.items() if pattern.fullmatch(path)), {})
        return found.get(method.lower())

    def validate(self, value: object, schema: dict[str, Any]) -> None:
        Draft7Validator(schema | {"components": self.plain["components"]}).validate(value)

    @staticmethod
    def _pattern(path: str) -> re.Pattern[str]:
        return re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path)))


def _with_null_types(node: Any) -> Any:
    """OpenAPI 3.0 says `nullable`, JSON Schema has a type of its own for null."""
    if isinstance(node, list):
        return [_with_null_types(item) for item in node]
    if not isinstance(node, dict):
        return node
    plain = {key: _with_null_types(value) for key, value in node.items() if key != "nullable"}
    if node.get("nullable") is not True:
        return plain
    return {"anyOf": [plain, {"type": "null"}]}
