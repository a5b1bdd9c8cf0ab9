"""Compiles Python modules into the form in which an interpreter caches them. Run by the Lambda's own Python.

`python3.13 -I -S precompile.py`: standard input is a JSON object of sources by path, standard output one of `.pyc`
files in base64 by the path at which this Python looks for them. It needs only what every supported version has.
"""

import base64
import importlib.util
import json
import marshal
import sys

UNCHECKED_HASH = 1  # PEP 552: loaded as it is, whatever an archive has made of the source's date


def pyc(path: str, source: bytes) -> bytes:
    """The source as a hash-based `.pyc` (PEP 552): the same bytes wherever the same Python makes it."""
    header = importlib.util.MAGIC_NUMBER + UNCHECKED_HASH.to_bytes(4, "little") + importlib.util.source_hash(source)
    return header + marshal.dumps(compile(source, path, "exec", dont_inherit=True, optimize=0))


if __name__ == "__main__":
    sources: dict[str, str] = json.load(sys.stdin)
    cached = {
        importlib.util.cache_from_source(path).replace("\\", "/"): base64.b64encode(pyc(path, source.encode())).decode()
        for path, source in sources.items()
    }
    json.dump(cached, sys.stdout)
