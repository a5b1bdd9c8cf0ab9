"""This working tree as its own git repository, for tests that change and preview it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tools.project import ROOT

PARTS = ("__main__.py", "routes.py", "welcome.html", "Pulumi*.yaml", "infra", "authorizer", "tools", "local", "policy")
_QUIET = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
_PERSON = ("-c", "user.name=A Person", "-c", "user.email=a@person.example")


class Repository:
    """A folder with one commit of the program on the branch main; `temporary` is the folder for temporary files."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.temporary = folder / "repository", folder / "temporary"
        self.temporary.mkdir(parents=True)
        self._commits = 0
        for path in (path for part in PARTS for path in ROOT.glob(part)):
            copy = shutil.copytree if path.is_dir() else shutil.copy
            self.folder.mkdir(exist_ok=True)
            copy(path, self.folder / path.name)
        # A build is named after the content of its sources, so it can be shared with this working tree.
        (ROOT / ".build").mkdir(exist_ok=True)
        (self.folder / ".build").symlink_to(ROOT / ".build")
        self.git("init", "--quiet", "--initial-branch", "main")
        (self.folder / ".git" / "info" / "exclude").write_text("__pycache__\n.build\n", encoding="utf-8")
        self.commit()

    def git(self, *words: str, cwd: Path | None = None) -> str:
        command = ["git", *_PERSON, *words]
        environment = {**os.environ, **_QUIET}
        where = cwd or self.folder
        return subprocess.run(command, cwd=where, env=environment, capture_output=True, text=True, check=True).stdout

    def commit(self) -> str:
        self._commits += 1
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", f"commit {self._commits}")  # a unique hash
        return self.git("rev-parse", "HEAD").strip()

    def change(self, name: str, old: str, new: str) -> None:
        path = self.folder / name
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{name} has not one {old!r}"
        path.write_text(text.replace(old, new), encoding="utf-8")

    def start(self, *words: str, cwd: Path | None = None) -> subprocess.Popen[str]:
        environment = {**os.environ, **_QUIET, "TMPDIR": str(self.temporary), "PYTHONDONTWRITEBYTECODE": "1"}
        command = [sys.executable, "-m", "tools", "preview", *words]
        return subprocess.Popen(
            command, cwd=cwd or self.folder, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )

    def preview(self, *words: str, cwd: Path | None = None) -> tuple[int, str, str]:
        """The exit status, standard output and standard error of a preview."""
        process = self.start(*words, cwd=cwd)
        out, err = process.communicate(timeout=120)
        return process.returncode, out, err
