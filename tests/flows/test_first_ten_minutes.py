"""The README's first ten minutes, command by command, as it prints them."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
REVIEWS = "review,stars\n" + "".join(
    f"the {thing} was {word} on day {day},{stars}\n"
    for day in range(150)
    for thing, word, stars in (("soup", "good", 5), ("bread", "bad", 1))
)


def commands_of_the_readme() -> list[str]:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    section = text.partition("## The first ten minutes")[2].partition("\n## ")[0]
    found = re.findall(r"^\$ (seqflow .*?)(?:\s+#.*)?$", section, flags=re.MULTILINE)
    assert len(found) >= 8
    return found


@pytest.mark.long
@pytest.mark.flow
@pytest.mark.timeout(1500)
def test_every_command_of_the_first_ten_minutes_works_in_order(
    tmp_path: Path, real_data: Callable[[str], Path]
) -> None:
    mirror = real_data("sentiment-sentences").parent
    (tmp_path / "reviews.csv").write_text(REVIEWS, encoding="utf-8")
    environment = {
        **os.environ,
        "SEQFLOW_HOME": str(tmp_path / "home"),
        "SEQFLOW_MIRROR": str(mirror),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    try:
        for command in ("seqflow train demo", *commands_of_the_readme()):
            done = subprocess.run(
                command,
                shell=True,
                cwd=tmp_path,
                env=environment,
                capture_output=True,
                text=True,
                timeout=600,
            )
            assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
            assert "Traceback" not in done.stderr, command
    finally:
        subprocess.run(["seqflow", "down"], env=environment, check=True, timeout=120)
