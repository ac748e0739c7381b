"""What a planner asks of a siting plan: the worth of a site, other plans, what more money gives, why not."""

from dataclasses import dataclass, replace

import numpy as np

from jangkau.messages import Message
from jangkau.planning import siting
from jangkau.planning.cover import Cover
from jangkau.planning.effort import Effort
from jangkau.planning.linear import Floats, Ints
from jangkau.planning.siting import SitingPlan


def worth(problem: Cover, budget: float, plan: SitingPlan, effort: Effort) -> Floats:
    """Return the replacement cost of each site of a plan: people lost for good if it cannot be built.

    Returns
    -------
    float64, shape (sites of the plan,)
        People whom the best plan without the site covers less.
    """
    lost = []
    for site in plan.chosen.tolist():
        without = _without(problem, site)
        lost.append(plan.value - siting.solve(without, budget, effort).value)
    return np.array([max(0.0, people) for people in lost])


def _without(problem: Cover, site: int) -> Cover:
    locked, forbidden = problem.locked.copy(), problem.forbidden.copy()
    locked[site], forbidden[site] = False, True
    return replace(problem, locked=locked, forbidden=forbidden)


def after_loss(problem: Cover, budget: float, built: Ints, lost: int, effort: Effort) -> SitingPlan:
    """Return the best plan after a site is lost: what is built stays, the lost site's money is gone.

    Parameters
    ----------
    problem : Cover
    budget : float
        The whole budget, what is spent already included.
    built : int64
        Sites that are built or under contract, the lost one may be among them.
    lost : int
    effort : Effort
    """
    gone = float(problem.cost[lost]) if lost in set(built.tolist()) else 0.0
    left = _without(problem, lost)
    locked = left.locked.copy()
    locked[built[built != lost]] = True
    return siting.solve(replace(left, locked=locked), budget - gone, effort)


def budget_curve(problem: Cover, budgets: Floats, effort: Effort) -> list[SitingPlan]:
    """Return the best plan for each of some budgets; more money never covers fewer people."""
    plans: list[SitingPlan] = []
    for budget in np.sort(budgets).tolist():
        plan = siting.solve(problem, budget, effort)
        if plans and plans[-1].value > plan.value:
            plan = replace(plans[-1], bound=plan.bound, prices=plan.prices, price_bound=plan.price_bound)
        plans.append(plan)
    return plans


def alternatives(
    problem: Cover, budget: float, plan: SitingPlan, effort: Effort, *, many: int = 3, loss: float = 0.02
) -> list[SitingPlan]:
    """Return other plans that cover nearly as many people: each does without the site that all before shared most.

    Parameters
    ----------
    many : int
        How many to look for.
    loss : float
        Share of people, 0..1, that an alternative may fall behind.
    """
    found, banned = [plan], problem
    for _ in range(many):
        uses = np.bincount(np.concatenate([p.chosen for p in found]), minlength=problem.cost.size)
        open_uses = np.where(problem.locked | banned.forbidden, -1, uses)
        if open_uses.max() <= 0:
            break
        banned = _without(banned, int(np.argmax(open_uses)))
        other = siting.solve(banned, budget, effort)
        if other.value < (1.0 - loss) * plan.value:
            break
        found.append(other)
    return found[1:]


@dataclass(frozen=True, slots=True)
class Open:
    """A cell that a plan leaves open: the reason, and the cheapest site that would close it (-1: none)."""

    cell: int
    reason: Message
    site: int


def why_not(problem: Cover, budget: float, plan: SitingPlan, cells: Ints) -> list[Open]:
    """Return for each of some cells that a plan leaves open why that is, and what would change it.

    Parameters
    ----------
    problem : Cover
    budget : float
    plan : SitingPlan
    cells : int64
        Open cells.
    """
    left = budget - plan.cost
    covering, covered = problem.cells, problem.covered(plan.chosen)
    found = []
    for cell in cells.tolist():
        sites = covering[cell].astype(np.int64)
        allowed = sites[~problem.forbidden[sites]]
        if not sites.size:
            found.append(Open(cell, Message("planning.why_no_site"), -1))
        elif not allowed.size:
            found.append(Open(cell, Message("planning.why_forbidden"), int(sites[0])))
        else:
            site = int(allowed[np.argmin(problem.cost[allowed])])
            needed = float(problem.cost[site])
            new = problem.sites[site]
            won = float(problem.weight[new[~covered[new]]].sum())
            said = {"needed": needed, "left": left, "people": won}
            found.append(Open(cell, Message("planning.why_budget", said), site))
    return found
