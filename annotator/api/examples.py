"""Examples of the OpenAPI schema that several routes share."""

from typing import Any

from annotator.api.schema import error

TEXT = "Beyond Rivers + Ana Torres live in Lyon 12/05"
PREDICTION: dict[str, Any] = {
    "text": TEXT,
    "spans": [
        {"start": 0, "end": 13, "label": "PER", "score": 0.97, "text": "Beyond Rivers"},
        {"start": 16, "end": 26, "label": "PER", "score": 0.98, "text": "Ana Torres"},
        {"start": 35, "end": 39, "label": "LOC", "score": 0.96, "text": "Lyon"},
        {"start": 40, "end": 45, "label": "DATE", "score": 0.99, "text": "12/05"},
    ],
    "confidence": 0.93,
    "band": "high",
    "source": "model",
    "model_version": "starter@0123456789ab",
    "lineup": {
        "event_name": TEXT,
        "artists": ["Beyond Rivers", "Ana Torres"],
        "event_info": [],
        "location": ["Lyon"],
        "date": ["12/05"],
        "related_keywords": ["live"],
    },
}
EMPTY = "A title may not be empty."
TOO_LONG = "A title may have at most 2000 characters; this one has 2097152."
INVALID_ITEMS = {
    "message": "2 items cannot be taken.",
    "items": [
        {"index": 0, "code": "empty", "message": EMPTY},
        {"index": 3, "code": "not_a_string", "message": "A title must be a string."},
    ],
}
TOO_MANY = {"message": "At most 10000 titles at a time; these are 10001."}
NO_MODEL = "No model version is active."

BODY_CODES: dict[str, Any] = {
    "invalid_json": "Not JSON: Expecting value: line 1 column 1 (char 0)",
    "invalid_encoding": "The body is not utf-8: byte 11 does not fit.",
    "repeated_key": "A key appears twice in one JSON object.",
    "nested_too_deeply": "The JSON is nested too deeply.",
    "too_complex": "The body holds more values than any request needs.",
}
TITLE_CODES: dict[str, Any] = {
    "empty": EMPTY,
    "not_a_string": "A title must be a string.",
    "too_long": TOO_LONG,
    "control_characters": "Character 4 is the control character U+0007.",
    "invalid_unicode": "Character 0 is half of a surrogate pair.",
}


def about(field: str, codes: dict[str, Any]) -> dict[str, Any]:
    """The same errors, said of one field."""
    return {
        code: {"message": told, "field": field} if isinstance(told, str) else told | {"field": field}
        for code, told in codes.items()
    }


TITLES_CODES: dict[str, Any] = {
    "invalid_items": INVALID_ITEMS,
    "too_many_titles": TOO_MANY,
    "not_a_list": {"message": "This must be a list."},
}
UNAVAILABLE = error(
    503,
    model_unavailable=NO_MODEL,
    busy="Too many titles wait to be read at this moment. Try again later.",
    database_unavailable="The database does not answer. Try again later.",
)

PREDICT_ERRORS = {
    400: error(
        400,
        **BODY_CODES,
        not_an_object="The body must be a JSON object.",
        title_missing="Send a `title` or a list of `titles`.",
        title_and_titles="Send either `title` or `titles`, not both.",
        **about("title", TITLE_CODES),
        **about("titles", TITLES_CODES),
    ),
    503: UNAVAILABLE,
}
REALTIME_ERRORS = {
    400: error(400, **about("data", {"required": "Give the title once, as ?data=…", **TITLE_CODES})),
    503: UNAVAILABLE,
}
TITLES_ERRORS = {400: error(400, **BODY_CODES, **TITLES_CODES), 503: UNAVAILABLE}

BATCH_REQUEST: dict[str, Any] = {"name": "Tuesday's feed", "titles": [TEXT, {"title": TEXT, "id": "show-4711"}]}
BATCH: dict[str, Any] = {
    "id": "6f1c0a3e-8f7b-4d7e-9d59-0b8f3a3b1c11",
    "name": "Tuesday's feed",
    "source": "rest",
    "state": "tagging",
    "counts": {"read": 2, "new": 1, "repeated": 1, "rejected": 0, "tagged": 0, "total": 1},
    "created_at": "2026-11-24T09:30:00.123456Z",
    "results": "https://desk.example/api/v1/batches/6f1c0a3e-8f7b-4d7e-9d59-0b8f3a3b1c11/results",
}
BATCH_ERRORS = {
    400: error(
        400,
        **BODY_CODES,
        not_an_object="The body must be a JSON object.",
        **about("titles", {"required": "This field is required.", "no_titles": "The list is empty.", **TITLES_CODES}),
        **about("name", {"max_length": "Ensure this field has no more than 255 characters."}),
        **about(
            "Idempotency-Key", {"invalid_idempotency_key": "An Idempotency-Key has 1 to 255 visible ASCII characters."}
        ),
    ),
    422: error(422, idempotency_key_reused="This Idempotency-Key came with another request before."),
}

MATCH: dict[str, Any] = {
    "name": "Zoe Nord",
    "candidates": [
        {
            "id": 4,
            "name": "Zoë Nord",
            "note": "",
            "kind": "dj",
            "country": "BE",
            "state": "confirmed",
            "spelling": "Zoë Nord",
            "score": 1.0,
            "how": "key",
        }
    ],
}
NAME_CODES: dict[str, Any] = {
    "empty": "A name may not be empty.",
    "not_a_string": "This must be a string.",
    "max_length": "Ensure this field has no more than 300 characters.",
    "control_characters": "Control characters have no place here.",
    "surrogate_characters_not_allowed": "Surrogate characters are not allowed: U+D800.",
}
MATCH_ERRORS = {
    400: error(
        400,
        **BODY_CODES,
        not_an_object="The body must be a JSON object.",
        **about(
            "names",
            {"required": "This field is required.", "not_a_list": 'Expected a list of items but got type "str".'},
        ),
        **about("names", {"invalid_items": INVALID_ITEMS}),
    )
}
ARTIST_ERRORS = {
    400: error(
        400,
        **BODY_CODES,
        not_an_object="The body must be a JSON object.",
        **about("name", {"required": "This field is required.", "unusable_name": "This is no name.", **NAME_CODES}),
        **about("country", {"invalid_country": "Two capital letters, as in ISO 3166."}),
        **about("kind", {"invalid_choice": '"band" is not a valid choice.'}),
    )
}
MERGE_ERRORS = {
    400: error(
        400,
        **BODY_CODES,
        not_an_object="The body must be a JSON object.",
        same_artist="An artist cannot be joined with itself.",
        artist_missing="There is no such artist.",
        **about("into", {"required": "This field is required.", "invalid": "A valid integer is required."}),
    )
}
