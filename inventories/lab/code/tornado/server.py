"""A page that shows its release, by a server of one process."""

import asyncio
from pathlib import Path

from tornado.web import Application, RequestHandler

# Longshore puts this file beside the code: the first digits of its commit.
RELEASE = Path(__file__).resolve().with_name(".release").read_text().strip()


class Index(RequestHandler):
    """Which release says so."""

    def get(self):
        self.write(f"Tornado. Release {RELEASE}.\n")


async def serve():
    """For good."""
    Application([("/", Index)]).listen(8002)
    await asyncio.Event().wait()


asyncio.run(serve())
