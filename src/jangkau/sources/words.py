"""How people write the words that records choose from; the keys of each table are lower case."""

from typing import get_args

from jangkau.records import (
    CLAIM_SUBJECTS,
    DOUBTS,
    LINK_STAGES,
    PLACE_KINDS,
    REMEDY_KINDS,
    REQUEST_STATES,
    SERVICES,
    TECHNOLOGIES,
    Quantity,
    RemedyState,
    StakeholderKind,
    TaskKind,
    TaskState,
)
from jangkau.sources.fields import choice

PLACE_KIND_SPELLINGS = {
    "kantor desa": "village_office", "kantor kelurahan": "village_office", "kantor kecamatan": "district_office",
    "kantor kel": "village_office", "kantor kec": "district_office", "kantor camat": "district_office",
    "tps": "polling_station", "permukiman": "settlement", "dusun": "settlement", "kampung": "settlement",
    "sekolah": "school", "puskesmas": "clinic", "pustu": "clinic", "klinik": "clinic", "posyandu": "clinic",
    "lainnya": "other", "lain": "other",
}  # fmt: skip

TECHNOLOGY_SPELLINGS = {
    "gsm": "2G", "edge": "2G", "gprs": "2G", "umts": "3G", "wcdma": "3G", "hspa": "3G", "hsdpa": "3G",
    "lte": "4G", "lte-a": "4G", "4g lte": "4G", "nr": "5G", "5g nr": "5G",
}  # fmt: skip

SERVICE_SPELLINGS = {
    "tidak ada": "none", "nihil": "none", "no service": "none", "terbatas": "limited", "darurat": "limited",
    "emergency": "limited", "baik": "ok", "ada": "ok", "normal": "ok", "tidak ada sinyal": "none",
    "tidak ada jaringan": "none", "tidak ada layanan": "none", "tanpa sinyal": "none", "blank spot": "none",
    "blankspot": "none", "nol": "none", "panggilan darurat": "limited", "hanya darurat": "limited",
    "emergency only": "limited", "ada sinyal": "ok", "ada jaringan": "ok", "bagus": "ok", "kuat": "ok", "sedang": "ok",
    "lancar": "ok", "stabil": "ok",
}  # fmt: skip

STAGE_SPELLINGS = {
    "diminta": "asked", "diusulkan": "asked", "dipesan": "ordered", "terpasang": "fitted", "dipasang": "fitted",
    "diuji": "tested", "teruji": "tested", "diterima": "accepted", "aktif": "accepted", "berakhir": "ended",
    "selesai": "ended",
}  # fmt: skip

CLAIM_SUBJECT_SPELLINGS = {
    "blankspot": "blank_spot", "blank spot": "blank_spot",
    "tanpa sinyal": "blank_spot", "blank spot kecamatan": "blank_spot", "menara": "tower",
    "tower planned": "tower", "tower built": "tower", "tower built province": "tower",
    "tower without equipment": "tower", "bts bakti 3t allocated": "tower", "tanpa pln": "no_grid_power",
    "no pln": "no_grid_power", "internet kantor": "office_internet", "internet desa": "office_internet",
    "lainnya": "other", "lain": "other",
}  # fmt: skip

POWERS = ("pln", "solar", "generator", "none")
POWER_SPELLINGS = {
    "plts": "solar", "surya": "solar", "tenaga surya": "solar", "genset": "generator", "pltd": "generator",
    "diesel": "generator", "tidak ada": "none", "belum ada": "none", "tanpa listrik": "none", "grid": "pln",
    "pln 24 jam": "pln", "listrik pln": "pln",
}  # fmt: skip

ENVIRONMENTS = ("outdoor", "indoor", "vehicle")
ENVIRONMENT_SPELLINGS = {
    "luar": "outdoor", "luar ruang": "outdoor", "dalam": "indoor", "dalam ruang": "indoor", "kendaraan": "vehicle",
    "mobil": "vehicle",
}  # fmt: skip

STAKEHOLDER_KIND_SPELLINGS = {
    "seluler": "operator", "listrik": "power", "pln": "power", "kementerian": "ministry", "penyedia": "isp",
    "penyedia internet": "isp", "pemerintah": "government", "pemda": "government", "lainnya": "other", "lain": "other",
}  # fmt: skip

REMEDY_KIND_SPELLINGS = {
    "tempat kirim": "send_place", "antar": "carry", "perkuat sel": "strengthen_cell", "sel baru": "new_cell",
    "menara baru": "new_site", "penguat": "repeater", "bts bergerak": "mobile_bts", "satelit": "satellite",
    "vsat": "satellite", "serat optik": "fibre", "fiber": "fibre", "gelombang mikro": "microwave",
    "tambah bandwidth": "bandwidth", "listrik": "power", "lainnya": "other", "lain": "other",
}  # fmt: skip

REMEDY_STATE_SPELLINGS = {"diusulkan": "proposed", "usulan": "proposed", "dipilih": "chosen", "batal": "dropped"}
TASK_KIND_SPELLINGS = {"kerjakan": "do", "kerja": "do", "uji": "test"}
TASK_STATE_SPELLINGS = {"terbuka": "open", "belum": "open", "selesai": "done", "batal": "dropped"}
REQUEST_STATE_SPELLINGS = {
    "draf": "drafted", "konsep": "drafted", "diminta": "asked", "dijawab": "answered", "disetujui": "agreed",
    "ditolak": "refused", "selesai": "done", "ditarik": "withdrawn",
}  # fmt: skip
QUANTITY_SPELLINGS = {"sinyal": "signal", "kantor": "office", "kirim": "send"}

place_kind = choice(PLACE_KINDS, PLACE_KIND_SPELLINGS)
technology = choice(TECHNOLOGIES, TECHNOLOGY_SPELLINGS)
service = choice(SERVICES, SERVICE_SPELLINGS)
stage = choice(LINK_STAGES, STAGE_SPELLINGS)
claim_subject = choice(CLAIM_SUBJECTS, CLAIM_SUBJECT_SPELLINGS)
power = choice(POWERS, POWER_SPELLINGS)
doubt = choice(DOUBTS)
environment = choice(ENVIRONMENTS, ENVIRONMENT_SPELLINGS)
stakeholder_kind = choice(get_args(StakeholderKind), STAKEHOLDER_KIND_SPELLINGS)
remedy_kind = choice(REMEDY_KINDS, REMEDY_KIND_SPELLINGS)
remedy_state = choice(get_args(RemedyState), REMEDY_STATE_SPELLINGS)
task_kind = choice(get_args(TaskKind), TASK_KIND_SPELLINGS)
task_state = choice(get_args(TaskState), TASK_STATE_SPELLINGS)
request_state = choice(REQUEST_STATES, REQUEST_STATE_SPELLINGS)
quantity = choice(get_args(Quantity), QUANTITY_SPELLINGS)
village_kind = choice(("desa", "kelurahan"), {"village": "desa", "kel": "kelurahan", "kampung": "desa"})
