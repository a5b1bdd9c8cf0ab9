"""Previews check the issuer before they declare anything; updates and `petstore:preflight: false` do not."""

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
    """Makes programs run as in `pulumi preview`."""
    monkeypatch.setattr("tools.program.set_mocks", partial(set_mocks, preview=True))


@pytest.fixture
def log_messages(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    lines: dict[str, list[str]] = {"warn": [], "info": []}
    for level, into in lines.items():
        monkeypatch.setattr(f"pulumi.log.{level}", into.append)
    return lines


def preview_program(tenant: Tenant, program: Callable[[], None] = main_program, **settings: str) -> Recorder:
    recorder = Recorder()
    config = {"petstore:tokenIssuer": tenant.issuer, "petstore:audience": AUDIENCE}
    run(recorder, stack="dev", config=config | {f"{PROJECT}:{k}": v for k, v in settings.items()}, program=program)
    return recorder


def only_preflight() -> None:
    preflight(Settings.load(ROUTES).trust)


@pytest.mark.usefixtures("previewing")
def test_a_preview_stops_before_any_resource_and_lists_all_mistakes(tenant: Tenant):
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
def test_a_preview_with_a_correct_issuer_continues_and_lists_unchecked_items(
    tenant: Tenant, log_messages: dict[str, list[str]]
):
    assert preview_program(tenant).resources
    assert sorted(tenant.asked) == [KEYS, OPENID]
    (line,) = [line for line in log_messages["info"] if "audience" in line]
    assert AUDIENCE in line
    assert not [line for line in log_messages["warn"] if tenant.url in line]


@pytest.mark.usefixtures("previewing")
def test_a_warning_is_printed_and_does_not_stop_the_preview(tenant: Tenant, log_messages: dict[str, list[str]]):
    tenant.documents[OPENID] = None
    tenant.documents[KEYS]["keys"].append(jwk("weak", 1024, kid="weak"))
    preview_program(tenant, only_preflight)
    assert [line.partition(":")[0] for line in log_messages["warn"]] == ["discovery", "key set"]


@pytest.mark.usefixtures("previewing")
def test_the_preview_permits_revoking_a_key_while_the_issuer_is_down_or_has_no_other(
    tenant: Tenant, log_messages: dict[str, list[str]]
):
    tenant.documents.clear()
    assert preview_program(tenant, revokedKids='["stolen"]').resources
    assert "key set" in [line.partition(":")[0] for line in log_messages["warn"]]


@pytest.mark.usefixtures("previewing")
def test_without_preflight_a_preview_sends_no_request(tenant: Tenant):
    tenant.documents.clear()
    assert preview_program(tenant, preflight="false").resources
    assert tenant.asked == []


def test_an_update_sends_no_request(tenant: Tenant):
    tenant.documents.clear()
    assert preview_program(tenant).resources
    assert tenant.asked == []
