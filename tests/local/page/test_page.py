"""The page of `make up` in a real browser: what another origin's page can do, and what it can read."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Request, expect

from local.cloud.sandbox import Sandbox
from local.cloud.servers import Request as Received
from local.page.server import SWAGGER
from local.page.server import Page as Served
from tests.testkit.chromium import absent, launched

pytestmark = pytest.mark.xdist_group("page")  # it has a sandbox of its own
expect.set_options(timeout=30_000)  # milliseconds; a machine that runs other tests beside takes its time


@dataclass
class Visit:
    """The page, open, with what the browser has said and asked for so far."""

    served: Served
    page: Page
    said: list[ConsoleMessage] = field(default_factory=list)
    asked: list[Request] = field(default_factory=list)

    def press(self, name: str, *scopes: str) -> None:
        for box in self.page.get_by_role("checkbox").all():
            box.set_checked(box.input_value() in scopes)
        self.page.get_by_role("button", name=name, exact=True).click()
        kept = {"Get a token": "a token of", "Expired token": "an expired token", "Garbage": "garbage"}
        granted = f", {' '.join(scopes) or 'no scope'}" if "Get" in name or "Expired" in name else ""
        expect(self.page.locator("#sent")).to_have_text(re.compile(f"^{kept.get(name, 'no token')}.*{granted}$"))

    def call(self, operation: str) -> Locator:
        """Execute it, and wait for what the page says of the answer: the newest of its list."""
        block = self.page.locator(f"#operations-default-{operation}")
        count = self.answers.count()
        if not block.locator(".execute").is_visible():
            block.locator(".opblock-summary-control").click()
        block.locator(".execute").click()
        expect(self.answers).to_have_count(count + 1)
        expect(self.answers.first.locator(".why")).not_to_have_text("...", timeout=20_000)
        return self.answers.first

    @property
    def answers(self) -> Locator:
        return self.page.locator("#answers li")


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def served(sandbox: Sandbox) -> Iterator[Served]:
    if not SWAGGER.exists():
        absent("NOT RUN: there is no Swagger UI; install npm and run `make up`")
    with Served(sandbox) as served:
        served.show(sandbox.deploy())
        yield served


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as browser:
        yield browser


@pytest.fixture
def visit(browser: Browser, served: Served) -> Iterator[Visit]:
    context = browser.new_context(viewport={"width": 1200, "height": 900})
    visit = Visit(served, context.new_page())
    # Playwright marks the functions that it calls, and cannot mark a list's.
    visit.page.on("console", lambda said: visit.said.append(said))  # noqa: PLW0108
    visit.page.on("request", lambda asked: visit.asked.append(asked))  # noqa: PLW0108
    visit.page.goto(served.url)
    expect(visit.page.locator("#operations-default-get_pets")).to_be_visible(timeout=20_000)
    yield visit
    context.close()


def test_a_page_of_another_origin_reads_the_pets_with_a_token(visit: Visit):
    visit.press("Get a token")
    expect(visit.call("get_pets")).to_have_text(re.compile("^200 GET /petsLet in: the token is valid"))
    expect(visit.page.locator(".responses-wrapper .live-responses-table")).to_contain_text("249.99")
    (call,) = [request for request in visit.asked if request.url.endswith("/pets")]
    assert call.url.startswith(visit.served.gateway.url)
    assert call.all_headers()["origin"] == visit.served.url
    assert visit.served.gateway.url != visit.served.url


@pytest.mark.parametrize(
    ("button", "why"),
    [
        ("No token", "No token was sent. API Gateway refuses that itself"),
        ("Expired token", "expired: expired 1 minute ago"),
        ("Garbage", "malformed_token: one part: an opaque token"),
    ],
)
def test_a_401_can_be_read_there_with_its_reason(visit: Visit, button: str, why: str):
    visit.press("Get a token")
    visit.press(button)
    answer = visit.call("get_pets")
    expect(answer).to_contain_text(f"401 GET /pets{why}")
    expect(answer).to_contain_text('WWW-Authenticate: Bearer realm="PetStore"')
    expect(visit.page.locator(".live-responses-table")).to_contain_text("Unauthorized")


def test_a_403_can_be_read_there_and_goes_away_with_the_scope(visit: Visit):
    visit.press("Get a token")
    answer = visit.call("post_pets")
    expect(answer).to_contain_text(
        "403 POST /petsinsufficient_scope: the token is valid, and was not granted create:pets."
    )
    expect(answer).to_contain_text('WWW-Authenticate: Bearer realm="PetStore", error="insufficient_scope"')
    visit.press("Get a token", "create:pets")
    expect(visit.call("post_pets")).to_contain_text("201 POST /petsLet in: the token is valid and grants create:pets.")


def test_what_is_behind_the_authorizer_can_be_read_there_whatever_its_status(visit: Visit):
    visit.press("Get a token")
    visit.page.locator("#operations-default-get_pets__petId_ .opblock-summary-control").click()
    visit.page.get_by_placeholder("petId").fill("999")
    expect(visit.call("get_pets__petId_")).to_contain_text("404 GET /pets/{petId}Let in")
    expect(visit.page.locator(".live-responses-table")).to_contain_text("No pet 999")
    visit.press("No token")
    expect(visit.call("get_")).to_have_text("200 GET /Public: no token is asked for.")


def test_the_browser_asks_first_without_the_token(visit: Visit, monkeypatch: pytest.MonkeyPatch):
    received: list[Received] = []
    answer = visit.served.gateway.answer

    def noted(request: Received):
        received.append(request)
        return answer(request)

    monkeypatch.setattr(visit.served.gateway, "answer", noted)
    visit.press("Get a token", "create:pets")
    visit.call("post_pets")
    first, second = received
    assert (first.method, second.method) == ("OPTIONS", "POST")
    assert first.headers["Access-Control-Request-Method"] == "POST"
    assert first.headers["Access-Control-Request-Headers"] == "authorization,content-type"
    assert "Authorization" not in first.headers
    assert first.headers["Origin"] == second.headers["Origin"] == visit.served.url


def test_a_page_of_an_origin_that_is_not_allowed_reads_nothing(visit: Visit, sandbox: Sandbox):
    visit.press("Get a token")
    try:
        visit.served.show(sandbox.deploy(allowedOrigin="https://app.example.com"))
        answer = visit.call("get_pets")
        expect(answer).to_contain_text("unreadable GET /petsThe browser keeps the answer from this page.")
        expect(answer).to_contain_text("The API lets pages of https://app.example.com read")
        assert [said for said in visit.said if "blocked by CORS policy" in said.text]
        assert "249.99" not in visit.page.content()
    finally:
        visit.served.show(sandbox.deploy(allowedOrigin=visit.served.url))
    expect(visit.call("get_pets")).to_contain_text("200 GET /pets")


def test_an_open_page_shows_the_next_deployment_by_itself_and_keeps_what_was_chosen(visit: Visit, sandbox: Sandbox):
    visit.press("Get a token", "create:pets")
    try:
        visit.served.show(sandbox.deploy(stageName="next"))
        expect(visit.page.locator("#url")).to_contain_text("/next/", timeout=20_000)
        expect(visit.page.locator(".swagger-ui .info .title")).to_contain_text("next")
        expect(visit.page.get_by_role("checkbox")).to_be_checked()
        expect(visit.call("post_pets")).to_contain_text("201 POST /pets")
    finally:
        visit.served.show(sandbox.deploy())


def test_an_open_page_says_when_nothing_answers_any_more(visit: Visit):
    expect(visit.page.get_by_role("alert")).to_be_hidden()
    visit.served.stop()
    try:
        expect(visit.page.get_by_role("alert")).to_contain_text("Nothing answers any more", timeout=20_000)
    finally:
        visit.served.start()
    expect(visit.page.get_by_role("alert")).to_be_hidden(timeout=20_000)


def test_nothing_is_loaded_from_anywhere_else_and_nothing_is_stopped_by_the_policy(visit: Visit):
    visit.press("Get a token", "create:pets")
    visit.call("get_pets")
    visit.call("post_pets")
    ours = (f"{visit.served.url}/", f"{visit.served.gateway.url}/", "data:")
    assert len(visit.asked) > 8
    assert [request.url for request in visit.asked if not request.url.startswith(ours)] == []
    assert [said.text for said in visit.said] == []


def test_the_policy_stops_what_would_be_loaded_from_elsewhere(visit: Visit, sandbox: Sandbox):
    image = "new Promise((ok) => Object.assign(new Image(), {src: %r, onload: () => ok(1), onerror: () => ok(0)}))"
    assert visit.page.evaluate("(url) => fetch(url).then(() => 1, () => 0)", sandbox.issuer.issuer) == 0
    assert visit.page.evaluate(image % f"{sandbox.backend.url}/x.png") == 0
    visit.page.evaluate(
        "document.body.append(Object.assign(document.createElement('script'), {text: 'window.ran = 1'}))"
    )
    assert visit.page.evaluate("window.ran") is None
    violated = re.findall(r"directive:? [\"'](\S+)", " ".join(said.text for said in visit.said))
    assert set(violated) >= {"connect-src", "img-src", "script-src"}
    assert [request.path for request in sandbox.backend.requests if request.path == "/x.png"] == []


def test_the_token_is_nowhere_but_in_the_pages_memory(visit: Visit):
    with visit.page.expect_response("**/token") as answered:
        visit.press("Get a token")
    token = answered.value.json()["token"]
    assert token.count(".") == 2
    visit.call("get_pets")
    assert any(token in request.headers.get("authorization", "") for request in visit.asked)
    kept = visit.page.evaluate(
        "JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie, location.href])"
    )
    shown = visit.page.content()
    for part in token.split("."):
        assert part not in kept
        assert part not in shown
        assert not [request.url for request in visit.asked if part in request.url]
    assert visit.page.context.cookies() == []


def test_a_token_of_ones_own_is_sent_and_kept_nowhere_either(visit: Visit, sandbox: Sandbox):
    token = sandbox.issuer.mint("create:pets")
    visit.page.locator(".auth-wrapper .authorize").click()
    dialog = visit.page.locator(".dialog-ux")
    dialog.locator("input").fill(token)
    dialog.locator("button[type=submit]").click()
    expect(dialog.get_by_role("button", name="Remove authorization")).to_be_visible()  # the token is taken
    dialog.locator(".btn-done").click()
    expect(dialog).to_be_hidden()
    expect(visit.call("post_pets")).to_contain_text("201 POST /pets")
    assert (
        visit.page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, location.href])").count("eyJ") == 0
    )


def test_a_narrow_screen_needs_no_scrolling_sideways(visit: Visit):
    visit.page.set_viewport_size({"width": 400, "height": 800})
    visit.press("Get a token")
    visit.call("get_pets")
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= 400


def test_it_is_dark_where_the_system_is(visit: Visit):
    body, light, dark = visit.page.locator("body"), "rgb(255, 255, 255)", "rgb(28, 32, 34)"
    expect(body).to_have_css("background-color", light)
    visit.page.emulate_media(color_scheme="dark")
    expect(body).to_have_css("background-color", dark)
    visit.page.reload()
    expect(body).to_have_css("background-color", dark)
    expect(visit.page.locator(".swagger-ui .opblock").first).to_be_visible(timeout=20_000)
    assert [said.text for said in visit.said] == []


def test_a_keyboard_is_enough_and_everything_has_a_name(visit: Visit):
    visit.page.get_by_label("User", exact=True).focus()
    visit.page.keyboard.press("ArrowDown")
    visit.page.keyboard.press("Tab")
    visit.page.keyboard.press("Space")
    visit.page.keyboard.press("Tab")
    visit.page.keyboard.press("Enter")
    expect(visit.page.get_by_role("status")).to_have_text("Calls are sent with a token of Ben's, create:pets.")
    expect(visit.page.get_by_role("group", name="Scopes")).to_be_visible()
    expect(visit.page).to_have_title("Try the API behind the JWT authorizer")


@pytest.mark.parametrize(("ci", "kind"), [("", pytest.skip.Exception), ("true", pytest.fail.Exception)])
def test_without_a_browser_these_tests_are_said_not_to_have_run_and_in_ci_they_fail(
    monkeypatch: pytest.MonkeyPatch, ci: str, kind: type[BaseException]
):
    monkeypatch.setenv("CI", ci)
    with pytest.raises(
        (pytest.skip.Exception, pytest.fail.Exception), match=r"NOT RUN: .* run `make browser`"
    ) as ended:
        absent()
    assert ended.type is kind
