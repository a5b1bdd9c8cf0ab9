"""The page in a real browser: the places where the token is kept, and the content security policy."""

import re

import pytest

from local.cloud.sandbox import Sandbox
from tests.local.page.conftest import Visit

pytestmark = pytest.mark.slow

KEPT = "() => JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie, location.href, window.name])"


def test_nothing_is_loaded_from_another_host_and_the_policy_blocks_nothing(visit: Visit):
    visit.choose("Editor", "create:pets")
    visit.call("GET /pets")
    visit.call("POST /pets")
    ours = (f"{visit.served.url}/", f"{visit.served.gateway.url}/", "data:")
    assert len(visit.asked) > 8
    assert [request.url for request in visit.asked if not request.url.startswith(ours)] == []
    assert [message.text for message in visit.console] == []


def test_the_policy_blocks_content_from_other_hosts(visit: Visit, sandbox: Sandbox):
    image = """(url) => new Promise((ok) =>
        Object.assign(new Image(), {src: url, onload: () => ok(1), onerror: () => ok(0)}))"""
    assert visit.page.evaluate("(url) => fetch(url).then(() => 1, () => 0)", sandbox.issuer.issuer) == 0
    assert visit.page.evaluate(image, f"{sandbox.backend.url}/x.png") == 0
    visit.page.evaluate(
        "() => document.body.append(Object.assign(document.createElement('script'), {text: 'window.ran = 1'}))"
    )
    assert visit.page.evaluate("() => window.ran ?? null") is None
    violated = re.findall(r"directive:? [\"'](\S+)", " ".join(message.text for message in visit.console))
    assert set(violated) >= {"connect-src", "img-src", "script-src"}
    assert [request.path for request in sandbox.backend.requests if request.path == "/x.png"] == []


def assert_nowhere(visit: Visit, token: str) -> None:
    kept, shown = visit.page.evaluate(KEPT), visit.page.content()
    for part in token.split("."):
        assert part not in kept
        assert part not in shown
        assert not [request.url for request in visit.asked if part in request.url]
    carried = {
        re.match(r"https?://[^/]+", request.url)[0]  # type: ignore[index]
        for request in visit.asked
        if token in (request.post_data or "") or token in request.headers.get("authorization", "")
    }
    assert carried == {visit.served.url, visit.served.gateway.url}
    assert visit.page.context.cookies() == []


def test_an_issued_token_is_kept_in_memory_only_and_sent_to_the_page_and_the_api_only(visit: Visit):
    with visit.page.expect_response("**/token") as answered:
        visit.choose("Editor", "create:pets")
    token = answered.value.json()["token"]
    assert token.count(".") == 2
    visit.call("GET /pets")
    assert_nowhere(visit, token)


def test_a_pasted_token_is_not_stored_and_is_gone_after_a_reload(visit: Visit, sandbox: Sandbox):
    token = sandbox.issuer.mint("create:pets")
    field = visit.page.get_by_label("Paste your own token")
    field.fill(token)
    visit.sends("^Calls send: Your own")
    visit.call("POST /pets")
    assert_nowhere(visit, token)
    assert (field.get_attribute("autocomplete"), field.get_attribute("spellcheck")) == ("off", "false")
    visit.page.reload()
    visit.sends("^Calls send: Reader, no scope")
    assert field.input_value() == ""


def test_the_body_of_an_answer_is_shown_as_text(visit: Visit):
    answer = visit.call("GET /")
    assert "<h1>" in answer.locator(".body").inner_text()
    assert answer.locator(".body *").count() == 0
