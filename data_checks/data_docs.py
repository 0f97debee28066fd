"""Data Docs that open without a network: the pages that were built, an own index and style."""

import re
from html import escape
from pathlib import Path

from data_checks.findings import Findings
from storage.files import write_text

REMOTE = re.compile(
    r"<script[^>]+src=[^>]*>\s*</script>|<link[^>]*>|<img[^>]*>|<footer.*?</footer>", re.DOTALL
)
REMOTE_STYLE = re.compile(r"url\(['\"]?https?:[^)]*\)")
SUITE_LINK = re.compile(r'<a href="[^"]*expectations/[^"]*"\s*>(.*?)</a>', re.DOTALL)
HOME_LINK = re.compile(r'href="[./]*index\.html"')
STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 72rem; padding: 1rem; }
h1, h2, h3, h4, h5, h6 { line-height: 1.2; margin: 1.2rem 0 .4rem; }
table { border-collapse: collapse; width: 100%; }
td, th { border-bottom: 1px solid #8884; padding: .3rem .6rem; text-align: left; }
a { color: #0a58ca; }
.card, .lead, .collapse, a[data-toggle], .h6 + i { display: none; }
.critical, .failed { color: #b02a37; font-weight: 600; }
.warning, .unchecked { color: #946200; font-weight: 600; }
.passed { color: #146c43; }
i.fa-check-circle::before { content: "passed"; color: #146c43; }
i.fa-times::before { content: "failed"; color: #b02a37; }
i.fa-exclamation-triangle::before { content: "unchecked"; color: #946200; }
"""


def publish(built: Path, folder: Path, findings: Findings) -> None:
    """Copy the built pages as `<frame>.html`, cut off from the network, and write an index.

    Args:
        built: The site as Great Expectations built it; its pages load styles, scripts and
            pictures from six hosts, and its index is empty without them.
        folder: Where the pages go.
        findings: What the index tells.
    """
    pages = sorted((built / "validations").glob("*/*/*/*.html"))
    names = [page.relative_to(built / "validations").parts[0] for page in pages]
    for page, name in zip(pages, names, strict=True):
        write_text(folder / f"{name}.html", offline(page.read_text(encoding="utf-8")))
    write_text(folder / "index.html", _index(names, findings))


def offline(page: str) -> str:
    """The page with nothing to load from elsewhere, and a small style in place of it."""
    page = REMOTE.sub("", page)
    page = REMOTE_STYLE.sub("none", page)
    page = SUITE_LINK.sub(r"\1", page)
    page = HOME_LINK.sub('href="index.html"', page)
    return page.replace("</head>", f"<style>{STYLE}</style>\n</head>", 1)


def _index(pages: list[str], findings: Findings) -> str:
    """All findings in a table, the worst first, and links to the pages."""
    rows = "\n".join(
        f'<tr><td class="{finding.standing}">{finding.standing}</td>'
        f"<td>{escape(finding.title)}</td><td>{escape(finding.split)}</td>"
        f"<td>{escape(finding.message)}</td></tr>"
        for finding in findings.worst_first()
    )
    links = " · ".join(f'<a href="{escape(name)}.html">{escape(name)}</a>' for name in pages)
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Data checks</title>
<style>{STYLE}</style></head><body>
<h1>Data checks</h1>
<p><strong>{escape(findings.headline())}</strong></p>
<p>Details: {links}</p>
<table><tr><th>outcome</th><th>check</th><th>split</th><th>finding</th></tr>
{rows}
</table></body></html>
"""
