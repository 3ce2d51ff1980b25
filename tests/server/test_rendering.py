"""Tests of JSON answers and of what a browser may keep."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from matinee.server.rendering import etag_of, json_answer, to_json, unchanged

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


def asking(tag: str | None) -> Request:
    headers = [] if tag is None else [(b"if-none-match", tag.encode())]
    return Request({"type": "http", "method": "GET", "path": "/", "headers": headers})


@given(PLAIN.filter(lambda value: "\ud800" not in repr(value)))
def test_plain_values_come_back(value: object) -> None:
    assert json.loads(to_json(value)) == value


def test_what_is_no_number_becomes_null() -> None:
    assert to_json([float("nan"), float("inf"), 1.5]) == b"[null,null,1.5]"


def test_what_may_be_kept_has_a_tag_and_belongs_to_one_caller() -> None:
    answer = json_answer({"a": 1}, etag='W/"x"', version="v1")
    assert answer.headers["etag"] == 'W/"x"'
    assert answer.headers["cache-control"] == "private, no-cache"
    assert answer.headers["vary"] == "Cookie, Authorization"
    assert answer.headers["matinee-model"] == "v1"
    assert json_answer({}).headers["cache-control"] == "no-store"


def test_who_has_a_version_gets_it_not_again() -> None:
    tag = etag_of("films", 3)
    for known in (tag, tag.removeprefix("W/"), f'"other", {tag}', "*"):
        answer = unchanged(asking(known), tag)
        assert answer is not None
        assert answer.status_code == 304
        assert answer.headers["etag"] == tag
        assert answer.body == b""
    assert unchanged(asking(None), tag) is None
    assert unchanged(asking('"other"'), tag) is None


def test_a_tag_depends_on_each_part_and_their_order() -> None:
    tags = {etag_of("a", "b"), etag_of("ab"), etag_of("b", "a"), etag_of("a", "b", None)}
    assert len(tags) == 4
