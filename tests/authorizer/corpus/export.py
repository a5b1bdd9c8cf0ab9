"""Exports the corpus: `python -m tests.authorizer.corpus.export --now EPOCH --out DIR`.

Writes DIR/cases.jsonl, one case with its Authorization header value per line, and DIR/jwks/*.json, for tests of any
authorizer. The export uses no JWT library.
"""

import argparse
import json
from collections.abc import Iterator
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

from tests.authorizer.corpus.builder import CaseBuilder
from tests.authorizer.corpus.signing import Jwk

HERE = Path(__file__).parent


@cache
def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def written_cases() -> Iterator[dict[str, Any]]:
    """Every case, in the order of the files."""
    for path in sorted((HERE / "cases").glob("*.json")):
        yield from _read(path)


def written_key_sets() -> dict[str, Any]:
    return _read(HERE / "key_sets.json")


def wycheproof_classes() -> dict[str, str]:
    """The tests of C2SP Wycheproof's JSON Web Signature, Key and Crypto vectors, each with the matching case here."""
    return _read(HERE / "wycheproof.json")


def fixed_keys() -> dict[str, Jwk]:
    return {name: key for name, key in _read(HERE / "keys.json").items() if name != "about"}


def main() -> None:
    parser = argparse.ArgumentParser(description="Write the corpus for other authorizers to be asked.")
    parser.add_argument("--now", type=int, required=True, help="seconds since 1970 at which the answers hold")
    parser.add_argument("--out", type=Path, required=True)
    asked = parser.parse_args()
    builder = CaseBuilder(fixed_keys(), asked.now)
    (asked.out / "jwks").mkdir(parents=True, exist_ok=True)
    for name, written in written_key_sets().items():
        (asked.out / "jwks" / f"{name}.json").write_bytes(builder.key_set(written))
    settings = {"issuer": builder.issuer, "audience": builder.audience}
    lines = [json.dumps(asdict(builder.case(written)) | settings) for written in written_cases()]
    (asked.out / "cases.jsonl").write_text("\n".join([*lines, ""]), encoding="utf-8")


if __name__ == "__main__":
    main()
