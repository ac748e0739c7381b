"""Refusals over HTTP: application/problem+json (RFC 9457), one shape, a kind sentence in both languages."""

import logging
import secrets
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from jangkau.errors import InputError, JangkauError, RegionError, StoreError
from jangkau.messages import LANGUAGES, Message, render

LOG = logging.getLogger("jangkau.web")

_STATUS_OF_CODE = {
    "act.unknown": 404,
    "account.unknown": 404,
    "act.tests_close_by_evidence": 409,
    "account.taken": 409,
    "account.last_admin": 409,
    "account.not_first": 409,
    "store.id_repeated": 409,
    "device.unknown": 404,
    "device.bad_code": 403,
    "device.old_code": 403,
    "device.used_code": 403,
    "field.record_first": 409,
    "field.no_such_photo": 404,
}
_SENTENCE_OF_STATUS = {
    400: "problem.bad_request",
    401: "problem.log_in",
    403: "problem.not_allowed",
    404: "problem.not_found",
    405: "problem.method",
    409: "problem.conflict",
    413: "problem.too_large",
    429: "problem.too_often",
}


class RefusedError(Exception):
    """An HTTP status with a message."""

    def __init__(self, status: int, code: str, headers: Mapping[str, str] | None = None, **parameters: object) -> None:
        super().__init__(code)
        self.status = status
        self.message = Message(code, parameters)
        self.headers = dict(headers or {})


def language_of(request: Request) -> str:
    """Return the language that a request asks for: ``?lang=``, then Accept-Language, then Indonesian."""
    asked = request.query_params.get("lang", "")
    if asked in LANGUAGES:
        return asked
    for part in request.headers.get("accept-language", "").split(","):
        spoken = part.split(";")[0].strip().lower()[:2]
        if spoken in LANGUAGES:
            return spoken
    return LANGUAGES[0]


def problem(request: Request, status: int, message: Message, **more: Any) -> JSONResponse:
    """Return a problem with its sentence in the language of the request, and in both."""
    headers = more.pop("headers", {})
    body = {
        "type": "about:blank",
        "title": render(Message(f"problem.title.{status}"), language_of(request)),
        "status": status,
        "detail": render(message, language_of(request)),
        "code": message.code,
        "sentences": {language: render(message, language) for language in LANGUAGES},
        **more,
    }
    return JSONResponse(body, status, {"Content-Language": language_of(request), **headers}, "application/problem+json")


def answer_with_problems(app: FastAPI) -> None:
    """Make every refusal of an app a problem."""

    @app.exception_handler(RefusedError)
    async def refused(request: Request, error: RefusedError) -> JSONResponse:
        return problem(request, error.status, error.message, headers=error.headers)

    @app.exception_handler(JangkauError)
    async def unfit(request: Request, error: JangkauError) -> JSONResponse:
        default = 422 if isinstance(error, InputError) else 409 if isinstance(error, (RegionError, StoreError)) else 422
        return problem(request, _STATUS_OF_CODE.get(error.message.code, default), error.message)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"][1:]) or str(first["loc"][0])
        return problem(request, 422, Message("problem.invalid", {"field": field, "reason": first["msg"]}), field=field)

    @app.exception_handler(HTTPException)
    async def by_status(request: Request, error: HTTPException) -> JSONResponse:
        code = _SENTENCE_OF_STATUS.get(error.status_code, "problem.bad_request")
        return problem(request, error.status_code, Message(code), headers=error.headers or {})

    @app.exception_handler(Exception)
    async def unexpected(request: Request, error: Exception) -> JSONResponse:
        reference = secrets.token_hex(4)
        LOG.error("%s %s failed, reference %s", request.method, request.url.path, reference, exc_info=error)
        return problem(request, 500, Message("problem.unexpected", {"reference": reference}))
