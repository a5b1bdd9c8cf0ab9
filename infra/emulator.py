"""Adjusts the program for a stack on this machine, which runs on MiniStack instead of AWS."""

import pulumi

# MiniStack reports a value for these inputs if the program sets none. Without this list, the provider would find a
# change in every update, replace the integration, and update the stage and the alarm.
_INVENTED = {
    "aws:apigateway/integration:Integration": ("integration_http_method",),  # of a MOCK, which has none
    "aws:apigateway/stage:Stage": ("access_log_settings",),
    "aws:cloudwatch/metricAlarm:MetricAlarm": ("period", "statistic"),  # of an alarm on metric queries
}


def options_for_emulator(*, when: bool) -> pulumi.ResourceOptions:
    """The options of components: on MiniStack, their children ignore the inputs that it invents."""
    return pulumi.ResourceOptions(transformations=[_ignore_invented] if when else None)


def _ignore_invented(
    declared: pulumi.ResourceTransformationArgs,
) -> pulumi.ResourceTransformationResult | None:
    invented = [name for name in _INVENTED.get(declared.type_, ()) if declared.props.get(name) is None]
    if not invented:
        return None
    options = pulumi.ResourceOptions.merge(declared.opts, pulumi.ResourceOptions(ignore_changes=invented))
    return pulumi.ResourceTransformationResult(declared.props, options)
