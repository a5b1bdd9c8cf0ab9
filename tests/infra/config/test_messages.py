"""The file of messages has a text for every rule of the program, and no others."""

import ast
import re

from tests.testkit.messages import known
from tools.project import modules

# The position of the rule among the arguments of each function that creates a problem.
PLACES = {"Problem": 0, "Refused": 0, "Mistake": 1, "wrong": 0}
ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def rules() -> set[str]:
    found: set[str] = set()
    for path in modules("infra", "tenant", "ci"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                place = PLACES.get(name, len(node.args)) + (isinstance(node.func, ast.Attribute))
                if place < len(node.args) and isinstance(rule := node.args[place], ast.Constant):
                    found.add(str(rule.value))
    return found


def test_every_rule_has_a_message_and_every_message_a_rule():
    assert {line.partition(":")[0] for line in known()} == rules()
    assert len(rules()) > 60


def test_a_rule_has_an_id_and_a_message_has_a_place_and_ends_with_a_fix():
    for line in known():
        rule, key, rest = line.split(": ", 2)
        assert ID.fullmatch(rule), rule
        assert key
        assert re.search(r"\. [A-Z`].*[.?`]$", rest), line
