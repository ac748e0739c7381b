"""What a region keeps: the register and evidence (SQLite), rasters (GeoTIFF), runs (JSON), in one copyable folder."""
