"""Demo: the whole job on an invented regency, without a network."""

import shutil
import tempfile
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from jangkau.messages import Message
from jangkau.store.region_folder import SETTINGS_FILE, RegionFolder
from jangkau.studies.circumstances import Circumstances
from jangkau.studies.grade import Graded, grade
from jangkau.studies.import_data import About, Imported, import_files
from jangkau.studies.init_region import init_region
from jangkau.studies.predict import predict
from jangkau.synthetic import make_world, write_region_files

TODAY = date(2024, 11, 11)
"""The day on which the demo plays: sixteen days before the deadline."""


@dataclass(frozen=True, slots=True)
class Demo:
    """What the demo made."""

    region: RegionFolder
    imported: list[Imported]
    graded: Graded


def run_demo(folder: Path, seed: int, circumstances: Circumstances) -> Demo:
    """Make an invented regency in a folder, or go on with the one that is there, and grade it.

    Parameters
    ----------
    folder : Path
    seed : int
        The same seed gives the same regency.
    circumstances : Circumstances
        Its day is replaced by `TODAY`.
    """
    circumstances = replace(circumstances, as_of=TODAY)
    imported: list[Imported] = []
    if not (folder / SETTINGS_FILE).is_file():
        circumstances.progress(Message("progress.inventing"), 0, 1)
        world = make_world(seed=seed, today=TODAY)
        with tempfile.TemporaryDirectory(prefix="jangkau-demo-") as brought:
            files = write_region_files(world, Path(brought))
            circumstances.progress(Message("progress.inventing"), 1, 1)
            try:
                region = init_region(folder, world.settings, circumstances)
                imported = import_files(
                    region, files, circumstances, About("Kabupaten Contoh (invented)", "CC0", TODAY)
                )
            except BaseException:
                shutil.rmtree(folder, ignore_errors=True)
                raise
    region = RegionFolder.open(folder)
    predict(region, circumstances)
    return Demo(region, imported, grade(region, circumstances))
