"""Journeys from end to end on real parts: PostgreSQL, Redis, worker, beat, witness, Chromium.

Each main task is done by mouse and by the keyboard alone.
"""

from __future__ import annotations

import csv
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import Engine
from sqlmodel import col, func, select

from screening import database, roles, tamga_verify
from screening.modelling import versions
from screening.settings import settings
from screening.tables.orders import Order
from screening.witness import cosigned_file
from tests.api.workbench.conftest import SUSPECT
from tests.browser.conftest import PASSWORD, serving
from tests.browser.hands import HANDS, Hand, Keys, Mouse
from tests.browser.live import PATIENCE_SECONDS, Live, at_work, models, settled, trusted, until
from tests.conftest import of_role

ROWS, BAD = 1000, 30
HEADER = "reference,customer.name,customer.country,lines.0.name,lines.0.quantity,lines.0.unit"


@pytest.fixture(scope="module")
def trainer() -> Iterator[None]:
    with trusted():
        yield


@pytest.fixture(scope="module")
def live(
    trainer: None, app: FastAPI, own_database: Engine, redis_url: str, chromium: Browser,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Live]:  # fmt: skip
    """The service at work. At its end no page has complained, and no request has left this machine."""
    expect.set_options(timeout=PATIENCE_SECONDS * 1000)  # conditions are waited for, on a busy machine too
    folders = models(tmp_path_factory.mktemp("models"))
    with database.session() as session:
        company, key, emails = settled(session, folders["usual"])
        versions.register(session, folders["strict"], "command", {"passed": True, "failed": []})
    shutil.rmtree(settings().var_dir / "audit", ignore_errors=True)  # checkpoints of another test's database
    shutil.rmtree(settings().witness_folder, ignore_errors=True)
    url = of_role(own_database.url, roles.APPLICATION)
    with at_work(url, redis_url), serving(app) as address:
        made = Live(address, chromium, company, key, emails)
        yield made
        for page in made.pages.values():
            page.context.close()
    expect.set_options(timeout=5_000)
    assert made.requests
    assert [each for each in made.requests if not each.startswith(f"{made.url}/")] == []
    assert [said for said in made.complaints if "Failed to load resource" not in said] == []


def button(page: Page, name: str) -> Any:
    return page.get_by_role("button", name=name, exact=True)


def instruct(page: Page, hand: Hand, kind: str, words: str) -> None:
    hand.choose(page.locator("#kind"), kind)
    hand.write(page.locator("#text"), words)
    hand.press(button(page, "Send instruction"))
    expect(page.locator(".instruction").last).to_contain_text(words)


@pytest.mark.parametrize("hand", HANDS, ids=lambda hand: hand.name)
def test_reported_instructed_complied_with_and_proven(live: Live, hand: Hand, tmp_path: Path) -> None:
    reference = f"ROAD-{hand.name}"
    order = live.order(SUSPECT | {"reference": reference})
    officer, regulator = live.page("company", "officer"), live.page("authority", "regulator")

    officer.goto(f"/queue?search={reference}")
    hand.press(officer.locator("[data-list]").get_by_role("link", name=reference))
    hand.choose(officer.locator("#ground"), "waiting")
    hand.press(button(officer, "Keep hold"))
    expect(officer.locator(".done")).to_contain_text("still held")
    hand.write(officer.locator("#reason"), "Forty times the declared need")
    hand.press(button(officer, "Refer to authority"))
    expect(officer.locator(".bar")).to_contain_text("With the authority")

    regulator.goto("/inbox")
    hand.press(regulator.get_by_role("link", name=reference))
    hand.press(button(regulator, "Acknowledge receipt"))
    expect(regulator.locator(".done")).to_contain_text("receipt given")
    expect(regulator.get_by_text(re.compile(r"^Signature \S+ by key"))).to_be_visible()
    instruct(regulator, hand, "ask", "Who unloads the drums?")

    officer.reload()
    expect(officer.locator(".timeline")).to_contain_text("Instruction of the authority: Ask the company")
    hand.write(officer.get_by_label("Answer", exact=True), "Gulf Cargo, at its own site")
    hand.press(button(officer, "Send the answer"))
    expect(officer.locator(".done")).to_contain_text("answer sent")

    regulator.reload()
    expect(regulator.locator(".answer")).to_contain_text("Gulf Cargo, at its own site")
    instruct(regulator, hand, "release", "Known to us. It may go.")

    officer.reload()
    hand.choose(officer.locator("#ground"), "confirmed")
    hand.press(button(officer, "Release"))
    expect(officer.locator(".bar")).to_contain_text("Released")

    proven(live, hand, reference, order, tmp_path)


def proven(live: Live, hand: Hand, reference: str, order: str, folder: Path) -> None:
    """The auditor finds the order's record by its number, and has the report proven away from the service."""
    auditor = live.page("company", "auditor")
    until(lambda: all_signed(auditor, reference), "a signed checkpoint over the whole record")
    for said in ("Order screened", "Case decided", "Case referred", "Report sent"):
        expect(auditor.locator("table.queue")).to_contain_text(said)
    row = auditor.locator("table.queue tr", has_text="Report sent")
    with auditor.expect_download() as download:
        hand.press(row.get_by_role("link"))
    proof = folder / "proof.json"
    download.value.save_as(proof)
    referral = row.locator("td").nth(2).locator(".code").inner_text()
    packet = folder / "packet.json"
    packet.write_bytes(auditor.request.get(f"/v1/referrals/{referral}/packet").body())
    anchor = cosigned_file(settings().witness_folder)
    until(anchor.exists, "the witness's file")
    assert "The proof holds: yes." in checked(folder, proof, "--anchor", anchor, "--document", packet)
    packet.write_bytes(packet.read_bytes().replace(b"4000.5", b"400.5"))
    assert "does not name this document" in checked(folder, proof, "--document", packet)
    assert auditor.locator("table.queue .code", has_text=order).count() == 1
    hand.press(button(auditor, "Verify the log now"))
    expect(auditor.get_by_role("status")).to_contain_text("Whole:")


def all_signed(auditor: Page, reference: str) -> bool:
    auditor.goto(f"/record?subject={reference}")
    rows, links = auditor.locator("table.queue tbody tr"), auditor.locator("table.queue a[download]")
    return rows.filter(has_text="Report sent").count() > 0 and rows.count() == links.count()


def checked(folder: Path, *arguments: object) -> str:
    """What the one-file verifier says, run where nothing of ours can be imported."""
    copy = folder / "tamga_verify.py"
    shutil.copyfile(tamga_verify.__file__, copy)
    command = [sys.executable, "-I", str(copy), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, env={})
    return done.stdout + done.stderr


@pytest.mark.parametrize("hand", HANDS, ids=lambda hand: hand.name)
def test_a_model_is_promoted_by_two_and_rolled_back(live: Live, hand: Hand) -> None:
    scientist, administrator = live.page("operator", "data_scientist"), live.page("operator", "administrator")
    scientist.goto("/models")
    usual = scientist.locator("#serving + .lead a").inner_text()
    row = scientist.locator("#kept").locator("xpath=ancestor::section").locator("tbody tr", has_not_text=usual)
    strict = row.locator("a").inner_text()

    hand.press(row.locator("summary", has_text="Propose its promotion"))
    hand.write(row.get_by_label("Reason"), "Past every gate")
    hand.write(row.get_by_label("Your password"), PASSWORD)
    hand.press(row.get_by_role("button", name="Propose its promotion"))
    expect(scientist.get_by_role("status")).to_contain_text("Another administrator has to sign")
    second(administrator, hand)
    taken_up(scientist, strict)

    live.order({
        "reference": f"STRICT-{hand.name}", "customer": {"name": "ТОО «Бояу»", "country": "KZ"},
        "lines": [{"name": "acetone", "quantity": "5", "unit": "kg"}],
    })  # fmt: skip
    back = scientist.locator("section", has=scientist.locator("#back"))
    hand.write(back.get_by_label("Reason"), "It holds everything")
    hand.write(back.get_by_label("Your password"), PASSWORD)
    hand.press(back.get_by_role("button", name="Propose the roll back"))
    expect(scientist.get_by_role("status")).to_contain_text("Another administrator has to sign")
    second(administrator, hand)
    taken_up(scientist, usual)
    expect(scientist.locator("section", has=scientist.locator("#terms"))).to_contain_text("brought back by two people")


def second(administrator: Page, hand: Hand) -> None:
    """Another person reads what is proposed and signs it."""
    administrator.goto("/models")
    waiting = administrator.locator("section", has_text="Waiting for the second signature")
    hand.press(waiting.locator("summary", has_text="What is signed"))
    expect(waiting.get_by_text("SHA-256 of the text")).to_be_visible()
    hand.write(waiting.get_by_label("Your password"), PASSWORD)
    hand.press(waiting.get_by_role("button", name="Sign as the second person"))
    expect(administrator.get_by_role("status")).to_contain_text("Done.")


def taken_up(page: Page, version: str) -> None:
    """Every process serves it."""

    def serves() -> bool:
        page.goto("/models")
        lead = page.locator("#serving + .lead").inner_text()
        return version in lead and page.get_by_text("2 of 2 processes serve it.").count() == 1

    until(serves, f"{version} in every process")


def file_of(path: Path, rows: int, bad: int, mark: str) -> Path:
    """Rows of orders, every so many with a fault: a quantity, a unit or a country that is none."""
    lines, wrong = [HEADER], (("-5", "kg", "KZ"), ("5", "stone", "KZ"), ("5", "kg", "Kazakhstan"))
    for number in range(rows):
        nth, rest = divmod(number, rows // bad)
        faulty = rest == 0 and nth < bad
        quantity, unit, country = wrong[nth % len(wrong)] if faulty else (str(number % 40 + 1), "kg", "KZ")
        lines.append(f"{mark}-{number:04d},ТОО «Бояу {number % 50}»,{country},ацетон,{quantity},{unit}")
    path.write_text("\n".join(lines), "utf-8")
    return path


def corrected(source: Path, target: Path) -> Path:
    """The rows as somebody corrects them in a spreadsheet."""
    with source.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        row["lines.0.quantity"] = row["lines.0.quantity"].lstrip("-")
        row["lines.0.unit"], row["customer.country"] = "kg", "KZ"
    with target.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return target


@pytest.mark.parametrize(("hand", "rows", "bad"), [(Mouse(), ROWS, BAD), (Keys(), 20, 3)], ids=["mouse", "keys"])
def test_a_file_is_looked_at_corrected_and_committed(
    live: Live, hand: Hand, rows: int, bad: int, tmp_path: Path
) -> None:
    mark = f"FILE-{hand.name}"
    page = live.page("company", "integration")
    upload(page, hand, file_of(tmp_path / "orders.csv", rows, bad, mark))
    expect(tile(page, "to be taken")).to_have_text(str(rows - bad))
    expect(tile(page, "with faults")).to_have_text(str(bad))
    faults = page.locator("table tbody tr")
    expect(faults).to_have_count(bad)
    for name in ("lines.0.quantity", "lines.0.unit", "customer.country"):
        told = faults.filter(has_text=name).first.locator("td")
        assert all(each.strip() for each in told.all_inner_texts()), name
    with page.expect_download() as download:
        hand.press(page.get_by_role("link", name="Download these rows with reasons (CSV)"))
    download.value.save_as(tmp_path / "bad.csv")
    mended = corrected(tmp_path / "bad.csv", tmp_path / "mended.csv")
    commit(page, hand, rows - bad)
    first = page.url

    upload(page, hand, mended)
    expect(tile(page, "to be taken")).to_have_text(str(bad))
    expect(page.get_by_role("heading", name="Rows with faults")).to_have_count(0)
    commit(page, hand, bad)
    finished(page, "taken", bad)
    page.goto(first)
    finished(page, "taken", rows - bad)

    upload(page, hand, mended)  # once more, by mistake
    commit(page, hand, bad)
    finished(page, "known before", bad)
    page.goto(f"/my-orders?search={mark}")
    expect(page.locator(".head")).to_contain_text(f"{rows:,} orders")
    with database.session() as session:
        mine = col(Order.reference).startswith(mark)
        assert session.exec(select(func.count(), func.count(func.distinct(Order.reference))).where(mine)).one() == (
            rows,
            rows,
        )


def upload(page: Page, hand: Hand, path: Path) -> None:
    page.goto("/uploads")
    hand.hand_over(page.locator("#file"), path)
    hand.press(button(page, "Check the file"))
    page.wait_for_url("**/uploads/*")


def commit(page: Page, hand: Hand, rows: int) -> None:
    hand.press(button(page, f"Commit {rows} rows"))
    expect(page.locator(".done")).to_contain_text("Committed")


def tile(page: Page, name: str) -> Any:
    return page.locator(".tile", has_text=re.compile(rf"^\s*[\d,]+\s+{name}\s*$")).locator(".big")


def finished(page: Page, name: str, rows: int) -> None:
    """The page shows by itself how far it has come, and in the end that every row is there."""
    expect(page.locator(".head")).to_contain_text("Done")
    expect(tile(page, name)).to_have_text(f"{rows:,}")
