"""Files for people: records and rasters in; CSV, GeoPackage and map images out. No queries and no clock."""
