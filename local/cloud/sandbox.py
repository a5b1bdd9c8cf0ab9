"""MiniStack, an issuer and a backend on this machine, with or without the program deployed."""

import json
import subprocess
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import yaml

from local.cloud.backend import Backend
from local.cloud.emulator import Emulator
from local.cloud.issuer import Issuer
from local.cloud.servers import is_free
from tools.project import PROJECT, ROOT, STACK, ProgramError, stack_config


@dataclass(frozen=True)
class Deployed:
    """What a deployment left: the URL at which it can be called here, how many resources it made, and of what."""

    invoke_url: str
    rest_api_id: str
    resources: int
    config: Mapping[str, str]


class Sandbox:
    """A context manager: the three servers run inside, and nothing of them is left outside.

    `fixed_ports`: those of Pulumi.local.yaml, so that a Pulumi CLI finds them; otherwise whatever is free. Raises
    `OSError` where a fixed port is taken. `domain_name`: by default, `domainName` of Pulumi.local.yaml.
    """

    def __init__(self, *, fixed_ports: bool = False, domain_name: str = "") -> None:
        config = stack_config(STACK)
        endpoint = yaml.safe_load(config["aws:endpoints"])[0]["apigateway"]
        ports = [
            urlsplit(url).port or 0
            for url in (endpoint, config[f"{PROJECT}:tokenIssuer"], config[f"{PROJECT}:backendUrl"])
        ]
        if fixed_ports:
            for port in ports:
                if not is_free(port):
                    raise OSError(f"port {port} of Pulumi.local.yaml is taken; stop what uses it and try again")
        emulator_port, issuer_port, backend_port = ports if fixed_ports else (0, 0, 0)
        self.emulator = Emulator(emulator_port, domain_name or config.get(f"{PROJECT}:domainName", ""))
        self.issuer = Issuer(config[f"{PROJECT}:audience"], issuer_port)
        self.backend = Backend(backend_port)
        self._stack = ExitStack()

    def deploy(self, **settings: str) -> Deployed:
        """Run the program as it is now and make every resource it declares, in place of what was there.

        `settings` are keys of Pulumi.yaml that go before those of Pulumi.local.yaml. Raises `ProgramError`; what was
        there is still served where the program failed before its first resource.
        """
        config = stack_config(STACK) | {f"{PROJECT}:{key}": value for key, value in settings.items()}
        config[f"{PROJECT}:tokenIssuer"] = self.issuer.issuer
        config[f"{PROJECT}:backendUrl"] = f"{self.backend.url}{urlsplit(config[f'{PROJECT}:backendUrl']).path}"
        result = subprocess.run(
            [sys.executable, "-m", "local.engine.deploy", self.emulator.url],
            cwd=ROOT,
            input=json.dumps(config),
            stdout=subprocess.PIPE,
            text=True,
            check=False,
            start_new_session=True,  # Ctrl-C is ours to answer, and ends the child without a word from it
        )
        if result.returncode:
            raise ProgramError("the program was not deployed")
        made = json.loads(result.stdout)
        outputs = made["outputs"]
        url = self.emulator.invoke_url(outputs["restApiId"], outputs["stageName"])
        return Deployed(url, outputs["restApiId"], made["resources"], config)

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            for server in (self.issuer, self.backend, self.emulator):
                stack.enter_context(server)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()
