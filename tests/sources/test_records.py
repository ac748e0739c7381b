"""Tables of each kind become the records that they say."""

from datetime import UTC, date, datetime

import pytest

from jangkau.messages import render
from jangkau.records import Cell, Claim, Link, Measurement, Place, Probe, Site, Village, Visit
from jangkau.sources.detect import detect, read
from jangkau.sources.villages import kind_of

UUID = "01931885-2800-7b1e-8cf5-b4100b3ef302"


def said(notes):
    return [render(note, "en") for note in notes]


def test_places(write, origin, around):
    content = (
        "id,name,kind,longitude,latitude,position_accuracy_m,village_code,population,voters,power,backup_hours,"
        "source,date\n"
        "64.08.04.2001-1,TPS 1,polling_station,117.55,0.5,20,64.08.04.2001,,280,pln,2,KPU,2024-09-01\n"
        "H1,Dusun,settlement,,,,,120,,,,survey,\n"
    )
    path = write("places.csv", content)
    reading = read(path, "places", origin, around)
    station, hamlet = reading.records
    assert isinstance(station, Place)
    assert (station.code, station.voters, station.power, station.backup_hours) == ("64.08.04.2001-1", 280, "pln", 2.0)
    assert station.source_date == date(2024, 9, 1)
    assert (hamlet.longitude, hamlet.source_date) == (None, date(2024, 11, 11))
    assert (reading.refused, reading.notes, reading.rows_read) == ([], [], 2)
    assert detect(path) == "places"


def test_a_decimal_comma_that_makes_one_value_too_many_is_not_swallowed(write, origin, around):
    content = "id,kind,longitude,latitude\nP1,school,117,5,0,5\nP2,school,117.5,0.5\nP3,school,117.5,0.5,,\n"
    reading = read(write("titik.csv", content), "places", origin, around)
    assert [place.code for place in reading.records] == ["P2", "P3"]
    assert [(r.row, r.reason.code, r.reason.parameters["count"]) for r in reading.refused] == [(2, "row.surplus", 6)]


def test_radios_with_the_same_numbers_are_different_cells(write, origin, around):
    rows = "".join(f"{radio},510,10,7,8,-1,117.2,1.5,900,23,1,1741894523,1747189844,0\n" for radio in ("LTE", "UMTS"))
    head = "radio,mcc,net,area,cell,unit,lon,lat,range,samples,changeable,created,updated,averageSignal\n"
    reading = read(write("x.csv", head + rows), "opencellid", origin, around)
    assert [c.code for c in reading.records[2:]] == ["510-10-4G-7-8", "510-10-3G-7-8"]


def test_a_village_is_found_by_name_only_where_one_has_it(write, origin, around):
    path = write("titik.csv", "kode,jenis,desa\nP1,dusun,Teluk Lingga\n")
    assert read(path, "places", origin, around).records[0].village_code == "64.08.04.1003"


CELLS = (
    "id,site_id,operator,technology,frequency_mhz,bandwidth_mhz,longitude,latitude,height_agl_m,power_dbm,"
    "antenna_gain_dbi,eirp_dbm,reference_signal_power_dbm,azimuth_deg,electrical_downtilt_deg,mcc,mnc,eci,pci,earfcn,"
    "valid_from,valid_to,source,date\n"
    "A1,A,telkomsel,LTE,900,10,117.5,0.5,42,46,17,,,0,2,510,10,1,7,3500,2020-01-01,,TSEL,2024-10-01\n"
    "A2,A,510-10,4G,900,10,117.5,0.5,42,,,62,,360,2,510,10,2,8,3500,2020-01-01,,TSEL,2024-10-01\n"
    "B1,B,IOH,4G,,,115.9,0.6,200,,,,,,,,,,,,,,,\n"
    "B2,B,IOH,3G,2100,,115.905,0.6,42,,,,,120,,,,,,,,,,\n"
)


def test_cells_and_their_sites(write, origin, around):
    reading = read(write("cells.csv", CELLS), "cells", origin, around)
    sites = [r for r in reading.records if isinstance(r, Site)]
    cells = [r for r in reading.records if isinstance(r, Cell)]
    assert [site.code for site in sites] == ["A", "B"]
    assert (sites[0].longitude, sites[0].latitude, sites[0].source_date) == (117.5, 0.5, date(2024, 10, 1))
    assert [cell.operator for cell in cells] == ["Telkomsel", "Telkomsel", "IOH", "IOH"]
    assert [cell.azimuth_deg for cell in cells] == [0.0, 0.0, None, 120.0]
    assert cells[2].eirp_dbm is None
    assert cells[2].power_dbm is None
    assert reading.refused == []
    assert said(reading.notes) == [
        "Antennas higher than 150 m above ground: 1 (rows 4). They were kept; check that the heights are not in feet.",
        "Positions outside the region but within 30 km, kept: 2 (rows 4, 5).",
        "Sites whose cells stand more than 200 m apart: 1 (B). The first position was taken for the site.",
    ]


def test_a_cell_at_the_shore_of_coarse_terrain_is_kept(write, origin, around):
    content = "id,operator,technology,longitude,latitude\nC,IOH,4G,118.505,0.5\n"
    reading = read(write("cells.csv", content), "cells", origin, around)
    assert [type(r).__name__ for r in reading.records] == ["Site", "Cell"]
    assert reading.records[1].site_code == "C"
    assert "within 1 km of land" in said(reading.notes)[0]


def test_opencellid(write, origin, around):
    content = (
        "radio,mcc,net,area,cell,unit,lon,lat,range,samples,changeable,created,updated,averageSignal\n"
        "LTE,510,10,7984,145165087,-1,117.1256,1.5933,25253,23,1,1741894523,1747189844,0\n"
        "UMTS,510,1,7,8,-1,117.2,1.5,0,23,1,1741894523,1747189844,0\n"
        "LTE,510,10,7249,79873291,0,116.8686,-1.2555,500,36,1,1458832182,1736737627,0\n"
    )
    path = write("x.csv", content)
    reading = read(path, "opencellid", origin, around)
    sites, cells = reading.records[:2], reading.records[2:]
    assert detect(path) == "opencellid"
    assert [(c.code, c.operator, c.technology) for c in cells] == [
        ("510-10-4G-7984-145165087", "Telkomsel", "4G"),
        ("510-01-3G-7-8", "IOH", "3G"),
    ]
    assert [c.position_accuracy_m for c in cells] == [25253.0, 500.0]
    assert [s.code for s in sites] == [c.site_code for c in cells]
    assert cells[0].source_date == date(2025, 5, 14)
    assert reading.rows_read == 3
    assert said(reading.notes)[0] == "Rows left out because they lie more than 30 km outside the region: 1."
    assert said(reading.notes)[1].startswith("OpenCelliD is no inventory")


def test_links(write, origin, around):
    content = (
        "id,place_id,upstream_link_id,medium,provider,payer,download_mbps,upload_mbps,valid_from,valid_to,stage,"
        "source,date\n"
        "L2,P1,L1,vsat,X,Diskominfo,10,2,2024-01-01,2024-12-31,accepted,spk,2024-01-01\n"
        "L3,P1,L2,fibre,X,,50,50,,,Dipesan,,\n"
        "L4,P1,L99,fibre,X,,50,50,,,asked,,\n"
    )
    path = write("links.csv", content)
    reading = read(path, "links", origin, around)
    first, second, _ = reading.records
    assert isinstance(first, Link)
    assert (first.place_code, first.upstream_link_code, first.download_mbps) == ("P1", "L1", 10.0)
    assert second.stage == "ordered"
    assert said(reading.notes) == ["Upstream links that are not known: 1 (L99)."]
    assert detect(path) == "links"


def test_visits_keep_the_id_they_were_born_with(write, origin, around):
    content = (
        "id,place_id,time,tester,method,operator,technology,service,rsrp_dbm,download_mbps,upload_mbps,power,source\n"
        f"{UUID},P1,2024-11-10T14:30:00+08:00,Ani,phone,Telkomsel,4G,ok,-95,5.5,1.2,pln,\n"
        "17,P1,2024-11-10 14:30,Ani,phone,IOH,,none,,,,genset,\n"
        f"{UUID},P1,2024-11-10T14:30:00+08:00,Ani,phone,Telkomsel,4G,ok,-95,5.5,1.2,pln,\n"
    )
    path = write("visits.csv", content)
    reading = read(path, "visits", origin, around, "Asia/Makassar")
    first, second = reading.records
    assert isinstance(first, Visit)
    assert first.id == UUID
    assert second.id not in (UUID, "17")
    assert first.time == second.time == datetime(2024, 11, 10, 6, 30, tzinfo=UTC)
    assert (second.service, second.power) == ("none", "generator")
    assert [(r.row, r.field) for r in reading.refused] == [(4, "id")]
    assert detect(path) == "visits"


def test_an_id_is_the_same_however_it_is_written(write, origin, around):
    rows = "".join(f"{one},P1,2024-11-10T14:30:00Z,IOH,none\n" for one in (UUID, UUID.upper()))
    reading = read(write("visits.csv", "id,place_id,time,operator,service\n" + rows), "visits", origin, around)
    assert [(r.row, r.reason.code) for r in reading.refused] == [(3, "row.duplicate_id")]


def test_measurements_and_probes(write, origin, around):
    content = (
        "id,time,longitude,latitude,accuracy_m,environment,operator,technology,service,cell_id,eci,rsrp_dbm,source\n"
        ",2024-11-10T06:30:00Z,117.5,0.5,5,Kendaraan,Telkomsel,LTE,ok,A1,1,-95,\n"
        ",2024-11-10T06:31:00Z,117.5,0.5,5,outdoor,IOH,,none,,,,\n"
    )
    path = write("measurements.csv", content)
    (columns,) = read(path, "measurements", origin, around).columns
    first, nothing = columns.records()
    assert isinstance(first, Measurement)
    assert (first.cell_code, first.rsrp_dbm, first.environment) == ("A1", -95.0, "vehicle")
    assert (nothing.service, nothing.technology) == ("none", None)
    assert detect(path) == "measurements"
    path = write(
        "probes.csv", "id,link_id,time,method,up,download_mbps,latency_ms\n,L1,2024-11-10T06:30:00Z,http,1,9.5,40\n"
    )
    (probe,) = read(path, "probes", origin, around).records
    assert isinstance(probe, Probe)
    assert (probe.link_code, probe.up, probe.download_mbps) == ("L1", True, 9.5)
    assert detect(path) == "probes"


@pytest.mark.parametrize(
    ("content", "subject", "statement", "claimed_on"),
    [
        (
            "village_code,place_id,subject,statement,claimed_on,publisher\n64.08.04.2001,,blank_spot,none,2022,news\n",
            "blank_spot",
            "none",
            "2022",
        ),
        (
            "source,year,code,desa,kecamatan,status,note\nnews,2022,64.08.04.2001,A,B,blank_spot,in a list\n",
            "blank_spot",
            "blank_spot; in a list",
            "2022",
        ),
        (
            "code,desa,kecamatan,population_in_article,status,as_of,source\n64.08.04.2001,A,B,4,no PLN,2025-11,news\n",
            "no_grid_power",
            "no PLN",
            "2025-11",
        ),
        (
            "code,desa,kecamatan,planned_mbps,sites,funding,source\n64.08.04.2001,A,B,50-100,kantor,APBD,news\n",
            "office_internet",
            "50-100; kantor; APBD",
            "",
        ),
    ],
)
def test_claims_in_every_shape(write, origin, around, content, subject, statement, claimed_on):
    path = write("x.csv", content)
    assert detect(path) == "claims"
    (claim,) = read(path, "claims", origin, around).records
    assert isinstance(claim, Claim)
    assert (claim.subject, claim.statement, claim.claimed_on) == (subject, statement, claimed_on)
    assert (claim.village_code, claim.publisher) == ("64.08.04.2001", "news")


def test_a_status_becomes_a_subject_and_stays_in_the_statement(write, origin, around):
    statuses = ["Blank spot", "tower_planned", "tower_without_equipment", "bts_bakti_3t_allocated", "sudah terlayani"]
    rows = "".join(f"64.08.04.2001,2022,{status}\n" for status in statuses)
    reading = read(write("x.csv", "code,year,status\n" + rows), "claims", origin, around)
    assert [c.subject for c in reading.records] == ["blank_spot", "tower", "tower", "tower", "other"]
    assert [c.statement for c in reading.records] == statuses
    assert said(reading.notes)[0].startswith(
        "Claims whose status is not known, kept with the subject other: 1 (rows 6)."
    )


def test_villages_districts_and_remote_villages(write, origin, around):
    villages = write(
        "villages.csv",
        "village_code,village,district_code,district,polling_stations_feb2024,population_estimate\n"
        "64.08.04.1003,Teluk Lingga,64.08.04,Sangatta Utara,12,4030\n",
    )
    reading = read(villages, "villages", origin, around)
    (village,) = reading.records
    assert isinstance(village, Village)
    assert (village.kind, village.population, village.polling_stations) == ("kelurahan", 4030, 12)
    assert said(reading.notes) == [
        "The column population_estimate was taken as population.",
        "The column polling_stations_feb2024 was taken as polling_stations.",
    ]
    districts = write("d.csv", "kode_kecamatan,kecamatan,penduduk\n64.08.04,Sangatta Utara,9\n")
    (district,) = read(districts, "districts", origin, around).records
    assert (district.code, district.name, district.population) == ("64.08.04", "Sangatta Utara", 9)
    remote = write("remote_villages.csv", "village_code\n64.08.04.1003\n64.08.04.9999\n")
    reading = read(remote, "remote_villages", origin, around)
    (village,) = reading.records
    assert (village.remote, village.kind) == (True, "kelurahan")
    assert len(reading.refused) == 1
    assert (detect(villages), detect(districts), detect(remote)) == ("villages", "districts", "remote_villages")


def test_the_kind_of_a_village_is_in_its_code():
    assert kind_of("64.08.04.1003") == "kelurahan"
    assert kind_of("64.08.04.2001") == "desa"
