"""Evidence: what was measured, against what was predicted; the map corrected with it, and how right it is."""
