"""Signal over an area: complete transmitters, field strength, best server, probability of service."""
