"""Rehearse counting night: when everything is sent, what holds stations up, what cures it, and what could go wrong."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from jangkau.counting.network import CUT, LINK, Network
from jangkau.counting.nights import Nights, simulate
from jangkau.counting.parameters import Parameters, parameters_from, shipped
from jangkau.counting.queues import DISTRICT_LINK
from jangkau.errors import InputError, RegionError
from jangkau.fingerprints import sha256_of
from jangkau.messages import Message
from jangkau.records import Record
from jangkau.settings import as_table
from jangkau.sources.tables import read_table
from jangkau.store.database import Store
from jangkau.store.region_folder import RegionFolder, write_atomically
from jangkau.store.runs import Recipe, Run, latest_run
from jangkau.studies.circumstances import Circumstances
from jangkau.studies.cures import Play, Target, plan
from jangkau.studies.inputs import store_inputs
from jangkau.studies.keep import anchor
from jangkau.studies.night_answers import CaseAnswer, Rehearsal, Wishes, area_answers, case, station_answers, summary
from jangkau.studies.night_network import NightNetwork, night_network
from jangkau.studies.register import Register
from jangkau.studies.rehearsal_files import write_files
from jangkau.studies.verdicts import PREDICTED_FILE

STUDY, MODEL = "rehearse", "counting-v1"
PARAMETERS_FILE = "counting.csv"
"""Of the region folder: the parameters of its counting night, for the planner to edit."""

NUMBERS = ("default", "low", "high")
SIDE_NIGHTS, BARS = 200, 10
"""Nights of each case beside the main one, and bars of the sensitivity chart."""


def rehearse(
    region: RegionFolder, wishes: Wishes, circumstances: Circumstances, parameters_file: Path | None = None
) -> Rehearsal:
    """Rehearse the counting night of a region with its register, its links and its latest grading.

    Parameters
    ----------
    region : RegionFolder
    wishes : Wishes
    circumstances : Circumstances
    parameters_file : Path, optional
        CSV or XLSX of parameters that the region takes from now on; what it does not name stays.

    Returns
    -------
    Rehearsal
        Files are in ``runs/<run>/``; the parameters in ``counting.csv`` of the region folder.

    Raises
    ------
    RegionError
        When there is no polling station.
    InputError
        When a parameter cannot be used.
    """
    wishes.check()
    parameters, unused = region_parameters(region, parameters_file)
    with region.store(circumstances.clock()) as store:
        register = Register.read(store, circumstances.as_of)
        grading = latest_run(region.path, "grade", circumstances.as_of)
        recipe = _recipe(region, store, register, grading, wishes, circumstances.as_of)
    run = Run.begin(region.path, recipe)
    found = compute(region, run, register, grading, parameters, circumstances)
    return replace(found, unused=unused)


def region_parameters(region: RegionFolder, file: Path | None = None) -> tuple[Parameters, list[str]]:
    """Return the parameters of a region, kept in its ``counting.csv``; a file given brings new ones.

    The second result names rows of the file that nothing uses.
    """
    own, base = region.path / PARAMETERS_FILE, shipped()
    if own.is_file():
        base, _ = _read(own, base)
    found, unused = base, list[str]()
    if file is not None:
        if not file.is_file():
            raise InputError("rehearse.no_file", file=str(file))
        found, unused = _read(file, base)
    if file is not None or not own.is_file():
        write_atomically(own, found.text().encode())
    return found, unused


def _read(file: Path, base: Parameters) -> tuple[Parameters, list[str]]:
    table = read_table(file)
    rows = []
    for row in table.rows():
        cells = dict(row.values)
        if table.decimal_comma:
            numbers = {
                k: v.replace(".", "").replace(",", ".") for k, v in cells.items() if k in ("default", "low", "high")
            }
            cells |= numbers
        rows.append((row.number, cells))
    return parameters_from(rows, file.name, base)


def _recipe(
    region: RegionFolder, store: Store, register: Register, grading: Path | None, wishes: Wishes, as_of: date
) -> Recipe:
    everything: Mapping[str, list[Record]] = register.records()
    inputs = store_inputs(everything)
    for file in (region.path / PARAMETERS_FILE, *([grading / PREDICTED_FILE] if grading else [])):
        inputs[file.relative_to(region.path).as_posix()] = sha256_of(file)[0]
    asked = {name: getattr(wishes, name) for name in ("nights", "by_h", "share", "probability")}
    parameters: dict[str, Any] = dict(as_table(region.settings)) | {"rehearsal": asked}
    return Recipe(STUDY, as_of, parameters, inputs, store.horizon(), (MODEL,), wishes.seed)


def wishes_of(recipe: Recipe) -> Wishes:
    """Return what was asked of a rehearsal, by its recipe."""
    return Wishes(**recipe.parameters["rehearsal"], seed=recipe.seed or 0)


def sent_probabilities(grading: Path | None) -> dict[str, float]:
    """Return P(uplink >= needed rate) by station of a grading; empty without one."""
    if grading is None:
        return {}
    said = json.loads((grading / PREDICTED_FILE).read_text("utf-8"))
    return {code: math.nan if p is None else float(p) for code, p in said["send"].items()}


def compute(
    region: RegionFolder,
    run: Run,
    register: Register,
    grading: Path | None,
    parameters: Parameters,
    circumstances: Circumstances,
) -> Rehearsal:
    """Fill a run: play the nights and what is beside them, write the files, then `run.json`."""
    started, wishes, settings = circumstances.clock(), wishes_of(run.recipe), region.settings
    night = night_network(register, sent_probabilities(grading), settings, circumstances.as_of)
    needed_kbps, workers = settings.send.needed_uplink_kbps, circumstances.workers

    def play(network: Network, seed: int = 0, given: Parameters = parameters, nights: int = wishes.nights) -> Nights:
        return simulate(
            network.layout, given, nights=nights, seed=wishes.seed + seed, needed_kbps=needed_kbps, workers=workers
        )

    parts = 4

    def told(done: int) -> None:
        circumstances.progress(Message("progress.rehearsing"), done, parts)

    told(0)
    nights = play(night.network)
    close_h = parameters["poll_close_h"].default
    target = Target(3600.0 * (wishes.by_h - close_h), wishes.share, wishes.probability)
    told(1)
    side = min(SIDE_NIGHTS, wishes.nights)

    def beside(network: Network, given: Parameters = parameters) -> Nights:
        return play(network, 0, given, side)

    cases = _stress(night, parameters, beside, target, close_h)
    told(2)
    bars = _sensitivity(night, parameters, beside, target, close_h)
    told(3)
    chosen = plan(night, beside(night.network), _planner(play, side), target, parameters)
    found = Rehearsal(
        run=run,
        wishes=wishes,
        parameters=parameters,
        night=night,
        nights=nights,
        stations=station_answers(register, night, nights, target, chosen, close_h),
        areas=area_answers(register, night, nights, target, close_h),
        cases=cases,
        sensitivity=bars,
        plan=chosen,
        place_names={p.code: p.name or p.code for p in register.places},
        unused=[],
    )
    outputs = write_files(found, settings)
    run.finish(started=started, ended=circumstances.clock(), outputs=outputs, summary=summary(found))
    anchor(region, run, circumstances)
    told(parts)
    return found


def _planner(play: Any, nights: int) -> Play:
    def played(network: Network, seed: int) -> Nights:
        result: Nights = play(network, seed, nights=nights)
        return result

    return played


def _stress(night: NightNetwork, parameters: Parameters, play: Any, target: Target, close_h: float) -> list[CaseAnswer]:
    """Play the cases that could go wrong, and the cut of each district's link, of which the worst is told."""
    network, server = night.network, parameters["server_kbps_per_station"]
    third = replace(server, default=server.default / 3, low=server.low / 3, high=server.high / 3, basis="set")
    cases = [
        case("as_is", play(network), target, close_h),
        case("server_third", play(network, parameters.replaced([third])), target, close_h),
        case("rain", play(network, parameters.with_(rain_fraction=1.0)), target, close_h),
        case("leo", play(network, parameters.with_(leo_upload_mbps=5.8)), target, close_h),
    ]
    cause = network.layout.tree.cause
    trunks = [n for k, n in enumerate(network.nodes) if n.kind == LINK and cause[k] == DISTRICT_LINK and n.cut != CUT]
    cuts = [
        case("fibre_cut", play(network.with_cut(node.code)), target, close_h, subject=night.districts[node.district])
        for node in trunks
    ]
    return cases + sorted(cuts, key=lambda c: (c.reached, -c.hour[1], c.subject))


def _sensitivity(
    night: NightNetwork, parameters: Parameters, play: Any, target: Target, close_h: float
) -> list[tuple[CaseAnswer, CaseAnswer]]:
    """Play each parameter at its low and its high value while the others vary; the strongest first."""
    found = []
    for one in parameters.all:
        if one.low < one.high and not one.name.startswith("cost_"):
            pair = [
                case(
                    "parameter", play(night.network, parameters.with_(**{one.name: value})), target, close_h,
                    parameter=one.name, value=value,
                )
                for value in (one.low, one.high)
            ]  # fmt: skip
            found.append((pair[0], pair[1]))
    return sorted(found, key=lambda p: (-abs(p[1].hour[1] - p[0].hour[1]), p[0].parameter))[:BARS]


def repeat_run(region: RegionFolder, run: Run, circumstances: Circumstances) -> None:
    """Make a rehearsal again from its recipe; see `repeat`."""
    inputs: Sequence[str] = list(run.recipe.inputs)
    grading = next((region.path / name for name in inputs if name.endswith(PREDICTED_FILE)), None)
    parameters, _ = _read(region.path / PARAMETERS_FILE, shipped())
    with region.store(circumstances.clock()) as store:
        register = Register.read(store, run.recipe.as_of, run.recipe.horizon)
    if not register.places:
        raise RegionError("rehearse.no_stations")
    compute(region, run, register, None if grading is None else grading.parent, parameters, circumstances)
