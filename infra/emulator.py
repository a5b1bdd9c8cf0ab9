"""What the program does only because a stack on this machine runs on MiniStack, and not on AWS."""

import pulumi

# MiniStack reports a value of these where the program sets none. The provider would see a change at every update: it
# would replace the integration, and update the stage and the alarm.
_INVENTED = {
    "aws:apigateway/integration:Integration": ("integration_http_method",),  # of a MOCK, which has none
    "aws:apigateway/stage:Stage": ("access_log_settings",),
    "aws:cloudwatch/metricAlarm:MetricAlarm": ("period", "statistic"),  # of an alarm on metric queries
}


def options_for_emulator(*, when: bool) -> pulumi.ResourceOptions:
    """The options of components, whose children ignore what MiniStack invents when the stack runs on it."""
    return pulumi.ResourceOptions(transformations=[_ignore_invented] if when else None)


def _ignore_invented(
    declared: pulumi.ResourceTransformationArgs,
) -> pulumi.ResourceTransformationResult | None:
    invented = [name for name in _INVENTED.get(declared.type_, ()) if declared.props.get(name) is None]
    if not invented:
        return None
    options = pulumi.ResourceOptions.merge(declared.opts, pulumi.ResourceOptions(ignore_changes=invented))
    return pulumi.ResourceTransformationResult(declared.props, options)
