"""`tools/install.py` installs exactly the packages of uv.lock, with uv or pip, from any index."""

import hashlib
import io
import subprocess
import sys
import threading
import tomllib
import zipfile
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from packaging.requirements import Requirement

from tools import install
from tools.install import LOCK, ROOT, groups, requirements

UV = ROOT / ".venv" / "bin" / "uv"
EXPORTS = {"requirements.txt": ()} | {
    f"{group}/requirements.txt": ("--only-group", group) for group in ("authorizer", "policy", "tenant")
}
needs_uv = pytest.mark.skipif(not UV.exists(), reason="NOT RUN: uv is not installed; run `make setup`")


def uv(*words: str) -> str:
    command = [UV, "--no-config", "--offline", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


def export(*words: str) -> list[str]:
    return uv("export", "--frozen", "--no-emit-project", "--no-annotate", "--no-header", *words).splitlines()


def test_ctrl_c_ends_the_package_manager_without_a_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    started: list[subprocess.Popen[bytes]] = []

    def interrupted(process: "subprocess.Popen[bytes]") -> None:
        started.append(process)
        raise KeyboardInterrupt

    def run(_: str) -> None:
        install._run(["sleep", "1000"], tmp_path, "Installing nothing")

    monkeypatch.setattr(install, "_ended", interrupted)
    monkeypatch.setattr(install, "install", run)
    monkeypatch.setattr(sys, "argv", ["install.py", "demo"])
    assert install.main() == 130
    assert capsys.readouterr().err.startswith("stopped")
    assert started[0].returncode is not None


@needs_uv
def test_the_lock_contains_the_requirements_of_pyproject():
    uv("lock", "--check")


@needs_uv
@pytest.mark.parametrize("path", EXPORTS)
def test_the_requirements_files_agree_with_the_lock(path: str):
    written = [line for line in (ROOT / path).read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    assert written == export(*EXPORTS[path])


@needs_uv
@pytest.mark.parametrize("group", groups())
def test_a_group_has_the_packages_that_uv_selects(group: str):
    option = "--only-group" if group in install.APART else "--group"
    asked = [Requirement(line) for line in export("--no-hashes", option, group)]
    here = {str(each).partition(";")[0].strip() for each in asked if each.marker is None or each.marker.evaluate()}
    assert {line.split()[0] for line in requirements(group)} == here


def test_every_package_has_a_hash_and_comes_from_the_public_index():
    lock = tomllib.loads(LOCK.read_text(encoding="utf-8"))
    files = [file for each in lock["package"] for file in (*each.get("wheels", ()), *filter(None, [each.get("sdist")]))]
    assert {urlsplit(file["url"]).hostname for file in files} == {"files.pythonhosted.org"}
    assert all(file["hash"].startswith("sha256:") for file in files)
    assert {str(each["source"]) for each in lock["package"]} == {
        "{'registry': 'https://pypi.org/simple'}",
        "{'virtual': '.'}",
    }


def test_uv_uses_the_index_configured_for_pip():
    listed = [
        ":env:.index-url='https://env.example/simple'",
        "global.cert='/etc/ca.pem'",
        "global.extra-index-url='https://a.example/simple\\nhttps://b.example/simple'",
        "global.index-url='https://global.example/simple'",
        "global.timeout='60'",
        "install.index-url='https://install.example/simple'",
    ]
    assert install._uv_variables(listed) == {
        "UV_DEFAULT_INDEX": "https://env.example/simple",
        "SSL_CERT_FILE": "/etc/ca.pem",
        "UV_INDEX": "https://a.example/simple https://b.example/simple",
    }
    assert install._uv_variables(listed[1:])["UV_DEFAULT_INDEX"] == "https://install.example/simple"


class Index:
    """A package index on loopback with one package, and an empty environment."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.venv, self.asked = folder / "venv", list[str]()
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as wheel:
            wheel.writestr("tiny.py", "")
            wheel.writestr("tiny-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n")
            wheel.writestr("tiny-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            wheel.writestr("tiny-1.0.dist-info/RECORD", "")
        self.digest = hashlib.sha256(content.getvalue()).hexdigest()
        name = "tiny-1.0-py3-none-any.whl"
        (folder / "simple" / "tiny").mkdir(parents=True)
        (folder / "simple" / "tiny" / "index.html").write_text(f'<a href="{name}">{name}</a>', encoding="utf-8")
        (folder / "simple" / "tiny" / name).write_bytes(content.getvalue())
        asked = self.asked

        class Handler(SimpleHTTPRequestHandler):
            def __init__(self, *arguments: object) -> None:
                super().__init__(*arguments, directory=str(folder))  # pyright: ignore[reportArgumentType]

            def log_message(self, *_: object) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
                asked.append(self.path)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{self.server.server_port}/simple/")
        monkeypatch.setenv("UV_NO_CACHE", "1")
        for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_INDEX", "UV_EXTRA_INDEX_URL", "PIP_FIND_LINKS"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setattr(install, "OWN", {"tiny": self.venv})
        monkeypatch.setattr(install, "APART", {"tiny"})
        monkeypatch.setattr(install, "LOCK", folder / "uv.lock")
        self.lock(self.digest)

    def lock(self, digest: str) -> None:
        install.LOCK.write_text(
            '[[package]]\nname = "project"\nsource = { virtual = "." }\n'
            'dev-dependencies = { tiny = [{ name = "tiny" }] }\n'
            '[[package]]\nname = "tiny"\nversion = "1.0"\nsource = { registry = "https://pypi.org/simple" }\n'
            f'wheels = [{{ url = "https://nowhere.example/tiny.whl", hash = "sha256:{digest}" }}]\n',
            encoding="utf-8",
        )

    def installed(self) -> bool:
        return any(self.venv.glob("lib/python*/site-packages/tiny.py"))


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    index = Index(tmp_path, monkeypatch)
    yield index
    index.server.shutdown()
    index.server.server_close()


WITH = pytest.mark.parametrize("tool", [pytest.param("uv", marks=needs_uv), "pip"])


@WITH
def test_a_group_is_installed_once_from_the_configured_index(tool: str, index: Index, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("UV", "" if tool == "pip" else "uv")
    install.install("tiny")
    assert index.installed()
    assert index.asked
    index.asked.clear()
    install.install("tiny")
    assert index.asked == []


@pytest.mark.slow
@WITH
def test_a_package_with_another_hash_is_refused(tool: str, index: Index, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("UV", "" if tool == "pip" else "uv")
    index.lock("0" * 64)
    with pytest.raises(install.InstallError, match=r"(?i)hash"):
        install.install("tiny")
    assert not index.installed()
    index.lock(index.digest)
    install.install("tiny")  # The first attempt left nothing that prevents the second.
    assert index.installed()


def test_an_unknown_group_is_a_usage_error():
    command = [sys.executable, "-I", ROOT / "tools" / "install.py", "nothing"]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 2
