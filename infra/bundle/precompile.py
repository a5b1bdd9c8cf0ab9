"""Compiles Python modules to bytecode. The Lambda's version of Python runs it.

`python3.13 -I -S precompile.py` reads a JSON object of sources by path. It writes a JSON object of `.pyc` files in
base64, by the path at which this Python searches for them. This module works in every supported version of Python.
"""

import base64
import importlib.util
import json
import marshal
import sys

UNCHECKED_HASH = 1  # PEP 552: loaded without a check of the source's date, which an archive may change


def pyc(path: str, source: bytes) -> bytes:
    """The source as a hash-based `.pyc` (PEP 552): the same Python makes the same bytes everywhere."""
    header = importlib.util.MAGIC_NUMBER + UNCHECKED_HASH.to_bytes(4, "little") + importlib.util.source_hash(source)
    return header + marshal.dumps(compile(source, path, "exec", dont_inherit=True, optimize=0))


if __name__ == "__main__":
    sources: dict[str, str] = json.load(sys.stdin)
    cached = {
        importlib.util.cache_from_source(path).replace("\\", "/"): base64.b64encode(pyc(path, source.encode())).decode()
        for path, source in sources.items()
    }
    json.dump(cached, sys.stdout)
