"""Finds the base revision, with which the working tree is compared, and its files. Uses git."""

import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tools.errors import ToolError

DEFAULTS = ("origin/HEAD", "origin/main", "main")
_SHALLOW = "this clone is shallow: run `git fetch --unshallow`, or set `fetch-depth: 0` for actions/checkout"


class BaseError(ToolError):
    """There is no base revision. The message has the reason and the fix."""


class Base(NamedTuple):
    """The base revision. `commit` is its full hash; `revision` is the name in the request."""

    commit: str
    revision: str

    def __str__(self) -> str:
        return f"{self.commit[:10]}, where HEAD left {self.revision}"


def find(root: Path, revision: str | None = None) -> Base:
    """Find the last commit that HEAD has in common with a revision, so that later commits there do not count.

    By default, the revision is the first of `DEFAULTS` that exists. Raises `BaseError`.
    """
    try:
        _git(root, "rev-parse", "--verify", "HEAD^{commit}")
    except BaseError as error:
        raise BaseError(f"{error}. A preview compares git revisions: run it in a clone that has a commit.") from None
    asked = [revision] if revision else DEFAULTS
    for name in asked:
        commit = _git(root, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}", may_fail=True)
        if not commit:
            continue
        common = _git(root, "merge-base", "HEAD", commit, may_fail=True)
        if not common:
            fix = _SHALLOW if _is_shallow(root) else "name another one with --base"
            raise BaseError(f"HEAD and {name} have no commit in common here; {fix}")
        return Base(common, name)
    fix = _SHALLOW if _is_shallow(root) else "name an existing one with --base, or run `git fetch`"
    raise BaseError(f"there is no revision {' or '.join(asked)} here; {fix}")


@contextmanager
def unpacked(root: Path, base: Base) -> Iterator[Path]:
    """A context with a temporary folder that has the project's files of that revision. Raises `BaseError`."""
    with tempfile.TemporaryDirectory(prefix="petstore-base-") as name:
        folder, index = Path(name).resolve() / "files", Path(name).resolve() / "index"
        folder.mkdir()
        # Git writes the files, because it never follows a link out of the folder. Its index is a temporary one, and
        # neither command runs a hook. `:./` is the tree of the project's folder, at any place in the repository.
        where = {
            "GIT_DIR": _git(root, "rev-parse", "--absolute-git-dir"),
            "GIT_WORK_TREE": str(folder),
            "GIT_INDEX_FILE": str(index),
        }
        tree = _git(root, "rev-parse", f"{base.commit}:./")
        _git(folder, "read-tree", tree, environment=where)
        _git(folder, "checkout-index", "--all", environment=where)
        # The names of bundles contain a hash, so both sides can share them.
        build = root / ".build"
        build.mkdir(exist_ok=True)
        if not (folder / ".build").exists():
            (folder / ".build").symlink_to(build, target_is_directory=True)
        yield folder


def _is_shallow(root: Path) -> bool:
    return _git(root, "rev-parse", "--is-shallow-repository") == "true"


def _git(root: Path, *words: str, may_fail: bool = False, environment: Mapping[str, str] | None = None) -> str:
    """Run git and return its output; "" if git fails and `may_fail` is set. Raises `BaseError`.

    `environment` has additional environment variables.
    """
    command = ["git", *words]
    try:
        whole = {**os.environ, **(environment or {})}
        result = subprocess.run(command, cwd=root, env=whole, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise BaseError("git is not on this machine; install it") from None
    if result.returncode and not may_fail:
        raise BaseError(f"`{' '.join(command)}` printed: {result.stderr.strip()}")
    return result.stdout.strip() if not result.returncode else ""
