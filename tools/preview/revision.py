"""The revision that the working tree is compared with, and its files, by git."""

import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tools.errors import ToolError

DEFAULTS = ("origin/HEAD", "origin/main", "main")
_SHALLOW = "this clone is shallow: fetch the rest, by `git fetch --unshallow` or `fetch-depth: 0` of actions/checkout"


class BaseError(ToolError):
    """There is nothing to compare with. The message says why and what to do."""


class Base(NamedTuple):
    """`commit`: its full hash; `revision`: what was asked for."""

    commit: str
    revision: str

    def __str__(self) -> str:
        return f"{self.commit[:10]}, where HEAD left {self.revision}"


def find(root: Path, revision: str | None = None) -> Base:
    """The commit that HEAD has in common with a revision: what others did there since is no change of this branch.

    By default with the first of `DEFAULTS` that exists. Raises `BaseError`.
    """
    _git(root, "rev-parse", "--verify", "HEAD^{commit}")
    asked = [revision] if revision else DEFAULTS
    for name in asked:
        commit = _git(root, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}", may_fail=True)
        if not commit:
            continue
        common = _git(root, "merge-base", "HEAD", commit, may_fail=True)
        if not common:
            fix = _SHALLOW if _is_shallow(root) else "name one that it has, by --base"
            raise BaseError(f"HEAD and {name} have no commit in common here; {fix}")
        return Base(common, name)
    fix = _SHALLOW if _is_shallow(root) else "name one that there is, by --base; `git fetch` brings those of others"
    raise BaseError(f"there is no revision {' or '.join(asked)} here; {fix}")


@contextmanager
def unpacked(root: Path, base: Base) -> Iterator[Path]:
    """A folder with the project's files as they were, which is gone afterwards. Raises `BaseError`."""
    with tempfile.TemporaryDirectory(prefix="petstore-base-") as name:
        folder, index = Path(name).resolve() / "files", Path(name).resolve() / "index"
        folder.mkdir()
        # Git writes the files: it never follows a link out of the folder. Its index here is not the repository's, and
        # neither command runs a hook. `:./` is the tree of the project's folder, wherever that is in the repository.
        where = {
            "GIT_DIR": _git(root, "rev-parse", "--absolute-git-dir"),
            "GIT_WORK_TREE": str(folder),
            "GIT_INDEX_FILE": str(index),
        }
        tree = _git(root, "rev-parse", f"{base.commit}:./")
        _git(folder, "read-tree", tree, environment=where)
        _git(folder, "checkout-index", "--all", environment=where)
        # Bundles are named after their content: what one side has built or fetched, the other need not.
        build = root / ".build"
        build.mkdir(exist_ok=True)
        if not (folder / ".build").exists():
            (folder / ".build").symlink_to(build, target_is_directory=True)
        yield folder


def _is_shallow(root: Path) -> bool:
    return _git(root, "rev-parse", "--is-shallow-repository") == "true"


def _git(root: Path, *words: str, may_fail: bool = False, environment: Mapping[str, str] | None = None) -> str:
    """What git prints; empty where it fails and may. `environment` is added to this one's. Raises `BaseError`."""
    command = ["git", *words]
    try:
        whole = {**os.environ, **(environment or {})}
        result = subprocess.run(command, cwd=root, env=whole, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise BaseError("there is no `git` on this machine, and the base is a revision of it; install git") from None
    if result.returncode and not may_fail:
        raise BaseError(f"`{' '.join(command)}` said: {result.stderr.strip()}")
    return result.stdout.strip() if not result.returncode else ""
