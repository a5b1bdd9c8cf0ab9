"""`make prose`: our rules and proselint's apply to pages, docstrings, comments, messages and test names."""

import argparse
from pathlib import Path

import pytest

from tools.project import ROOT
from tools.prose import command, rules

LONG = "A sentence of more words than anybody reads at once " + "and of yet more words " * 4


def findings(tmp_path: Path, name: str, text: str) -> list[str]:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return list(command.check(path))


@pytest.mark.parametrize(
    "sentence",
    [
        "It judges a token.",
        "It is deployed anew.",
        "Keys are told.",
        "The file stands there.",
        "This is for whoever calls.",
        "Nobody calls it.",
        "It prints what was changed.",
        "Has it no key, it fails.",
        "What opens a door is a warning.",
        "It is used in the place of another.",
        "It waits, for it has no key.",
        "It is the the key.",
        LONG,
    ],
)
def test_a_page_a_docstring_a_comment_and_a_message_with_the_sentence_are_refused(sentence: str, tmp_path: Path):
    assert findings(tmp_path, "page.md", f"# Title\n\n{sentence}\n")
    assert findings(tmp_path, "table.md", f"| a |\n|---|\n| {sentence} |\n")
    assert findings(tmp_path, "docstring.py", f'"""{sentence}"""\n')
    assert findings(tmp_path, "comment.py", f"x = 1  # {sentence}\n")
    assert findings(tmp_path, "messages.txt", f"key: {sentence}\n")
    assert findings(tmp_path, "Pulumi.yaml", f"description: {sentence}\n")


def test_a_message_in_the_code_is_refused_and_a_key_is_not(tmp_path: Path):
    assert findings(tmp_path, "message.py", 'x = f"{y}: the keys are told to the function. Set a key."\n')
    assert not findings(tmp_path, "key.py", 'x = "told"\n')


def test_of_a_test_the_name_is_checked_and_its_data_is_not(tmp_path: Path):
    assert findings(tmp_path, "test_name.py", "def test_the_token_is_judged(): ...\n")
    assert findings(tmp_path, "test_docstring.py", '"""It judges a token."""\n')
    assert not findings(tmp_path, "test_data.py", 'x = "the keys are told to the function. Set a key."\n')


@pytest.mark.parametrize(
    "text",
    [
        "# Which words do we use?\n",
        "Use `told` and `judge`.\n",
        "```console\nwhat is told anew\n```\n",
        "Does it run? It does.\n",
        "The program verifies a token. If a key is missing, it fails.\n",
    ],
)
def test_code_questions_and_plain_sentences_pass(text: str, tmp_path: Path):
    assert not findings(tmp_path, "page.md", text)


def test_a_finding_names_the_line_of_a_wrapped_paragraph(tmp_path: Path):
    (finding,) = findings(tmp_path, "page.md", "# Title\n\nThe first line is plain,\nand the second is told.\n")
    assert finding.startswith("page.md:4: own.words: ")


def test_every_exception_has_a_reason():
    assert all(len(reason) > 10 for reason in (*rules.EXCEPTIONS.values(), *rules.DISABLED.values()))


def test_an_exception_that_matches_nothing_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    page = tmp_path / "page.md"
    page.write_text("Plain.\n", encoding="utf-8")
    monkeypatch.setattr(command, "files", lambda: [page])
    monkeypatch.setattr(command, "EXCEPTIONS", {"nothing like this": "no reason at all"})
    assert command.main(argparse.Namespace(files=[])) == 1
    assert "nothing like this matches nothing" in capsys.readouterr().out


def test_all_files_for_readers_are_checked():
    names = {path.relative_to(ROOT).as_posix() for path in command.files()}
    assert {"README.md", "docs/decisions/policy.md", "Makefile", "Pulumi.yaml", "authorizer/handler.py"} <= names
    assert {"tests/infra/config/messages.txt", "tests/testkit/tokens.py", "tests/tools/test_prose.py"} <= names
