"""What a planner asks of a siting plan."""

import numpy as np

from jangkau.messages import render
from jangkau.planning import answers, siting
from jangkau.planning.cover import cover, rows_of
from jangkau.planning.effort import Effort

QUICK = Effort(work=0.2)
PROBLEM = cover(
    np.array([10.0, 8.0, 5.0, 1.0, 7.0, 2.0]),
    rows_of([[0, 1], [1, 2], [2, 3], [4]]),
    np.array([2.0, 2.0, 2.0, 9.0]),
    forbidden=np.array([3]),
)


def test_the_worth_of_a_site_is_what_the_best_plan_without_it_lacks() -> None:
    plan = siting.solve(PROBLEM, 4.0, QUICK)
    assert (plan.chosen.tolist(), plan.value) == ([0, 2], 24.0)
    assert answers.worth(PROBLEM, 4.0, plan, QUICK).tolist() == [10.0, 1.0]


def test_after_a_loss_what_is_built_stays_and_its_money_is_gone() -> None:
    plan = answers.after_loss(PROBLEM, 6.0, np.array([0, 2]), 0, QUICK)
    assert (plan.chosen.tolist(), plan.value) == ([1, 2], 14.0)


def test_more_money_never_covers_fewer() -> None:
    plans = answers.budget_curve(PROBLEM, np.array([6.0, 0.0, 2.0, 4.0]), QUICK)
    assert [p.value for p in plans] == [0.0, 18.0, 24.0, 24.0]


def test_an_alternative_is_another_plan_that_is_nearly_as_good() -> None:
    plan = siting.solve(PROBLEM, 4.0, QUICK)
    (other,) = answers.alternatives(PROBLEM, 4.0, plan, QUICK, many=1, loss=0.9)
    assert set(other.chosen.tolist()) != set(plan.chosen.tolist())


def test_why_a_cell_stays_open_is_said_in_both_languages() -> None:
    plan = siting.solve(PROBLEM, 2.0, QUICK)
    found = answers.why_not(PROBLEM, 2.0, plan, np.array([3, 4, 5]))
    assert [o.reason.code for o in found] == ["planning.why_budget", "planning.why_forbidden", "planning.why_no_site"]
    assert found[0].site == 2
    for each in found:
        assert all(render(each.reason, language) for language in ("id", "en"))
    assert found[0].reason.parameters == {"needed": 2.0, "left": 0.0, "people": 6.0}
