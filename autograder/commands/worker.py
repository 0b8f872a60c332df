"""`course worker`: this machine grades for a class that another one coordinates."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from course_utils.errors import CourseError

if TYPE_CHECKING:  # which takes most of a second
    from autograder.classroom.cluster.address import Scheduler

Ca = Annotated[
    Path | None, typer.Option("--tls-ca", help="Certificate of the authority that both sides trust.")
]
Cert = Annotated[Path | None, typer.Option("--tls-cert", help="This machine's certificate.")]
Key = Annotated[Path | None, typer.Option("--tls-key", help="The key of that certificate.")]


def worker(
    scheduler: Annotated[str, typer.Argument(help="The scheduler's address, tls://HOST:8786.")],
    slots: Annotated[
        int | None,
        typer.Option(help="How many submissions at once; one more than there are cores by default.", min=1),
    ] = None,
    ca: Ca = None,
    cert: Cert = None,
    key: Key = None,
) -> None:
    """Grade, in sandboxes on this machine, for a class that is graded by `course grade --scheduler`; Ctrl-C ends it."""
    from autograder.classroom.cluster.address import Scheduler
    from autograder.classroom.forking import at_once
    from autograder.sandbox import bubblewrap

    bubblewrap.require(False)
    there = Scheduler.at(scheduler, ca, cert, key)
    slots = at_once(slots)
    Console().print(f"grading for {scheduler}, {slots} at once; Ctrl-C ends it", highlight=False)
    try:
        asyncio.run(_serve(there, slots))
    except (OSError, TimeoutError) as error:
        raise CourseError(f"no scheduler answers at {scheduler}: {error}") from error


async def _serve(scheduler: Scheduler, slots: int) -> None:
    """Keep a worker until it is told to go; a lost one is started again."""
    import dask
    from distributed import Nanny

    from autograder.classroom.forking import safe_path, undisturbed

    preload = [*dask.config.get("distributed.worker.preload"), "autograder.classroom.cluster.deaf"]
    # A daemon could start no processes of its own, which grading does. What a submission may take has limits of its own.
    with safe_path(), dask.config.set({"distributed.worker.daemon": False}):
        with undisturbed():
            nanny = await Nanny(
                scheduler.address,
                nthreads=slots,
                security=scheduler.security,
                memory_limit=0,
                dashboard=False,
                preload=preload,
            )
        async with nanny:
            await nanny.finished()
