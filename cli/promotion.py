"""The promote and rollback commands: a person moves the champion."""

from typing import NamedTuple

from cli.console import console, print_json
from cli.server_files import use_running_servers
from configs.settings import Settings, apply_safe_defaults
from storage.errors import InputError, PromotionRefused
from storage.files import Json


class Registered(NamedTuple):
    """A model by its two names, and where it is looked for."""

    settings: Settings
    experiment: str
    name: str


def registered_model(model: str) -> Registered:
    """The model's name in the registry, prefix included; servers of this home are used."""
    settings = Settings.from_environment()
    use_running_servers(settings.home)
    apply_safe_defaults(settings)
    from tracking.registry import registered_name

    return Registered(settings, model, registered_name(settings.registry_prefix, model))


def run_promote(model: str, number: int, *, reason: str, force: bool, as_json: bool) -> None:
    """Let the rule speak, and promote the version if it agrees or is overruled.

    Raises:
        PromotionRefused: If the rule refuses it and nobody overrules it.
        InputError: If there is no such version.
    """
    found, words = registered_model(model), _given(reason)
    from tasks.promote import ByHand, settle
    from tasks.run import Run
    from tracking.bundles import find_version
    from tracking.store import TrackingStore

    store = TrackingStore.from_settings(found.settings)
    challenger = find_version(store, found.name, str(number))
    home = found.settings.home
    run = Run(home, home / "runs" / (challenger.run or "unknown"), model)
    settled = settle(run, store, challenger, by_hand=ByHand(words, force))
    said = settled.promotion.decision
    sentence = f"{found.name} v{number} is @{settled.alias}: {said.reason}"
    if as_json:
        print_json(
            {
                "model": found.name,
                "version": number,
                "alias": settled.alias,
                "promoted": said.promote,
                "reason": said.reason,
                "p_value": said.p_value,
                "evidence": said.evidence,
            }
        )
    if settled.alias != "champion":
        raise PromotionRefused(f"{sentence}; --force promotes it all the same")
    console(as_json=as_json).print(f"  {sentence}")


def run_rollback(model: str, *, reason: str, as_json: bool) -> None:
    """Bring the champion before the present one back."""
    found, words = registered_model(model), _given(reason)
    from tasks.roll_back import undo_promotion
    from tracking.store import TrackingStore

    store = TrackingStore.from_settings(found.settings)
    done = undo_promotion(found.settings.home, store, model, found.name, reason=words)
    out: dict[str, Json] = {
        "model": found.name,
        "champion": done.restored.version,
        "rolled_back": done.undone.version,
        "reason": words,
    }
    if as_json:
        print_json(out)
    console(as_json=as_json).print(
        f"  {found.name} v{done.restored.version} is @champion again; "
        f"v{done.undone.version} was rolled back: {words}"
    )


def _given(reason: str) -> str:
    if not reason.strip():
        raise InputError("the reason is empty; say why, it is kept with the model: --reason …")
    return reason.strip()
