"""A backup is consistent while others write; a restored region is the same; every change of it shows."""

import json
import multiprocessing
import sqlite3
import tarfile
import time
from datetime import UTC, date, datetime, timedelta

import pytest

from jangkau.errors import InputError, RegionError
from jangkau.records import Backup, Place, RunRecord, Visit, new_id
from jangkau.settings import Settings
from jangkau.store.audit import Act
from jangkau.store.region_folder import DATABASE_VARIABLE, RegionFolder
from jangkau.store.runs import Recipe, Run
from jangkau.studies import keep
from jangkau.studies.circumstances import Circumstances
from jangkau.studies.init_region import init_region
from jangkau.studies.keep import backup, checkpoint_text, restore, verify
from servers import programs, temporary_postgresql

NOW = datetime(2024, 11, 11, 3, 0, tzinfo=UTC)
CIRCUMSTANCES = Circumstances(date(2024, 11, 11), lambda: NOW, actor="ani")


def places(*codes):
    return [Place(id=new_id(NOW), recorded_at=NOW, code=code, kind="settlement", population=10) for code in codes]


def visits(start, count):
    return [
        Visit(id=new_id(NOW), recorded_at=NOW, place_code="P1", time=NOW, operator=f"O{n}", service="ok")
        for n in range(start, start + count)
    ]


@pytest.fixture
def region(tmp_path):
    made = init_region(tmp_path / "region", Settings(name="Contoh", bounds=(117.0, 0.0, 118.0, 1.0)), CIRCUMSTANCES)
    with made.store(NOW) as store:
        store.add(places("P1", "P2"), Act("ani", "import", NOW))
    (made.path / "sources" / "a.csv").write_text("as received")
    return made


def read(region, kind):
    with region.store(NOW) as store:
        return store.read(kind)


def test_a_restored_region_is_the_same_and_sound(region, tmp_path):
    before = read(region, Place)
    kept = backup(region, tmp_path / "b.tar", CIRCUMSTANCES)
    back = restore(kept.file, tmp_path / "back", CIRCUMSTANCES)
    assert read(back, Place) == before
    assert (back.path / "sources" / "a.csv").read_text() == "as received"
    assert verify(back, CIRCUMSTANCES).troubles == []
    assert verify(back, CIRCUMSTANCES).checkpoint.sequence == kept.checkpoint.sequence + 1  # the restoring itself


def test_no_key_that_vouches_for_the_office_is_in_a_backup(region, tmp_path):
    for name in ("tls/authority.key", "keys/signing-key.pem", "tls/authority.pem"):
        (region.path / name).parent.mkdir(exist_ok=True)
        (region.path / name).write_text("secret")
    with tarfile.open(backup(region, tmp_path / "b.tar", CIRCUMSTANCES).file) as archive:
        names = archive.getnames()
    assert "tls/authority.pem" in names
    assert not [name for name in names if "key" in name]


def test_a_backup_that_the_disk_has_changed_is_found_at_once(region, tmp_path, monkeypatch):
    def damaged(folder, copy, file, now, circumstances):
        count = write(folder, copy, file, now, circumstances)
        content = bytearray(file.read_bytes())
        at = content.index(b"as received")
        content[at] ^= 1
        file.write_bytes(bytes(content))
        return count

    write = keep._write_archive
    monkeypatch.setattr(keep, "_write_archive", damaged)
    with pytest.raises(InputError) as error:
        backup(region, tmp_path / "b.tar", CIRCUMSTANCES)
    assert error.value.message.code == "restore.damaged"
    assert read(region, Backup) == []
    monkeypatch.undo()
    backup(region, tmp_path / "c.tar", CIRCUMSTANCES)
    (kept,) = read(region, Backup)
    assert json.loads(kept.covered)["place"] == 2


def _write_on(path, started, stop, done):
    region = RegionFolder.open(path)
    with region.store(NOW) as store:
        while not stop.is_set():
            store.add(visits(done.value, 20), Act("budi", "ingest", NOW))
            done.value += 20
            started.set()


def test_a_backup_under_writes_is_whole_and_holds_all_that_was_acknowledged(region, tmp_path):
    context = multiprocessing.get_context("spawn")
    started, stop, done = context.Event(), context.Event(), context.Value("l", 0)
    writer = context.Process(target=_write_on, args=(region.path, started, stop, done))
    writer.start()
    try:
        assert started.wait(60)
        acknowledged = done.value
        kept = backup(region, tmp_path / "b.tar", CIRCUMSTANCES)
        during = done.value
        time.sleep(0.2)
        assert done.value > during  # the writer was not stopped by the backup
    finally:
        stop.set()
        writer.join(30)
    back = restore(kept.file, tmp_path / "back", CIRCUMSTANCES)
    assert verify(back, CIRCUMSTANCES).troubles == []
    count = len(read(back, Visit))
    assert acknowledged <= count <= done.value
    assert count % 20 == 0  # whole transactions


def test_a_killed_writer_leaves_a_sound_store(region):
    context = multiprocessing.get_context("spawn")
    started, stop, done = context.Event(), context.Event(), context.Value("l", 0)
    writer = context.Process(target=_write_on, args=(region.path, started, stop, done))
    writer.start()
    assert started.wait(60)
    writer.kill()
    writer.join(30)
    assert verify(region, CIRCUMSTANCES).troubles == []
    count = len(read(region, Visit))
    assert count in (done.value, done.value + 20)  # at most the one in hand was not yet acknowledged
    assert count % 20 == 0


def test_a_backup_is_never_overwritten_nor_laid_over_something(region, tmp_path):
    kept = backup(region, tmp_path / "b.tar", CIRCUMSTANCES)
    with pytest.raises(RegionError, match="already there"):
        backup(region, kept.file, CIRCUMSTANCES)
    with pytest.raises(RegionError, match="not empty"):
        restore(kept.file, region.path, CIRCUMSTANCES)


def test_a_damaged_backup_makes_nothing(region, tmp_path):
    kept = backup(region, tmp_path / "b.tar", CIRCUMSTANCES)
    content = kept.file.read_bytes()
    kept.file.write_bytes(content.replace(b"as received", b"as deceived"))
    with pytest.raises(InputError, match=r"damaged at sources/a\.csv"):
        restore(kept.file, tmp_path / "back", CIRCUMSTANCES)
    kept.file.write_bytes(content[:2000])
    with pytest.raises(InputError):
        restore(kept.file, tmp_path / "back", CIRCUMSTANCES)
    assert not (tmp_path / "back").exists()
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".back")] == []


def test_a_backup_names_every_file_and_holds_no_half_made_one(region, tmp_path):
    (region.path / "runs" / "half").mkdir()
    (region.path / "runs" / "half" / "mosaic").write_text("unfinished")
    kept = backup(region, tmp_path / "b.tar", CIRCUMSTANCES)
    with tarfile.open(kept.file) as archive:
        manifest = json.load(archive.extractfile("manifest.json"))["files"]
        assert sorted(manifest) == sorted(set(archive.getnames()) - {"manifest.json"})
    assert sorted(manifest) == ["jangkau.db", "jangkau.toml", "sources/a.csv"]


def test_a_cut_off_end_shows_by_the_checkpoint(region, tmp_path):
    file = tmp_path / "checkpoint.json"
    with region.store(NOW) as store:
        store.add(places("P3"), Act("ani", "import", NOW))
    file.write_text(checkpoint_text(verify(region, CIRCUMSTANCES).checkpoint))
    with sqlite3.connect(region.path / "jangkau.db") as raw:
        raw.execute("DELETE FROM audit WHERE sequence = 2")
        raw.execute("DELETE FROM place WHERE code = 'P3'")
    raw.close()
    assert verify(region, CIRCUMSTANCES).troubles == []
    assert [m.code for m in verify(region, CIRCUMSTANCES, file).troubles] == ["verify.cut_off"]


def test_a_run_that_was_made_again_is_sound_and_a_changed_one_shows(region):
    run = Run.begin(region.path, Recipe("grade", NOW.date(), {}, {}, {}, (), 0))
    for minutes in (1, 2):
        run.finish(started=NOW, ended=NOW + timedelta(minutes=minutes), outputs=[], summary={})
        keep.anchor(region, run, CIRCUMSTANCES)
    assert len(read(region, RunRecord)) == 2
    assert verify(region, CIRCUMSTANCES).troubles == []
    run.file.write_text(run.file.read_text().replace("120.0", "60.0"))
    assert [m.parameters["path"] for m in verify(region, CIRCUMSTANCES).troubles] == [str(run.file)]


def test_a_region_moves_to_a_server_and_back(region, tmp_path, monkeypatch):
    if programs() is None:
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql postgis)")
    before = read(region, Place)
    kept = backup(region, tmp_path / "b.tar", CIRCUMSTANCES)
    with temporary_postgresql() as url:
        monkeypatch.setenv(DATABASE_VARIABLE, url)
        back = restore(kept.file, tmp_path / "on-server", CIRCUMSTANCES)
        assert not (back.path / "jangkau.db").exists()
        assert read(back, Place) == before
        with back.store(NOW) as store:
            store.add(places("P3"), Act("ani", "import", NOW))
        assert verify(back, CIRCUMSTANCES).troubles == []
        again = backup(back, tmp_path / "c.tar", CIRCUMSTANCES)
        with pytest.raises(RegionError, match="in use"):
            restore(kept.file, tmp_path / "other", CIRCUMSTANCES)
        monkeypatch.delenv(DATABASE_VARIABLE)
    home = restore(again.file, tmp_path / "home", CIRCUMSTANCES)
    assert [p.code for p in read(home, Place)] == ["P1", "P2", "P3"]
    assert verify(home, CIRCUMSTANCES).troubles == []
