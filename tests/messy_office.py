"""The data of the invented regency as an office keeps them: lists for people, made at test time.

Nothing in them is for a program: titles and two-row headers, a sheet a district, several tables on a sheet, names
instead of codes, positions in degrees and minutes, units behind numbers, sums and signatures at the end.
"""

import csv
import io
import zipfile
from datetime import timedelta
from pathlib import Path
from xml.sax.saxutils import escape

import openpyxl

from jangkau.synthetic import World

MONTHS = [
    "Januari",
    "Februari",
    "Maret",
    "April",
    "Mei",
    "Juni",
    "Juli",
    "Agustus",
    "September",
    "Oktober",
    "November",
    "Desember",
]
LETTERHEAD = ["PEMERINTAH KABUPATEN CONTOH", "DINAS KOMUNIKASI DAN INFORMATIKA"]
SIGNATURE = ["Sangatan, 11 November 2024", "Kepala Dinas,", "NIP. 19700101 199003 1 001"]
SPELT = {"Seluler A": ("Seluler A", "SELULER A", "seluler a"), "Seluler B": ("Seluler B",), "Seluler C": ("SELULER C",)}


def write_messy_office(world: World, folder: Path) -> dict[str, Path]:
    """Write the lists of an office and return them by what they are."""
    folder.mkdir(parents=True, exist_ok=True)
    return {
        "villages": _villages(world, folder / "Data Desa 2024 (final) FIX.xlsx"),
        "places": _offices_and_hamlets(world, folder / "kantor & dusun.xlsx"),
        "stations": _stations(world, folder / "DAFTAR TPS.csv"),
        "cells": _cells(world, folder / "data bts operator.txt"),
        "links": _links(world, folder / "internet desa.ods"),
        "visits": _visits(world, folder / "Hasil Uji Lapangan.xlsx"),
        "claims": _claims(world, folder / "blankspot.csv"),
    }


def dms(degrees: float, sides: str, *, before: bool = False) -> str:
    """Return degrees, minutes and seconds with a comma, and the side in Indonesian letters."""
    whole = abs(degrees)
    minutes = (whole - int(whole)) * 60.0
    seconds = (minutes - int(minutes)) * 60.0
    side = sides.split("/")[degrees < 0.0]
    text = f"{int(whole)}°{int(minutes):02d}'{seconds:05.2f}\"".replace(".", ",")
    return f"{side} {text}" if before else f"{text} {side}"


def thousands(number: int | None) -> str:
    """Return a number with points, as texts have it."""
    return "" if number is None else f"{number:,}".replace(",", ".")


def _district(world, village):
    return next(d.name for d in world.districts if d.code == village.district_code)


def _villages(world, path):
    """A sheet a district, with a hidden one of last year, a numbering row, sums as texts and a signature."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for district in world.districts:
        sheet = book.create_sheet(f"Kec. {district.name}")
        own = [v for v in world.villages if v.district_code == district.code]
        for title in LETTERHEAD:
            sheet.append([title])
        sheet.append([f"DATA DESA KECAMATAN {district.name.upper()} TAHUN 2024"])
        sheet.append([])
        sheet.append(
            ["No.", "Kode Desa", "Nama Desa/Kelurahan", "Kecamatan", "Jumlah Penduduk (Jiwa)", "Jumlah TPS", "Ket."]
        )
        sheet.append([1, 2, 3, 4, 5, 6, 7])
        first = sheet.max_row + 1
        for number, v in enumerate(own, 1):
            people = f"{thousands(v.population)} jiwa" if number % 2 else thousands(v.population)
            name = f"Desa {v.name}" if number % 3 == 0 else v.name.upper()
            sheet.append(
                [number, v.code, name, district.name if number == 1 else None, people, v.polling_stations, "-"]
            )
        sheet.merge_cells(start_row=first, end_row=sheet.max_row, start_column=4, end_column=4)
        sheet.append(["JUMLAH", None, None, None, thousands(sum(v.population or 0 for v in own)), None, None])
        sheet.append([])
        for line in SIGNATURE:
            sheet.append([None, None, None, None, line])
    old = book.create_sheet("Rekap 2019")
    old.sheet_state = "hidden"
    old.append(["Kode Desa", "Nama Desa", "Penduduk"])
    old.append([world.villages[0].code, "Nama Lama", 1])
    notes = book.create_sheet("Catatan")
    notes.append(["Data dari Dukcapil, jangan disebar"])
    book.save(path)
    return path


def _offices_and_hamlets(world, path):
    """Two tables on one sheet, the first with a header of two rows, and hamlets on another, positions in one cell."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Titik"
    sheet.append(["DAFTAR KANTOR"])
    sheet.append(["No", "Kode", "Nama Titik", "Jenis", "Koordinat", None, "Kecamatan", "Desa", "Listrik"])
    sheet.append([None, None, None, None, "Lintang", "Bujur", None, None, None])
    for column in (1, 2, 3, 4, 7, 8, 9):
        sheet.merge_cells(start_row=2, end_row=3, start_column=column, end_column=column)
    sheet.merge_cells("E2:F2")
    villages = {v.code: v for v in world.villages}
    kinds = {"village_office": "Kantor Desa", "district_office": "Kantor Kecamatan"}
    offices = [p for p in world.places if p.kind in kinds]
    for number, p in enumerate(offices, 1):
        village = villages[p.village_code]
        row = [number, p.code, p.name, kinds[p.kind], dms(p.latitude, "LU/LS"), dms(p.longitude, "BT/BB", before=True)]
        power = {"pln": "PLN", "solar": "PLTS", "generator": "Genset", "none": "tidak ada", None: "-"}[p.power]
        sheet.append([*row, f"Kec. {_district(world, village).upper()}", f"Ds. {village.name}", power])
    sheet.append([])
    sheet.append(["DAFTAR LAYANAN UMUM"])
    sheet.append(["Kode", "Jenis", "Nama Titik", "Bujur", "Lintang", "Desa"])
    others = [p for p in world.places if p.kind in ("school", "clinic", "other")]
    words = {"school": "Sekolah", "clinic": "Puskesmas", "other": "Lainnya"}
    for p in others:
        position = [f"{p.longitude:.6f}".replace(".", ","), f"{p.latitude:.6f}".replace(".", ",")]
        sheet.append([p.code, words[p.kind], p.name, *position, villages[p.village_code].name])
    hamlets = book.create_sheet("Dusun")
    hamlets.append(["Kode", "Jenis", "Nama Dusun", "Koordinat", "Kode Desa", "Jumlah Jiwa", "Listrik"])
    for p in (p for p in world.places if p.kind == "settlement"):
        people = "tidak diketahui" if p.population is None else thousands(p.population)
        hamlets.append([p.code, "Dusun", p.name, f"{p.latitude:.6f}, {p.longitude:.6f}", p.village_code, people, "N/A"])
    book.save(path)
    return path


def _stations(world, path):
    """Semicolons, Windows-1252, no codes, a village named twice in different ways, a row too many, a sum."""
    rows = [
        ["Daftar TPS Pemilihan Serentak 2024"],
        [],
        ["No", "Kecamatan", "Desa/Kelurahan", "No. TPS", "Alamat", "Lintang", "Bujur", "Jumlah DPT", "Listrik"],
    ]
    stations = [p for p in world.places if p.kind == "polling_station"]
    villages = {v.code: v for v in world.villages}
    for number, p in enumerate(stations, 1):
        village = villages[p.village_code]
        where = [f"{p.latitude:.5f}".replace(".", ","), f"{p.longitude:.5f}".replace(".", ",")]
        if number == 2:
            where.reverse()  # swapped by hand
        power = {"pln": "PLN", "solar": "surya", "generator": "genset", "none": "tidak ada", None: "tidak tahu"}[
            p.power
        ]
        title = f"TPS {p.code[-3:]}" if number % 2 else str(int(p.code[-3:]))
        rows.append(
            [
                number,
                f"Kecamatan {_district(world, village)}",
                village.name.upper(),
                title,
                "Gedung serbaguna – RT 3",
                *where,
                thousands(p.voters),
                power,
            ]
        )
    rows.append([*rows[3]])  # copied twice
    rows.append(["JUMLAH", "", "", "", "", "", "", thousands(sum(p.voters or 0 for p in stations)), ""])
    path.write_bytes(_lines(rows, ";").encode("cp1252"))
    return path


def _cells(world, path):
    """Tabs and a byte order mark; units behind numbers."""
    names = [
        "ID",
        "Site",
        "Nama Operator",
        "Teknologi",
        "Frekuensi (MHz)",
        "Bandwidth",
        "Koordinat",
        "Tinggi Antena (m)",
        "Azimuth",
        "eirp_dbm",
        "power_dbm",
        "antenna_gain_dbi",
        "mcc",
        "mnc",
        "ECI",
        "PCI",
        "EARFCN",
    ]
    rows = [names]
    for number, c in enumerate(world.cells):
        operator = SPELT[c.operator][number % len(SPELT[c.operator])]
        where = (
            f"{c.latitude:.6f}, {c.longitude:.6f}"
            if number % 2
            else f"{dms(c.latitude, 'N/S')} {dms(c.longitude, 'E/W')}"
        )
        height = "" if c.height_agl_m is None else f"{c.height_agl_m:g} m"
        values = (c.eirp_dbm, c.power_dbm, c.antenna_gain_dbi)
        powers = ["n/a" if v is None else f"{v:g}" for v in values]
        generation = {"4G": "LTE", "2G": "GSM", "3G": "UMTS", "5G": "NR"}[c.technology]
        azimuth = "-" if c.azimuth_deg is None else f"{c.azimuth_deg:g}°"
        rows.append(
            [
                c.code,
                c.site_code,
                operator,
                generation,
                f"{c.frequency_mhz:g} MHz",
                f"{c.bandwidth_mhz:g}",
                where,
                height,
                azimuth,
                *powers,
                c.mcc,
                c.mnc,
                c.eci,
                c.pci,
                c.earfcn,
            ]
        )
    path.write_bytes(_lines(rows, "\t").encode("utf-8-sig"))
    return path


def _links(world, path):
    """A LibreOffice sheet whose links name their office, not its code."""
    places = {p.code: p for p in world.places}
    rows = [
        ["JARINGAN INTERNET KANTOR"],
        [],
        ["id", "Titik", "Media", "ISP", "Unduh (Mbps)", "Unggah (Mbps)", "Tahap", "Mulai"],
    ]
    stages = {
        "asked": "Diminta",
        "ordered": "Dipesan",
        "fitted": "Terpasang",
        "tested": "Diuji",
        "accepted": "Diterima",
        "ended": "Berakhir",
    }
    for link in world.links:
        day = (
            ""
            if link.valid_from is None
            else f"{link.valid_from.day} {MONTHS[link.valid_from.month - 1]} {link.valid_from.year}"
        )
        rates = [f"{v:g} Mbps" for v in (link.download_mbps, link.upload_mbps)]
        rows.append(
            [
                link.code,
                places[link.place_code].name.upper(),
                link.medium,
                link.provider,
                *rates,
                stages[link.stage],
                day,
            ]
        )
    rows.append(["Total", "", "", "", str(sum(link.download_mbps for link in world.links)), "", "", ""])
    path.write_bytes(ods({"Jaringan": rows}))
    return path


def _visits(world, path):
    """Places by name, Indonesian dates, the phones of the testers, units, and a row that tells nothing."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Rekap Uji"
    sheet.append(["HASIL UJI SINYAL OKTOBER 2024"])
    sheet.append(
        [
            "Lokasi",
            "Tanggal Uji",
            "Nama Petugas",
            "No HP",
            "Operator",
            "Layanan",
            "RSRP (dBm)",
            "Unduh (Mbps)",
            "Unggah (Mbps)",
        ]
    )
    places = {p.code: p for p in world.places}
    for number, v in enumerate(world.visits):
        local = v.time + timedelta(hours=8)
        when = f"{local.day} {MONTHS[local.month - 1]} {local.year} pukul {local:%H.%M} WITA"
        service = {"none": "tidak ada sinyal", "limited": "darurat", "ok": "ada sinyal"}[v.service]
        level = "-" if v.rsrp_dbm is None else f"{v.rsrp_dbm:g} dBm"
        rates = ["tidak ada" if r is None else f"{r:g}".replace(".", ",") for r in (v.download_mbps, v.upload_mbps)]
        operator = SPELT[v.operator][number % len(SPELT[v.operator])]
        sheet.append([places[v.place_code].name, when, v.tester, "0812-3456-7890", operator, service, level, *rates])
    sheet.append(["Kantor Desa Antah Berantah", "5 Nopember 2024", "Tim 9", "0812", "Seluler A", "?", "-", "-", "-"])
    book.save(path)
    return path


def _claims(world, path):
    """Villages by name and district only."""
    rows = [["Desa", "Kecamatan", "status", "year", "Sumber"]]
    villages = {v.code: v for v in world.villages}
    for claim in world.claims:
        village = villages[claim.village_code]
        rows.append(
            [
                f"DESA {village.name.upper()}",
                f"KEC {_district(world, village).upper()}",
                "Blank Spot",
                "2024",
                claim.publisher,
            ]
        )
    path.write_text(_lines(rows, ","), "utf-8")
    return path


def _lines(rows, separator):
    text = io.StringIO()
    csv.writer(text, delimiter=separator, lineterminator="\r\n").writerows(rows)
    return text.getvalue()


def ods(sheets: dict[str, list[list[object]]], hidden: tuple[str, ...] = ()) -> bytes:
    """Return a spreadsheet as LibreOffice writes it: repeated empty cells, texts in paragraphs, numbers as values."""
    names = "".join(
        f' xmlns:{n}="urn:oasis:names:tc:opendocument:xmlns:{n}:1.0"' for n in ("office", "table", "text", "style")
    )
    tables = "".join(
        f'<table:table table:name="{escape(title)}" table:style-name="{"ta2" if title in hidden else "ta1"}">'
        + "".join(f"<table:table-row>{''.join(map(_ods_cell, row))}</table:table-row>" for row in rows)
        + '<table:table-row table:number-rows-repeated="1048000">'
        '<table:table-cell table:number-columns-repeated="16384"/></table:table-row></table:table>'
        for title, rows in sheets.items()
    )
    styles = "".join(
        f'<style:style style:name="{name}" style:family="table">'
        f'<style:table-properties table:display="{shown}"/></style:style>'
        for name, shown in (("ta1", "true"), ("ta2", "false"))
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content{names}><office:automatic-styles>{styles}'
        f"</office:automatic-styles><office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body>"
        "</office:document-content>"
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
    return out.getvalue()


def _ods_cell(value: object) -> str:
    if value is None or value == "":
        return "<table:table-cell/>"
    if isinstance(value, (int, float)):
        start = f'<table:table-cell office:value-type="float" office:value="{value}">'
    else:
        start = '<table:table-cell office:value-type="string">'
    return f"{start}<text:p>{escape(str(value))}</text:p></table:table-cell>"
