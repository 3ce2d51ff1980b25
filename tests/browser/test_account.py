"""Accounts: signing up, in and out, the account page, what an admin does."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.browser.conftest import Server

PASSWORD = "a long enough password"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, trained_model: Path) -> Iterator[Server]:
    """A server with accounts, by invitation, and one admin: boss."""
    server = Server(
        tmp_path_factory.mktemp("accounts"), trained_model, "--accounts", "--sign-up", "invitation"
    )
    server.start()
    people(server, "add", "boss", "--admin", "--password-stdin")
    yield server
    server.stop()


def people(server: Server, *arguments: str) -> str:
    """``matinee people …`` on the server's store."""
    return subprocess.run(
        [sys.executable, "-c", "from matinee.cli import main; main()", "people", *arguments],
        env={**os.environ, "MATINEE_DATABASE_URL": f"sqlite:///{server.database}"},
        input=f"{PASSWORD}\n",
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout


def sign_in(page: Any, login: str = "boss", password: str = PASSWORD) -> None:
    page.locator(".foyer-ticket").get_by_label("Login").fill(login)
    page.locator(".foyer-ticket").get_by_label("Password").fill(password)
    page.keyboard.press("Enter")


@pytest.fixture
def boss(house: Server, open_tabs: Any) -> Any:
    """A tab in which the admin is signed in, on the account page."""
    page = open_tabs("/account", server=house)
    sign_in(page)
    page.wait_for_selector("text=You are boss, an admin.")
    return page


def test_a_stranger_is_led_to_the_door_and_back(house, open_tabs) -> None:
    page = open_tabs("/films?tab=data", server=house)
    page.wait_for_selector("h1:has-text('Sign in')")
    page.watch.allow("Failed to load resource")
    sign_in(page, password="not the password")
    page.wait_for_selector(".foyer-ticket .field-error:not(:empty)")
    assert page.url.startswith(f"{house.url}/sign-in")
    sign_in(page)
    page.wait_for_selector(".drop")
    assert page.url.endswith("/films?tab=data")
    assert page.locator("#tools").get_by_role("link", name="boss").is_visible()


def test_nobody_is_led_to_another_site(house, open_tabs) -> None:
    page = open_tabs("/sign-in?next=//example.org/", server=house)
    page.wait_for_selector(".foyer-ticket")
    sign_in(page)
    page.wait_for_selector("#tools a")
    assert page.url == f"{house.url}/"


def test_what_is_missing_is_told_before_anything_is_sent(house, open_tabs) -> None:
    page = open_tabs("/sign-in", server=house)
    page.get_by_role("button", name="Sign in").click()
    assert page.locator(".foyer-ticket .field-error").inner_text() == "Login is missing."
    page.get_by_text("Make an account").first.click()
    up = page.locator("details")
    up.get_by_label("Invitation").fill("x")
    up.get_by_label("Login").fill("someone")
    up.get_by_label("New password").fill("short")
    up.get_by_role("button", name="Make the account").click()
    assert up.locator(".field-error").inner_text() == "New password needs 8 characters at least."


def test_an_invitation_makes_an_account_that_sees_only_its_own(house, boss, chromium) -> None:
    boss.get_by_role("button", name="Make an invitation").click()
    link = boss.locator(".secret code").inner_text()
    assert link.startswith(f"{house.url}/sign-in?invitation=")
    other = chromium.new_context(base_url=house.url)
    try:
        page = other.new_page()
        page.goto(link)
        up = page.locator("details[open]")
        up.get_by_label("Login").fill("ann")
        up.get_by_label("Your name").fill("Ann of the third row")
        up.get_by_label("New password").fill(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_selector("#tools a:has-text('Ann of the third row')")
        page.goto("/account")
        page.wait_for_selector("text=You are ann.")
        assert page.locator("text=Invite somebody").count() == 0
        # Another name, another password, and in again with it.
        page.get_by_label("Name").fill("Annie")
        page.get_by_role("button", name="Change the name").click()
        page.wait_for_selector(".toast:has-text('Your name is changed')")
        page.get_by_label("Old password").fill(PASSWORD)
        page.get_by_label("New password").fill("quite another password")
        page.get_by_role("button", name="Change the password").click()
        page.wait_for_selector(".toast:has-text('Your password is changed')")
        page.get_by_role("button", name="Sign out").click()
        page.wait_for_selector(".foyer-ticket")
        sign_in(page, "ann", "quite another password")
        page.wait_for_selector("#tools a:has-text('Annie')")
        # The admin sees her, makes her an admin and takes that back, and removes her.
        boss.reload()
        row = boss.locator("tr", has=boss.locator("th", has_text=re.compile("^ann$")))
        row.get_by_role("button", name="ann is an admin").click()
        row.locator("text=yes").wait_for()
        row.get_by_role("button", name="ann is an admin").click()
        row.locator("text=no").wait_for()
        row.get_by_role("button", name="Remove the account ann").click()
        boss.get_by_role("dialog").get_by_role("button", name="Remove the account").click()
        boss.wait_for_selector(".toast:has-text('ann is removed')")
        page.goto("/account")
        page.wait_for_selector(".foyer-ticket")
    finally:
        other.close()


def test_a_used_invitation_is_refused(house, open_tabs) -> None:
    page = open_tabs("/sign-in?invitation=nonsense", server=house)
    page.watch.allow("Failed to load resource")
    up = page.locator("details[open]")
    up.get_by_label("Login").fill("eve")
    up.get_by_label("New password").fill(PASSWORD)
    page.keyboard.press("Enter")
    up.locator(".field-error:not(:empty)").wait_for()
    assert "invitation" in up.locator(".field-error").inner_text().casefold()
    assert up.get_by_label("Login").input_value() == "eve", "what was typed stays"


def test_tokens_are_shown_once_and_taken_back(house, boss) -> None:
    boss.get_by_text("A new token").click()
    boss.get_by_label("What it is for").fill("phone")
    boss.get_by_role("button", name="Make the token").click()
    token = boss.locator(".secret code").inner_text()
    assert len(token) > 20
    row = boss.locator("tr", has_text="phone")
    assert "never" in row.inner_text(), "it was not used yet"
    boss.reload()
    boss.wait_for_selector("tr:has-text('phone')")
    assert token not in boss.content()
    boss.get_by_role("button", name="Take the token phone back").click()
    boss.wait_for_selector("text=No token yet.")


def test_without_accounts_there_is_no_door(server, tab) -> None:
    tab.goto("/sign-in")
    tab.wait_for_url("**/")
    tab.goto("/account")
    tab.wait_for_selector("text=There are no accounts here")


def test_a_failure_is_told_and_passes(house, boss) -> None:
    boss.watch.allow("Failed to load resource")
    boss.route("**/api/v1/account/tokens", lambda route: route.abort())
    boss.reload()
    boss.wait_for_selector(".account .state-error")
    assert boss.get_by_label("Name", exact=True).input_value() == "boss"
    boss.unroute("**/api/v1/account/tokens")
    boss.locator(".account .state-error").get_by_role("button", name="Try again").click()
    boss.wait_for_selector("text=No token yet.")


def test_accounts_can_be_used_by_everybody(house, open_tabs, looks) -> None:
    page = open_tabs("/sign-in?next=/account", server=house)
    page.get_by_text("Make an account").first.click()
    looks(page, "sign-in")
    sign_in(page)
    page.wait_for_selector("text=You are boss, an admin.")
    page.get_by_text("A new token").click()
    page.get_by_text("for good …").click()
    page.wait_for_selector(".account tbody tr")
    looks(page, "account", full=True)
