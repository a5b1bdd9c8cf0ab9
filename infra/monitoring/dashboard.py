"""The dashboard to open after an alarm. It begins with the callers' metrics and ends with those of the keys.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
"""

import json
from collections.abc import Sequence

from authorizer.log import DURATION, JWKS_AGE, JWKS_FAILURES, NAMESPACE
from infra.monitoring.alarms import PERIOD, Metric, Sources

OUTCOMES = ("allow", "deny", "unauthorized", "error")
_WIDTH, _HEIGHT = 12, 6  # size of a widget; a dashboard is 24 wide


def body(sources: Sources, region: str) -> str:
    """The dashboard as JSON, with two widgets in a row."""
    reasons = (
        f"SEARCH('{{{NAMESPACE},function,reason}} "
        f'MetricName="{DURATION}" function="{sources.function_name}"\', \'SampleCount\', {PERIOD})'
    )
    api, function, authorizer = sources.api, sources.function, sources.authorizer
    widgets = {
        "Requests and errors": [_line(api(name)) for name in ("Count", "4XXError", "5XXError")],
        "Latency (ms)": [_line(api("Latency", statistic)) for statistic in ("p50", "p99")],
        "Decisions by outcome": [_line(sources.decisions(outcome)) for outcome in OUTCOMES],
        "Decisions by reason": [[{"expression": reasons, "id": "reasons"}]],
        "Authorizer (ms)": [_line(function("Duration", statistic)) for statistic in ("p50", "p99")],
        "Authorizer's containers": [_line(function("ConcurrentExecutions", "Maximum")), _line(function("Throttles"))],
        "Key set: failed fetches in a row": [_line(authorizer(JWKS_FAILURES, "Maximum"))],
        "Key set: age at a failed fetch (s)": [_line(authorizer(JWKS_AGE, "Maximum"))],
    }
    return json.dumps({"widgets": [_widget(at, *widget, region) for at, widget in enumerate(widgets.items())]})


def _widget(at: int, title: str, lines: Sequence[object], region: str) -> dict[str, object]:
    properties = {"title": title, "metrics": lines, "region": region, "period": PERIOD, "view": "timeSeries"}
    place = {"x": at % 2 * _WIDTH, "y": at // 2 * _HEIGHT, "width": _WIDTH, "height": _HEIGHT}
    return {"type": "metric", **place, "properties": properties}


def _line(metric: Metric) -> list[object]:
    dimensions = [word for pair in metric.dimensions.items() for word in pair]
    return [metric.namespace, metric.name, *dimensions, {"stat": metric.statistic}]
