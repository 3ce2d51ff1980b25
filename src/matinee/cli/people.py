"""``matinee people``: who is in the store, and who may log in."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from matinee.cli.help import Command, Group
from matinee.cli.options import Json, StoreOption
from matinee.cli.output import print_json, print_lines, print_rows
from matinee.errors import UnknownPersonError

if TYPE_CHECKING:
    from matinee.store import Account, Store

__all__ = ["app"]

app = typer.Typer(
    name="people",
    cls=Group,
    help="People in the store: who there is, accounts, invitations and API tokens.",
    rich_markup_mode=None,
)

_STDIN = typer.Option("--password-stdin", help="Read the password from standard input.")
_LOGIN = typer.Argument(metavar="LOGIN", help="The name to log in with.")


@app.callback(invoke_without_command=True)
def _people(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        print_lines([context.get_help()])


@app.command("list", cls=Command)
def list_people(
    store: StoreOption = None,
    json: Json = False,
) -> None:
    """Everybody in the store, and their logins.

    \b
      matinee people list
    """
    from matinee.store import Store

    with Store(store) as opened:
        accounts = {one.person_id: one for one in opened.accounts.all()}
        rows = [
            {
                "person_id": one.person_id,
                "name": one.name,
                "login": accounts[one.person_id].login if one.person_id in accounts else None,
                "is_admin": one.person_id in accounts and accounts[one.person_id].is_admin,
                "ratings": len(opened.ratings(one.person_id)),
            }
            for one in opened.people()
        ]
    if json:
        print_json({"people": rows})
        return
    print_rows(
        [">Person", "Name", "Login", "Admin", ">Ratings"],
        [
            [
                *(row["person_id"], row["name"], row["login"]),
                *("yes" if row["is_admin"] else "", f"{row['ratings']:,}"),
            ]
            for row in rows
        ],
    )


@app.command(cls=Command)
def add(
    login: Annotated[str, _LOGIN],
    name: Annotated[
        str | None, typer.Option(metavar="NAME", help="What to call the person.")
    ] = None,
    admin: Annotated[bool, typer.Option("--admin", help="Make the account an admin's.")] = False,
    person: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            help="Give the account to this person, films included; 1 is the local person.",
        ),
    ] = None,
    password_stdin: Annotated[bool, _STDIN] = False,
    store: StoreOption = None,
) -> None:
    """Make an account, such as the first admin's.

    \b
      matinee people add ann --admin --person 1
    """
    from matinee.store import Store

    password = _password(password_stdin)
    with Store(store) as opened:
        made = opened.accounts.create(login, password, name=name, is_admin=admin, person_id=person)
    print_lines([f"{made.login} can log in now, as person {made.person_id}."])


@app.command(cls=Command)
def password(
    login: Annotated[str, _LOGIN],
    password_stdin: Annotated[bool, _STDIN] = False,
    store: StoreOption = None,
) -> None:
    """Give an account a new password, and end its sessions.

    \b
      matinee people password ann
    """
    from matinee.store import Store

    with Store(store) as opened:
        account = _account(opened, login)
        opened.accounts.set_password(account.person_id, _password(password_stdin))
    print_lines([f"{account.login} has a new password; their sessions have ended."])


@app.command(cls=Command)
def admin(
    login: Annotated[str, _LOGIN],
    revoke: Annotated[bool, typer.Option("--revoke", help="No longer an admin.")] = False,
    store: StoreOption = None,
) -> None:
    """Make an account an admin's, or no longer one.

    \b
      matinee people admin ann
    """
    from matinee.store import Store

    with Store(store) as opened:
        account = _account(opened, login)
        opened.accounts.set_admin(account.person_id, not revoke)
    print_lines([f"{account.login} is {'no longer an' if revoke else 'an'} admin."])


@app.command(cls=Command)
def remove(
    login: Annotated[str, _LOGIN],
    films: Annotated[
        bool, typer.Option("--films", help="Also delete all that the person said of films.")
    ] = False,
    store: StoreOption = None,
) -> None:
    """Remove an account with its sessions and tokens; what the person said of films stays.

    \b
      matinee people remove ann --films
    """
    from matinee.store import Store

    with Store(store) as opened:
        account = _account(opened, login)
        opened.accounts.remove(account.person_id, films=films)
    print_lines([f"{account.login} is removed{', films included' if films else ''}."])


@app.command(cls=Command)
def invite(
    days: Annotated[int, typer.Option(metavar="N", min=1, help="How long it holds.")] = 14,
    store: StoreOption = None,
) -> None:
    """Print a new invitation, which lets one person sign up.

    \b
      matinee people invite --days 3
    """
    from matinee.store import Store

    with Store(store) as opened:
        print_lines([opened.accounts.invite(seconds=days * 86_400)])


@app.command(cls=Command)
def token(
    login: Annotated[str, _LOGIN],
    name: Annotated[str, typer.Option(metavar="NAME", help="What it is for.")] = "command line",
    days: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="How long it holds.", show_default="for ever"),
    ] = None,
    store: StoreOption = None,
) -> None:
    """Print a new API token of an account. It is shown only once.

    A program may do with films what the account's owner may.

    \b
      matinee people token ann --name "phone" --days 90
    """
    from matinee.store import Store

    seconds = None if days is None else days * 86_400
    with Store(store) as opened:
        account = _account(opened, login)
        made, _ = opened.accounts.create_token(account.person_id, name, seconds=seconds)
    print_lines([made])


def _account(store: Store, login: str) -> Account:
    account = store.accounts.find(login)
    if account is None:
        raise UnknownPersonError(f"no account {login!r}; `matinee people list` shows all")
    return account


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    typed: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    return typed
