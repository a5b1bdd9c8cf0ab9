"""The dashboard and the alarms of the API in CloudWatch."""

import pulumi
from pulumi_aws import cloudwatch, sns

from infra.monitoring.alarms import PERIOD, Alarm, Metric, Sources, alarms
from infra.monitoring.dashboard import body

RUNBOOK = "docs/operations.md"


class Monitoring(pulumi.ComponentResource):
    """`petstore:ops:Monitoring`: the dashboard and the alarms.

    `sources` are the sources of the metrics; `execution_arn` is that of the API. `physical_name` is the dashboard's
    name, and the alarms' descriptions begin with it. Children: the Dashboard; with `alarms_to`, a MetricAlarm for each
    of `alarms`. If it is an e-mail address, also the Topic and its TopicSubscription, which the recipient must confirm.
    """

    def __init__(
        self,
        name: str,
        *,
        physical_name: str,
        sources: Sources,
        execution_arn: pulumi.Output[str],
        alarms_to: str = "",
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("petstore:ops:Monitoring", name, None, opts)
        self._name, self._physical_name = name, physical_name
        self._child = pulumi.ResourceOptions(parent=self)
        cloudwatch.Dashboard(
            f"{name}-dashboard",
            dashboard_name=physical_name,
            # The provider's region, from an ARN in it: a request to AWS would block a preview without AWS.
            dashboard_body=execution_arn.apply(lambda arn: body(sources, arn.split(":")[3])),
            opts=self._child,
        )
        if alarms_to:
            topic = self._topic(alarms_to)
            for alarm in alarms(sources):
                self._alarm(alarm, topic)
        self.register_outputs({})

    def _topic(self, receiver: str) -> pulumi.Input[str]:
        if receiver.startswith("arn:"):
            return receiver
        topic = sns.Topic(f"{self._name}-alarms-topic", opts=self._child)
        sns.TopicSubscription(
            f"{self._name}-alarms-subscription", topic=topic.arn, protocol="email", endpoint=receiver, opts=self._child
        )
        return topic.arn

    def _alarm(self, alarm: Alarm, topic: pulumi.Input[str]) -> None:
        queries: list[cloudwatch.MetricAlarmMetricQueryArgsDict] = [
            {"id": key, "metric": _metric(metric), "return_data": not alarm.expression}
            for key, metric in alarm.metrics.items()
        ]
        if alarm.expression:
            queries.append({"id": "result", "expression": alarm.expression, "label": alarm.name, "return_data": True})
        cloudwatch.MetricAlarm(
            f"{self._name}-{alarm.name}-alarm",
            alarm_description=f"{self._physical_name}: {alarm.description}. What to do: {RUNBOOK}#{alarm.name}",
            metric_queries=queries,
            comparison_operator="GreaterThanOrEqualToThreshold",
            threshold=alarm.threshold,
            evaluation_periods=alarm.periods,
            treat_missing_data="notBreaching",  # no requests, no decisions, no failed fetches: no problem
            alarm_actions=[topic],
            ok_actions=[topic],
            opts=self._child,
        )


def _metric(metric: Metric) -> cloudwatch.MetricAlarmMetricQueryMetricArgsDict:
    return {
        "namespace": metric.namespace,
        "metric_name": metric.name,
        "dimensions": metric.dimensions,
        "stat": metric.statistic,
        "period": PERIOD,
    }
