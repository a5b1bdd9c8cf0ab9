"""Runs MiniStack, an embedded AWS, in a process that ends with this one."""

import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import requests

from local.cloud.servers import HOST, free_port
from tools.errors import ToolError
from tools.project import ROOT, emulator_url

# A separate virtual environment, because MiniStack runs functions in its own Python. If PyJWT were installed there, a
# bundle without PyJWT would work here and fail on AWS.
COMMAND = ROOT / ".venv-ministack" / "bin" / "ministack"
_ORIGIN_GUARD = Path(__file__).with_name("origin_guard.py")
SERVICES = "apigateway,cloudwatch,iam,lambda,logs,sns,sts"
_START_SECONDS, _STOP_SECONDS = 30, 10


class EmulatorError(ToolError):
    """MiniStack is not installed, or did not start. The message contains MiniStack's output."""


def reset(url: str) -> None:
    """Delete all resources of a running MiniStack, because it does not support every change of a resource."""
    requests.post(f"{url}/_ministack/reset", timeout=30).raise_for_status()


def end_leftover(process: int) -> bool:
    """End the MiniStack with this process id, and its workers.

    Returns False if the process is gone or is another program.
    """
    if _ORIGIN_GUARD.name not in _arguments(process):
        return False
    with suppress(ProcessLookupError):
        os.killpg(process, signal.SIGKILL)
    return True


def _arguments(process: int) -> str:
    """The command line of a process; empty if there is no such process."""
    try:
        return Path(f"/proc/{process}/cmdline").read_text(encoding="utf-8", errors="replace")
    except OSError:  # no such process, or not Linux
        command = ["ps", "-o", "args=", "-p", str(process)]
        with suppress(OSError):
            return subprocess.run(command, capture_output=True, text=True, check=False).stdout
        return ""


class Emulator:
    """A context manager in which MiniStack serves on `url`. At the end, no process and no file remains.

    `domain_name` is the API's custom domain, for which MiniStack recognizes requests by their Host header.
    """

    def __init__(self, port: int = 0, domain_name: str = "") -> None:
        self._domain_name = domain_name
        self.port = port or free_port()
        self.url = f"http://{HOST}:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None
        # Only the name, so that an interruption while the folder is created can still remove it.
        self._folder = Path(tempfile.gettempdir()) / f"petstore-{secrets.token_hex(8)}"
        self._log = self._folder / "ministack.log"

    @property
    def process(self) -> int:
        """The process id, or 0 if MiniStack does not run."""
        return self._process.pid if self._process else 0

    def invoke_url(self, rest_api_id: str, stage_name: str) -> str:
        """The URL of a stage on MiniStack. The stage's output `invokeUrl` has a host name of AWS."""
        return emulator_url(self.url, rest_api_id, stage_name)

    def end_workers(self) -> None:
        """End the processes that run functions, so that the next call of each is a cold start."""
        url = f"{self.url}/2015-03-31/functions"
        for function in requests.get(f"{url}/", timeout=10).json()["Functions"]:
            # MiniStack ends the processes of a function that is changed.
            name, same = function["FunctionName"], {"Timeout": function["Timeout"]}
            requests.put(f"{url}/{name}/configuration", json=same, timeout=10).raise_for_status()

    def start(self) -> None:
        """Start MiniStack, which serves after `wait`. Raises `EmulatorError` if it is not installed."""
        if not COMMAND.exists():
            raise EmulatorError("MiniStack is not installed; run `make setup`")
        self._folder.mkdir(mode=0o700)
        with self._log.open("wb") as output:
            self._process = subprocess.Popen(
                # -P: without the modules of the working directory
                [COMMAND.with_name("python"), "-P", _ORIGIN_GUARD, self._domain_name, str(os.getpid())],
                env=self._environment(),
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait(self) -> None:
        """Wait until MiniStack serves. Raises `EmulatorError` if MiniStack has ended or takes too long."""
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline and self._process and self._process.poll() is None:
            try:
                if requests.get(f"{self.url}/_ministack/health", timeout=1).ok:
                    return
            except requests.RequestException:
                pass
            time.sleep(0.02)
        said = self._log.read_text(encoding="utf-8", errors="replace")[-2000:].strip()
        raise EmulatorError(f"MiniStack did not start on {self.url}:\n{said or 'it printed nothing'}")

    def __enter__(self) -> Self:
        try:
            self.start()
            self.wait()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process:
            self._process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_STOP_SECONDS)
            # Its process group: the workers that run functions are MiniStack's children and outlive its end.
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _environment(self) -> dict[str, str]:
        """The environment variables of MiniStack, which the function inherits.

        None of our variables is among them, because it could hide that the program does not set it.
        """
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self._folder),
            "TMPDIR": str(self._folder),
            "BIND_HOST": HOST,
            "GATEWAY_PORT": str(self.port),
            "IOT_MTLS_ENABLED": "0",  # otherwise it opens a port on every interface
            "LOG_LEVEL": "WARNING",
            "SERVICES": SERVICES,
        }
