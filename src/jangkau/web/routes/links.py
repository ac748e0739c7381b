"""Links: how one did over the last days, as a picture for the inspector."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from jangkau.studies.watch_report import SMOKE_DAYS, smoke_of
from jangkau.web.problems import RefusedError, language_of
from jangkau.web.security import TheAccount, TheDesk

router = APIRouter(prefix="/links", tags=["links"])


@router.get("/{code}/smoke.svg", response_class=Response)
def smoke(
    request: Request,
    desk: TheDesk,
    account: TheAccount,
    code: str,
    days: Annotated[int, Query(ge=1, le=SMOKE_DAYS)] = 14,
) -> Response:
    """Return delay and loss of a link over the last days as an SVG."""
    link = desk.picture().register.link_of.get(code)
    if link is None:
        raise RefusedError(404, "problem.not_found")
    chart = smoke_of(desk.region, link, days, desk.clock(), language_of(request))
    return Response(chart, media_type="image/svg+xml")
