"""Lists imports of MiniStack's services from packages that are not installed. MiniStack's own Python runs it.

    python -P ministack_imports.py SERVICE,SERVICE

Prints as JSON, for each missing package, the lines that import it. An import inside a function does not fail at start:
the request fails, or gets another answer.
"""

import ast
import importlib
import importlib.util
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def main(services: str) -> None:
    app: Any = importlib.import_module("ministack.app")
    registry = app.SERVICE_REGISTRY
    for service in services.split(","):
        entry = registry[app.SERVICE_NAME_ALIASES.get(service, service)]
        for module in (entry["module"], *entry.get("sub_modules", ())):
            importlib.import_module(f"ministack.services.{module}")
    missing: dict[str, list[str]] = {}
    for name, module in sorted(sys.modules.items()):
        if name.partition(".")[0] == "ministack" and module.__file__:
            for line, package in _imports(Path(module.__file__)):
                if importlib.util.find_spec(package) is None:
                    missing.setdefault(package, []).append(f"{name}:{line}")
    json.dump(missing, sys.stdout)


def _imports(file: Path) -> Iterator[tuple[int, str]]:
    """The line and the top-level package of each import, including those inside functions."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        match node:
            case ast.Import(names=names):
                yield from ((node.lineno, alias.name.partition(".")[0]) for alias in names)
            case ast.ImportFrom(module=str(module), level=0):
                yield node.lineno, module.partition(".")[0]
            case ast.Call(
                func=ast.Name(id="__import__" | "import_module") | ast.Attribute(attr="import_module"),
                args=[ast.Constant(value=str(module)), *_],
            ):
                yield node.lineno, module.partition(".")[0]
            case _:
                pass


if __name__ == "__main__":
    main(*sys.argv[1:])
