"""What a person may set about sequences of events, and what a model knows of their times."""

from datetime import datetime
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from configs.base import Config

NUMBERED = ("epoch_s", "epoch_ms", "number")
"""Time formats that are numbers."""


class EventsConfig(Config):
    """Sequences of events with the times between them, and what is to be told of each."""

    log: bool = Field(
        False,
        description="The source is a log: each row is an event of a case, with its time. Else "
        "each row is a whole sequence.",
    )
    target: Literal["label", "next_event", "outcome"] = Field(
        "label",
        description="What is told. label: the label column. Of logs also next_event: what "
        "follows each beginning of a case; outcome: a case's last event, from those before.",
    )
    gaps: Literal["since_previous", "to_last"] = Field(
        "since_previous",
        description="What the times are: since the event before, or to the last event of those "
        "that are read.",
    )
    unit: Literal["seconds", "minutes", "hours", "days"] = Field(
        "hours", description="Unit of the times."
    )
    time_format: str | None = Field(
        None,
        description="Logs: how times are written, as %d.%m.%Y %H:%M; epoch_s or epoch_ms: "
        "seconds or milliseconds since 1970; number: numbers of the unit. None reads ISO 8601, "
        "or small numbers of the unit.",
    )
    most_events: int = Field(
        50, ge=1, le=10_000, description="Logs: the last so many events of a sequence are kept."
    )

    @field_validator("time_format")
    @classmethod
    def _format_can_be_read(cls, form: str | None) -> str | None:
        if form is None or form in NUMBERED:
            return form
        moment = datetime(2001, 2, 3, 4, 5, 6)
        try:
            same = datetime.strptime(moment.strftime(form), form).date() == moment.date()
        except ValueError:
            same = False
        if not same:
            raise ValueError(
                f"time_format {form!r} does not say year, month and day by directives as "
                f"%d.%m.%Y %H:%M; use such a one, or {', '.join(NUMBERED)}"
            )
        return form

    @model_validator(mode="after")
    def _target_can_be_had(self) -> Self:
        if self.target != "label" and not self.log:
            raise ValueError(
                f"target {self.target} is derived from a log of events; set log=true, or "
                "target=label"
            )
        return self


class Gaps(Config):
    """What the times between events are, as a model has to know it."""

    kind: Literal["since_previous", "to_last"]
    unit: Literal["seconds", "minutes", "hours", "days"]

    @property
    def shown(self) -> str:
        """For people: hours since the event before."""
        since = (
            "since the event before" if self.kind == "since_previous" else "to the last event"
        )
        return f"{self.unit} {since}"
