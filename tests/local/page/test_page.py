"""The page of `make up` in a real browser: the requests that a page of another origin can send and read."""

import re

import pytest
from playwright.sync_api import expect

from local.cloud.sandbox import Sandbox
from local.cloud.servers import Request as Received
from tests.local.page.conftest import Visit
from tests.testkit.chromium import absent

pytestmark = pytest.mark.slow

# For each preset: the status and reason on a public route, a protected one, and one that requires create:pets.
VALID = (200, "Allowed: the token is valid.")
LACKING = (403, "insufficient_scope: the token is valid but does not grant create:pets.")
PUBLIC = (200, "Public route: API Gateway needs no token.")
NO_TOKEN = (401, "No token was sent: API Gateway refuses the call itself")
MALFORMED = (401, "malformed_token: one part: an opaque token")
EXPIRED = (401, "expired: expired 1 minute ago")
FOREIGN = (401, "wrong_audience: aud is 'https://other.example/api'")
ANSWERS = {
    "Reader": (
        PUBLIC,
        (200, "Allowed: the token is valid."),
        (403, "insufficient_scope: the token is valid but does not"),
    ),
    "Editor": (
        PUBLIC,
        (200, "Allowed: the token is valid."),
        (201, "Allowed: the token is valid and grants create:pets."),
    ),
    "Expired": (PUBLIC, EXPIRED, EXPIRED),
    "Wrong audience": (PUBLIC, FOREIGN, FOREIGN),
    "Malformed": (PUBLIC, MALFORMED, MALFORMED),
    "None": (PUBLIC, NO_TOKEN, NO_TOKEN),
}


@pytest.mark.parametrize("preset", ANSWERS)
def test_each_preset_gets_its_status_and_reason_on_each_type_of_route(visit: Visit, preset: str):
    visit.page.get_by_role("radio", name=preset, exact=True).check()
    visit.sends(f"^Calls send: {preset}, ")
    for route, (status, why) in zip(("GET /", "GET /pets", "POST /pets"), ANSWERS[preset], strict=True):
        answer = visit.call(route)
        expect(answer.locator(".status")).to_have_text(re.compile(f"^{status} "))
        expect(answer.locator(".why")).to_contain_text(why)
        expect(answer.locator(".facts")).to_have_text(re.compile(rf"^{route}, token: {preset}, \d+ ms$"))
        if status == 401:
            expect(answer.locator(".headers")).to_contain_text('www-authenticate: Bearer realm="PetStore"')
            expect(answer.locator(".body")).to_contain_text("Unauthorized")


def test_a_page_of_another_origin_reads_the_pets_with_a_token(visit: Visit):
    answer = visit.call("GET /pets")
    expect(answer.locator(".body")).to_contain_text("249.99")
    (call,) = [request for request in visit.asked if request.url.endswith("/pets")]
    assert call.url.startswith(visit.served.gateway.url)
    assert call.all_headers()["origin"] == visit.served.url
    assert visit.served.gateway.url != visit.served.url


def test_a_ticked_scope_takes_effect_at_once(visit: Visit):
    expect(visit.call("POST /pets").locator(".headers")).to_contain_text('error="insufficient_scope"')
    visit.page.get_by_role("checkbox", name="create:pets").check()
    visit.sends("^Calls send: Editor, scope create:pets")
    expect(visit.call("POST /pets").locator(".status")).to_have_text("201 Created")
    visit.page.get_by_role("checkbox", name="create:pets").uncheck()
    visit.sends("^Calls send: Reader, no scope")
    expect(visit.call("POST /pets").locator(".status")).to_have_text("403 Forbidden")
    visit.choose("Expired", "create:pets")
    visit.sends("^Calls send: Expired, scope create:pets")


def test_the_sent_token_is_the_shown_one(visit: Visit):
    visit.choose("Editor", "create:pets")
    claims = visit.page.locator("#claims")
    expect(claims).to_contain_text('"scope": "create:pets"')
    expect(visit.page.locator("#header")).to_contain_text('"kid": "local-1"')
    expect(visit.page.locator("#lifetime")).to_have_text(re.compile("^Expires in 23 hours"))
    visit.choose("Expired")
    expect(visit.page.locator("#lifetime")).to_have_text(re.compile("^Expired .* ago"))
    visit.choose("None")
    expect(claims).to_have_text("-")
    expect(visit.page.locator("#lifetime")).to_have_text("No expiry to show.")
    expect(visit.page.get_by_role("checkbox", name="create:pets")).to_be_disabled()
    visit.call("GET /pets")
    (call,) = [request for request in visit.asked if request.url.endswith("/pets")]
    assert "authorization" not in call.all_headers()


def test_after_quick_choices_the_last_one_is_used(visit: Visit):
    for _ in range(3):
        for preset in ("Editor", "Expired", "Reader"):
            visit.page.get_by_role("radio", name=preset, exact=True).check()
    expect(visit.call("POST /pets").locator(".status")).to_have_text("403 Forbidden")
    visit.sends("^Calls send: Reader, no scope")


def test_the_lifetime_counts_down(visit: Visit):
    visit.page.clock.install()
    visit.page.reload()
    visit.sends("^Calls send: Reader")
    visit.page.clock.fast_forward(2 * 3600 * 1000)
    expect(visit.page.locator("#lifetime")).to_have_text(re.compile("^Expires in 2[12] hours"))


def test_an_answer_of_the_backend_can_be_read_with_any_status(visit: Visit):
    card = visit.open("GET /pets/{petId}")
    card.get_by_label("petId (path)").fill("999")
    answer = visit.call("GET /pets/{petId}")
    expect(answer.locator(".status")).to_have_text("404 Not Found")
    expect(answer.locator(".why")).to_contain_text("Allowed: the token is valid. The 404 comes from the backend.")
    expect(answer.locator(".body")).to_contain_text("No pet 999")


def test_parameters_and_body_reach_the_backend(visit: Visit, sandbox: Sandbox):
    visit.choose("Editor", "create:pets")
    visit.open("GET /pets").get_by_label("type (query)").fill("a&b=c d")
    visit.call("GET /pets")
    assert sandbox.backend.requests[-1].query == {"type": ["a&b=c d"]}
    visit.open("GET /pets/{petId}").get_by_label("petId (path)").fill("3")
    visit.call("GET /pets/{petId}")
    assert sandbox.backend.requests[-1].path == "/petstore/pets/3"
    visit.open("GET /pets/{petId}").get_by_label("petId (path)").fill("a b/c?d")
    visit.call("GET /pets/{petId}")
    assert [request for request in visit.asked if request.url.endswith("/pets/a%20b%2Fc%3Fd")]
    visit.open("POST /pets").get_by_label("JSON body").fill('{"type": "fish"}')
    visit.call("POST /pets")
    assert sandbox.backend.requests[-1].body == b'{"type": "fish"}'


def test_each_route_has_its_badge_and_its_summary(visit: Visit):
    badges = {
        "GET /": "public",
        "GET /pets": "any token",
        "POST /pets": "create:pets",
        "GET /pets/{petId}": "any token",
    }
    for route, badge in badges.items():
        card = visit.card(route)
        expect(card.locator(".badge")).to_have_text(f"Requires {badge}")
        expect(card.locator(".summary")).to_have_text(re.compile(r"^(API Gateway answers with a page|Goes to http)"))


def test_the_newest_call_is_first_in_a_short_history(visit: Visit):
    for _ in range(9):
        visit.call("GET /")
    visit.choose("None")
    visit.call("GET /pets")
    items = visit.page.locator("#history li")
    expect(items).to_have_count(8)
    expect(items.first).to_have_text(re.compile(r"^401 GET /pets \d\d:\d\d:\d\d, NoneNo token was sent"))


def test_the_browser_sends_a_preflight_without_the_token(visit: Visit, monkeypatch: pytest.MonkeyPatch):
    received: list[Received] = []
    answer = visit.served.gateway.answer

    def noted(request: Received):
        received.append(request)
        return answer(request)

    monkeypatch.setattr(visit.served.gateway, "answer", noted)
    visit.choose("Editor", "create:pets")
    visit.call("POST /pets")
    first, second = received
    assert (first.method, second.method) == ("OPTIONS", "POST")
    assert first.headers["Access-Control-Request-Method"] == "POST"
    assert first.headers["Access-Control-Request-Headers"] == "authorization,content-type"
    assert "Authorization" not in first.headers
    assert first.headers["Origin"] == second.headers["Origin"] == visit.served.url


def test_a_page_of_an_origin_that_is_not_allowed_reads_nothing(visit: Visit, sandbox: Sandbox):
    try:
        visit.served.show(sandbox.deploy(allowedOrigin="https://app.example.com"))
        answer = visit.call("GET /pets")
        expect(answer.locator(".status")).to_have_text("No response")
        expect(answer.locator(".why")).to_contain_text("The browser withholds the response from this page")
        expect(answer.locator(".why")).to_contain_text("petstore:allowedOrigin is https://app.example.com")
        assert [message for message in visit.console if "blocked by CORS policy" in message.text]
        assert "249.99" not in visit.page.content()
    finally:
        visit.served.show(sandbox.deploy(allowedOrigin=visit.served.url))
    expect(visit.call("GET /pets").locator(".status")).to_have_text("200 OK")


def test_a_pasted_token_is_decoded_and_sent(visit: Visit, sandbox: Sandbox):
    visit.page.get_by_label("Paste your own token").fill(f"  Bearer {sandbox.issuer.mint('create:pets', sub='me')}\n")
    expect(visit.page.get_by_role("radio", name="Your own")).to_be_checked()
    visit.sends("^Calls send: Your own, scope create:pets")
    expect(visit.page.locator("#claims")).to_contain_text('"sub": "me"')
    expect(visit.call("POST /pets").locator(".status")).to_have_text("201 Created")
    visit.choose("None")
    expect(visit.call("POST /pets").locator(".status")).to_have_text("401 Unauthorized")


@pytest.mark.parametrize(
    ("pasted", "says"), [("", "paste a token first"), ("two words", "has spaces"), ("\u00e9", "has spaces")]
)
def test_an_invalid_token_is_not_sent(visit: Visit, pasted: str, says: str):
    visit.page.get_by_label("Paste your own token").fill(pasted)
    visit.page.get_by_role("radio", name="Your own").check()
    visit.sends(f"^Calls are not sent: .*{says}")
    card = visit.open("GET /pets")
    card.get_by_role("button", name="Send").click()
    expect(card.locator(".status")).to_have_text("Not sent")
    assert not [request for request in visit.asked if request.url.endswith("/pets")]


def test_a_call_is_copied_as_a_working_curl_command(visit: Visit):
    visit.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visit.choose("Editor", "create:pets")
    card = visit.open("POST /pets")
    card.get_by_label("JSON body").fill('{"type": "it\'s"}')
    card.get_by_role("button", name="Copy as curl").click()
    expect(card.locator(".copied")).to_have_text("Copied, with the token.")
    command = visit.page.evaluate("() => navigator.clipboard.readText()")
    url = f"{visit.served.gateway.invoke_url}/pets"
    assert re.fullmatch(
        rf"curl --include --request POST '{url}' --header 'Authorization: Bearer [\w.-]+' "
        r"--header 'Content-Type: application/json' --data '\{\"type\": \"it'\\''s\"\}'",
        command,
    )


@pytest.mark.parametrize(("ci", "kind"), [("", pytest.skip.Exception), ("true", pytest.fail.Exception)])
def test_without_a_browser_these_tests_are_reported_as_skipped_and_in_ci_they_fail(
    monkeypatch: pytest.MonkeyPatch, ci: str, kind: type[BaseException]
):
    monkeypatch.setenv("CI", ci)
    with pytest.raises(
        (pytest.skip.Exception, pytest.fail.Exception), match=r"NOT RUN: .* run `make browser`"
    ) as ended:
        absent()
    assert ended.type is kind
