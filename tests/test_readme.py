"""The README is kept true: its links lead somewhere, its settings are the code's, its commands exist."""

from __future__ import annotations

import re
from pathlib import Path

from api.commands.readme import settings_table
from features.intake import LineIn, OrderIn
from screening.settings import Settings

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_link_leads_to_a_file() -> None:
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", README) if "://" not in link]
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_settings_table_is_that_of_the_code() -> None:
    shown = README.split("<!-- settings:begin -->")[1].split("<!-- settings:end -->")[0]
    assert shown.strip() == settings_table().strip()
    assert all(f"`TAMGA_{name.upper()}`" in shown for name in Settings.model_fields)


def test_what_an_order_needs_is_what_the_schema_asks_for() -> None:
    said = re.search(r"Only a (.*?) are needed", " ".join(README.split()))
    assert said is not None
    asked = {name for name, field in OrderIn.model_fields.items() if field.is_required()} - {"lines"}
    asked |= {name for name, field in LineIn.model_fields.items() if field.is_required()}
    assert asked == {"reference", "customer", "quantity"}
    assert [name for name in asked if name not in said[1]] == []


def test_every_make_target_named_exists_and_explains_itself() -> None:
    targets = set(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    named = set(re.findall(r"(?:^|`)make ([a-z]+(?:-[a-z]+)*)", README, re.M))
    assert {"demo", "test", "serve"} <= named <= targets


def test_changelog_and_version_agree() -> None:
    version = re.search(r'^version = "([^"]+)"', (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.M)
    assert version is not None
    assert f"## {version.group(1)}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
