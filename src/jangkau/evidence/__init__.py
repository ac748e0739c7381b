"""What tests say of the map: observations matched with predictions, the corrected field, and how right it is."""
