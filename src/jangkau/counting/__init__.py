"""Counting night: stations count, photograph, upload over a tree of links, and wait for a server.

`parameters` says what is assumed and why, `network` what hangs on what, `chance` draws a night, `queues` plays it,
`nights` plays many, `curves` reads the answers, `plan` finds what to add. The model is written down in
``docs/explanation/counting.md``.
"""
