"""The inspect principles command: a worked example, quantity after quantity."""

from cli.console import console, print_json, print_table


def run_principles(name: str | None, *, as_json: bool) -> None:
    """Print the walk of that name, or what walks there are.

    Raises:
        InputError: If there is none of that name.
    """
    from models.first_principles.pages import PRINCIPLES, principle

    out = console()
    if name is None:
        subjects = {each: found.title for each, found in PRINCIPLES.items()}
        if as_json:
            print_json(dict(subjects))
            return
        print_table(out, "", ("principle", "what it is"), list(subjects.items()))
        out.print("  Next:  seqflow inspect principles gru")
        return
    walk = principle(name).walk()
    if as_json:
        shown = [
            {"name": one.name, "shape": one.shape, "value": one.lines, "how": one.how}
            for one in walk
        ]
        print_json({"principle": name, "quantities": shown})
        return
    out.print(f"  {principle(name).title}\n", markup=False)
    for one in walk:
        how = f"   {one.how}" if one.how else ""
        out.print(f"  {one.name} {one.shape}{how}", markup=False, highlight=False)
        for line in one.lines:
            out.print(f"      {line}", markup=False, highlight=False)
