"""OpenAPI documents as files: what is read of them, and which are no more read than a stranger's should be."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.openapi import file
from infra.openapi.file import MAX_BYTES, MAX_DEPTH, Refused, file_name, parse, resolve


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no mapping"),
        ("- a", "no mapping"),
        ("a: b\n---\na: c", "more than one document"),
        ("a: 1\na: 2", r"line 1: 'a' stands twice"),
        ("a:\n  get: 1\n  get: 2", r"line 2: 'get' stands twice"),
        ("? [a]\n: b", "is no text"),
        ("a: &x [1]\nb: *x", r"line 2: an alias of YAML \(\*x\); write it out"),
        ("a: &a [x]\nb: &b [*a, *a]\nc: &c [*b, *b]", "an alias"),
        ("a: &x {b: c}\nd:\n  <<: *x", "an alias"),
        ("a: b: c", "neither JSON nor YAML: mapping values are not allowed"),
        ("a: \x00", "neither JSON nor YAML"),
        ('{"a": 1, "a": 2}', "neither JSON nor YAML: a member name stands twice"),
        ('{"a": NaN}', "NaN is not JSON"),
        ("{a: b}", "neither JSON nor YAML"),
        ("a: " + "[" * 100_000, f"nested deeper than {MAX_DEPTH}"),
        ('{"a": ' + "[" * 100_000, "nested too deeply"),
        ("\n".join(" " * level + "a:" for level in range(MAX_DEPTH + 2)), f"nested deeper than {MAX_DEPTH}"),
        ("a: " + "x" * MAX_BYTES, "larger than"),
    ],
    ids=lambda value: value[:20],
)
def test_a_document_that_says_two_things_or_could_grow_is_refused(text: str, words: str):
    with pytest.raises(Refused, match=words):
        parse(text.encode())


def test_bytes_that_are_no_text_are_refused():
    with pytest.raises(Refused, match="neither JSON nor YAML"):
        parse(b"a: \xff")


def test_scalars_of_yaml_stay_texts_and_tags_make_nothing():
    text = "no: off\nversion: 3.10\ndate: 2020-13-45\nmade: !!python/object/apply:os.system [exit]"
    assert parse(text.encode()) == {"no": "off", "version": "3.10", "date": "2020-13-45", "made": ["exit"]}


def test_json_is_read_as_json_also_behind_a_byte_order_mark():
    assert parse(b'\xef\xbb\xbf {"a": [true, null, "\\ud83d\\ude00"]}') == {"a": [True, None, "\U0001f600"]}


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(st.binary(max_size=200) | st.text(alphabet="{}[]:,-&*!|>'\"?# \nab", max_size=60).map(str.encode))
def test_whatever_the_bytes_are_there_is_a_mapping_or_a_reason(content: bytes):
    try:
        found: dict[str, Any] | str = parse(content)
    except Refused as refused:
        found = str(refused)
    assert isinstance(found, dict) or "; " in found


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
def test_a_reference_within_the_document_is_followed(reference: str, name: str):
    assert resolve(DOCUMENT, {"$ref": reference}) == {"name": name}


@pytest.mark.parametrize(
    ("reference", "words"),
    [
        ("other.yaml#/components/parameters/a", "another document"),
        ("https://example.com/a.json", "another document"),
        ("file:///etc/passwd", "another document"),
        ("#/components/parameters/z", "leads nowhere"),
        ("#/components/list/1", "leads nowhere"),
        ("#/components/list/x", "leads nowhere"),
        ("#/components/parameters/a/name/x", "leads nowhere"),
        ("#/components/circle", "leads back to itself"),
        ("#/components/parameters/a/name", "a mapping belongs here"),
    ],
)
def test_a_reference_that_leads_elsewhere_or_nowhere_is_refused(reference: str, words: str):
    with pytest.raises(Refused, match=words):
        resolve(DOCUMENT, {"$ref": reference})


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("../api.yaml", "not a file of this project"),
        ("/etc/passwd", "not a file of this project"),
        ("sub/../../api.yaml", "not a file of this project"),
        ("link.yaml", "not a file of this project"),
        ("api.yml", "no such file"),
        ("sub", "no such file"),
    ],
)
def test_a_file_outside_the_project_or_none_is_refused(
    name: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    project = tmp_path / "project"
    (project / "sub").mkdir(parents=True)
    (tmp_path / "api.yaml").write_text("a: b", encoding="utf-8")
    (project / "api.yaml").write_text(json.dumps({"a": "b"}), encoding="utf-8")
    (project / "link.yaml").symlink_to(tmp_path / "api.yaml")
    monkeypatch.setattr(file, "ROOT", project)
    problem = file_name(name)
    assert problem
    assert words in problem.what
    assert file_name("api.yaml") is None
    assert file.read("api.yaml") == {"a": "b"}
