"""A page that shows its release, by a server of one process."""

import asyncio
import signal
from pathlib import Path

from tornado.web import Application, RequestHandler

# Longshore puts this file beside the code: the first digits of its commit.
RELEASE = Path(__file__).resolve().with_name(".release").read_text().strip()


class Index(RequestHandler):
    """Which release says so."""

    def get(self):
        self.write(f"Tornado. Release {RELEASE}.\n")


async def serve():
    """Until TERM: the first process of a container hears it only where it says so."""
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    Application([("/", Index)]).listen(8002)
    await stopped.wait()


asyncio.run(serve())
