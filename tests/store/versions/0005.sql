BEGIN TRANSACTION;
CREATE TABLE account (
	id TEXT NOT NULL, 
	name TEXT NOT NULL, 
	role TEXT NOT NULL, 
	operator TEXT, 
	password_hash TEXT, 
	created_at TEXT NOT NULL, 
	disabled_at TEXT, 
	PRIMARY KEY (id), 
	UNIQUE (name)
)
 STRICT

;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0005');
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
CREATE TABLE audit (
	sequence INTEGER NOT NULL, 
	time TEXT NOT NULL, 
	actor TEXT NOT NULL, 
	action TEXT NOT NULL, 
	detail TEXT NOT NULL, 
	hash TEXT NOT NULL, 
	PRIMARY KEY (sequence)
)
 STRICT

;
INSERT INTO "audit" VALUES(1,'2024-11-11T00:00:00+00:00','jangkau','migrate','{"covered": {"alias": 0, "cell": 1, "claim": 0, "district": 0, "link": 0, "measurement": 0, "place": 0, "probe": 0, "region": 0, "remedy": 0, "request": 0, "run": 0, "site": 1, "source": 0, "stakeholder": 0, "task": 0, "village": 1, "visit": 0}, "rows": {"cell": {"after": 0, "sha256": "950691ac31487ebb9e7a8f1defb2557c338a11103cd10ddd2ee5680871c5d3e7", "to": 1}, "site": {"after": 0, "sha256": "6cadedfe503755aef514fa02efd774df8965ae2a68eb5b45bde4c91b5e0de43c", "to": 1}, "village": {"after": 0, "sha256": "d423ba6d5b95df3e878ceecd1c056e76a7e5a8a424ab9add88915fcdb0622a1e", "to": 1}}}','3f867d3d318e864e9a0072425a6ff1efc2155c65b6e484a50d138fb8305df6fd');
INSERT INTO "audit" VALUES(2,'2024-11-11T03:00:00+00:00','jangkau','migrate','{"covered": {"alias": 0, "cell": 1, "claim": 0, "district": 0, "link": 0, "measurement": 0, "place": 0, "probe": 0, "region": 0, "remedy": 0, "request": 0, "run": 0, "site": 1, "source": 0, "stakeholder": 0, "task": 0, "village": 1, "visit": 0}, "rows": {}}','9b847721363d2f6fb104816fcecd79b9384c4124b3d6ea1a2b74527cd8835cb8');
INSERT INTO "audit" VALUES(3,'2024-11-11T03:00:00+00:00','jangkau','migrate','{"covered": {"alias": 0, "cell": 1, "claim": 0, "district": 0, "link": 0, "measurement": 0, "place": 0, "probe": 0, "region": 0, "remedy": 0, "request": 0, "run": 0, "site": 1, "source": 0, "stakeholder": 0, "task": 0, "village": 1, "visit": 0}, "rows": {}}','49f050cf8b32e3790ddd2f13395f160cd88888898df24e6f6da102fb6131ac76');
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
, "temporary" INTEGER, take_down_on TEXT) STRICT;
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
, tile INTEGER, ground_amsl_m REAL, building_height_m REAL, clutter_class INTEGER, doubt TEXT) STRICT;
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
CREATE TABLE region (
	sequence INTEGER NOT NULL, 
	id TEXT NOT NULL, 
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
	content BLOB NOT NULL, 
	PRIMARY KEY (sequence), 
	UNIQUE (id)
)
 STRICT

;
CREATE TABLE remedy (
	sequence INTEGER NOT NULL, 
	id TEXT NOT NULL, 
	recorded_at TEXT NOT NULL, 
	source_id TEXT, 
	source_date TEXT, 
	corrects TEXT, 
	code TEXT NOT NULL, 
	name TEXT, 
	valid_from TEXT, 
	valid_to TEXT, 
	"by" TEXT, 
	note TEXT, 
	village_code TEXT, 
	place_code TEXT, 
	quantity TEXT NOT NULL, 
	operator TEXT, 
	kind TEXT NOT NULL, 
	state TEXT NOT NULL, 
	longitude REAL, 
	latitude REAL, 
	cost_idr REAL, 
	lead_days REAL, 
	content BLOB NOT NULL, 
	PRIMARY KEY (sequence), 
	UNIQUE (id)
)
 STRICT

;
CREATE TABLE request (
	sequence INTEGER NOT NULL, 
	id TEXT NOT NULL, 
	recorded_at TEXT NOT NULL, 
	source_id TEXT, 
	source_date TEXT, 
	corrects TEXT, 
	code TEXT NOT NULL, 
	name TEXT, 
	valid_from TEXT, 
	valid_to TEXT, 
	"by" TEXT, 
	note TEXT, 
	stakeholder_code TEXT NOT NULL, 
	remedy_code TEXT, 
	state TEXT NOT NULL, 
	asked_on TEXT, 
	answer_due TEXT, 
	documents TEXT, 
	content BLOB NOT NULL, 
	PRIMARY KEY (sequence), 
	UNIQUE (id)
)
 STRICT

;
CREATE TABLE run (
	sequence INTEGER NOT NULL, 
	id TEXT NOT NULL, 
	recorded_at TEXT NOT NULL, 
	source_id TEXT, 
	source_date TEXT, 
	corrects TEXT, 
	code TEXT NOT NULL, 
	study TEXT NOT NULL, 
	as_of TEXT NOT NULL, 
	finished_at TEXT NOT NULL, 
	sha256 TEXT NOT NULL, 
	content BLOB NOT NULL, 
	PRIMARY KEY (sequence), 
	UNIQUE (id)
)
 STRICT

;
CREATE TABLE session (
	token_hash TEXT NOT NULL, 
	account_id TEXT NOT NULL, 
	csrf TEXT NOT NULL, 
	created_at TEXT NOT NULL, 
	expires_at TEXT NOT NULL, 
	PRIMARY KEY (token_hash)
)
 STRICT

;
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
CREATE TABLE stakeholder (
	sequence INTEGER NOT NULL, 
	id TEXT NOT NULL, 
	recorded_at TEXT NOT NULL, 
	source_id TEXT, 
	source_date TEXT, 
	corrects TEXT, 
	code TEXT NOT NULL, 
	name TEXT, 
	valid_from TEXT, 
	valid_to TEXT, 
	kind TEXT NOT NULL, 
	contact TEXT, 
	content BLOB NOT NULL, 
	PRIMARY KEY (sequence), 
	UNIQUE (id)
)
 STRICT

;
CREATE TABLE task (
	sequence INTEGER NOT NULL, 
	id TEXT NOT NULL, 
	recorded_at TEXT NOT NULL, 
	source_id TEXT, 
	source_date TEXT, 
	corrects TEXT, 
	code TEXT NOT NULL, 
	name TEXT, 
	valid_from TEXT, 
	valid_to TEXT, 
	"by" TEXT, 
	note TEXT, 
	remedy_code TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	state TEXT NOT NULL, 
	place_code TEXT, 
	assignee TEXT, 
	due TEXT, 
	content BLOB NOT NULL, 
	PRIMARY KEY (sequence), 
	UNIQUE (id)
)
 STRICT

;
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
CREATE INDEX region_code ON region (code);
CREATE UNIQUE INDEX region_corrects ON region (corrects) WHERE corrects IS NOT NULL;
CREATE INDEX stakeholder_code ON stakeholder (code);
CREATE UNIQUE INDEX stakeholder_corrects ON stakeholder (corrects) WHERE corrects IS NOT NULL;
CREATE INDEX remedy_code ON remedy (code);
CREATE UNIQUE INDEX remedy_corrects ON remedy (corrects) WHERE corrects IS NOT NULL;
CREATE INDEX remedy_place_code ON remedy (place_code);
CREATE INDEX remedy_village_code ON remedy (village_code);
CREATE INDEX task_code ON task (code);
CREATE UNIQUE INDEX task_corrects ON task (corrects) WHERE corrects IS NOT NULL;
CREATE INDEX task_remedy_code ON task (remedy_code);
CREATE INDEX request_code ON request (code);
CREATE UNIQUE INDEX request_corrects ON request (corrects) WHERE corrects IS NOT NULL;
CREATE INDEX request_remedy_code ON request (remedy_code);
CREATE INDEX request_stakeholder_code ON request (stakeholder_code);
CREATE INDEX run_code ON run (code);
CREATE UNIQUE INDEX run_content ON run (content);
CREATE UNIQUE INDEX run_corrects ON run (corrects) WHERE corrects IS NOT NULL;
CREATE INDEX session_account_id ON session (account_id);
CREATE INDEX measurement_dots ON measurement (tile, operator, longitude, latitude, rsrp_dbm, service);
COMMIT;
