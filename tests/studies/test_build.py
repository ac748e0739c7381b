"""The build-out on a small invented regency: budgets, checks, locked and forbidden sites, impossible asks, steps."""

import csv
import dataclasses
import json
from datetime import UTC, date, datetime, timedelta

import numpy as np
import openpyxl
import pyogrio
import pytest
from typer.testing import CliRunner

from jangkau.cli import app
from jangkau.errors import InputError, RegionError
from jangkau.messages import LANGUAGES, render
from jangkau.paths.hops import CLEARANCE_NEEDED
from jangkau.planning.network import NOT_BUILT
from jangkau.records import Remedy, Request, Stakeholder, Task, new_id
from jangkau.reports.map_image import draw_map
from jangkau.settings import BuildSettings, RadioSettings
from jangkau.store.runs import read_run
from jangkau.studies import build as study
from jangkau.studies import build_answers, build_files
from jangkau.studies.build_calendar import check_calendar, crews_of
from jangkau.studies.build_check import check_ground, check_network, check_plan
from jangkau.studies.build_map import map_content, values_after
from jangkau.studies.build_network import Limits, network_of
from jangkau.studies.build_plan import BuildWishes, counted
from jangkau.studies.build_solve import Planner, matching, trimmed
from jangkau.studies.build_steps import propose_plan
from jangkau.studies.circumstances import Circumstances
from jangkau.studies.grade import grade
from jangkau.studies.import_data import About, import_files
from jangkau.studies.init_region import init_region
from jangkau.studies.predict import predict
from jangkau.studies.register import Register
from jangkau.studies.remedy import remedy
from jangkau.studies.remedy_plan import Wishes
from jangkau.studies.repeat import repeat
from jangkau.synthetic import make_world, write_region_files

TODAY = date(2024, 11, 11)
VOTE = date(2024, 11, 27)
NOW = datetime(2024, 11, 11, 3, tzinfo=UTC)
BUDGETS = (5e8, 2e9, 5e9)


def circumstances():
    return Circumstances(TODAY, lambda: NOW, workers=2)


@pytest.fixture(scope="module", autouse=True)
def brief():
    """Maps take seconds each; one test draws one. A short curve and one alternative a plan are enough here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build_files, "draw_plans", lambda *_: [])
        patch.setattr(study, "CURVE_POINTS", 2)
        patch.setattr(build_answers, "ALTERNATIVES", 1)
        yield


@pytest.fixture(scope="module")
def region(tmp_path_factory):
    world = make_world(seed=7, side_km=15.0, villages=8, districts=2)
    settings = dataclasses.replace(
        world.settings,
        radio=RadioSettings(resolution_m=500.0, radius_km=12.0, profile_step_m=120.0),
        build=BuildSettings(most_hills=4, village_spacing_km=3.0, hop_neighbours=3),
    )
    folder = init_region(tmp_path_factory.mktemp("region") / "contoh", settings, circumstances())
    files = write_region_files(world, tmp_path_factory.mktemp("brought"))
    import_files(folder, files, circumstances(), About("Contoh", "CC0", TODAY))
    predict(folder, circumstances())
    grade(folder, circumstances())
    remedy(folder, Wishes(VOTE), circumstances())
    return folder


@pytest.fixture(scope="module")
def found(region):
    return study.build(region, BuildWishes(BUDGETS), circumstances())


@pytest.fixture(scope="module")
def planner(region, found):
    """Return what all plans share, with the radio core, to change plans and to check them."""
    with region.store(NOW) as store:
        register = Register.read(store, TODAY)
        cells = store.read(study.Cell, as_of=TODAY)
        ground = study.read_ground(region, store, store.horizon(), region.settings.radio.radius_km * 1e3)
    plant, radio = study._plant(region, register, cells, found.demand, ground, circumstances())
    return Planner(plant, radio, region.settings, len(found.demand.open), frozenset(), frozenset(), None, None, {})


def test_every_open_place_has_a_fate_in_every_plan(region, found):
    with (found.run.folder / "places.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    grading = next(n for n in read_run(found.run.folder)["inputs"] if n.endswith("grades.csv"))
    with (region.path / grading).open(encoding="utf-8", newline="") as file:
        wanted = {"settlement": "signal", "polling_station": "send", "village_office": "office"}
        wanted["district_office"] = "office"
        graded = [r for r in csv.DictReader(file) if r["subject"] == "place" and r["operator"] == "any"]
    opened = {r["code"] for r in graded if wanted.get(r["kind"]) == r["quantity"] and r["value"] in ("none", "weak")}
    unknown = {r["code"] for r in graded if r["value"] == "unknown" and wanted.get(r["kind"]) == r["quantity"]}
    assert opened
    assert unknown
    for budget in BUDGETS:
        own = [r for r in rows if float(r["budget_idr"]) == budget]
        assert sorted(r["code"] for r in own) == sorted(opened)
        for row in own:
            assert bool(row["closed_by"]) == bool(row["works_on"]) == (not row["why_open"])
            assert row["kind"] == "settlement" or row["fallback"]  # of the ladder


def test_more_money_closes_no_less_and_no_plan_passes_its_bound_or_budget(found):
    values = [p.value for p in found.plans]
    assert values == sorted(values)
    assert values[-1] > values[0] > 0.0
    for plan in found.plans:
        assert plan.cost_idr <= plan.budget_idr + 1.0
        assert plan.value <= plan.bound + 1e-6
        assert plan.gap < 0.02
        closed = {f.place.place.code: f.place.weight for f in plan.fates if f.closed_by}
        assert sum(closed.values()) == pytest.approx(plan.value)
    curve = np.array(found.curve)
    assert np.all(np.diff(curve[:, 0]) > 0)
    assert np.all(np.diff(curve[:, 2]) >= 0)
    assert np.all(curve[:, 1] <= curve[:, 0] + 1.0)


def test_what_is_built_serves_is_fed_and_works_after_what_feeds_it(found):
    for plan in found.plans:
        day = {w.node.code: w.works_day for w in plan.works}
        for work in plan.works:
            feeders = [work.fed_by is not None, work.feed is not None, work.node.kind == "repeater"]
            assert any(feeders)
            if work.fed_by is not None:
                assert work.works_day >= day.get(work.fed_by.code, 0)
            if work.hop is not None and np.isfinite(work.hop.clearance):
                assert work.hop.clearance >= CLEARANCE_NEEDED
            assert work.node.kind in ("relay", "standing") or work.closes


def test_crews_are_where_they_can_be(region, found):
    crews = crews_of(region.settings.build)
    for plan in found.plans:
        assert check_calendar(plan.works, region.settings.build) == []
        used = {}
        for work in plan.works:
            for shift in work.shifts:
                for day in range(shift.begin_day, shift.end_day):
                    key = shift.part.technology.crew, day
                    used[key] = used.get(key, 0) + 1
        assert all(n <= crews[crew] for (crew, _), n in used.items() if crew)


def test_a_corrupted_plan_is_refused(region, found, planner):
    plan = found.plans[-1]
    assert check_plan(plan, planner.plant, planner.radio, region.settings) == []
    served = next(w for w in plan.works if w.node.transmitter and w.closes)
    stranger = next(k for k in range(planner.open_count) if k not in planner.plant.covers[served.number])
    more = dataclasses.replace(served, closes=(*served.closes, stranger))
    wrong = check_ground([more], planner.plant, planner.radio, region.settings)
    assert [m.code for m in wrong] == ["build.check_served"]
    early = [dataclasses.replace(w, shifts=tuple(_moved(s, -s.begin_day) for s in w.shifts)) for w in plan.works]
    assert check_calendar(early, region.settings.build)
    solution = planner.solve(plan.budget_idr)
    feed = solution.feed.copy()
    built = next(v for v in np.flatnonzero(feed != NOT_BUILT).tolist() if not planner.plant.nodes[v].there)
    feed[built] = NOT_BUILT
    codes = {m.code for m in check_network(solution.network, plan.budget_idr, _claim(solution, feed))}
    assert {"planning.check_people", "planning.check_cost"} <= codes
    poor = {m.code for m in check_network(solution.network, 1e6, _claim(solution, solution.feed))}
    assert poor == {"planning.check_over_budget"}


def _moved(shift, days):
    return dataclasses.replace(shift, begin_day=shift.begin_day + days, end_day=shift.end_day + days)


def _claim(solution, feed):
    from jangkau.planning.network import NetworkPlan, cost_of

    cost = cost_of(solution.network, solution.feed)
    return NetworkPlan(feed, solution.plan.value, solution.plan.bound, cost)


def test_a_hop_that_trees_cut_is_refused(region, planner):
    plant = planner.plant
    hop = next(h for h in plant.hops if np.isfinite(h.clearance) and h.clearance < 0.4)
    work = next(iter(planner.solve(BUDGETS[-1]).plan.works))
    blind = dataclasses.replace(work, closes=(), hop=dataclasses.replace(hop, clearance=9.0))
    wrong = check_ground([blind], plant, planner.radio, region.settings)
    assert [m.code for m in wrong] == ["planning.check_clearance"]


def test_trimming_drops_what_closes_nothing(region, planner):
    network = network_of(planner.plant, region.settings, Limits())
    solution = planner.solve(BUDGETS[1])
    feed = solution.feed.copy()
    spare = next(
        v
        for v, n in enumerate(planner.plant.nodes)
        if n.kind == "site" and feed[v] == NOT_BUILT and np.isfinite(network.satellite_cost[v])
    )
    cells = set(planner.plant.covers[spare].tolist())
    others = [v for v in np.flatnonzero(feed != NOT_BUILT).tolist() if v != spare]
    reached = {k for v in others for k in planner.plant.covers[v].tolist()}
    feed[spare] = -1
    kept = trimmed(network, feed)
    needed = any(planner.plant.weight[k] > 0 for k in cells - reached)
    assert (kept[spare] != NOT_BUILT) == needed


def test_locked_is_built_and_forbidden_is_not(region, found):
    plan = found.plans[2]
    lost = max((w for w in plan.works if w.node.kind != "office"), key=lambda w: w.worth + len(w.closes))
    codes = {w.node.code for w in plan.works}
    masts = (n.code for n in found.plant.nodes if n.kind == "site" and n.code.endswith("mast_42"))
    wish = next(code for code in masts if code not in codes)
    again = study.build(
        region, BuildWishes((plan.budget_idr,), lock=(wish,), forbid=(lost.node.code,)), circumstances()
    )
    built = {w.node.code for w in again.plans[0].works}
    assert wish in built
    assert lost.node.code not in built
    assert again.plans[0].value <= plan.bound + 1e-6
    for fate in again.plans[0].open:
        assert fate.why is not None
        assert fate.why.code != "build.why.forbidden" or lost.node.code in render(fate.why, "en")


def test_beginnings_of_codes_name_all_that_begin_so(found):
    mast = next(n.code for n in found.plant.nodes if n.kind == "site" and n.code.startswith("village:"))
    stem = mast.rpartition(":")[0]
    assert len(matching(found.plant, [stem], exact=False)) >= 2
    for asked, exact in (([stem], True), (["nowhere"], False)):
        with pytest.raises(InputError) as error:
            matching(found.plant, asked, exact=exact)
        assert error.value.message.code == "build.no_such_site"


def test_everything_by_tomorrow_for_nothing(region):
    found = study.build(region, BuildWishes((0.0,), by=TODAY + timedelta(days=1)), circumstances())
    plan = found.plans[0]
    assert plan.works == []
    assert plan.value == 0.0
    reasons = {f.why.code for f in plan.open}
    assert reasons <= {"build.why.late", "build.why.no_site", "build.why.no_power"}
    assert "build.why.late" in reasons
    more = {m.what: m for m in found.more}
    assert set(more) == {"money", "days", "both", "first"}
    assert more["money"].value == more["days"].value == 0.0
    assert more["both"].value > more["first"].value > 0.0
    assert more["first"].cost_idr < more["both"].cost_idr
    nearest = study.build(region, BuildWishes((more["first"].cost_idr,)), circumstances())
    assert nearest.plans[0].value > 0.0


def test_by_a_day_only_what_works_by_then_is_built(region):
    found = study.build(region, BuildWishes((5e9,), by=VOTE), circumstances())
    plan, days = found.plans[0], (VOTE - TODAY).days
    assert plan.works
    assert all(w.works_day <= days for w in plan.works)
    assert {w.node.kind for w in plan.works} == {"office"}  # masts and repeaters take months
    assert counted(plan.closed_until(days)) == counted(plan.closed_until())


def test_the_run_comes_out_the_same(region, found):
    said = read_run(found.run.folder)
    assert study.CATALOGUE_FILE in said["inputs"]
    assert said["parameters"]["asked"]["budgets_idr"] == list(BUDGETS)
    names = {n.rpartition("/")[2] for n in said["outputs"]}
    assert names == {
        "sites.csv", "places.csv", "steps.csv", "candidates.csv", "curve.csv", "alternatives.csv", "build.xlsx",
        "build.gpkg",
    }  # fmt: skip
    assert repeat(region, found.run.id, circumstances()).different == []


def test_book_and_layers_hold_every_plan(found):
    book = openpyxl.load_workbook(found.run.folder / "build.xlsx", read_only=True)
    assert len(book.sheetnames) == 2 + 3 * len(BUDGETS)
    sheet = book[book.sheetnames[1]]
    assert len(list(sheet.iter_rows(min_row=2))) == len(found.plans[0].works)
    for n, plan in enumerate(found.plans, 1):
        kinds = pyogrio.raw.read(found.run.folder / "build.gpkg", layer=f"sites_{n}", columns=["kind"])[3][0]
        assert sorted(kinds) == sorted(w.node.kind for w in plan.works)
        values = pyogrio.raw.read(found.run.folder / "build.gpkg", layer=f"places_{n}", columns=["value"])[3][0]
        assert list(values).count("served") == len(plan.closed_until())


def test_the_map_shows_what_would_be(region, found, planner, tmp_path):
    plan = found.plans[-1]
    with region.store(NOW) as store:
        register = Register.read(store, TODAY)
    content = map_content(found, plan, region.settings, register, planner.radio.ground)
    assert len(content.planned) == len(plan.works)
    people = sum(p.population or 0 for p in register.places if p.kind == "settlement")
    assert sum(content.amounts.values()) == pytest.approx(people)
    first = map_content(found, found.plans[0], region.settings, register, planner.radio.ground)
    assert content.amounts["served"] > first.amounts["served"]
    assert set(values_after(found, plan).values()) <= {"served", "weak", "none", "unknown"}
    draw_map(tmp_path / "map.png", content, "id", width_px=500)
    assert (tmp_path / "map.png").stat().st_size > 20_000


def test_steps_are_written_once(region, found):
    with region.store(NOW) as store:
        who = Stakeholder(id=new_id(NOW), recorded_at=NOW, code="OP", name="Operator", kind="operator")
        store.add([who], study_act())
    first = propose_plan(region, found, 2, circumstances())
    plan = found.plans[1]
    assert first.remedies == len(plan.works)
    assert first.tasks == sum(len(w.shifts) for w in plan.works)
    assert first.requests == sum(any(p.technology.stakeholder == "operator" for p in w.parts) for w in plan.works)
    assert "operator" not in first.nobody_for
    again = propose_plan(region, found, 2, circumstances())
    assert (again.remedies, again.tasks, again.requests) == (0, 0, 0)
    with region.store(NOW) as store:
        remedies = store.read(Remedy, as_of=TODAY)
        tasks, requests = store.read(Task, as_of=TODAY), store.read(Request, as_of=TODAY)
    assert sum(r.cost_idr or 0.0 for r in remedies) == pytest.approx(plan.cost_idr)
    assert {t.remedy_code for t in tasks} == {r.code for r in remedies} >= {q.remedy_code for q in requests}
    with pytest.raises(InputError):
        propose_plan(region, found, 4, circumstances())


def study_act():
    from jangkau.store.audit import Act

    return Act("test", "test", NOW)


def test_bad_asks_are_refused(region, tmp_path):
    for wishes, code in (
        (BuildWishes((1e9,), by=TODAY), "remedy.past_day"),
        (BuildWishes((-1.0,)), "remedy.bad_budget"),
    ):
        with pytest.raises(InputError) as error:
            study.build(region, wishes, circumstances())
        assert error.value.message.code == code
    bare = init_region(tmp_path / "bare", region.settings, circumstances())
    with pytest.raises(RegionError) as unknown:
        study.build(bare, BuildWishes((1e9,)), circumstances())
    assert unknown.value.message.code == "remedy.not_graded"


def test_the_command_answers(region):
    common = ["build", "--region", str(region.path), "--as-of", "2024-11-11", "--budget", "1e9"]
    shown = CliRunner().invoke(app, common, env={"COLUMNS": "200"})
    assert shown.exit_code == 3
    assert "Contoh" in shown.stdout
    said = CliRunner().invoke(app, [*common, "--json"])
    answer = json.loads(said.stdout)
    assert answer["plans"][0]["budget_idr"] == 1e9
    assert {r["code"] for r in answer["places"] if r["closed_by"]}
    for language in LANGUAGES:
        assert render(study.Message("build.more.both", {"closed": 1, "all": 2, "cost": 3, "until": VOTE}), language)
