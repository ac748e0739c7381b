"""One file a verb: load, compute, save with provenance. The only place where doors and science meet."""
