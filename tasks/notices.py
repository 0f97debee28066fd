"""Notices to people: a line in a file and the log, and a message where a block is named."""

import asyncio
import logging
import os
from datetime import UTC, datetime

from configs.settings import Settings
from storage.files import append_line
from storage.locks import locked

_LOG = logging.getLogger(__name__)
VARIABLE = "SEQFLOW_NOTIFY"
"""Names a Prefect notification block, as `slack-webhook/team` or `custom-webhook/pager`."""
FILE = "notices.log"


def notify(subject: str, body: str) -> None:
    """Tell people what happened; a messenger that fails is a warning, never an error.

    Args:
        subject: What, in a few words: `sentiment promoted`.
        body: One sentence.
    """
    home = Settings.from_environment().home
    moment = datetime.now(UTC).isoformat(timespec="seconds")
    with locked(home / ".notices.lock"):
        append_line(home / FILE, f"{moment} {subject}: {' '.join(body.split())}")
    _LOG.info("%s: %s", subject, body)
    block = os.environ.get(VARIABLE)
    if block:
        try:
            asyncio.run(_send(block, subject, body))
        except Exception as problem:  # noqa: BLE001 - whatever it is, the run is not about it
            _LOG.warning(
                "the notification block %s did not take %r (%s); %s has it",
                block,
                subject,
                type(problem).__name__,
                home / FILE,
            )


async def _send(block: str, subject: str, body: str) -> None:
    from prefect.blocks.abstract import NotificationBlock
    from prefect.blocks.core import Block

    messenger: Block = await Block.aload(block)
    if not isinstance(messenger, NotificationBlock):
        raise TypeError(f"{block} is a {type(messenger).__name__}, which sends no messages")
    await messenger.notify(body, subject)
