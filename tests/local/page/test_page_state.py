"""The page in a real browser, when the deployment or a server changes or fails."""

import pytest
from playwright.sync_api import expect

from local.cloud.sandbox import Sandbox
from local.page.server import Page as Served
from tests.local.page.conftest import Visit

pytestmark = pytest.mark.slow


def test_an_open_page_shows_the_next_deployment_and_keeps_the_choices(visit: Visit, sandbox: Sandbox):
    state = visit.page.get_by_role("status").first
    visit.choose("Editor", "create:pets")
    card = visit.open("POST /pets")
    card.get_by_label("JSON body").fill('{"type": "bird"}')
    before = visit.served._number
    try:
        visit.served.deploying()
        expect(state).to_have_text(f"Deploying a change. Deployment {before} is live.")
        visit.served.show(sandbox.deploy(stageName="next"))
        expect(visit.page.locator("#url")).to_contain_text("/next/")
        expect(state).to_have_text(f"Deployment {before + 1} is live.")
        expect(visit.page.get_by_role("checkbox")).to_be_checked()
        expect(card.get_by_label("JSON body")).to_have_value('{"type": "bird"}')
        expect(visit.call("POST /pets").locator(".status")).to_have_text("201 Created")
    finally:
        visit.served.show(sandbox.deploy())


def test_a_broken_save_is_reported_and_the_previous_deployment_still_answers(visit: Visit):
    alert = visit.page.locator("#problem")
    expect(alert).to_have_text("")
    visit.served.failed("routes.py:12: SyntaxError: unmatched ']'.")
    try:
        expect(alert).to_contain_text("The last change is not deployed: routes.py:12: SyntaxError: unmatched ']'.")
        expect(alert).to_be_in_viewport()
        expect(visit.call("GET /pets").locator(".status")).to_have_text("200 OK")
        expect(alert).to_be_in_viewport()
    finally:
        visit.served.failed("")
    expect(alert).to_have_text("")


def test_an_issuer_that_does_not_answer_is_reported(visit: Visit, sandbox: Sandbox):
    sandbox.issuer.stop()
    try:
        expect(visit.page.locator("#problem")).to_contain_text(f"The issuer {sandbox.issuer.issuer} does not answer.")
    finally:
        sandbox.issuer.start()
    expect(visit.page.locator("#problem")).to_have_text("")


def test_an_open_page_reports_that_the_server_has_stopped(visit: Visit):
    visit.served.stop()
    try:
        expect(visit.page.locator("#problem")).to_contain_text("`make up` does not answer any more.")
        visit.page.get_by_role("radio", name="Editor").check()
        visit.sends("^Calls are not sent: no token could be issued")
        card = visit.open("GET /pets")
        card.get_by_role("button", name="Send").click()
        expect(card.locator(".status")).to_have_text("Not sent")
    finally:
        visit.served.start()
    expect(visit.page.locator("#problem")).to_have_text("")
    visit.sends("^Calls send: Editor, scope create:pets")


def test_an_open_page_reconnects_to_the_next_run_on_its_port(visit: Visit, sandbox: Sandbox):
    visit.choose("Editor", "create:pets")
    visit.served.stop()
    try:
        with Served(sandbox, visit.served.port) as next_run:
            assert next_run.url == visit.served.url
            next_run.show(sandbox.deploy())
            visit.sends("^Calls send: Reader, no scope")
            expect(visit.call("GET /pets").locator(".status")).to_have_text("200 OK")
            assert visit.asked[-1].url.startswith((next_run.url, next_run.gateway.url))
    finally:
        visit.served.start()
        visit.served.show(sandbox.deploy())


def test_before_the_first_deployment_the_page_says_so(visit: Visit, sandbox: Sandbox):
    with Served(sandbox, 0) as empty:
        empty.failed("routes.py:1: SyntaxError.")
        visit.page.goto(empty.url)
        expect(visit.page.locator("#problem")).to_contain_text(
            "The last change is not deployed: routes.py:1: SyntaxError. Nothing is deployed yet."
        )
