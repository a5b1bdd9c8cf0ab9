import gc
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from xdist.scheduler.loadgroup import LoadGroupScheduling

from local.cloud.issuer import Issuer
from local.cloud.sandbox import Deployed, Sandbox
from local.cloud.session import session_of_emulator
from tests.testkit.explain_command import Explain, explainer
from tests.testkit.issuer import AUDIENCE

ROOT = Path(__file__).parent
SERVING = (ROOT / "local", ROOT / "tools")  # Their modules start servers.


class Scheduler(LoadGroupScheduling):
    """One process runs all tests of a module, unless they name a group, because they share costly values."""

    def _split_scope(self, nodeid: str) -> str:
        group = super()._split_scope(nodeid)
        return nodeid.partition("::")[0] if group == nodeid else group


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Scheduler | None:
    return Scheduler(config, log) if config.getvalue("dist") == "loadgroup" else None


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One process runs all tests that use the deployment `api`. Most slow tests are a group each.

    Long groups start first, so that no process waits for another's at the end: the slow tests, and then the groups of
    many tests.
    """
    for item in items:
        if item.get_closest_marker("xdist_group"):
            continue
        if "api" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("api"))
        elif item.get_closest_marker("slow") and not any(map(item.path.is_relative_to, SERVING)):
            item.add_marker(pytest.mark.xdist_group(item.name))
    sizes = Counter(map(_group, items))
    items.sort(key=lambda item: (0, 0) if item.get_closest_marker("slow") else (1, -sizes[_group(item)]))


def _group(item: pytest.Item) -> str:
    marker = item.get_closest_marker("xdist_group")
    return marker.args[0] if marker else str(item.path)


def pytest_collection_finish() -> None:
    """Spare every full collection of garbage the modules and tests, which stay until the end."""
    gc.collect()
    gc.freeze()
    gc.enable()


def pytest_sessionstart(session: pytest.Session) -> None:
    """Print how to repeat the order, which -q hides, and make started processes interruptible."""
    gc.disable()  # until everything is imported, because collection takes long and finds nothing
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # inherited from a background shell
        signal.signal(signal.SIGINT, signal.default_int_handler)
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter and not hasattr(session.config, "workerinput") and session.config.pluginmanager.hasplugin("randomly"):
        seed = session.config.getoption("randomly_seed")
        reporter.write_line(f"In random order; the same again: make test SEED={seed}, or --randomly-seed={seed}")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print a line for each group of tests that did not run, with the reason."""
    reasons = Counter(report.longrepr[2] for report in terminalreporter.stats.get("skipped", []))
    if reasons:
        result = "; ".join(f"{reason.removeprefix('Skipped: ')} ({count})" for reason, count in reasons.most_common())
        terminalreporter.write_line(f"SKIPPED {result}", yellow=True)


@dataclass
class Api:
    """The program, deployed once for all tests of this folder that do not change it."""

    sandbox: Sandbox
    deployed: Deployed
    session: requests.Session
    logs: Any

    def call(self, method: str, path: str, token: str | None = None, **headers: str) -> requests.Response:
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        body = {"type": "cat", "price": 1} if method == "POST" else None
        return self.session.request(method, self.deployed.invoke_url + path, headers=headers, json=body, timeout=30)

    def log_lines(self) -> list[str]:
        """The function's output since the start."""
        group = f"/aws/lambda/{self.sandbox.authorizer}"
        pages = self.logs.get_paginator("filter_log_events").paginate(logGroupName=group)
        return [event["message"].strip() for page in pages for event in page["events"]]


@contextmanager
def calling(sandbox: Sandbox, deployed: Deployed) -> Iterator[Api]:
    logs = session_of_emulator("us-east-1").client("logs", endpoint_url=sandbox.emulator.url)
    with requests.Session() as session, closing(logs):
        yield Api(sandbox, deployed, session, logs)


@pytest.fixture(scope="session")
def api() -> Iterator[Api]:
    with Sandbox() as sandbox, calling(sandbox, sandbox.deploy("--examples")) as deployed:
        yield deployed


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    """An issuer for one test, outside the sandbox."""
    with Issuer(AUDIENCE) as running:
        yield running


@pytest.fixture
def explain(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], issuer: Issuer
) -> Explain:
    return explainer(tmp_path, monkeypatch, capsys, issuer.issuer)
