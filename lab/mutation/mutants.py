"""Makes every mutant of a module, with mutmut's operators and two additional ones.

mutmut itself puts all mutants of a function into one module, and a variable of the process selects one. So it cannot
change code that runs once, when a module is loaded, decorated functions, or code that the tests run in another process.
Also, a cache of the function can hide the mutant.
"""

import re
import warnings
from collections.abc import Iterable, Iterator
from typing import cast

import libcst as cst
import libcst.matchers as m
from libcst.metadata import MetadataWrapper
from mutmut.mutation.file_mutation import MutationVisitor
from mutmut.mutation.mutators import mutation_operators
from mutmut.mutation.pragma_handling import IgnoredCode

_TEXT = m.SimpleString() | m.FormattedString()
# Arguments without an effect on answers: the type of `cast`, the words of an error, the size of a cache.
_LEFT_ALONE = m.Call(m.Name("cast") | m.Name("lru_cache")) | m.Raise(exc=m.Call(args=[m.Arg(_TEXT)]))


class _Everywhere(MutationVisitor):
    def _skip_node_and_children(self, node: cst.CSTNode) -> bool:
        if isinstance(node, cst.FunctionDef):  # decorated ones, too
            return False
        return m.matches(node, _LEFT_ALONE) or super()._skip_node_and_children(node)


def without_comments(source: str) -> str:
    """The module's source without comments, which change more often than the code next to them."""
    return cast("cst.Module", m.replace(cst.parse_module(source), m.Comment(), cst.RemoveFromParent())).code


def _one_less(node: cst.Integer | cst.Float) -> Iterable[cst.Integer | cst.Float]:
    if node.evaluated_value > 0:
        yield node.with_changes(value=repr(node.evaluated_value - 1))


def _shorter_expressions(node: cst.SimpleString) -> Iterable[cst.SimpleString]:
    """A regular expression without one of its characters, if the rest is a valid expression."""
    if not node.prefix:
        return
    text = node.raw_value
    for at in range(len(text)):
        shorter = text[:at] + text[at + 1 :]
        try:
            with warnings.catch_warnings(action="error"):
                re.compile(shorter)
        except (re.error, FutureWarning):
            continue
        yield node.with_changes(value=f"{node.prefix}{node.quote}{shorter}{node.quote}")


OPERATORS = [
    *mutation_operators,
    ((cst.Integer, cst.Float), _one_less),
    (cst.SimpleString, _shorter_expressions),
]


def mutants(source: str) -> Iterator[str]:
    """The module's source with one change each."""
    visitor = _Everywhere(OPERATORS, IgnoredCode(set(), set(), set()))
    module = MetadataWrapper(cst.parse_module(source)).visit(visitor)
    changed = (module.deep_replace(it.original_node, it.mutated_node).code for it in visitor.mutations)
    yield from dict.fromkeys(changed)
