"""How the comparison with Janus is put into figures."""

from collections.abc import Callable, Coroutine

import pytest

from bench.forwarders.load import Load
from bench.forwarders.room import room_server
from bench.forwarders.servers import Started
from bench.forwarders.watching import Seen
from bench.media import TRIES, begun, load_figures, loss_figures


def load(cpu_us: float, lost: float = 0.0) -> Load:
    return Load(rate=3_000, viewers=3, cpu_us=cpu_us, median_ms=0.3, p99_ms=2.0, lost=lost)


def test_the_goal_of_a_cost_is_a_share_of_what_janus_took_in_the_same_run() -> None:
    found = load_figures([load(8.0), load(9.0), load(30.0)], [load(20.0), load(10.0), load(10.0)])
    by_name = {each.figure: each for each in found}

    middle = by_name["one to 3 at 3,000 packets a second: CPU a packet sent, median"]
    assert (middle.value, middle.peer, middle.goal, middle.met) == (9.0, 10.0, 8.0, False)
    worst = by_name["one to 3 at 3,000 packets a second: CPU a packet sent, worst"]
    assert (worst.value, worst.peer, worst.met) == (30.0, 20.0, False)


def test_a_lost_packet_is_a_missed_goal_even_where_janus_loses_more() -> None:
    found = load_figures([load(8.0, lost=0.001)], [load(20.0, lost=0.2)])

    lost = next(each for each in found if "lost" in each.figure)
    assert lost.met is False


def test_loss_is_held_against_the_goals_of_its_size() -> None:
    seen = Seen(age_median=30.0, age_p95=70.0, longest_gap=400.0, frozen=0.05, concealed=0.04)
    few = {each.figure: each.met for each in loss_figures(0.03, [seen], [seen])}
    many = {each.figure: each.met for each in loss_figures(0.10, [seen], [seen])}

    assert few["3% lost each way: glass to glass, 95th percentile, median"] is False
    assert few["3% lost each way: frozen, median"] is False
    assert few["3% lost each way: longest gap, worst"] is True
    assert many["10% lost each way: frozen, median"] is True
    assert many["10% lost each way: sound made up, median"] is True
    assert many["10% lost each way: longest gap, median"] is None


def failing(times: int) -> tuple[list[int], Callable[[Started], Coroutine[None, None, str]]]:
    """A call that fails to begin so often."""
    tries: list[int] = []

    async def call(_: Started) -> str:
        tries.append(1)
        if len(tries) <= times:
            raise AssertionError("No such feed")
        return "seen"

    return tries, call


def test_a_call_that_does_not_begin_is_tried_again_and_counted() -> None:
    _, call = failing(2)

    assert begun(call, room_server) == ("seen", 2)


def test_a_call_that_never_begins_ends_the_benchmark() -> None:
    tries, call = failing(100)

    with pytest.raises(AssertionError, match="No such feed"):
        begun(call, room_server)
    assert len(tries) == TRIES
