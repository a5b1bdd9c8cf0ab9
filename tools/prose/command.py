"""Checks the English of pages, docstrings, comments, messages and test names with proselint and our own rules."""

import argparse
import ast
import io
import re
import tokenize
from bisect import bisect_right
from collections.abc import Iterator
from functools import cache, partial
from pathlib import Path
from typing import NamedTuple

from markdown_it import MarkdownIt
from proselint.checks import __register__ as proselint_checks
from proselint.config import DEFAULT, Config
from proselint.registry import CheckRegistry
from proselint.registry.checks import Check, CheckFlags, CheckResult
from proselint.registry.checks.types import ExistenceSimple
from proselint.tools import LintFile

from tools.project import ROOT, modules
from tools.prose.rules import CLAUSES, DISABLED, EXCEPTIONS, INVERTED, MAX_WORDS, NOUN_CLAUSE, PATTERNS

FOLDERS = ("authorizer", "infra", "component", "policy", "tenant", "ci", "tools", "local", "lab", "tests")
_SENTENCE = re.compile(r"(?<=[.!?])[\"')]*\s+(?=\S)")


class Paragraph(NamedTuple):
    """A piece of prose.

    `line` is the number of its first line; `text` keeps its line breaks and has `CODE` for code.
    """

    line: int
    text: str


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="*", type=Path, help="Markdown, Python or text files; by default all of them")


def main(options: argparse.Namespace) -> int:
    """Check the English of pages, docstrings, comments, messages and test names.

    Exit status: 1 if there is a finding. docs/glossary.md has our words; tools/prose/rules.py the rules and exceptions.
    """
    found = [line for path in options.files or files() for line in check(path.resolve())]
    allowed = {line: exception for line in found for exception in EXCEPTIONS if re.search(exception, line)}
    findings = [line for line in found if line not in allowed]
    if not options.files:
        unused = EXCEPTIONS.keys() - allowed.values()
        findings += [
            f"tools/prose/rules.py: the exception {exception} matches nothing. Remove it." for exception in unused
        ]
    print("".join(f"{line}\n" for line in findings), end="")
    return 1 if findings else 0


def files() -> list[Path]:
    """The files that have prose for a reader."""
    pages = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), ROOT / "tests/infra/config/messages.txt"]
    return sorted([*pages, ROOT / "Makefile", ROOT / "Pulumi.yaml", *ROOT.glob("*.py"), *modules(*FOLDERS)])


def check(path: Path) -> Iterator[str]:
    """The findings in a file, one line each: place, sentence or word, advice."""
    reader = _READERS.get("test_" if path.name.startswith("test_") else path.suffix, _lines)
    paragraphs = [each for each in reader(path.read_text(encoding="utf-8")) if each.text]
    text, starts = "", list[tuple[int, int]]()
    for paragraph in paragraphs:
        for number, line in enumerate(paragraph.text.split("\n")):
            starts.append((len(text) + 1, paragraph.line + number))
            text += f"{line.strip()} "
        text = text.rstrip() + "\n|\n"
    if not text:
        return
    _register()
    checks = {**dict.fromkeys(DISABLED, False), **DEFAULT["checks"], "own": True}
    config = Config(max_errors=DEFAULT["max_errors"], checks=checks)
    for result, _ in LintFile(path.name, text).lint(config):
        line = starts[max(bisect_right(starts, (result.span[0] + 1, 0)) - 1, 0)][1]
        name = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path.name
        yield f"{name}:{line}: {result.check_path}: {' '.join(result.message.split())}"


@cache
def _register() -> None:
    CheckRegistry().register_many((*proselint_checks, *_own_checks()))


def _own_checks() -> Iterator[Check]:
    anywhere = CheckFlags(allow_quotes=True)
    for pattern, advice in PATTERNS.items():
        yield Check(ExistenceSimple(pattern), path="own.words", message=f'"{{}}": {advice}.', flags=anywhere)
    yield Check(_sentences, path="own.sentence", flags=anywhere)


def _sentences(text: str, rule: Check) -> Iterator[CheckResult]:
    """The sentences that are too long, begin with a clause as their subject, or have a condition without `if`."""
    start = 0
    for paragraph in text.split("\n"):
        for sentence in _SENTENCE.split(paragraph):
            at = text.index(sentence, start) if sentence else start
            words = [word for word in sentence.split() if re.search(r"\w", word)]
            first = words[0].strip("*\"'(") if words else ""
            problem = ""
            if max(len(re.findall(r"\S*\w\S*", part)) for part in sentence.split(";")) > MAX_WORDS:
                problem = f"{len(words)} words, at most {MAX_WORDS}: make two sentences"
            elif (
                (first.lower() in CLAUSES or first in INVERTED)
                and len(words) > 1
                and "?" not in sentence
                and words[1] != "to"
            ):
                problem = "begin with the subject, or with if or when"
            elif "?" not in sentence and (clause := re.search(NOUN_CLAUSE, sentence, re.IGNORECASE)):
                problem = f"name the thing or the person instead of {clause[0].strip()} ..."
            if problem:
                yield CheckResult(rule.path, f'"{sentence[:60]}": {problem}.', (at, at + len(sentence)), None)
            start = at + len(sentence)


def _markdown(text: str) -> Iterator[Paragraph]:
    for token in MarkdownIt("commonmark").enable("table").parse(text):
        if token.type == "inline" and token.map:
            parts = {"code_inline": "CODE", "softbreak": "\n", "hardbreak": "\n", "image": "IMAGE"}
            yield Paragraph(
                token.map[0] + 1, "".join(parts.get(child.type, child.content) for child in token.children or [])
            )


def _python(text: str, messages: bool = True) -> Iterator[Paragraph]:
    """The prose of a Python file: docstrings, comments, names of tests, and messages.

    A string of at least five words is a message.
    """
    tree = ast.parse(text)
    docstrings = {
        node.body[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and ast.get_docstring(node) is not None
        and isinstance(node.body[0], ast.Expr)
    }
    inside: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            inside.update(ast.walk(node))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node in docstrings:
            yield from _blocks(node.lineno, node.value)
        elif isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            yield Paragraph(node.lineno, node.name.replace("_", " "))
        elif messages and (isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and node not in inside)):
            message = _message(node)
            if len(re.findall(r"(?:^| )[a-z]{2,}(?=[ ,.:;])", message)) > 4:
                for part in re.split(r"\n\n|\n(?= )|: ?\n", message):
                    yield Paragraph(node.lineno, _code(" ".join(part.split())))
    yield from _comments(text)


def _message(node: ast.JoinedStr | ast.Constant) -> str:
    if isinstance(node, ast.JoinedStr):
        return "".join(_message(part) if isinstance(part, ast.Constant) else "CODE" for part in node.values)
    return node.value if isinstance(node.value, str) else ""


def _comments(text: str) -> Iterator[Paragraph]:
    """The comments; those on adjacent lines are one paragraph."""
    last, line, words = -1, 0, list[str]()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type != tokenize.COMMENT:
            continue
        content = re.sub(r"^#!?\s*|(noqa|pyright|type): ?.*?( - |$)", "", token.string)
        alone = token.line.lstrip().startswith("#")
        if not (alone and words and token.start[0] == last + 1):
            if words:
                yield Paragraph(line, _code("\n".join(words)))
            line, words = token.start[0], []
        words.append(content)
        last = token.start[0] if alone else -1
    if words:
        yield Paragraph(line, _code("\n".join(words)))


def _blocks(line: int, text: str) -> Iterator[Paragraph]:
    """A docstring's paragraphs and list items; indented examples are code."""
    paragraph, start = list[str](), line
    margin = min((len(each) - len(each.lstrip()) for each in text.split("\n")[1:] if each.strip()), default=0)
    for number, each in enumerate([*text.split("\n"), ""], line):
        if not paragraph and each.startswith(" " * (margin + 2)):
            continue
        if not each.strip() or re.match(r"\s*[-*] ", each):
            if paragraph:
                yield Paragraph(start, _code("\n".join(paragraph)))
            paragraph = []
        if each.strip():
            start = start if paragraph else number
            paragraph.append(each)


def _code(text: str) -> str:
    return re.sub(r"`[^`]*`|https?://\S+", "CODE", text)


def _lines(text: str) -> Iterator[Paragraph]:
    """The lines of a text file. Of a Makefile, only the help texts and the comments."""
    for number, line in enumerate(text.split("\n"), 1):
        found = re.search(r"(?:##|^#) (.*)", line) if re.search(r"^[\w.-]+:.*##|^#", line) else None
        yield Paragraph(number, _code(found[1]) if found else "")


def _messages(text: str) -> Iterator[Paragraph]:
    for number, line in enumerate(text.split("\n"), 1):
        yield Paragraph(number, _code(re.sub(r"got ('[^']*'|\S+)", "got CODE", line.partition(": ")[2])))


def _yaml(text: str) -> Iterator[Paragraph]:
    for number, line in enumerate(text.split("\n"), 1):
        found = re.search(r"^\s*description: (.*)|(?:^|\s)# (.*)", line)
        yield Paragraph(number, _code(found[1] or found[2]) if found else "")


_READERS = {
    ".md": _markdown,
    ".py": _python,
    "test_": partial(_python, messages=False),
    ".txt": _messages,
    ".yaml": _yaml,
}
