"""OpenAPI documents as files: parsing, and protection against hostile documents."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.mistakes import Mistake, Problem
from infra.openapi import file
from infra.openapi.file import MAX_BYTES, MAX_DEPTH, Refused, file_name, parse, resolve
from tests.testkit.messages import seen


def refused(work: Callable[[], object]) -> str:
    """The rule in the error that the program reports."""
    with pytest.raises(Refused) as caught:
        work()
    problem = caught.value.problem
    if problem.rule != "not-a-document":  # The library's words may change with its version.
        seen([Mistake.of("api.yaml", problem)])
    return problem.rule


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", "not-a-mapping"),
        ("- a", "not-a-mapping"),
        ("a: b\n---\na: c", "several-documents"),
        ("a: 1\na: 2", "duplicate-key"),
        ("a:\n  get: 1\n  get: 2", "duplicate-key"),
        ("? [a]\n: b", "duplicate-key"),
        ("a: &x [1]\nb: *x", "alias"),
        ("a: &a [x]\nb: &b [*a, *a]\nc: &c [*b, *b]", "alias"),
        ("a: &x {b: c}\nd:\n  <<: *x", "alias"),
        ("a: b: c", "not-a-document"),
        ("a: \x00", "not-a-document"),
        ('{"a": 1, "a": 2}', "not-a-document"),
        ('{"a": NaN}', "not-a-document"),
        ("{a: b}", "not-a-document"),
        ("a: " + "[" * 500, "too-deep"),
        ('{"a": ' + "[" * 100_000, "not-a-document"),
        ("\n".join(" " * level + "a:" for level in range(MAX_DEPTH + 2)), "too-deep"),
        ("a: " + "x" * MAX_BYTES, "too-large"),
    ],
    ids=lambda value: value[:20],
)
def test_a_document_with_duplicate_keys_or_unbounded_growth_is_refused(text: str, rule: str):
    assert refused(lambda: parse(text.encode())) == rule


def test_a_document_nested_too_deeply_is_refused_by_the_program_or_by_the_library():
    assert refused(lambda: parse(b"a: " + b"[" * 100_000)) in ("too-deep", "not-a-document")


def test_the_message_contains_the_librarys_error():
    with pytest.raises(Refused) as caught:
        parse(b'{"a": 1, "a": 2}')
    (mistake,) = seen([Mistake.of("api.yaml", caught.value.problem)])
    assert "a member name is twice" in mistake.what


def test_a_file_that_is_not_text_is_refused():
    assert refused(lambda: parse(b"a: \xff")) == "not-a-document"


def test_yaml_scalars_stay_strings_and_tags_create_no_objects():
    text = "no: off\nversion: 3.10\ndate: 2020-13-45\nmade: !!python/object/apply:os.system [exit]"
    assert parse(text.encode()) == {"no": "off", "version": "3.10", "date": "2020-13-45", "made": ["exit"]}


def test_json_with_a_byte_order_mark_is_accepted():
    assert parse(b'\xef\xbb\xbf {"a": [true, null, "\\ud83d\\ude00"]}') == {"a": [True, None, "\U0001f600"]}


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(st.binary(max_size=200) | st.text(alphabet="{}[]:,-&*!|>'\"?# \nab", max_size=60).map(str.encode))
def test_any_bytes_give_a_mapping_or_a_reason(content: bytes):
    try:
        found: object = parse(content)
    except Refused as caught:
        found = caught.problem
    assert isinstance(found, dict | Problem)


DOCUMENT: dict[str, Any] = {
    "components": {
        "parameters": {"a": {"name": "a"}, "b": {"$ref": "#/components/parameters/a"}, "c~/d%": {"name": "c"}},
        "circle": {"$ref": "#/components/turn"},
        "turn": {"$ref": "#/components/circle"},
        "list": [{"name": "first"}],
    }
}


@pytest.mark.parametrize(
    ("reference", "name"),
    [
        ("#/components/parameters/a", "a"),
        ("#/components/parameters/b", "a"),
        ("#/components/parameters/c~0~1d%25", "c"),
        ("#/components/list/0", "first"),
    ],
)
def test_a_reference_within_the_document_is_resolved(reference: str, name: str):
    assert resolve(DOCUMENT, {"$ref": reference}) == {"name": name}


@pytest.mark.parametrize(
    ("reference", "rule"),
    [
        ("other.yaml#/components/parameters/a", "ref-elsewhere"),
        ("https://example.com/a.json", "ref-elsewhere"),
        ("file:///etc/passwd", "ref-elsewhere"),
        ("#/components/parameters/z", "ref-nowhere"),
        ("#/components/list/1", "ref-nowhere"),
        ("#/components/list/x", "ref-nowhere"),
        ("#/components/parameters/a/name/x", "ref-nowhere"),
        ("#/components/circle", "ref-circle"),
        ("#/components/parameters/a/name", "not-a-mapping"),
    ],
)
def test_a_reference_that_is_external_or_broken_is_refused(reference: str, rule: str):
    assert refused(lambda: resolve(DOCUMENT, {"$ref": reference})) == rule


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("../api.yaml", "outside-project"),
        ("/etc/passwd", "outside-project"),
        ("sub/../../api.yaml", "outside-project"),
        ("link.yaml", "outside-project"),
        ("api.yml", "no-file"),
        ("sub", "no-file"),
    ],
)
def test_a_file_outside_the_project_or_a_missing_one_is_refused(
    name: str, rule: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    project = tmp_path / "project"
    (project / "sub").mkdir(parents=True)
    (tmp_path / "api.yaml").write_text("a: b", encoding="utf-8")
    (project / "api.yaml").write_text(json.dumps({"a": "b"}), encoding="utf-8")
    (project / "link.yaml").symlink_to(tmp_path / "api.yaml")
    monkeypatch.setattr(file, "ROOT", project)
    problem = file_name(name)
    assert problem
    assert problem.rule == rule
    seen([Mistake.of("petstore:openapi", problem, repr(name))])
    assert file_name("api.yaml") is None
    assert file.read("api.yaml") == {"a": "b"}
