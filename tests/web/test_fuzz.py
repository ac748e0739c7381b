"""The API under invented requests: no server error, and every answer as its description says."""

import pytest
import schemathesis
import schemathesis.specs.openapi.definitions
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import response_schema_conformance

LOCKING = ("/api/v1/session", "/api/v1/setup")
"""Requests that would lock out the one who asks."""

NEVER_ENDING = ("/api/v1/wall/events",)
"""Answers that go on until the server ends; `test_wall` listens to them."""


@pytest.fixture(scope="module")
def described(app, admin):
    return schemathesis.openapi.from_asgi("/api/v1/openapi.json", app)


def test_no_request_breaks_the_server(described, admin):
    headers = {"X-CSRF-Token": admin.csrf, "Cookie": "; ".join(f"{k}={v}" for k, v in admin.cookies.items())}
    asked = set()
    for found in described.get_all_operations():
        operation = found.ok()
        if operation.path in (*LOCKING, *NEVER_ENDING):
            continue
        asked.add(operation.path)

        @given(case=operation.as_strategy())
        @settings(
            max_examples=10,
            deadline=None,
            derandomize=True,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        def ask(case):
            case.call_and_validate(headers=headers, checks=[not_a_server_error, response_schema_conformance])

        ask()
    assert {"/api/v1/areas", "/api/v1/remedies", "/api/v1/whatif", "/api/v1/why", "/healthz"} <= asked
