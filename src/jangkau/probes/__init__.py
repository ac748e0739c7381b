"""Checks of links by the network, and those who are told."""
