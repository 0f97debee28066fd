"""The address of a database server, from where it is kept to the task that needs it."""

from typing import cast

from configs.data import SqlSource
from storage.errors import InputError


def address_of(sql: SqlSource) -> str:
    """The address, from the environment or from a Prefect Secret block.

    It is no parameter and no result of any task, so Prefect neither stores nor shows it.

    Raises:
        InputError: If the variable is not set, or there is no such block.
    """
    if sql.secret_block is None:
        from corpora.sql import address_from_environment

        return address_from_environment(sql)
    from prefect.blocks.system import Secret

    try:
        block = cast(Secret[str], Secret.load(sql.secret_block))
    except ValueError:
        raise InputError(
            f"there is no Secret block {sql.secret_block!r}; make it in Prefect's interface "
            f"under Blocks, with the address as its value"
        ) from None
    return str(block.get())
