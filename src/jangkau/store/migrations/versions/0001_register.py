"""The register: what there is, and what was seen."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from jangkau.store.columns import Bytes, Day, Flag, Moment, Real, Text, Whole

revision = "0001"
down_revision = None

_GIVEN: Any = {"sqlite_where": sa.text("corrects IS NOT NULL"), "postgresql_where": sa.text("corrects IS NOT NULL")}


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "source",
        sa.Column("sequence", Whole, primary_key=True),
        sa.Column("id", Text, nullable=False, unique=True),
        sa.Column("recorded_at", Moment(), nullable=False),
        sa.Column("source_id", Text),
        sa.Column("source_date", Day()),
        sa.Column("corrects", Text),
        sa.Column("kind", Text, nullable=False),
        sa.Column("original_name", Text, nullable=False),
        sa.Column("stored_path", Text, nullable=False),
        sa.Column("sha256", Text, nullable=False),
        sa.Column("size_bytes", Whole, nullable=False),
        sa.Column("publisher", Text, nullable=False),
        sa.Column("licence", Text, nullable=False),
        sa.Column("rows_read", Whole, nullable=False),
        sa.Column("rows_kept", Whole, nullable=False),
        sa.Column("rows_refused", Whole, nullable=False),
        sa.Column("content", Bytes, nullable=False),
        sqlite_strict=True,
    )
    op.create_index("source_content", "source", ["content"], unique=True)
    op.create_index("source_corrects", "source", ["corrects"], unique=True, **_GIVEN)
    op.create_table(
        "alias",
        sa.Column("sequence", Whole, primary_key=True),
        sa.Column("id", Text, nullable=False, unique=True),
        sa.Column("recorded_at", Moment(), nullable=False),
        sa.Column("source_id", Text),
        sa.Column("source_date", Day()),
        sa.Column("corrects", Text),
        sa.Column("of_noun", Text, nullable=False),
        sa.Column("of_code", Text, nullable=False),
        sa.Column("scheme", Text, nullable=False),
        sa.Column("alias", Text, nullable=False),
        sa.Column("content", Bytes, nullable=False),
        sqlite_strict=True,
    )
    op.create_index("alias_content", "alias", ["content"], unique=True)
    op.create_index("alias_corrects", "alias", ["corrects"], unique=True, **_GIVEN)
    op.create_table(
        "district",
        sa.Column("sequence", Whole, primary_key=True),
        sa.Column("id", Text, nullable=False, unique=True),
        sa.Column("recorded_at", Moment(), nullable=False),
        sa.Column("source_id", Text),
        sa.Column("source_date", Day()),
        sa.Column("corrects", Text),
        sa.Column("code", Text, nullable=False),
        sa.Column("name", Text),
        sa.Column("valid_from", Day()),
        sa.Column("valid_to", Day()),
        sa.Column("population", Whole),
        sa.Column("polling_stations", Whole),
        sa.Column("geometry_wkb", Bytes),
        sa.Column("content", Bytes, nullable=False),
        sqlite_strict=True,
    )
    op.create_index("district_code", "district", ["code"])
    op.create_index("district_corrects", "district", ["corrects"], unique=True, **_GIVEN)
    op.create_table(
        "village",
        sa.Column("sequence", Whole, primary_key=True),
        sa.Column("id", Text, nullable=False, unique=True),
        sa.Column("recorded_at", Moment(), nullable=False),
        sa.Column("source_id", Text),
        sa.Column("source_date", Day()),
        sa.Column("corrects", Text),
        sa.Column("code", Text, nullable=False),
        sa.Column("name", Text),
        sa.Column("valid_from", Day()),
        sa.Column("valid_to", Day()),
        sa.Column("kind", Text, nullable=False),
        sa.Column("district_code", Text),
        sa.Column("population", Whole),
        sa.Column("polling_stations", Whole),
        sa.Column("remote", Flag()),
        sa.Column("geometry_wkb", Bytes),
        sa.Column("content", Bytes, nullable=False),
        sqlite_strict=True,
    )
    op.create_index("village_code", "village", ["code"])
    op.create_index("village_corrects", "village", ["corrects"], unique=True, **_GIVEN)
    op.create_index("village_district_code", "village", ["district_code"])
    op.create_table(
        "place",
        sa.Column("sequence", Whole, primary_key=True),
        sa.Column("id", Text, nullable=False, unique=True),
        sa.Column("recorded_at", Moment(), nullable=False),
        sa.Column("source_id", Text),
        sa.Column("source_date", Day()),
        sa.Column("corrects", Text),
        sa.Column("code", Text, nullable=False),
        sa.Column("name", Text),
        sa.Column("valid_from", Day()),
        sa.Column("valid_to", Day()),
        sa.Column("kind", Text, nullable=False),
        sa.Column("longitude", Real),
        sa.Column("latitude", Real),
        sa.Column("position_accuracy_m", Real),
        sa.Column("village_code", Text),
        sa.Column("population", Whole),
        sa.Column("voters", Whole),
        sa.Column("power", Text),
        sa.Column("backup_hours", Real),
        sa.Column("send_place_code", Text),
        sa.Column("content", Bytes, nullable=False),
        sqlite_strict=True,
    )
    op.create_index("place_code", "place", ["code"])
    op.create_index("place_corrects", "place", ["corrects"], unique=True, **_GIVEN)
    op.create_index("place_village_code", "place", ["village_code"])
    op.create_table(
        "site",
        sa.Column("sequence", Whole, primary_key=True),
        sa.Column("id", Text, nullable=False, unique=True),
        sa.Column("recorded_at", Moment(), nullable=False),
        sa.Column("source_id", Text),
        sa.Column("source_date", Day()),
        sa.Column("corrects", Text),
        sa.Column("code", Text, nullable=False),
        sa.Column("name", Text),
        sa.Column("valid_from", Day()),
        sa.Column("valid_to", Day()),
        sa.Column("longitude", Real, nullable=False),
        sa.Column("latitude", Real, nullable=False),
        sa.Column("position_accuracy_m", Real),
        sa.Column("height_agl_m", Real),
        sa.Column("power", Text),
        sa.Column("content", Bytes, nullable=False),
        sqlite_strict=True,
    )
    op.create_index("site_code", "site", ["code"])
    op.create_index("site_corrects", "site", ["corrects"], unique=True, **_GIVEN)
    op.create_table(
        "cell",
        sa.Column("sequence", Whole, primary_key=True),
        sa.Column("id", Text, nullable=False, unique=True),
        sa.Column("recorded_at", Moment(), nullable=False),
        sa.Column("source_id", Text),
        sa.Column("source_date", Day()),
        sa.Column("corrects", Text),
        sa.Column("code", Text, nullable=False),
        sa.Column("name", Text),
        sa.Column("valid_from", Day()),
        sa.Column("valid_to", Day()),
        sa.Column("site_code", Text, nullable=False),
        sa.Column("operator", Text, nullable=False),
        sa.Column("technology", Text, nullable=False),
        sa.Column("frequency_mhz", Real),
        sa.Column("bandwidth_mhz", Real),
        sa.Column("longitude", Real, nullable=False),
        sa.Column("latitude", Real, nullable=False),
        sa.Column("position_accuracy_m", Real),
        sa.Column("height_agl_m", Real),
        sa.Column("power_dbm", Real),
        sa.Column("antenna_gain_dbi", Real),
        sa.Column("eirp_dbm", Real),
        sa.Column("reference_signal_power_dbm", Real),
        sa.Column("azimuth_deg", Real),
        sa.Column("electrical_downtilt_deg", Real),
        sa.Column("mechanical_downtilt_deg", Real),
        sa.Column("horizontal_beamwidth_deg", Real),
        sa.Column("vertical_beamwidth_deg", Real),
        sa.Column("mcc", Whole),
        sa.Column("mnc", Whole),
        sa.Column("eci", Whole),
        sa.Column("pci", Whole),
        sa.Column("earfcn", Whole),
        sa.Column("content", Bytes, nullable=False),
        sqlite_strict=True,
    )
    op.create_index("cell_code", "cell", ["code"])
    op.create_index("cell_corrects", "cell", ["corrects"], unique=True, **_GIVEN)
    op.create_index("cell_site_code", "cell", ["site_code"])
    op.create_table(
        "link",
        sa.Column("sequence", Whole, primary_key=True),
        sa.Column("id", Text, nullable=False, unique=True),
        sa.Column("recorded_at", Moment(), nullable=False),
        sa.Column("source_id", Text),
        sa.Column("source_date", Day()),
        sa.Column("corrects", Text),
        sa.Column("code", Text, nullable=False),
        sa.Column("name", Text),
        sa.Column("valid_from", Day()),
        sa.Column("valid_to", Day()),
        sa.Column("place_code", Text, nullable=False),
        sa.Column("upstream_link_code", Text),
        sa.Column("medium", Text),
        sa.Column("provider", Text),
        sa.Column("payer", Text),
        sa.Column("download_mbps", Real),
        sa.Column("upload_mbps", Real),
        sa.Column("stage", Text, nullable=False),
        sa.Column("content", Bytes, nullable=False),
        sqlite_strict=True,
    )
    op.create_index("link_code", "link", ["code"])
    op.create_index("link_corrects", "link", ["corrects"], unique=True, **_GIVEN)
    op.create_index("link_place_code", "link", ["place_code"])
    op.create_table(
        "measurement",
        sa.Column("sequence", Whole, primary_key=True),
        sa.Column("id", Text, nullable=False, unique=True),
        sa.Column("recorded_at", Moment(), nullable=False),
        sa.Column("source_id", Text),
        sa.Column("source_date", Day()),
        sa.Column("corrects", Text),
        sa.Column("time", Moment(), nullable=False),
        sa.Column("longitude", Real, nullable=False),
        sa.Column("latitude", Real, nullable=False),
        sa.Column("accuracy_m", Real),
        sa.Column("speed_mps", Real),
        sa.Column("environment", Text),
        sa.Column("operator", Text, nullable=False),
        sa.Column("technology", Text),
        sa.Column("service", Text, nullable=False),
        sa.Column("cell_code", Text),
        sa.Column("eci", Whole),
        sa.Column("pci", Whole),
        sa.Column("earfcn", Whole),
        sa.Column("rsrp_dbm", Real),
        sa.Column("rsrq_db", Real),
        sa.Column("sinr_db", Real),
        sa.Column("download_mbps", Real),
        sa.Column("upload_mbps", Real),
        sa.Column("latency_ms", Real),
        sa.Column("loss_percent", Real),
        sa.Column("sim_slot", Whole),
        sa.Column("device", Text),
        sa.Column("app", Text),
        sa.Column("content", Bytes, nullable=False),
        sqlite_strict=True,
    )
    op.create_index("measurement_content", "measurement", ["content"], unique=True)
    op.create_index("measurement_corrects", "measurement", ["corrects"], unique=True, **_GIVEN)
    op.create_index("measurement_time", "measurement", ["time"])
    op.create_table(
        "visit",
        sa.Column("sequence", Whole, primary_key=True),
        sa.Column("id", Text, nullable=False, unique=True),
        sa.Column("recorded_at", Moment(), nullable=False),
        sa.Column("source_id", Text),
        sa.Column("source_date", Day()),
        sa.Column("corrects", Text),
        sa.Column("place_code", Text, nullable=False),
        sa.Column("time", Moment(), nullable=False),
        sa.Column("tester", Text),
        sa.Column("method", Text),
        sa.Column("operator", Text, nullable=False),
        sa.Column("technology", Text),
        sa.Column("service", Text, nullable=False),
        sa.Column("rsrp_dbm", Real),
        sa.Column("download_mbps", Real),
        sa.Column("upload_mbps", Real),
        sa.Column("power", Text),
        sa.Column("content", Bytes, nullable=False),
        sqlite_strict=True,
    )
    op.create_index("visit_content", "visit", ["content"], unique=True)
    op.create_index("visit_corrects", "visit", ["corrects"], unique=True, **_GIVEN)
    op.create_index("visit_place_code", "visit", ["place_code"])
    op.create_table(
        "probe",
        sa.Column("sequence", Whole, primary_key=True),
        sa.Column("id", Text, nullable=False, unique=True),
        sa.Column("recorded_at", Moment(), nullable=False),
        sa.Column("source_id", Text),
        sa.Column("source_date", Day()),
        sa.Column("corrects", Text),
        sa.Column("link_code", Text, nullable=False),
        sa.Column("time", Moment(), nullable=False),
        sa.Column("method", Text, nullable=False),
        sa.Column("up", Flag(), nullable=False),
        sa.Column("download_mbps", Real),
        sa.Column("upload_mbps", Real),
        sa.Column("latency_ms", Real),
        sa.Column("loss_percent", Real),
        sa.Column("content", Bytes, nullable=False),
        sqlite_strict=True,
    )
    op.create_index("probe_content", "probe", ["content"], unique=True)
    op.create_index("probe_corrects", "probe", ["corrects"], unique=True, **_GIVEN)
    op.create_index("probe_link_code", "probe", ["link_code"])
    op.create_table(
        "claim",
        sa.Column("sequence", Whole, primary_key=True),
        sa.Column("id", Text, nullable=False, unique=True),
        sa.Column("recorded_at", Moment(), nullable=False),
        sa.Column("source_id", Text),
        sa.Column("source_date", Day()),
        sa.Column("corrects", Text),
        sa.Column("village_code", Text),
        sa.Column("place_code", Text),
        sa.Column("subject", Text, nullable=False),
        sa.Column("statement", Text, nullable=False),
        sa.Column("claimed_on", Text, nullable=False),
        sa.Column("publisher", Text, nullable=False),
        sa.Column("content", Bytes, nullable=False),
        sqlite_strict=True,
    )
    op.create_index("claim_content", "claim", ["content"], unique=True)
    op.create_index("claim_corrects", "claim", ["corrects"], unique=True, **_GIVEN)
    op.create_index("claim_village_code", "claim", ["village_code"])
