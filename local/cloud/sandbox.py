"""Runs MiniStack, an issuer and a backend on this machine, and deploys the program to them."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from local.cloud.backend import Backend
from local.cloud.emulator import Emulator, end_leftover
from local.cloud.issuer import Issuer
from local.cloud.servers import is_free
from tools.progress import progress
from tools.project import PROJECT, ROOT, STACK, ProgramError, first_issuer, stack_config, with_first_issuer
from tools.running import Run, find_leftover


def _local_config() -> dict[str, str]:
    """The configuration of the stack `local`, with the keys that the servers need. Raises `ProgramError`."""
    config = stack_config(STACK)
    issuers = ("issuers",) if f"{PROJECT}:issuers" in config else ("tokenIssuer", "audience")
    for key in ("aws:endpoints", *(f"{PROJECT}:{key}" for key in (*issuers, "backendUrl"))):
        if key not in config:
            raise ProgramError(
                f"Pulumi.{STACK}.yaml: {key} is missing. Add it, or run `make rename NAME={PROJECT}` "
                "if the file's keys begin with another project's name."
            )
    return config


def _endpoint(config: Mapping[str, str]) -> str:
    try:
        return str(json.loads(config["aws:endpoints"])[0]["apigateway"])
    except (LookupError, TypeError, ValueError):
        raise ProgramError(
            f"Pulumi.{STACK}.yaml: aws:endpoints names no apigateway. Add the line `- apigateway: http://127.0.0.1:4566`."
        ) from None


def _port(url: str) -> int:
    try:
        return urlsplit(url).port or 0
    except ValueError as error:
        raise ProgramError(f"Pulumi.{STACK}.yaml: not a URL: {error}, got {url!r}. Correct its port.") from None


@dataclass(frozen=True)
class Deployed:
    """A deployment: its URL on this machine, the number of its resources, and the program that declared them.

    `examples`: whether it has the routes that `local.cloud.backend.with_examples` adds.
    """

    invoke_url: str
    rest_api_id: str
    resources: int
    config: Mapping[str, str]
    examples: bool


class Sandbox:
    """A context manager in which the three servers run. MiniStack serves after `deploy`.

    With `fixed_ports`, the servers use the ports of Pulumi.local.yaml, for a Pulumi CLI; otherwise, they use free
    ports. Raises `OSError` if a fixed port is taken. `domain_name` is by default the `domainName` of Pulumi.local.yaml.
    """

    def __init__(self, *, fixed_ports: bool = False, domain_name: str = "") -> None:
        config = _local_config()
        issuer, audience = first_issuer(config)
        urls = (_endpoint(config), issuer, config[f"{PROJECT}:backendUrl"])
        ports = [_port(url) for url in urls]
        if fixed_ports:
            for port in ports:
                if not is_free(port):
                    raise OSError(
                        f"port {port} of Pulumi.local.yaml is taken. Stop the program that uses it, and try again."
                    )
        emulator_port, issuer_port, backend_port = ports if fixed_ports else (0, 0, 0)
        self.emulator = Emulator(emulator_port, domain_name or config.get(f"{PROJECT}:domainName", ""))
        self.issuer = Issuer(audience, issuer_port)
        self.backend = Backend(backend_port)
        self._stack = ExitStack()

    def deploy(self, *options: str, **settings: str) -> Deployed:
        """Run the current program, and create the resources that it declares, instead of the old ones.

        `options` is `--examples` or empty. `settings` has values for keys of Pulumi.yaml, which override those of
        Pulumi.local.yaml. Raises `ProgramError`. If the program fails before its first resource, MiniStack still serves
        the old ones.
        """
        config = _local_config() | {f"{PROJECT}:{key}": value for key, value in settings.items()}
        config = with_first_issuer(config, self.issuer.issuer)
        config[f"{PROJECT}:backendUrl"] = f"{self.backend.url}{urlsplit(config[f'{PROJECT}:backendUrl']).path}"
        with progress("Deploying the program to MiniStack ...") as say:
            made = _deploy(self.emulator, config, say, *options)
        outputs = made["outputs"]
        url = self.emulator.invoke_url(outputs["restApiId"], outputs["stageName"])
        return Deployed(url, outputs["restApiId"], made["resources"], config, made["examples"])

    @property
    def authorizer(self) -> str:
        """The name of the authorizer's function."""
        return f"{PROJECT}-{STACK}-authorizer"

    def start_cold(self) -> None:
        """Make the next call of the authorizer a cold start."""
        self.emulator.end_workers()

    @property
    def run(self) -> Run:
        return Run(self.issuer.issuer, self.issuer.audience, self.emulator.process)

    def __enter__(self) -> Self:
        if (left := find_leftover()) and end_leftover(left.emulator):
            print(f"Ended MiniStack (process {left.emulator}) of an earlier run, which was killed.", file=sys.stderr)
        with ExitStack() as stack:
            for server in (self.emulator, self.issuer, self.backend):
                stack.push(server)  # before its start, so that Ctrl-C during the start also stops it
                server.start()
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()


def _deploy(emulator: Emulator, config: Mapping[str, str], say: Callable[[str], None], *options: str) -> dict[str, Any]:
    """Deploy in a separate process, and return the last line that `local.engine.deploy` prints.

    The process imports the program while MiniStack starts, and then waits for the configuration.
    """
    with tempfile.TemporaryFile("w+", encoding="utf-8") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "tools", "deploy-program", emulator.url, *options],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            start_new_session=True,  # Ctrl-C reaches only this process, which ends the other one
        )
        assert process.stdin
        assert process.stdout
        last = ""
        try:
            emulator.wait()
            with suppress(BrokenPipeError), process.stdin:
                json.dump(config, process.stdin)
            for line in process.stdout:
                last = line
                say(f"Deploying the program to MiniStack: {json.loads(line)['resources']} resources made")
        finally:
            process.terminate()  # terminate instead of kill, so that it removes its temporary files
            status = process.wait()
            process.stdout.close()
        errors.seek(0)
        said = errors.read()
    if status:
        raise ProgramError(said.strip().removeprefix("error: ") or f"the deployment ended with status {status}")
    sys.stderr.write(said)  # warnings
    return json.loads(last)
