"""What to build or do, and when: decision models, each with build, solve, check and explain apart."""
