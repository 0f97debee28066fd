"""The process of one flow run: Prefect's engine, told not to collect garbage while it imports.

Nearly all that imports make stays; looking through it again and again takes a fifth of the
time from a trigger to a running flow.
"""

import gc
import runpy


def main() -> None:
    """Execute the flow run that the environment names, as `python -m prefect.engine` does."""
    gc.disable()
    import prefect.flow_engine  # noqa: F401 - with it comes nearly all there is to import

    gc.freeze()
    gc.enable()
    runpy.run_module("prefect.engine", run_name="__main__")


if __name__ == "__main__":
    main()
