"""A desk that is cut off after it has kept what a request brought and before it says so, if the request asks."""

import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import uvicorn

from jangkau.store.region_folder import RegionFolder
from jangkau.web.app import create_app

app = create_app(RegionFolder.open(Path(sys.argv[1])), lambda: datetime.now(UTC))


@app.middleware("http")
async def cut_off(request, call_next):
    response = await call_next(request)
    if "x-die" in request.headers:
        os.kill(os.getpid(), 9)
    return response


print(app.state.setup_token, flush=True)
uvicorn.run(app, port=int(sys.argv[2]), log_level="error")
