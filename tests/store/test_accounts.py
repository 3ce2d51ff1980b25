"""Who gets in, who does not, and how often one may try."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher

from matinee.errors import (
    AccountError,
    LoginError,
    ParameterError,
    SignUpError,
    ThrottledError,
    UnknownPersonError,
)
from matinee.store import Store, accounts
from matinee.store.accounts import FAILURES_SECONDS
from matinee.store.schema import api_tokens, invitations, login_attempts, sessions, users

NOW = 1_700_000_000
GOOD, BETTER = "correct horse battery", "another good one"
Clock = Callable[[int], None]


def fails(store: Store, times: int, login: str = "ann", address: str = "1.2.3.4") -> None:
    for _ in range(times):
        with pytest.raises(LoginError):
            store.accounts.log_in(login, "wrong", address=address)


def test_an_account_can_log_in_however_its_name_is_typed(store: Store) -> None:
    made = store.accounts.create("Ann", GOOD, is_admin=True)
    assert (made.login, made.name, made.is_admin) == ("ann", "Ann", True)
    for login in ("ann", " ANN ", "ａｎｎ"):
        assert store.accounts.log_in(login, GOOD, address="1.2.3.4") == made
    assert store.accounts.get(made.person_id) == store.accounts.find("aNN") == made
    assert store.accounts.all() == [made]
    assert store.accounts.get(1) is None


def test_wrong_name_and_wrong_password_look_the_same(store: Store) -> None:
    store.accounts.create("ann", GOOD)
    messages = set()
    for login, password in (("ann", "wrong"), ("nobody", GOOD), ("\ud800 x", GOOD), ("ann", "")):
        with pytest.raises(LoginError) as caught:
            store.accounts.log_in(login, password, address="1.2.3.4")
        messages.add(str(caught.value))
    assert messages == {"this name and this password do not belong together"}


@pytest.mark.parametrize("password", ["short", "x" * 257, "aaaaaaaaaa", "somebody"])
def test_bad_passwords_are_refused(store: Store, password: str) -> None:
    with pytest.raises(AccountError, match="password"):
        store.accounts.create("Somebody", password)
    assert store.accounts.all() == []
    assert len(store.people()) == 1


@pytest.mark.parametrize("login", ["", " ", "a b", "x" * 101, "a\x00b"])
def test_bad_logins_are_refused(store: Store, login: str) -> None:
    with pytest.raises(AccountError, match="a login has 1 to 100"):
        store.accounts.create(login, GOOD)


def test_a_login_is_given_once(store: Store) -> None:
    store.accounts.create("ann", GOOD)
    with pytest.raises(AccountError, match="'ann' is taken"):
        store.accounts.create("ANN", GOOD)
    assert len(store.people()) == 2


def test_the_local_person_can_be_given_an_account(store: Store) -> None:
    store.rate(1, 6, 4.0)
    made = store.accounts.create("ann", GOOD, person_id=1)
    assert (made.person_id, made.name) == (1, "me")
    with pytest.raises(AccountError, match="has an account already"):
        store.accounts.create("bob", GOOD, person_id=1)
    with pytest.raises(UnknownPersonError, match="no person 99"):
        store.accounts.create("bob", GOOD, person_id=99)


def test_no_secret_is_kept_as_it_is(store: Store) -> None:
    account = store.accounts.create("ann", GOOD, is_admin=True)
    ann = account.person_id
    session = store.accounts.open_session(account)
    token, _ = store.accounts.create_token(ann, "phone")
    code = store.accounts.invite(ann)
    with store.database.read() as connection:
        kept = [
            str(value)
            for table in (users, sessions, api_tokens, invitations)
            for row in connection.execute(sa.select(table))
            for value in row
        ]
    assert any(value.startswith("$argon2id$") for value in kept)
    for secret in (GOOD, session, token, token.removeprefix("matinee_"), code):
        assert not any(secret in value for value in kept)


def test_weaker_hashes_are_made_anew_at_the_next_login(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = store.accounts.create("ann", GOOD).person_id

    def kept() -> str:
        with store.database.read() as connection:
            return str(connection.scalar(sa.select(users.c.password)))

    before = kept()
    stronger = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1)
    monkeypatch.setattr(accounts, "_hasher", lambda: stronger)
    store.accounts.log_in("ann", GOOD, address="1.2.3.4")
    assert "t=1" in before
    assert "t=2" in kept()
    assert store.accounts.log_in("ann", GOOD, address="1.2.3.4").person_id == ann


# -- sign-up ------------------------------------------------------------------------------------


def test_sign_up_follows_its_mode(store: Store) -> None:
    assert not store.accounts.sign_up("ann", GOOD, mode="open").is_admin
    with pytest.raises(SignUpError, match="closed here"):
        store.accounts.sign_up("bob", GOOD, mode="closed")
    with pytest.raises(ParameterError, match="mode must be"):
        store.accounts.sign_up("bob", GOOD, mode="maybe")  # type: ignore[arg-type]
    for invitation in (None, "", "guess"):
        with pytest.raises(SignUpError, match="needs an invitation"):
            store.accounts.sign_up("bob", GOOD, mode="invitation", invitation=invitation)
    assert len(store.people()) == 2


def test_an_invitation_counts_once(store: Store, clock: Clock) -> None:
    code = store.accounts.invite()
    with pytest.raises(AccountError, match="password"):
        store.accounts.sign_up("bob", "short", mode="invitation", invitation=code)
    store.accounts.sign_up("bob", GOOD, mode="invitation", invitation=code)
    with pytest.raises(SignUpError):
        store.accounts.sign_up("eve", GOOD, mode="invitation", invitation=code)
    late = store.accounts.invite(seconds=60)
    clock(NOW + 60)
    with pytest.raises(SignUpError):
        store.accounts.sign_up("eve", GOOD, mode="invitation", invitation=late)


def test_only_an_admin_invites(store: Store) -> None:
    store.accounts.create("boss", GOOD, is_admin=True)
    ann = store.accounts.create("ann", GOOD, is_admin=True).person_id
    store.accounts.set_admin(ann, False)
    for person in (ann, 99):
        with pytest.raises(AccountError, match="only an admin can invite"):
            store.accounts.invite(person)


def test_a_taken_login_does_not_use_the_invitation_up(store: Store) -> None:
    store.accounts.create("ann", GOOD)
    code = store.accounts.invite()
    with pytest.raises(AccountError, match="taken"):
        store.accounts.sign_up("ann", GOOD, mode="invitation", invitation=code)
    assert store.accounts.sign_up("bob", GOOD, mode="invitation", invitation=code).login == "bob"


# -- throttling ---------------------------------------------------------------------------------


def test_guessing_has_to_wait_longer_and_longer(store: Store, clock: Clock) -> None:
    store.accounts.create("ann", GOOD)
    fails(store, 5)
    waits = []
    now = NOW
    for _ in range(4):
        # Also with the right password: a guesser must not learn that it was right.
        with pytest.raises(ThrottledError, match=r"try again in \d+ s") as caught:
            store.accounts.log_in("ann", GOOD, address="1.2.3.4")
        waits.append(caught.value.retry_after)
        now += caught.value.retry_after
        clock(now)
        fails(store, 1)
    assert waits == [2, 4, 8, 16]


def test_others_are_not_kept_out_by_a_guesser(store: Store, clock: Clock) -> None:
    store.accounts.create("ann", GOOD)
    store.accounts.create("bob", GOOD)
    fails(store, 5)
    assert store.accounts.log_in("ann", GOOD, address="9.9.9.9").login == "ann"
    assert store.accounts.log_in("bob", GOOD, address="1.2.3.4").login == "bob"


def test_an_address_that_tries_many_names_has_to_wait(store: Store, clock: Clock) -> None:
    for number in range(30):
        fails(store, 1, login=f"guess{number}")
    with pytest.raises(ThrottledError):
        store.accounts.log_in("another", GOOD, address="1.2.3.4")


def test_many_addresses_cannot_try_one_name_for_ever(store: Store, clock: Clock) -> None:
    for number in range(50):
        fails(store, 1, address=f"10.0.0.{number}")
    with pytest.raises(ThrottledError):
        store.accounts.log_in("ann", GOOD, address="9.9.9.9")


def test_failures_count_for_a_quarter_of_an_hour(store: Store, clock: Clock) -> None:
    fails(store, 4)
    clock(NOW + FAILURES_SECONDS - 1)
    fails(store, 1)
    with pytest.raises(ThrottledError):
        store.accounts.log_in("ann", GOOD, address="1.2.3.4")
    clock(NOW + FAILURES_SECONDS + 1)
    fails(store, 4)
    with pytest.raises(ThrottledError):
        store.accounts.log_in("ann", GOOD, address="1.2.3.4")


def test_failures_are_forgotten(store: Store, clock: Clock) -> None:
    store.accounts.create("ann", GOOD)
    fails(store, 4)
    store.accounts.log_in("ann", GOOD, address="1.2.3.4")
    fails(store, 5)
    clock(NOW + FAILURES_SECONDS + 1)
    store.accounts.log_in("ann", GOOD, address="1.2.3.4")
    with store.database.read() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(login_attempts)) == 0


# -- sessions -----------------------------------------------------------------------------------


def test_a_session_lasts_until_its_end(store: Store, clock: Clock) -> None:
    ann = store.accounts.create("ann", GOOD)
    token = store.accounts.open_session(ann, seconds=100)
    assert store.accounts.by_session(token) == ann
    assert store.accounts.by_session(token + "x") is None
    clock(NOW + 100)
    assert store.accounts.by_session(token) is None


def test_sessions_end_on_request_and_with_a_new_password(store: Store) -> None:
    ann = store.accounts.create("ann", GOOD)
    bob = store.accounts.open_session(store.accounts.create("bob", GOOD))
    first, second = (store.accounts.open_session(ann) for _ in range(2))
    store.accounts.close_session(first)
    assert store.accounts.by_session(first) is None
    assert store.accounts.by_session(second) == ann
    changed = store.accounts.set_password(ann.person_id, BETTER)
    assert store.accounts.by_session(second) is None
    assert store.accounts.by_session(bob) is not None
    with pytest.raises(LoginError):
        store.accounts.log_in("ann", GOOD, address="1.2.3.4")
    assert store.accounts.log_in("ann", BETTER, address="1.2.3.4") == changed


def test_an_old_password_opens_nothing_that_outlives_the_change(store: Store) -> None:
    store.accounts.create("ann", GOOD)
    proved = store.accounts.log_in("ann", GOOD, address="1.2.3.4")
    changed = store.accounts.set_password(proved.person_id, BETTER)
    with pytest.raises(LoginError, match="has just been changed"):
        store.accounts.open_session(proved)
    with pytest.raises(LoginError, match="has just been changed"):
        store.accounts.set_password(proved.person_id, "a third good one", proved=proved)
    with pytest.raises(LoginError, match="has just been changed"):
        store.accounts.remove(proved.person_id, films=True, proved=proved)
    assert store.accounts.by_session(store.accounts.open_session(changed)) == changed
    assert store.accounts.log_in("ann", BETTER, address="1.2.3.4") == changed


def test_a_password_changed_while_it_is_looked_at_lets_nobody_in(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = store.accounts.create("ann", GOOD)
    verify = accounts._verify

    def slowly(hashed: str | None, password: str) -> str | None:
        found = verify(hashed, password)
        store.accounts.set_password(ann.person_id, BETTER)
        return found

    monkeypatch.setattr(accounts, "_verify", slowly)
    with pytest.raises(LoginError):
        store.accounts.log_in("ann", GOOD, address="1.2.3.4")


def test_a_removed_account_opens_nothing(store: Store) -> None:
    ann = store.accounts.create("ann", GOOD)
    store.accounts.remove(ann.person_id)
    with pytest.raises(UnknownPersonError, match="has no account"):
        store.accounts.open_session(ann)
    with pytest.raises(UnknownPersonError, match="has no account"):
        store.accounts.create_token(ann.person_id, "phone")


# -- tokens -------------------------------------------------------------------------------------


def test_a_token_lasts_until_its_end(store: Store, clock: Clock) -> None:
    ann = store.accounts.create("ann", GOOD)
    token, kept = store.accounts.create_token(ann.person_id, "phone", seconds=90)
    assert store.accounts.by_token(token) == ann
    assert store.accounts.tokens(ann.person_id)[0].last_used == NOW
    assert kept.expires == NOW + 90
    assert store.accounts.by_token("matinee_guess") is None
    clock(NOW + 90)
    assert store.accounts.by_token(token) is None


def test_a_token_counts_while_the_store_is_locked(store: Store, url: str) -> None:
    ann = store.accounts.create("ann", GOOD)
    token, _ = store.accounts.create_token(ann.person_id, "phone")
    with Store(url) as other, store.database.write() as connection:
        connection.execute(sa.update(api_tokens).values(name="busy"))
        started = time.monotonic()
        assert other.accounts.by_token(token) == ann
        assert time.monotonic() - started < 2


def test_tokens_of_others_cannot_be_revoked(store: Store) -> None:
    ann, bob = (store.accounts.create(name, GOOD).person_id for name in ("ann", "bob"))
    token, kept = store.accounts.create_token(ann, "phone")
    assert not store.accounts.revoke_token(bob, kept.token_id)
    assert store.accounts.by_token(token) is not None
    assert store.accounts.tokens(bob) == []
    assert store.accounts.revoke_token(ann, kept.token_id)
    assert store.accounts.by_token(token) is None


def test_an_admin_always_remains(store: Store) -> None:
    boss = store.accounts.create("boss", GOOD, is_admin=True).person_id
    ann = store.accounts.create("ann", GOOD).person_id
    for call in (
        lambda: store.accounts.set_admin(boss, False),
        lambda: store.accounts.remove(boss),
    ):
        with pytest.raises(AccountError, match="boss is the only admin"):
            call()
    store.accounts.remove(ann)
    store.accounts.remove(boss)
    assert store.accounts.all() == []


def test_removing_an_account_ends_what_it_opened(store: Store) -> None:
    account = store.accounts.create("ann", GOOD)
    ann = account.person_id
    session = store.accounts.open_session(account)
    token, _ = store.accounts.create_token(ann, "phone")
    store.rate(ann, 6, 4.0)
    store.accounts.remove(ann)
    assert store.accounts.by_session(session) is None
    assert store.accounts.by_token(token) is None
    assert store.state(ann).stars == {"6": 4.0}
    with pytest.raises(UnknownPersonError, match="has no account"):
        store.accounts.remove(ann)


def test_an_account_goes_with_its_films_on_request(store: Store) -> None:
    ann, bob = (store.accounts.create(name, GOOD).person_id for name in ("ann", "bob"))
    for person in (ann, bob):
        store.rate(person, 6, 4.0)
    store.accounts.remove(ann, films=True)
    assert [one.person_id for one in store.people()] == [1, bob]
    assert store.state(bob).stars == {"6": 4.0}
    local = store.accounts.create("me", GOOD, person_id=1).person_id
    store.rate(local, 6, 4.0)
    revision = store.revision(1)
    store.accounts.remove(local, films=True)
    assert store.history(1) == []
    assert store.revision(1) > revision
