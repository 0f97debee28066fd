"""The pictures of docs/pictures: Prefect's retrain form and MLflow's pages of real runs.

Needs Chromium with its driver and `pip install -e '.[docs]'`; run `python docs/screenshots.py`.
Three small models are trained in a temporary home folder, or in that of SEQFLOW_HOME.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import httpx
from PIL import Image
from selenium.webdriver import Chrome, ChromeOptions, ChromeService
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.support.ui import WebDriverWait

from cli.server_files import ServerName, login, recall

PICTURES = Path(__file__).parent / "pictures"
HIDDEN_SIZES = (8, 16, 64)
REASON = "reviews of the new product line"
_CHARTS = "^(test/(accuracy|macro_f1)$|validation/|train/)"
_WAIT_SECONDS = 90.0
_SETTLE_SECONDS = 4.0
_COLOURS = 128
_BEFORE_EACH_PAGE = """
localStorage["prefect-password"] = btoa(LOGIN);
localStorage["mlflow.assistant.fab.autoOpenedOnFirstLoad_v1"] = "true";
localStorage["mlflow.assistant.panelOpen_v1"] = "false";
"""
# without a mouse the charts' tools are always shown, over the charts
_HIDE_TOOLS = """document.head.insertAdjacentHTML(
    "beforeend", "<style>.modebar {display: none}</style>");"""


def main() -> None:
    """Start, train, take the pictures, and stop."""
    PICTURES.mkdir(exist_ok=True)
    with home_folder() as home:
        try:
            seqflow(home, "up")
            verdicts = [train(home, size) for size in HIDDEN_SIZES]
            with browser(login(home)) as driver:
                photograph_form(driver, home)
                photograph_runs(driver, home, verdicts[-1]["link"])
        finally:
            seqflow(home, "down")


def photograph_form(driver: WebDriver, home: Path) -> None:
    """The form of retrain/demo in Prefect, with a reason typed in."""
    server = address(home, "prefect")
    known = httpx.BasicAuth(*login(home).split(":", 1))
    answer = httpx.get(f"{server}/api/deployments/name/retrain/demo", auth=known)
    show(driver, f"{server}/v2/deployments/deployment/{answer.json()['id']}/run", "Preset")
    reason = driver.find_element(By.XPATH, "//textarea[contains(., 'Prefect UI')]")
    reason.send_keys(Keys.CONTROL, "a")
    reason.send_keys(REASON)
    keep(driver, "retrain-form")


def photograph_runs(driver: WebDriver, home: Path, comparison: str) -> None:
    """MLflow's comparison of the runs, as `seqflow train` links it, and the last run's page."""
    show(driver, comparison, f"{len(HIDDEN_SIZES)} matching runs")
    search = driver.find_element(By.CSS_SELECTOR, "[placeholder='Search metric charts']")
    search.send_keys(_CHARTS)
    keep(driver, "comparison")
    run = re.findall("%27([0-9a-f]{32})%27", comparison)[0]
    page = re.sub("/runs[?].*", f"/runs/{run}?workflowType=machine_learning", comparison)
    show(driver, page, "About this run")
    keep(driver, "run")


def train(home: Path, hidden_size: int) -> Mapping[str, str]:
    """The verdict on a small model of the demo."""
    settings = ("data.rows=3000", "training.epochs=3", f"network.hidden_dim={hidden_size}")
    changes = [f"--set={setting}" for setting in settings]
    answer = seqflow(home, "train", "demo", *changes, f"--reason={REASON}", "--json")
    return json.loads(answer)  # type: ignore[no-any-return]


def seqflow(home: Path, *words: str) -> str:
    """Standard output of a command on the home folder."""
    environment = {**os.environ, "SEQFLOW_HOME": str(home)}
    command = [sys.executable, "-m", "cli.main", *words]
    return subprocess.check_output(command, env=environment, text=True)


def address(home: Path, name: ServerName) -> str:
    """Where the home's server listens."""
    server = recall(home, name)
    assert server is not None, f"{name} of {home} does not run"
    return server.address


def show(driver: WebDriver, page: str, words: str) -> None:
    """Open the page and wait until it shows the words."""
    driver.get("about:blank")  # a page that differs behind the # only is not loaded anew
    driver.get(page)
    until = WebDriverWait(driver, _WAIT_SECONDS).until
    until(lambda seen: words in seen.find_element(By.TAG_NAME, "body").text, words)


def keep(driver: WebDriver, name: str) -> None:
    """Write what the window shows as a small PNG, once its charts are drawn."""
    driver.execute_script(_HIDE_TOOLS)
    time.sleep(_SETTLE_SECONDS)
    with Image.open(BytesIO(driver.get_screenshot_as_png())) as picture:
        small = picture.convert("RGB").quantize(_COLOURS)
        small.save(PICTURES / f"{name}.png", optimize=True)


@contextmanager
def home_folder() -> Iterator[Path]:
    """The home folder that the environment names, else a temporary one."""
    with tempfile.TemporaryDirectory(prefix="seqflow-pictures-") as temporary:
        yield Path(os.environ.get("SEQFLOW_HOME") or temporary)


@contextmanager
def browser(prefect_login: str) -> Iterator[WebDriver]:
    """A headless Chromium that is logged in at Prefect."""
    options = ChromeOptions()
    for word in ("headless=new", "no-sandbox", "disable-dev-shm-usage", "hide-scrollbars"):
        options.add_argument(f"--{word}")
    options.add_argument("--window-size=1500,1300")
    driver = Chrome(options=options, service=ChromeService(shutil.which("chromedriver")))
    try:
        source = _BEFORE_EACH_PAGE.replace("LOGIN", json.dumps(prefect_login))
        command = "Page.addScriptToEvaluateOnNewDocument"
        driver.execute_cdp_cmd(command, {"source": source})
        yield driver
    finally:
        driver.quit()


if __name__ == "__main__":
    main()
