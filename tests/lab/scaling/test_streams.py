"""The tolerance of the measured counts: API Gateway's type of cache passes, and other types do not."""

from collections import Counter

import pytest

from lab.scaling import streams


def through_a_cache(*, prolonged: bool, ttl: float = streams.TTL) -> list[streams.Counted]:
    """The streams of the run through a cache with this `ttl`; `prolonged`: each request extends it."""
    asked, invoked = Counter[str](), Counter[str]()
    for stream in streams.streams(lambda **_: "a token"):
        until = 0.0
        for request in stream:
            counts = request.at >= streams.WARM_UP
            asked[request.subject] += counts
            if request.at >= until:
                invoked[request.subject] += counts
            if request.at >= until or prolonged:
                until = request.at + ttl
    return [streams.counted(name, asked, invoked) for name in streams.GROUPS]


def test_a_cache_that_keeps_an_answer_for_the_ttl_is_within_the_tolerance():
    found = through_a_cache(prolonged=False)
    assert streams.check(found) == found
    assert all(group.tolerance < 0.07 * group.predicted for group in found)


def test_a_cache_whose_entries_are_extended_by_each_request_is_beyond_the_tolerance():
    with pytest.raises(streams.Disagreement, match=r"^\S+.* requests in a TTL: \d+ invocations, where the formula has"):
        streams.check(through_a_cache(prolonged=True))


@pytest.mark.parametrize("ttl", [0, 0.8 * streams.TTL, 1.25 * streams.TTL])
def test_a_cache_with_another_ttl_is_beyond_the_tolerance(ttl: float):
    with pytest.raises(streams.Disagreement):
        streams.check(through_a_cache(prolonged=False, ttl=ttl))
