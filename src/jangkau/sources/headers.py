"""Names of columns as people write them, in Indonesian and English, and the name that each stands for."""

import re
from collections.abc import Sequence

SPELLINGS: dict[str, tuple[str, ...]] = {
    "code": ("kode",),
    "name": (
        "nama",
        "nama_titik",
        "nama_lokasi",
        "nama_tempat",
        "nama_dusun",
        "nama_kampung",
        "nama_sekolah",
        "nama_puskesmas",
    ),
    "coordinates": (
        "koordinat",
        "titik_koordinat",
        "koordinat_lokasi",
        "koordinat_gps",
        "lat_long",
        "latlong",
        "lat_lon",
        "koordinat_lat_long",
        "lintang_bujur",
        "gps",
    ),
    "station": ("no_tps", "nomor_tps", "tps_no", "nama_tps", "no_urut_tps"),
    "office": ("nama_kantor", "kantor_desa", "nama_kantor_desa", "kantor_desa_kelurahan"),
    "kind": ("jenis", "tipe", "type"),
    "longitude": (
        "bujur",
        "bujur_timur",
        "lon",
        "lng",
        "long",
        "x",
        "easting",
        "longitude_bujur",
        "bujur_longitude",
        "bujur_x",
        "longitude_x",
    ),
    "latitude": (
        "lintang",
        "lat",
        "y",
        "northing",
        "latitude_lintang",
        "lintang_latitude",
        "lintang_y",
        "latitude_y",
        "lintang_utara",
        "lintang_selatan",
    ),
    "accuracy_m": ("akurasi_m", "ketelitian_m", "akurasi", "accuracy"),
    "village_code": (
        "kode_desa",
        "kode_kelurahan",
        "kd_desa",
        "kode_desa_kelurahan",
        "kode_desa_kel",
        "kode_kel",
        "kode_kemendagri",
        "kode_wilayah_desa",
    ),
    "village": (
        "desa",
        "kelurahan",
        "desa_kelurahan",
        "desa_kel",
        "nama_desa",
        "nama_kelurahan",
        "nama_desa_kelurahan",
        "nama_desa_kel",
        "kel_desa",
        "kelurahan_desa",
        "village_name",
    ),
    "district_code": ("kode_kecamatan", "kode_kec", "kec_kode", "kd_kec"),
    "district": ("kecamatan", "nama_kecamatan", "kec", "nama_kec", "distrik", "district_name"),
    "population": (
        "penduduk",
        "jumlah_penduduk",
        "jumlah_penduduk_jiwa",
        "penduduk_jiwa",
        "jumlah_jiwa",
        "jml_penduduk",
        "jiwa",
        "populasi",
    ),
    "polling_stations": ("tps", "jumlah_tps", "jml_tps"),
    "voters": ("pemilih", "jumlah_pemilih", "jml_pemilih", "dpt", "jumlah_dpt", "jml_dpt"),
    "remote": ("3t", "terpencil", "desa_3t"),
    "power": ("listrik", "sumber_listrik", "kelistrikan", "sumber_daya_listrik"),
    "backup_hours": ("cadangan_jam", "lama_cadangan_jam"),
    "source": ("sumber",),
    "date": ("tanggal", "tgl"),
    "operator": ("nama_operator", "operator_seluler", "opsel", "provider_seluler"),
    "valid_from": ("mulai", "berlaku_mulai", "mulai_berlaku"),
    "valid_to": ("berakhir", "selesai", "berlaku_sampai"),
    "site_id": ("menara", "kode_menara", "id_menara", "site", "kode_site", "id_site", "site_code"),
    "technology": ("teknologi", "tech"),
    "frequency_mhz": ("frekuensi_mhz", "frekuensi", "frequency", "freq_mhz", "band_mhz"),
    "bandwidth_mhz": ("lebar_pita_mhz", "bandwidth"),
    "height_agl_m": ("tinggi_m", "tinggi", "tinggi_antena_m", "height_m", "height", "antenna_height_m"),
    "azimuth_deg": ("azimut_deg", "azimut", "azimuth"),
    "electrical_downtilt_deg": ("tilt_elektrik", "etilt", "electrical_tilt"),
    "mechanical_downtilt_deg": ("tilt_mekanik", "mtilt", "mechanical_tilt"),
    "place_id": ("titik", "kode_titik", "id_titik", "place_code", "lokasi", "tempat", "lokasi_uji", "titik_uji"),
    "link_id": ("jaringan", "kode_jaringan", "id_jaringan", "link_code"),
    "medium": ("media",),
    "provider": ("penyedia", "isp", "penyedia_internet", "nama_isp", "nama_penyedia"),
    "payer": ("pembayar", "dibayar_oleh"),
    "download_mbps": ("unduh_mbps", "download", "unduh", "kecepatan_unduh_mbps", "kecepatan_unduh", "download_mbit_s"),
    "upload_mbps": ("unggah_mbps", "upload", "unggah", "kecepatan_unggah_mbps", "kecepatan_unggah", "upload_mbit_s"),
    "stage": ("tahap", "tahapan"),
    "time": ("waktu", "timestamp", "waktu_uji", "tanggal_uji", "tanggal_waktu", "tanggal_jam", "hari_tanggal"),
    "service": ("layanan", "status_sinyal", "kondisi_sinyal", "sinyal"),
    "tester": ("penguji", "petugas", "nama_petugas", "tim_uji"),
    "method": ("metode", "cara"),
    "environment": ("lingkungan",),
    "rsrp_dbm": ("rsrp", "kuat_sinyal_dbm", "level_sinyal_dbm"),
    "rsrq_db": ("rsrq",),
    "sinr_db": ("sinr",),
    "latency_ms": ("latensi_ms", "ping_ms"),
    "loss_percent": ("paket_hilang_persen",),
    "subject": ("perihal",),
    "statement": ("pernyataan",),
    "publisher": ("penerbit",),
    "stakeholder_id": ("pihak", "kode_pihak", "id_pihak", "stakeholder_code"),
    "remedy_id": ("tindakan", "kode_tindakan", "id_tindakan", "remedy_code"),
    "contact": ("kontak",),
    "quantity": ("besaran",),
    "state": ("keadaan",),
    "by": ("oleh",),
    "cost_idr": ("biaya_idr", "biaya"),
    "lead_days": ("lama_hari",),
    "assignee": ("pelaksana",),
    "due": ("tenggat",),
    "asked_on": ("tanggal_minta",),
    "answer_due": ("tenggat_jawaban",),
    "documents": ("dokumen",),
    "team": ("tim", "regu"),
    "start": ("berangkat_dari", "asal"),
    "days": ("hari", "jumlah_hari"),
    "hours": ("jam", "jam_per_hari", "hours_a_day"),
    "speed_kmh": ("kecepatan_kmh", "kecepatan"),
    "temporary": ("sementara",),
    "take_down_on": ("tanggal_bongkar",),
    "refused_row": ("baris_ditolak",),
    "reason": ("alasan",),
    "send_place_id": ("tempat_kirim", "kode_tempat_kirim", "send_place_code"),
    "what_to_do": ("yang_harus_dilakukan",),
}
"""The name that columns have in Jangkau, and how else people head them."""

OWN_NAME = {spelling: own for own, spellings in SPELLINGS.items() for spelling in spellings}

WITHOUT_SPELLINGS = """
    id position_accuracy_m power_dbm antenna_gain_dbi eirp_dbm reference_signal_power_dbm
    horizontal_beamwidth_deg vertical_beamwidth_deg mcc mnc eci pci earfcn upstream_link_id speed_mps cell_id sim_slot
    device app up claimed_on status as_of year note planned_mbps sites funding radio net area cell unit
    range samples changeable created updated averagesignal ground_amsl_m building_height_m clutter_class
    devicetime groupnumber servingcell tac nci measured_at net_type neighboring level qual networktech networkmode cgi
    signal act rating quadkey avg_d_kbps avg_u_kbps
"""
KNOWN = frozenset(SPELLINGS) | frozenset(WITHOUT_SPELLINGS.split())
"""Every name that some kind of table knows."""


def with_spelling(name: str) -> str:
    """Return the name of a column with another that people use for it, such as place_id (titik)."""
    other = SPELLINGS.get("code" if name == "id" else name, ())
    return f"{name} ({other[0]})" if other else name


def plain(name: str) -> str:
    """Return a header in lower case, with one underscore for whatever is no letter or digit."""
    return re.sub(r"[\W_]+", "_", name.lower()).strip("_")


def own_names(cells: Sequence[str]) -> tuple[str, ...]:
    """Return the names that headers stand for; a second column of one name gets a number behind it."""
    names = [plain(cell) for cell in cells]
    given = set(names)
    result: list[str] = []
    for name in names:
        own = OWN_NAME.get(name, name)
        own = name if own in given else own
        result.append(own if own not in result else f"{own}_{result.count(own) + len(result)}")
    return tuple(result)


def is_header(cells: Sequence[str]) -> bool:
    """Tell whether a row names columns: two that are known, or the only one."""
    names = [own for own in own_names(cells) if own]
    known = sum(name in KNOWN for name in names)
    return known >= 2 or (known == 1 and len(names) == 1)
