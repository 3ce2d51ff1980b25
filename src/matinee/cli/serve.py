"""``matinee serve``: the web app and the API."""

from __future__ import annotations

import os
import socket
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import typer

from matinee.cli.console import note, styled
from matinee.cli.options import expand
from matinee.errors import ParameterError

if TYPE_CHECKING:
    from matinee.server.settings import ServerSettings

__all__ = ["serve"]


@dataclass(frozen=True)
class PeopleOptions:
    """Who may come, and from where."""

    panel: ClassVar[str] = "People"

    accounts: Annotated[
        bool, typer.Option("--accounts", help="People sign in, and see only what is theirs.")
    ] = False
    sign_up: Annotated[
        Literal["open", "invitation", "closed"], typer.Option(help="Who may make an account.")
    ] = "invitation"
    allowed_host: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="A name by which the server may be called, such as films.example.org.",
        ),
    ] = None
    allowed_origin: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ORIGIN",
            help="A site whose pages may use the API, such as https://films.example.org.",
        ),
    ] = None
    root_path: Annotated[
        str,
        typer.Option(
            metavar="PATH", help="The path below which a proxy shows this server, such as /films."
        ),
    ] = ""
    trusted_proxy: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ADDRESS",
            help="A proxy in front of this server, whose word about clients and https is taken.",
        ),
    ] = None
    no_accounts_i_know: Annotated[
        bool,
        typer.Option(
            "--no-accounts-i-know",
            help="Let other machines in without accounts: all who reach it are one person.",
        ),
    ] = False


@dataclass(frozen=True)
class LimitOptions:
    """How much at once."""

    panel: ClassVar[str] = "Limits"

    rate: Annotated[
        float,
        typer.Option(
            metavar="N", min=0, help="Requests a second that one client may make; 0: no limit."
        ),
    ] = 100.0
    threads: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=1,
            max=64,
            help="Threads of a worker that compute.",
            show_default="one a core",
        ),
    ] = None
    queue: Annotated[
        int,
        typer.Option(
            metavar="N",
            min=1,
            max=10_000,
            help="Requests of a worker that may wait for a thread; further ones get a 503.",
        ),
    ] = 64
    connections: Annotated[
        int,
        typer.Option(
            metavar="N",
            min=1,
            max=100_000,
            help="Connections of a worker that are open at once; further ones wait.",
        ),
    ] = 1000
    patience: Annotated[
        float,
        typer.Option(
            metavar="SECONDS", min=0.1, max=60, help="How long a client may take to send a request."
        ),
    ] = 20.0


@expand
def serve(
    host: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Address to listen on.")
    ] = "127.0.0.1",
    port: Annotated[
        int,
        typer.Option("-p", "--port", metavar="PORT", min=0, max=65_535, help="0: any free port."),
    ] = 8000,
    model: Annotated[
        str | None,
        typer.Option(
            metavar="DIR",
            help="A trained model, or a directory that models are published to. Without it, your "
            "own or published model; where there is none, one is trained on the sample.",
        ),
    ] = None,
    workers: Annotated[
        int, typer.Option(metavar="N", min=1, max=64, help="Processes that answer.")
    ] = 1,
    open_browser: Annotated[
        bool, typer.Option("--open", help="Open the page in your browser.")
    ] = False,
    access_log: Annotated[
        bool, typer.Option("--access-log", help="Print a line for each request.")
    ] = False,
    people: PeopleOptions = PeopleOptions(),
    limits: LimitOptions = LimitOptions(),
) -> None:
    """The web app and the API, on this machine.

    Open the page, rate a few films, and know what to watch. Nothing else has to run: ratings are
    kept in a file (or in the database of MATINEE_DATABASE_URL), and the first model is trained on
    the bundled sample while the page says so. A model that is published later takes over without
    a restart. Ctrl-C ends it.

    \b
      matinee serve --open
      matinee serve --port 8080 --model my-model
      matinee serve --host 0.0.0.0 --accounts --allowed-host films.example.org --workers 4
    """
    from matinee.server.security import Hosts, allowed_origins, check_binding
    from matinee.server.settings import SETTINGS_VARIABLE, ServerSettings

    given = {name: value for name, value in vars(limits).items() if value is not None}
    settings = ServerSettings(
        host=host,
        port=port,
        model=model,
        workers=workers,
        accounts=people.accounts,
        sign_up=people.sign_up,
        allow_any_address=people.no_accounts_i_know,
        allowed_hosts=tuple(people.allowed_host or ()),
        allowed_origins=tuple(people.allowed_origin or ()),
        root_path=people.root_path,
        trusted_proxies=tuple(people.trusted_proxy or ()),
        **given,
    )
    Hosts(host, settings.allowed_hosts)  # workers would end by names that are none
    allowed_origins(settings.allowed_origins)
    check_binding(host, accounts=people.accounts, allow_any_address=people.no_accounts_i_know)
    _check_model(settings)
    _check_store(people.accounts)
    port = _free_port(host, port)
    os.environ[SETTINGS_VARIABLE] = settings.to_json()
    _run(settings, port, f"{_address(host, port)}{people.root_path}/", open_browser, access_log)


def _check_model(settings: ServerSettings) -> None:
    """See that a model that was named is there, before anything starts."""
    if settings.model is not None:
        from matinee.models.directory import read_manifest
        from matinee.models.publishing import current_path

        read_manifest(current_path(settings.model))


def _check_store(accounts: bool) -> None:
    """Make or update the tables once, before several workers would."""
    from matinee.store import Store

    with Store() as store:
        if accounts and not store.accounts.all():
            note("nobody has an account yet; `matinee people add NAME --admin` makes the first")


def _free_port(host: str, port: int) -> int:
    """The port, tried here so that one in use is told in one line."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listening:
        try:
            if os.name == "posix":
                listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind((host.strip("[]"), port))
            found: int = listening.getsockname()[1]
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or error
            raise ParameterError(
                f"cannot listen on {host}, port {port} ({reason}); choose another port with "
                "--port, such as --port 0 for any free one"
            ) from None
    return found


def _address(host: str, port: int) -> str:
    """Where a browser on this machine finds the page."""
    name = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, host)  # noqa: S104 - read, not bound
    return f"http://{f'[{name}]' if ':' in name and not name.startswith('[') else name}:{port}"


def _run(
    settings: ServerSettings,
    port: int,
    address: str,
    open_browser: bool,
    access_log: bool,
) -> None:
    from matinee.server.run import run_server

    note(f"Matinee is at {styled(address, 'bold', sys.stderr)} (Ctrl-C to end)")
    run_server(
        settings,
        port,
        access_log=access_log,
        on_start=(lambda: _open(address)) if open_browser else None,
    )


def _open(address: str) -> None:
    import webbrowser

    if not webbrowser.open(address):
        note(f"no browser could be opened; go to {address}")
