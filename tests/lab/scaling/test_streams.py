"""The count's tolerance: a cache of the kind that API Gateway has passes, another one does not."""

from collections import Counter

import pytest

from lab.scaling import streams


def through_a_cache(*, prolonged: bool, ttl: float = streams.TTL) -> list[streams.Counted]:
    """The streams of the run through a cache that keeps answers for `ttl`; `prolonged` by each request."""
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


def test_a_cache_whose_answers_are_prolonged_by_each_request_is_beyond_it():
    with pytest.raises(streams.Disagreement, match=r"^\S+.* requests in a TTL: \d+ invocations, where the formula has"):
        streams.check(through_a_cache(prolonged=True))


@pytest.mark.parametrize("ttl", [0, 0.8 * streams.TTL, 1.25 * streams.TTL])
def test_another_ttl_is_beyond_it(ttl: float):
    with pytest.raises(streams.Disagreement):
        streams.check(through_a_cache(prolonged=False, ttl=ttl))
