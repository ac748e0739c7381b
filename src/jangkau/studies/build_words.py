"""A build-out in sentences: what is built, how it is fed, what each budget comes to, what remains and why."""

from collections import Counter

from jangkau.messages import Message, render
from jangkau.planning.ways import NAMES
from jangkau.settings import Settings
from jangkau.studies.build_plan import BudgetPlan, BuildPlan, Work, counted, days_until


def in_words(work: Work, language: str) -> str:
    """Return what a work is, such as a new mast of 42 m with cells."""
    node = work.node
    said = {"height": node.height_agl_m, "site": node.site_code or ""}
    return render(Message(f"build.kind.{node.kind}", said), language)


def name_of(work: Work, language: str) -> str:
    """Return a work in words with its place."""
    return f"{in_words(work, language)} · {work.node.name}"


def feed_in_words(found: BuildPlan, work: Work, language: str) -> str:
    """Return how a work is fed: by what, from where, how long."""
    donor = found.plant.donors.get(work.node.code)
    if donor is not None:
        said: dict[str, object] = {"cell": donor.cell_code, "rsrp": donor.rsrp_dbm}
        return render(Message("build.feed.donor", said), language)
    if work.hop is None:
        count = work.feed.count if work.feed else 0
        return render(Message("build.feed.satellite", {"count": count}), language)
    if work.feed is None:
        return render(Message("build.feed.standing"), language)
    from_name = "" if work.fed_by is None else work.fed_by.name
    kind = work.feed.technology.kind
    said = {
        "from": from_name,
        "km": work.hop.km,
        "clearance": work.hop.clearance,
        "technology": work.feed.technology.name,
    }
    return render(Message(f"build.feed.{kind}", said), language)


def fallback_in_words(fallback: str, language: str) -> str:
    """Return a way of the last weeks and what follows if it fails, in words."""
    ways = [w for w in fallback.split() if w in NAMES]
    return ", ".join(render(Message(f"remedy.way.{w}"), language) for w in ways)


def headline(found: BuildPlan, settings: Settings) -> list[Message]:
    """Return what the build-out comes to, in sentences: what is open, each budget, what remains, what would help."""
    opened = counted(list(found.plans[-1].fates)) if found.plans else {}
    lines = [Message("build.headline", {"region": settings.name, "run": found.run.id, **opened})]
    if found.demand.unknown:
        lines.append(Message("build.unknown", {"count": len(found.demand.unknown)}))
    if found.demand.unplaced:
        lines.append(Message("build.unplaced", {"count": len(found.demand.unplaced)}))
    for number, plan in enumerate(found.plans, 1):
        lines += plan_lines(found, plan, number, settings)
    lines += [
        Message(
            f"build.more.{m.what}",
            {"closed": m.value, "cost": m.cost_idr / 1e6, "until": m.until, "all": sum(found.plant.weight)},
        )
        for m in found.more
    ]
    return [*lines, Message("build.assumed", {"months": settings.build.service_months})]


def plan_lines(found: BuildPlan, plan: BudgetPlan, number: int, settings: Settings) -> list[Message]:
    """Return what the plan of one budget comes to: closed, cost, gap, by the day, open and why, their fallback."""
    deadline = found.wishes.by or settings.deadline
    said: dict[str, object] = {
        "number": number, "budget": plan.budget_idr / 1e6, "cost": plan.cost_idr / 1e6, "gap": 100.0 * plan.gap,
        "sites": sum(not w.node.there for w in plan.works), "until": found.day(plan.last_day),
        **counted(plan.closed_until()),
    }  # fmt: skip
    lines = [Message("build.plan" if plan.works else "build.plan_empty", said)]
    days = days_until(deadline, found.run.recipe.as_of)
    if deadline is not None and days is not None and days > 0:
        early = plan.closed_until(days)
        left = [f for f in plan.fates if f not in early]
        with_way = sum(bool(f.fallback) for f in left)
        lines.append(Message("build.by_the_day", {"day": deadline, **counted(early)}))
        lines.append(Message("build.remaining", {"day": deadline, "with_fallback": with_way, **counted(left)}))
    reasons = Counter(f.why.code.rpartition(".")[2] for f in plan.open if f.why is not None)
    lines += [Message(f"build.open.{r}", {"count": n}) for r, n in sorted(reasons.items(), key=lambda x: (-x[1], x[0]))]
    return lines
