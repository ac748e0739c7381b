"""Alerts: somebody is told once, although another address fails."""

import apprise
import pytest

from jangkau.probes.alerts import addresses_of, sender_of


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of apprise's own imports
def test_one_address_that_takes_it_is_enough_and_all_are_tried(monkeypatch):
    told = []

    def notify(box, title, body):
        (address,) = (one.url() for one in box)
        told.append("good" in address)
        return "good" in address

    monkeypatch.setattr(apprise.Apprise, "notify", notify)
    send = sender_of(["json://bad.example", "json://good.example", "json://bad.example/2"])
    assert send("Jangkau", "KEC is down")
    assert told == [False, True, False]
    assert not sender_of(["json://bad.example"])("Jangkau", "KEC is down")


def test_addresses_come_from_the_environment_and_without_any_nobody_is_told():
    assert addresses_of({"JANGKAU_ALERTS": " json://a  json://b "}) == ["json://a", "json://b"]
    assert sender_of([])("Jangkau", "KEC is down")
