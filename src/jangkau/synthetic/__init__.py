"""An invented regency whose true signal is known, for demo, tests and every statistical claim."""
