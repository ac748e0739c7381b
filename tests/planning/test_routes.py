"""Routes of a day: their length, where points fit, and how short they are beside those of another program."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ortools.constraint_solver import pywrapcp, routing_enums_pb2

from jangkau.planning.routes import Route, Team


def team(**given):
    return Team(
        **({"name": "A", "x_m": 0.0, "y_m": 0.0, "days": 1, "hours": 8.0, "speed_kmh": 30.0, "detour": 1.5} | given)
    )


def route(points, seed, **given):
    rng = np.random.default_rng(seed)
    return Route(team(**given), rng.uniform(-2e4, 2e4, points), rng.uniform(-2e4, 2e4, points), 20.0)


def test_a_day_out_and_back():
    own = Route(team(), np.array([3000.0, 3000.0]), np.array([0.0, 4000.0]), 20.0, [0, 1])
    kilometres = np.array([3.0, 4.0, 5.0]) * 1.5
    assert own.minutes == pytest.approx(kilometres.sum() / 30.0 * 60.0 + 40.0)
    assert own.arrivals() == pytest.approx([9.0, 9.0 + 20.0 + 12.0])


def test_no_stops_take_no_time():
    own = route(3, 0)
    assert own.minutes == 0.0
    assert own.arrivals() == []


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 10_000), st.floats(2.0, 10.0))
def test_what_is_offered_fits_and_costs_what_is_said(seed, hours):
    own = route(25, seed, hours=hours)
    while True:
        minutes, before = own.detours()
        minutes = minutes.copy()
        minutes[own.stops] = np.inf
        best = int(minutes.argmin())
        if not np.isfinite(minutes[best]):
            break
        expected = own.minutes + minutes[best]
        own.stops.insert(int(before[best]), best)
        assert own.minutes == pytest.approx(expected)
        assert own.minutes <= hours * 60.0 + 1e-9
    longer = own.minutes
    stops = set(own.stops)
    own.straighten()
    assert own.minutes <= longer + 1e-9
    assert set(own.stops) == stops


def shortest_by_ortools(own):
    """Return the length of the day that OR-Tools finds for the same stops [min], limited by solutions, not by time."""
    x = np.concatenate([[0.0], own.x_m[own.stops]])
    y = np.concatenate([[0.0], own.y_m[own.stops]])
    metres = np.rint(np.hypot(x[:, None] - x, y[:, None] - y)).astype(int)
    manager = pywrapcp.RoutingIndexManager(len(x), 1, 0)
    model = pywrapcp.RoutingModel(manager)
    leg = model.RegisterTransitCallback(lambda a, b: int(metres[manager.IndexToNode(a), manager.IndexToNode(b)]))
    model.SetArcCostEvaluatorOfAllVehicles(leg)
    how = pywrapcp.DefaultRoutingSearchParameters()
    how.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.PATH_CHEAPEST_ARC
    how.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    how.solution_limit = 80
    found = model.SolveWithParameters(how)
    return found.ObjectiveValue() * own.team.minutes_a_metre + len(own.stops) * own.test_minutes


def test_days_are_nearly_as_short_as_those_of_another_program():
    ratios = []
    for seed in range(5):
        own = route(14, seed, hours=100.0)
        for point in range(14):
            own.stops.insert(int(own.detours()[1][point]), point)
        own.straighten()
        ratios.append(own.minutes / shortest_by_ortools(own))
    assert max(ratios) < 1.06
    assert np.mean(ratios) < 1.02
