"""The ground under a radio path: profiles, and what stands in the line of sight."""
