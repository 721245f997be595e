"""The table of settings is complete, and so are the files that name some of them."""

import re
from pathlib import Path

from app.config import Settings

ROOT = Path(__file__).resolve().parents[2]
VARIABLE = re.compile(r"\b(OPENCONSULT_[A-Z_]+|DATABASE_URL)\b")


def known() -> set[str]:
    names = {f"OPENCONSULT_{name.upper()}" for name in Settings.model_fields}
    return (names - {"OPENCONSULT_DATABASE_URL"}) | {"DATABASE_URL"}


def test_every_setting_has_its_row_and_every_row_its_setting() -> None:
    table = (ROOT / "deploy" / "README.md").read_text("utf-8").partition("## Settings")[2]
    rows = {found[1] for found in re.finditer(r"^\| `([A-Z_]+)` \|", table, re.MULTILINE)}

    assert rows == known()


def test_the_images_name_no_setting_that_does_not_exist() -> None:
    for name in ("Dockerfile", "deploy/compose.yaml"):
        used = set(VARIABLE.findall((ROOT / name).read_text("utf-8")))
        assert used <= known(), name
