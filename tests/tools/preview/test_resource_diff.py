"""The text of a plan, and its Markdown, which hostile values cannot break."""

import json

import pytest
from markdown_it import MarkdownIt

from tests.testkit.changes import Program
from tests.tools.preview.test_route_access_diff import recorded
from tools.preview.mock_recorder import Resource
from tools.preview.output import Preview, markdown, text
from tools.preview.resource_diff import Difference, Group, differences, groups, readable
from tools.preview.route_access_diff import Notice

pytestmark = pytest.mark.xdist_group("changes")  # One process runs each program once for all tests here.
LONG = "x" * 300


@pytest.mark.parametrize(
    ("was", "now", "expected"),
    [
        (1, 1, []),
        (50, 20, [("at", "50", "20")]),
        (True, False, [("at", "true", "false")]),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 1, "c": 3}}, [("at.a.c", "2", "3")]),
        ({"a.b": 1}, {}, [('at["a.b"]', "1", "(none)")]),
        ({}, {"a": {"b": [1]}}, [("at.a", "(none)", '{"b": [1]}')]),
        ([1, 2, 3], [1, 3], [("at[1]", "2", "(none)")]),
        ([1, 3], [1, 2, 3], [("at[1]", "(none)", "2")]),
        (json.dumps({"a": [1, 2]}), json.dumps({"a": [1, 5]}), [("at.a[1]", "2", "5")]),
        (json.dumps({"a": 1}), json.dumps({"a": 1}, indent=1), []),
        ("{no document", "{either", [("at", "{no document", "{either")]),
        ("GET /a\nGET /b", "GET /a\nGET /b scope", [("at[1]", "GET /b", "GET /b scope")]),
        ("GET /a", "GET /a\nGET /b", [("at[1]", "(none)", "GET /b")]),
        ("ID(petstore)", "ARN(a-b/{}-c)", [("at", "<id of petstore>", "<ARN of a-b/{}-c>")]),
        ("a" * 64, "b" * 64, [("at", f"{'a' * 10}...", f"{'b' * 10}...")]),
        ("\x1b[2J", "a\u202eb", [("at", r"\x1b[2J", r"a\u202eb")]),
    ],
)
def test_values_are_compared_by_path_with_readable_words(
    was: object, now: object, expected: list[tuple[str, str, str]]
):
    assert [tuple(each) for each in differences(was, now, "at")] == expected


def test_of_long_values_only_the_difference_is_shown():
    ((_, was, now),) = differences(f"{LONG}a{LONG}", f"{LONG}b{LONG}", "at")
    assert was.replace("a", "b") == now
    assert "a" in was
    assert len(was) < 120


def test_the_same_change_of_many_resources_is_shown_once():
    found = groups(recorded(Program()), recorded(Program(config=(("allowedOrigin", "https://a.example"),))))
    origin = [each for each in found if each.type == "apigateway:IntegrationResponse"]
    assert [(each.action, len(each.names), len(each.differences)) for each in origin] == [("change", 22, 1)]


def test_a_reference_to_a_replaced_resource_is_marked():
    found = groups(recorded(Program()), recorded(Program(config=(("authorizerResultTtlInSeconds", "0"),))))
    assert [each.action for each in found] == ["replace", "change", "change"]
    (stage,) = (each for each in found if each.type == "apigateway:Stage")
    another = Difference("deployment", "<id of petstore-deployment>", "a new one, known after its creation")
    assert stage.differences == (another,)


def test_a_type_unknown_to_the_planner_is_updated_or_replaced():
    one, other = (Resource("aws:wafv2/webAcl:WebAcl", "acl", {"scope": scope}, urn="u") for scope in ("A", "B"))
    assert groups([one], [other]) == [
        Group("update or replace", "wafv2:WebAcl", ("acl",), (Difference("scope", "A", "B"),))
    ]
    assert Preview("", [], groups([one], [other])).summary == "1 to update or replace"


def test_a_removed_route_is_shown_with_its_other_resources():
    preview = Preview("title", [Notice("removed", "GET /", "public", "")], [])
    assert "`pulumi up --replace '**petstore-deployment'`" in markdown(preview)
    assert any("--replace" in line.plain for line in text(preview))


HOSTILE = [
    "GET /a|b",
    "GET /`a`",
    "`",
    "``` \n\n# heading",
    "</code></details><img src=x onerror=alert(1)>",
    "<!-- ",
    "[a](https://evil.example) ![b](https://evil.example/b.png)",
    "**bold** @person https://evil.example",
    "\\`escaped\\`",
    " ",
    "",
    "a\r\nb\u2028c",
    "> [!NOTE]",
    "| a |\n|---|\n",
]


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_values_are_shown_in_markdown_as_text(words: str):
    preview = Preview(
        f"title {words}",
        [Notice("OPENED", words, words, words, True), Notice("closed", words, words, words)],
        [Group("change", words, (words,), (Difference(words, words, words),))],
    )
    harmless = Preview(
        "title x",
        [Notice("OPENED", "x", "x", "x", True), Notice("closed", "x", "x", "x")],
        [Group("change", "x", ("x",), (Difference("x", "x", "x"),))],
    )
    assert shape(markdown(preview)) == shape(markdown(harmless))
    assert shown(markdown(preview))[1].strip() == readable(words).strip()


def parsed(page: str):
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(page)
    return [each for token in tokens for each in (token.children or [token])]


def shape(page: str) -> list[tuple[str, str]]:
    """The structure of a page, without the content of its code spans."""
    return [(each.type, "" if each.type == "code_inline" else each.content) for each in parsed(page)]


def shown(page: str) -> list[str]:
    return [each.content for each in parsed(page) if each.type == "code_inline"]
