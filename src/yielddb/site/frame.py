"""What stands above the languages: the first page, the page for what is missing, the site map."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

import jinja2

from yielddb.site.facts import Facts
from yielddb.site.languages import TEMPLATES, language


def write(facts: Facts, out: Path, languages: Sequence[str], address: str) -> None:
    """Write the files at the root of the site; `address` is that of `build_site`."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES / "root"),
        autoescape=jinja2.select_autoescape(),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    root = f"{address.rstrip('/')}/" if address else ""
    values = {
        "root": root,
        "prefix": urlsplit(root).path or "/",  # a missing page may be asked for at any depth
        "languages": [language(code) for code in languages],
    }
    for name in ("index.html", "404.html", *(("sitemap.xml", "robots.txt") if root else ())):
        text = environment.get_template(name).render(values)
        (out / name).write_text(text, "utf-8")
    shutil.copy(TEMPLATES / "theme" / "assets" / "umbrella.svg", out)
    for schema in facts.schemas:
        (out / "schemas").mkdir(exist_ok=True)
        shutil.copy(schema.file, out / "schemas")
