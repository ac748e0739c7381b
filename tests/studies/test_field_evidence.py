"""Evidence for others: a bundle in which a change of any byte shows, speed tests for the FCC, a form's table."""

import csv
import hashlib
import io
import json
import random
import shutil
import subprocess
import sys
import zipfile
from datetime import UTC, date, datetime, timedelta

import pytest
from PIL import Image

from jangkau.errors import InputError, RegionError, SettingError
from jangkau.records import Place, Village, new_id
from jangkau.settings import Operator, Settings
from jangkau.store.audit import Act
from jangkau.store.media import write_part
from jangkau.studies.circumstances import Circumstances
from jangkau.studies.evidence_bundle import check_evidence, write_evidence
from jangkau.studies.import_data import import_files
from jangkau.studies.ingest import keep_photo, keep_sheets
from jangkau.studies.init_region import init_region
from jangkau.studies.keep import backup, verify
from jangkau.studies.open_exports import bdc_speed_tests, read_form, write_form
from jangkau.studies.sheets import Sent

NOW = datetime(2024, 11, 11, 3, 0, tzinfo=UTC)
WORK = Circumstances(date(2024, 11, 11), lambda: NOW, actor="ani")
SQUARE = bytes.fromhex(
    "0103000000010000000500000000000000000000000000000000000000000000000000f03f0000000000000000"
    "000000000000f03f000000000000f03f0000000000000000000000000000f03f00000000000000000000000000000000"
)


@pytest.fixture
def region(tmp_path):
    settings = Settings(name="Contoh", bounds=(117.0, 0.0, 118.0, 1.0), operators=(Operator("A"), Operator("B")))
    made = init_region(tmp_path / "region", settings, WORK)
    common = {"recorded_at": NOW}
    village = Village(id=new_id(NOW), code="V1", name="Sandaran", population=500, geometry_wkb=SQUARE, **common)
    at = {"longitude": 117.5, "latitude": 0.5, "village_code": "V1", "population": 500}
    places = [Place(id=new_id(NOW), code=f"P{n}", name=f"Titik {n}", kind="settlement", **at, **common) for n in (1, 2)]
    with made.store(NOW) as store:
        store.add([village, *places], Act("ani", "import", NOW))
    return made


def keep(region, count=3, **more):
    photo = io.BytesIO()
    Image.effect_noise((64, 64), 50).convert("RGB").save(photo, "JPEG")
    content = photo.getvalue()
    sha256 = hashlib.sha256(content).hexdigest()
    bodies = []
    for n in range(count):
        taken = str(NOW - timedelta(seconds=n))
        said = {
            "form": "sheet-1", "id": new_id(NOW), "place_code": f"P{n % 2 + 1}", "phone_time": taken,
            "tester": "ani", "environment": "outdoor",
            "position": {"longitude": 117.5, "latitude": 0.5, "accuracy_m": 5},
            "results": [{"operator": "A", "service": "none"}, {"operator": "B", "service": "none"}],
            "photos": [{"sha256": sha256, "size_bytes": len(content)}] if n == 0 else [],
        } | more  # fmt: skip
        bodies.append(json.dumps(said))
    with region.store(NOW) as store:
        receipts = keep_sheets(store, region.settings, [Sent(b, 0.0) for b in bodies], "HP-1", WORK)
        assert all(r.sheet is not None for r in receipts)
        write_part(region.path, sha256, 0, content)
        keep_photo(region.path, store, receipts[0].id, sha256, WORK)
    return [r.id for r in receipts]


def test_a_bundle_is_whole_on_a_machine_that_has_never_seen_the_store(region, tmp_path):
    keep(region)
    log = tmp_path / "log.csv"
    log.write_text("time,longitude,latitude,operator,service\n2024-11-11T02:00:00Z,117.5,0.5,A,none\n")
    import_files(region, [log], WORK)
    written = write_evidence(region, tmp_path / "e.zip", WORK)
    assert (written.tests, written.photos, written.logs) == (3, 1, 1)
    alone = tmp_path / "elsewhere"
    alone.mkdir()
    shutil.copy(tmp_path / "e.zip", alone)
    shutil.rmtree(region.path)
    command = [sys.executable, "-c", "from jangkau.cli import main; main()", "verify", "e.zip", "--lang", "en"]
    done = subprocess.run(command, cwd=alone, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "3 tests of Contoh" in done.stdout
    assert written.fingerprint in done.stdout
    with zipfile.ZipFile(alone / "e.zip") as archive:
        assert archive.testzip() is None
        manifest = json.loads(archive.read("manifest.json"))
    assert [len(r["photos"]) for r in manifest["records"]] == [1, 0, 0]
    assert check_evidence(alone / "e.zip", written.fingerprint.replace(" ", "")).troubles == []
    (other,) = check_evidence(alone / "e.zip", "0000").troubles
    assert other.code == "bundle.other_signer"


def test_changing_one_byte_names_the_record(region, tmp_path):
    ids = keep(region)
    file = write_evidence(region, tmp_path / "e.zip", WORK).file
    content = file.read_bytes()
    with zipfile.ZipFile(file) as archive:
        names = {name: json.loads(archive.read(name))["id"] for name in archive.namelist() if "records/" in name}
        spots = {
            name: content.index(archive.read(name))
            for name in archive.namelist()
            if "records/" in name or ".jpg" in name
        }
    changed = tmp_path / "changed.zip"
    for name, start in spots.items():
        owner = names.get(name, ids[0])
        for at in (start, start + 40):
            changed.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
            (trouble,) = check_evidence(changed).troubles
            assert trouble.code == "bundle.changed"
            assert owner in trouble.parameters["record"]
    assert set(names.values()) == set(ids)
    unnamed = 0
    for at in random.Random(5).sample(range(len(content)), 300):
        changed.write_bytes(content[:at] + bytes([content[at] ^ 4]) + content[at + 1 :])
        try:
            found = check_evidence(changed).troubles
        except InputError:
            unnamed += 1
            continue
        assert found, at
    assert unnamed < 10
    changed.write_bytes(content + b"x")
    assert check_evidence(changed).troubles
    changed.write_bytes(b"a letter")
    with pytest.raises(InputError):
        check_evidence(changed)


def test_a_manifest_signed_by_somebody_else_shows_by_the_fingerprint(region, tmp_path):
    keep(region)
    first = write_evidence(region, tmp_path / "1.zip", WORK)
    assert write_evidence(region, tmp_path / "2.zip", WORK).fingerprint == first.fingerprint
    (region.path / "keys" / "signing-key.pem").unlink()
    forged = write_evidence(region, tmp_path / "3.zip", WORK)
    assert forged.fingerprint != first.fingerprint
    assert check_evidence(forged.file).troubles == []
    assert [t.code for t in check_evidence(forged.file, first.fingerprint).troubles] == ["bundle.other_signer"]


def test_the_key_is_for_its_owner_and_in_no_backup(region, tmp_path):
    keep(region)
    write_evidence(region, tmp_path / "e.zip", WORK)
    key = region.path / "keys" / "signing-key.pem"
    assert key.stat().st_mode & 0o077 == 0
    kept = backup(region, tmp_path / "b.tar", WORK)
    assert b"PRIVATE KEY" not in kept.file.read_bytes()
    assert verify(region, WORK).troubles == []


def test_there_is_no_bundle_of_nothing_and_none_is_overwritten(region, tmp_path):
    with pytest.raises(RegionError) as nothing:
        write_evidence(region, tmp_path / "e.zip", WORK)
    assert nothing.value.message.code == "bundle.nothing"
    keep(region)
    with pytest.raises(RegionError):
        write_evidence(region, tmp_path / "e.zip", WORK, since=date(2024, 11, 12))
    write_evidence(region, tmp_path / "e.zip", WORK)
    with pytest.raises(RegionError) as there:
        write_evidence(region, tmp_path / "e.zip", WORK)
    assert there.value.message.code == "bundle.exists"


def test_speed_tests_over_mobile_networks_leave_as_the_fcc_wants_them(region):
    speed = {"over": "A", "download_mbps": 1.6, "upload_mbps": 0.08, "latency_ms": 61.5, "loss_percent": 10.0}
    counted = {"download_bytes": 1_000_000, "download_s": 5.0, "upload_bytes": 50_000, "upload_s": 5.0}
    (first,) = keep(region, 1, speed=speed | counted)
    keep(region, 1, speed=speed | {"over": "wifi"})
    keep(region, 1, speed=speed, on_wifi=True)
    with region.store(NOW) as store:
        (one,) = bdc_speed_tests(region, store)["submissions"]
        assert bdc_speed_tests(region, store, until=date(2024, 11, 10))["submissions"] == []
    assert (one["test_id"], one["provider_name"]) == (first, "A")
    assert one["timestamp"] == "2024-11-11T11:00:00+08:00"
    down, up = one["tests"]["download"], one["tests"]["upload"]
    assert (down["duration"], down["bytes_transferred"], down["bytes_sec"]) == (5_000_000, 1_000_000, 200_000)
    assert (up["bytes_sec"], one["tests"]["latency"]["round_trip_time"]) == (10_000, 61_500)
    assert down["locations"] == [{"timestamp": one["timestamp"], "latitude": 0.5, "longitude": 117.5}]


@pytest.mark.parametrize("name", ["blank-spot-villages.toml", "blank-spot-points.toml"])
def test_the_examples_of_forms_fill_every_column(region, tmp_path, name, pytestconfig):
    keep(region)
    form = read_form(pytestconfig.rootpath / "examples" / "forms" / name)
    count = write_form(region, form, tmp_path / "t.csv", WORK)
    text = (tmp_path / "t.csv").read_text("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text), delimiter=form.delimiter))
    assert len(rows) == count == (1 if form.rows == "village" else 2)
    assert list(rows[0]) == [c.header for c in form.columns]
    if form.rows == "village":
        assert (rows[0]["Kode Desa (Kemendagri)"], rows[0]["Jumlah Uji Lapangan"]) == ("V1", "6")
        assert rows[0]["Operator yang Tidak Ada"] == "A, B"
        assert rows[0]["Penduduk Tanpa Sinyal"] == "1000"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("rows = ", "export.bad_form"),
        ("[[columns]]\nheader = 'x'\nvalue = 'imsi'", "export.bad_column"),
        ("rows = 'voter'\n[[columns]]\nheader = 'x'\nvalue = 'number'", "export.bad_rows"),
        ("[[columns]]\nheader = 'x'\nvalue = 'number'\ntext = 'y'", "export.bad_column"),
    ],
)
def test_a_form_that_cannot_be_used_says_why(tmp_path, text, code):
    (tmp_path / "f.toml").write_text(text)
    with pytest.raises(SettingError) as error:
        read_form(tmp_path / "f.toml")
    assert error.value.message.code == code
