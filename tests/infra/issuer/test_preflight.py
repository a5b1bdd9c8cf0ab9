"""A preview asks the issuer before it declares anything; an update and `petstore:preflight: false` ask nobody."""

from collections.abc import Callable, Iterator
from functools import partial

import pulumi
import pytest
from pulumi.runtime.mocks import set_mocks

from infra.config.settings import Settings
from infra.issuer.preflight import preflight
from routes import ROUTES
from tests.testkit.issuer import AUDIENCE, KEYS, OPENID, Tenant
from tests.testkit.tokens import jwk
from tools.preview.mock_recorder import Recorder
from tools.program import main_program, run
from tools.project import PROJECT


@pytest.fixture
def tenant() -> Iterator[Tenant]:
    with Tenant() as running:
        yield running


@pytest.fixture
def previewing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Programs run as in `pulumi preview`."""
    monkeypatch.setattr("tools.program.set_mocks", partial(set_mocks, preview=True))


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    lines: dict[str, list[str]] = {"warn": [], "info": []}
    for level, into in lines.items():
        monkeypatch.setattr(f"pulumi.log.{level}", into.append)
    return lines


def fly(tenant: Tenant, program: Callable[[], None] = main_program, **settings: str) -> Recorder:
    recorder = Recorder()
    config = {"petstore:tokenIssuer": tenant.issuer, "petstore:audience": AUDIENCE}
    run(recorder, stack="dev", config=config | {f"{PROJECT}:{k}": v for k, v in settings.items()}, program=program)
    return recorder


def only_preflight() -> None:
    preflight(Settings.load(ROUTES).trust)


@pytest.mark.usefixtures("previewing")
def test_a_preview_stops_before_any_resource_and_lists_all_that_is_wrong(tenant: Tenant):
    tenant.say(issuer=tenant.url)
    tenant.documents[KEYS] = {"keys": [jwk("weak", 1024)]}
    recorder = Recorder()
    config = {"petstore:tokenIssuer": tenant.issuer, "petstore:audience": AUDIENCE}
    with pytest.raises(pulumi.RunError) as stopped:
        run(recorder, stack="dev", config=config, program=main_program)
    assert recorder.resources == {}
    head, issuer, keys, way_out = str(stopped.value).splitlines()
    assert head == "every token would be refused:"
    assert issuer.startswith("  - issuer: calls itself ")
    assert issuer.endswith(f"; run `pulumi config set --plaintext tokenIssuer {tenant.url}`")
    assert keys.startswith("  - key set: ")
    assert way_out.endswith("set preflight to false.")


@pytest.mark.usefixtures("previewing")
def test_a_preview_of_a_well_issuer_goes_on_and_says_in_a_line_what_is_unchecked(
    tenant: Tenant, said: dict[str, list[str]]
):
    assert fly(tenant).resources
    assert sorted(tenant.asked) == [KEYS, OPENID]
    (line,) = [line for line in said["info"] if "audience" in line]
    assert AUDIENCE in line
    assert not [line for line in said["warn"] if tenant.url in line]


@pytest.mark.usefixtures("previewing")
def test_a_warning_is_said_and_stops_nothing(tenant: Tenant, said: dict[str, list[str]]):
    tenant.documents[OPENID] = None
    tenant.documents[KEYS]["keys"].append(jwk("weak", 1024, kid="weak"))
    fly(tenant, only_preflight)
    assert [line.partition(":")[0] for line in said["warn"]] == ["discovery", "key set"]


@pytest.mark.usefixtures("previewing")
def test_a_key_can_be_revoked_while_the_issuer_is_down_or_has_no_other(tenant: Tenant, said: dict[str, list[str]]):
    tenant.documents.clear()
    assert fly(tenant, revokedKids='["stolen"]').resources
    assert "key set" in [line.partition(":")[0] for line in said["warn"]]


@pytest.mark.usefixtures("previewing")
def test_without_preflight_a_preview_asks_nobody(tenant: Tenant):
    tenant.documents.clear()
    assert fly(tenant, preflight="false").resources
    assert tenant.asked == []


def test_an_update_asks_nobody(tenant: Tenant):
    tenant.documents.clear()
    assert fly(tenant).resources
    assert tenant.asked == []
