"""Reads the metrics in a log line as CloudWatch does, by the specification of the embedded metric format.

Written from the specification and not from `authorizer.metrics`. It raises an error if CloudWatch would silently ignore
a part.
"""

from typing import Any, NamedTuple

UNITS = {"Seconds", "Milliseconds", "Count", "Bytes", "Percent", "None"}


class Sample(NamedTuple):
    """One value of one metric, under one set of dimensions."""

    namespace: str
    dimensions: dict[str, str]
    name: str
    value: float
    unit: str


def read(line: dict[str, Any]) -> tuple[int, list[Sample]]:
    """The time, in milliseconds since 1970, and the samples."""
    metadata = line["_aws"]
    assert set(metadata) == {"Timestamp", "CloudWatchMetrics"}
    assert type(metadata["Timestamp"]) is int
    return metadata["Timestamp"], [sample for one in metadata["CloudWatchMetrics"] for sample in _samples(line, one)]


def _samples(line: dict[str, Any], directive: dict[str, Any]) -> list[Sample]:
    assert set(directive) == {"Namespace", "Dimensions", "Metrics"}
    assert directive["Namespace"]
    found: list[Sample] = []
    for names in directive["Dimensions"]:
        dimensions = {name: line[name] for name in names}
        assert all(isinstance(value, str) and value and value.isascii() for value in dimensions.values())
        for metric in directive["Metrics"]:
            value = line[metric["Name"]]
            assert isinstance(value, int | float)
            assert not isinstance(value, bool)
            assert metric["Unit"] in UNITS
            found.append(Sample(directive["Namespace"], dimensions, metric["Name"], value, metric["Unit"]))
    return found
