"""What comes in from the world: `read_*` takes a path and gives records or rasters, with what it refused and why."""
