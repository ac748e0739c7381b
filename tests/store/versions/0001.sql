BEGIN TRANSACTION;
CREATE TABLE alias (
    sequence INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    recorded_at TEXT NOT NULL,
    source_id TEXT,
    source_date TEXT,
    corrects TEXT,
    of_noun TEXT NOT NULL,
    of_code TEXT NOT NULL,
    scheme TEXT NOT NULL,
    alias TEXT NOT NULL,
    content BLOB NOT NULL
) STRICT;
CREATE TABLE cell (
    sequence INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    recorded_at TEXT NOT NULL,
    source_id TEXT,
    source_date TEXT,
    corrects TEXT,
    code TEXT NOT NULL,
    name TEXT,
    valid_from TEXT,
    valid_to TEXT,
    site_code TEXT NOT NULL,
    operator TEXT NOT NULL,
    technology TEXT NOT NULL,
    frequency_mhz REAL,
    bandwidth_mhz REAL,
    longitude REAL NOT NULL,
    latitude REAL NOT NULL,
    position_accuracy_m REAL,
    height_agl_m REAL,
    power_dbm REAL,
    antenna_gain_dbi REAL,
    eirp_dbm REAL,
    reference_signal_power_dbm REAL,
    azimuth_deg REAL,
    electrical_downtilt_deg REAL,
    mechanical_downtilt_deg REAL,
    horizontal_beamwidth_deg REAL,
    vertical_beamwidth_deg REAL,
    mcc INTEGER,
    mnc INTEGER,
    eci INTEGER,
    pci INTEGER,
    earfcn INTEGER,
    content BLOB NOT NULL
) STRICT;
INSERT INTO "cell" VALUES(1,'01931929-f380-7000-8000-000000000003','2024-11-11T03:00:00+00:00',NULL,NULL,NULL,'C1',NULL,NULL,NULL,'S1','Telkomsel','4G',900.0,NULL,117.0,0.5,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,X'D9BF038E9F7B24C4A735FF861F42B1C4');
CREATE TABLE claim (
    sequence INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    recorded_at TEXT NOT NULL,
    source_id TEXT,
    source_date TEXT,
    corrects TEXT,
    village_code TEXT,
    place_code TEXT,
    subject TEXT NOT NULL,
    statement TEXT NOT NULL,
    claimed_on TEXT NOT NULL,
    publisher TEXT NOT NULL,
    content BLOB NOT NULL
) STRICT;
CREATE TABLE district (
    sequence INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    recorded_at TEXT NOT NULL,
    source_id TEXT,
    source_date TEXT,
    corrects TEXT,
    code TEXT NOT NULL,
    name TEXT,
    valid_from TEXT,
    valid_to TEXT,
    population INTEGER,
    polling_stations INTEGER,
    geometry_wkb BLOB,
    content BLOB NOT NULL
) STRICT;
CREATE TABLE link (
    sequence INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    recorded_at TEXT NOT NULL,
    source_id TEXT,
    source_date TEXT,
    corrects TEXT,
    code TEXT NOT NULL,
    name TEXT,
    valid_from TEXT,
    valid_to TEXT,
    place_code TEXT NOT NULL,
    upstream_link_code TEXT,
    medium TEXT,
    provider TEXT,
    payer TEXT,
    download_mbps REAL,
    upload_mbps REAL,
    stage TEXT NOT NULL,
    content BLOB NOT NULL
) STRICT;
CREATE TABLE measurement (
    sequence INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    recorded_at TEXT NOT NULL,
    source_id TEXT,
    source_date TEXT,
    corrects TEXT,
    time TEXT NOT NULL,
    longitude REAL NOT NULL,
    latitude REAL NOT NULL,
    accuracy_m REAL,
    speed_mps REAL,
    environment TEXT,
    operator TEXT NOT NULL,
    technology TEXT,
    service TEXT NOT NULL,
    cell_code TEXT,
    eci INTEGER,
    pci INTEGER,
    earfcn INTEGER,
    rsrp_dbm REAL,
    rsrq_db REAL,
    sinr_db REAL,
    download_mbps REAL,
    upload_mbps REAL,
    latency_ms REAL,
    loss_percent REAL,
    sim_slot INTEGER,
    device TEXT,
    app TEXT,
    content BLOB NOT NULL
) STRICT;
CREATE TABLE migration (number INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at TEXT NOT NULL) STRICT;
INSERT INTO "migration" VALUES(1,'0001_register.sql','2024-11-11T03:00:00+00:00');
CREATE TABLE place (
    sequence INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    recorded_at TEXT NOT NULL,
    source_id TEXT,
    source_date TEXT,
    corrects TEXT,
    code TEXT NOT NULL,
    name TEXT,
    valid_from TEXT,
    valid_to TEXT,
    kind TEXT NOT NULL,
    longitude REAL,
    latitude REAL,
    position_accuracy_m REAL,
    village_code TEXT,
    population INTEGER,
    voters INTEGER,
    power TEXT,
    backup_hours REAL,
    send_place_code TEXT,
    content BLOB NOT NULL
) STRICT;
CREATE TABLE probe (
    sequence INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    recorded_at TEXT NOT NULL,
    source_id TEXT,
    source_date TEXT,
    corrects TEXT,
    link_code TEXT NOT NULL,
    time TEXT NOT NULL,
    method TEXT NOT NULL,
    up INTEGER NOT NULL,
    download_mbps REAL,
    upload_mbps REAL,
    latency_ms REAL,
    loss_percent REAL,
    content BLOB NOT NULL
) STRICT;
CREATE TABLE site (
    sequence INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    recorded_at TEXT NOT NULL,
    source_id TEXT,
    source_date TEXT,
    corrects TEXT,
    code TEXT NOT NULL,
    name TEXT,
    valid_from TEXT,
    valid_to TEXT,
    longitude REAL NOT NULL,
    latitude REAL NOT NULL,
    position_accuracy_m REAL,
    height_agl_m REAL,
    power TEXT,
    content BLOB NOT NULL
) STRICT;
INSERT INTO "site" VALUES(1,'01931929-f380-7000-8000-000000000002','2024-11-11T03:00:00+00:00',NULL,NULL,NULL,'S1',NULL,NULL,NULL,117.0,0.5,NULL,NULL,NULL,X'E2F1009B9568F04D8ADDD00F28CE7C0B');
CREATE TABLE source (
    sequence INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    recorded_at TEXT NOT NULL,
    source_id TEXT,
    source_date TEXT,
    corrects TEXT,
    kind TEXT NOT NULL,
    original_name TEXT NOT NULL,
    stored_path TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    publisher TEXT NOT NULL,
    licence TEXT NOT NULL,
    rows_read INTEGER NOT NULL,
    rows_kept INTEGER NOT NULL,
    rows_refused INTEGER NOT NULL,
    content BLOB NOT NULL
) STRICT;
CREATE TABLE village (
    sequence INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    recorded_at TEXT NOT NULL,
    source_id TEXT,
    source_date TEXT,
    corrects TEXT,
    code TEXT NOT NULL,
    name TEXT,
    valid_from TEXT,
    valid_to TEXT,
    kind TEXT NOT NULL,
    district_code TEXT,
    population INTEGER,
    polling_stations INTEGER,
    remote INTEGER,
    geometry_wkb BLOB,
    content BLOB NOT NULL
) STRICT;
INSERT INTO "village" VALUES(1,'01931929-f380-7000-8000-000000000001','2024-11-11T03:00:00+00:00',NULL,NULL,NULL,'64.08.11.2001','Sandaran',NULL,NULL,'desa',NULL,NULL,NULL,NULL,NULL,X'760E98690498DBEB3B760223673956AA');
CREATE TABLE visit (
    sequence INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    recorded_at TEXT NOT NULL,
    source_id TEXT,
    source_date TEXT,
    corrects TEXT,
    place_code TEXT NOT NULL,
    time TEXT NOT NULL,
    tester TEXT,
    method TEXT,
    operator TEXT NOT NULL,
    technology TEXT,
    service TEXT NOT NULL,
    rsrp_dbm REAL,
    download_mbps REAL,
    upload_mbps REAL,
    power TEXT,
    content BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX source_content ON source (content);
CREATE UNIQUE INDEX source_corrects ON source (corrects) WHERE corrects IS NOT NULL;
CREATE UNIQUE INDEX alias_content ON alias (content);
CREATE UNIQUE INDEX alias_corrects ON alias (corrects) WHERE corrects IS NOT NULL;
CREATE INDEX district_code ON district (code);
CREATE UNIQUE INDEX district_corrects ON district (corrects) WHERE corrects IS NOT NULL;
CREATE INDEX village_code ON village (code);
CREATE UNIQUE INDEX village_corrects ON village (corrects) WHERE corrects IS NOT NULL;
CREATE INDEX place_code ON place (code);
CREATE UNIQUE INDEX place_corrects ON place (corrects) WHERE corrects IS NOT NULL;
CREATE INDEX place_village_code ON place (village_code);
CREATE INDEX site_code ON site (code);
CREATE UNIQUE INDEX site_corrects ON site (corrects) WHERE corrects IS NOT NULL;
CREATE INDEX cell_code ON cell (code);
CREATE UNIQUE INDEX cell_corrects ON cell (corrects) WHERE corrects IS NOT NULL;
CREATE INDEX cell_site_code ON cell (site_code);
CREATE INDEX link_code ON link (code);
CREATE UNIQUE INDEX link_corrects ON link (corrects) WHERE corrects IS NOT NULL;
CREATE INDEX link_place_code ON link (place_code);
CREATE UNIQUE INDEX measurement_content ON measurement (content);
CREATE UNIQUE INDEX measurement_corrects ON measurement (corrects) WHERE corrects IS NOT NULL;
CREATE INDEX measurement_time ON measurement (time);
CREATE UNIQUE INDEX visit_content ON visit (content);
CREATE UNIQUE INDEX visit_corrects ON visit (corrects) WHERE corrects IS NOT NULL;
CREATE INDEX visit_place_code ON visit (place_code);
CREATE UNIQUE INDEX probe_content ON probe (content);
CREATE UNIQUE INDEX probe_corrects ON probe (corrects) WHERE corrects IS NOT NULL;
CREATE INDEX probe_link_code ON probe (link_code);
CREATE UNIQUE INDEX claim_content ON claim (content);
CREATE UNIQUE INDEX claim_corrects ON claim (corrects) WHERE corrects IS NOT NULL;
CREATE INDEX claim_village_code ON claim (village_code);
COMMIT;
