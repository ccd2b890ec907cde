"""What goes wrong, in the words of the desk."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class ErrorItem:
    """One item of a list that the desk does not take; index from 0."""

    index: int
    code: str
    message: str


class DeskUnreachable(Exception):
    """No answer, after all attempts."""


class DeskError(Exception):
    """An answer of 400 and more. `code` is stable, `message` is for people; `request_id` finds the request in the desk's log."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        field: str | None = None,
        items: tuple[ErrorItem, ...] = (),
        request_id: str | None = None,
    ) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.field = field
        self.items = items
        self.request_id = request_id

    @classmethod
    def of(cls, status: int, data: Any, request_id: str | None) -> "DeskError":
        """An answer without the desk's own shape came from something in between, such as a proxy."""
        told = data.get("error") if isinstance(data, dict) else None
        if not isinstance(told, dict):
            return cls(
                status, "not_from_the_desk", "Something between here and the desk answered.", request_id=request_id
            )
        items = tuple(ErrorItem(item["index"], item["code"], item["message"]) for item in told.get("items", ()))
        return cls(status, told["code"], told["message"], told.get("field"), items, request_id)
