"""Points to test: what the newest survey plans, as the map and the list show it."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request

from jangkau.messages import Message, number, render
from jangkau.reports.sentences import message_from_json
from jangkau.store.accounts import Account
from jangkau.web.problems import language_of
from jangkau.web.security import SEND_READERS, TheDesk, allowed

router = APIRouter(tags=["survey"])

Reader = Annotated[Account, Depends(allowed(*SEND_READERS))]


@router.get("/survey")
def survey(request: Request, desk: TheDesk, account: Reader) -> dict[str, Any]:
    """Return the days of the newest survey with their stops and why each is one; `days` is empty without a survey."""
    plan, language = desk.survey(), language_of(request)
    if plan is None:
        return {"sentences": [render(Message("desk.survey.none"), language)], "days": []}
    said = {name: number(round(plan[name]), ",d", language) for name in ("stops", "wrong_before", "wrong_after")}
    sentences = [Message("desk.survey.lead", said)]
    if plan["untested_districts"]:
        names = ", ".join(district["name"] for district in plan["untested_districts"])
        sentences.append(Message("survey.untested", {"districts": names}))
    days = [day | {"stops": [stop | {"why": _why(stop, language)} for stop in day["stops"]]} for day in plan["days"]]
    return {"sentences": [render(one, language) for one in sentences], "days": days}


def _why(stop: dict[str, Any], language: str) -> str:
    others = [Message("survey.informs", {"count": stop["informs"]})] if stop["informs"] else []
    return " ".join(render(one, language) for one in [message_from_json(**stop["why"]), *others])
