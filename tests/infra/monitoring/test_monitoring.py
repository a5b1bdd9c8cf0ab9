"""Alarms and dashboard: every metric exists, and each alarm links to its section of the runbook."""

import json
import re
from typing import Any

import pytest

from authorizer.log import NAMESPACE
from infra.api.access_log import METRIC
from infra.monitoring.alarms import Sources, alarms
from infra.monitoring.dashboard import body
from tests.testkit.production import PRODUCTION
from tools.preview.mock_recorder import Declared, Resource, declare
from tools.project import ROOT

SOURCES = Sources("PetStore", "prod", "petstore-prod-authorizer", ("petstore-prod", METRIC))
# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html and
# https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
AWS_METRICS = {
    "AWS/ApiGateway": ({"ApiName", "Stage"}, {"Count", "4XXError", "5XXError", "Latency"}),
    "AWS/Lambda": ({"FunctionName"}, {"Errors", "Throttles", "Duration", "ConcurrentExecutions"}),
}


@pytest.fixture(scope="module")
def production() -> Declared:
    return declare(PRODUCTION, stack="prod")


def by_name(program: Declared) -> dict[str, Resource]:
    return {alarm.name.removeprefix("petstore-").removesuffix("-alarm"): alarm for alarm in program.of("MetricAlarm")}


def test_each_type_of_outage_has_an_alarm(production: Declared):
    assert set(by_name(production)) == {
        *("authorizer-failures", "authorizer-throttled", "jwks-failing", "jwks-stale", "unauthorized-spike"),
        *("server-errors", "latency", "requests-throttled"),
    }


def test_an_email_address_creates_a_topic_for_every_alarm_and_recovery(production: Declared):
    assert production.one("TopicSubscription").inputs == {
        "topic": "ARN(petstore-alarms-topic)",
        "protocol": "email",
        "endpoint": "oncall@petstore.example",
    }
    for alarm in production.of("MetricAlarm"):
        assert alarm.inputs["alarmActions"] == alarm.inputs["okActions"] == ["ARN(petstore-alarms-topic)"]


def test_an_existing_topic_is_used_unchanged():
    topic = "arn:aws:sns:us-east-1:123456789012:oncall"
    program = declare({"petstore:alarmsTo": topic})
    assert program.of("Topic") == program.of("TopicSubscription") == []
    assert {alarm.inputs["alarmActions"][0] for alarm in program.of("MetricAlarm")} == {topic}


def test_an_alarm_describes_the_effect_on_callers_and_links_to_the_runbook(production: Declared):
    runbook = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    headings = set(re.findall(r"^### `([a-z-]+)`", runbook, re.MULTILINE))
    for name, alarm in by_name(production).items():
        assert alarm.inputs["alarmDescription"].startswith("petstore-prod: ")
        assert alarm.inputs["alarmDescription"].endswith(f"docs/operations.md#{name}")
        assert "name" not in alarm.inputs, "a renamed component would overwrite and then delete its own alarms"
    assert headings == set(by_name(production))


def test_missing_data_is_not_an_alarm(production: Declared):
    assert {alarm.inputs["treatMissingData"] for alarm in production.of("MetricAlarm")} == {"notBreaching"}


def test_an_alarm_evaluates_one_expression(production: Declared):
    for alarm in production.of("MetricAlarm"):
        queries = alarm.inputs["metricQueries"]
        assert sum(query["returnData"] for query in queries) == 1
        (returned,) = [query for query in queries if query["returnData"]]
        named = set(re.findall(r"[a-z]\w+(?=[,)\s])", returned.get("expression", "")))
        assert named <= {query["id"] for query in queries}
        assert all(re.fullmatch("[a-z][A-Za-z0-9_]*", query["id"]) for query in queries)


@pytest.mark.parametrize(
    ("name", "quiet", "loud"),
    [
        ("unauthorized-spike", {"refused": 99, "requests": 99}, {"refused": 100, "requests": 1000}),
        ("unauthorized-spike", {"refused": 100, "requests": 2000}, {"refused": 500, "requests": 500}),
        ("server-errors", {"errors": 19, "requests": 19}, {"errors": 1, "requests": 20}),
        ("server-errors", {"errors": 1, "requests": 100}, {"errors": 100, "requests": 100}),
        ("latency", {"p99": 9000, "requests": 19}, {"p99": 3000, "requests": 20}),
        ("jwks-stale", {"age": 2400, "failures": 1}, {"age": 1800, "failures": 3}),
        ("jwks-stale", {"age": 600, "failures": 9}, {"age": 3900, "failures": 9}),
    ],
)
def test_an_alarm_fires_for_its_problem_and_not_for_a_single_request(
    name: str, quiet: dict[str, float], loud: dict[str, float]
):
    (alarm,) = [alarm for alarm in alarms(SOURCES) if alarm.name == name]
    assert _evaluate(alarm.expression, **quiet) < alarm.threshold <= _evaluate(alarm.expression, **loud)


def test_a_refused_token_causes_no_alarm():
    (alarm,) = [alarm for alarm in alarms(SOURCES) if alarm.name == "authorizer-failures"]
    assert [metric.dimensions["outcome"] for metric in alarm.metrics.values()] == ["error"]


def test_the_throttling_alarm_exists_only_if_the_access_log_counts_it():
    program = declare({"petstore:alarmsTo": "oncall@petstore.example"})
    assert "petstore-requests-throttled-alarm" not in {alarm.name for alarm in program.of("MetricAlarm")}


def test_the_dashboard_uses_the_providers_region_and_existing_metrics(production: Declared):
    inputs = production.one("Dashboard").inputs
    assert inputs["dashboardName"] == "petstore-prod"
    widgets = json.loads(inputs["dashboardBody"])["widgets"]
    assert {widget["properties"]["region"] for widget in widgets} == {"eu-west-1"}
    lines = [line for widget in widgets for line in widget["properties"]["metrics"]]
    plain = [line for line in lines if isinstance(line[0], str)]
    for namespace, name, *dimensions, _ in plain:
        exists(namespace, name, dict(zip(dimensions[::2], dimensions[1::2], strict=True)))
    assert len(plain) > 10


def test_every_alarms_metric_exists():
    for alarm in alarms(SOURCES):
        for metric in alarm.metrics.values():
            exists(metric.namespace, metric.name, dict(metric.dimensions))


def test_widgets_do_not_overlap():
    places = [(it["x"], it["y"]) for it in json.loads(body(SOURCES, "eu-west-1"))["widgets"]]
    assert len(places) == len(set(places)) == 8


def exists(namespace: str, name: str, dimensions: dict[str, Any]) -> None:
    """Fail unless AWS or the function publishes such a metric with exactly these dimensions."""
    if namespace == NAMESPACE:
        published = {
            ("duration_ms", ("function", "outcome")),
            ("duration_ms", ("function", "reason")),
            ("jwks_failures", ("function",)),
            ("jwks_age_seconds", ("function",)),
        }
        assert (name, tuple(sorted(dimensions))) in published
        assert dimensions["function"] == "petstore-prod-authorizer"
    elif namespace == "petstore-prod":
        assert (name, dimensions) == (METRIC, {})
    else:
        expected, names = AWS_METRICS[namespace]
        assert set(dimensions) == expected
        assert name in names


def _evaluate(expression: str | None, **metrics: float) -> float:
    """Evaluates the subset of CloudWatch's metric math that the alarms use."""
    functions = {"IF": lambda met, then, otherwise: then if met else otherwise}
    return eval(expression or "", {**functions, **metrics})  # noqa: S307 - our own expressions
