"""How much work comes in against what the people on shift can do: the reading behind the surge floor. Pure."""

from __future__ import annotations

import math

#: what is taken for one contact's time in hand until enough have been settled to tell
HANDLE_SECONDS_DEFAULT = 480.0
#: fewer arrivals than this are no surge, whoever is there: three people are not a crowd
ARRIVALS_MIN = 5


def offered_load(*, arrivals: int, window_seconds: float, handle_seconds: float, places: int) -> float:
    """Offered load per place: arrivals per second × seconds in hand / contacts that can be in hand at once.

    Erlang's traffic intensity per server; above 1 the queue grows without end. 0 for fewer than ARRIVALS_MIN arrivals;
    infinite when nobody is there for them.
    """
    if arrivals < ARRIVALS_MIN:
        return 0.0
    if places <= 0:
        return math.inf
    return arrivals / window_seconds * handle_seconds / places
