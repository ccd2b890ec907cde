"""What clients send by mistake or on purpose, with the code that it is answered with."""

import json

import pytest

BAD_TITLES = [
    pytest.param("", "empty", id="empty"),
    pytest.param(" \u00a0\t\n", "empty", id="white space"),
    pytest.param(None, "not_a_string", id="null"),
    pytest.param(True, "not_a_string", id="bool"),
    pytest.param(7, "not_a_string", id="number"),
    pytest.param(1.5, "not_a_string", id="fraction"),
    pytest.param(["Ana Torres"], "not_a_string", id="list"),
    pytest.param({"title": "Ana Torres"}, "not_a_string", id="object"),
    pytest.param("A" * 2001, "too_long", id="one too many"),
    pytest.param("é" * (1 << 20), "too_long", id="2 MB"),
    pytest.param("Ana\x00Torres", "control_characters", id="NUL"),
    pytest.param("Ana\x07", "control_characters", id="bell"),
    pytest.param("\x1b[31mAna", "control_characters", id="escape"),
    pytest.param("Ana\x9f", "control_characters", id="C1"),
    pytest.param("\ud800", "invalid_unicode", id="high surrogate"),
    pytest.param("Ana \udfff", "invalid_unicode", id="low surrogate"),
]

NOT_JSON = [
    pytest.param("{", "invalid_json", id="cut off"),
    pytest.param("title=Ana", "invalid_json", id="form"),
    pytest.param("{'title': 'Ana'}", "invalid_json", id="single quotes"),
    pytest.param('{"title": "Ana"} x', "invalid_json", id="more behind it"),
    pytest.param('{"title": NaN}', "invalid_json", id="NaN"),
    pytest.param('{"title": -Infinity}', "invalid_json", id="Infinity"),
    pytest.param('{"title": ' + "9" * 5000 + "}", "invalid_json", id="endless number"),
    pytest.param('{"title": "a\tb"}', "invalid_json", id="raw control character"),
    pytest.param('\ufeff{"title": "Ana"}', "invalid_json", id="byte order mark"),
    pytest.param(b'{"title": "\xff\xfe"}', "invalid_encoding", id="not UTF-8"),
    pytest.param(b'{"title": "\xed\xa0\x80"}', "invalid_encoding", id="surrogate as UTF-8"),
    pytest.param('{"title": "Ana", "title": "Bob"}', "repeated_key", id="repeated key"),
    pytest.param('{"x": {"\\ud800": 1, "\\ud800": 2}}', "repeated_key", id="repeated surrogate key"),
    pytest.param('{"titles": [' + "{}," * 1_000_000 + "{}]}", "too_complex", id="a million objects"),
    pytest.param('{"titles": [' + "1," * 1_000_000 + "1,1]}", "too_complex", id="a million numbers"),
    pytest.param("[" * 100_000, "nested_too_deeply", id="deep lists"),
    pytest.param('{"a":' * 100_000, "nested_too_deeply", id="deep objects"),
    pytest.param(json.dumps({"titles": "x"})[:-1], "invalid_json", id="open object"),
]
