"""Who is asking: sessions, accounts, tokens, people of the household."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from matinee.server.schemas.common import Answer, Asked, TrainingState, example

__all__ = [
    "AccountInfo",
    "AccountList",
    "AccountRemoval",
    "AdminChange",
    "Invitation",
    "InvitationRequest",
    "Login",
    "NameChange",
    "NewToken",
    "PasswordChange",
    "PeopleList",
    "PersonInfo",
    "PersonName",
    "SessionAnswer",
    "SignUpRequest",
    "TokenInfo",
    "TokenList",
    "TokenRequest",
]

PersonName = Annotated[
    str, Field(min_length=1, max_length=200, description="What to call a person.", examples=["Ann"])
]
_Login = Annotated[
    str,
    Field(min_length=1, max_length=100, description="The name to log in with.", examples=["ann"]),
]
_Password = Annotated[
    str, Field(min_length=1, max_length=256, examples=["correct horse battery staple"])
]
_NewPassword = Annotated[
    str,
    Field(
        min_length=8,
        max_length=256,
        description="8 to 256 characters of any kind.",
        examples=["correct horse battery staple"],
    ),
]
_Time = Annotated[str, Field(description="ISO 8601, UTC.", examples=["2026-11-21T12:00:00Z"])]


class PersonInfo(Answer):
    """Somebody."""

    person_id: int = Field(examples=[1])
    name: str = Field(examples=["Ann"])
    is_admin: bool


class Features(Answer):
    """What this server can show."""

    posters: bool
    map: bool


class Attribution(Answer):
    """Whom to thank on the page."""

    tmdb: str | None = Field(
        description="What TMDB asks for, where its posters are shown.", examples=[None]
    )


class SessionAnswer(Answer):
    """Who is asking, and what the page needs to know to begin."""

    accounts: bool = Field(description="Whether people log in here.")
    person: PersonInfo | None = Field(description="Who is asking; null for a stranger.")
    csrf: str | None = Field(
        description="For the header `X-CSRF-Token` of everything but GET; null for a token, which "
        "needs none.",
        examples=["Vb1Rk0c8WqX2n5"],
    )
    sign_up: Literal["open", "invitation", "closed"] | None = Field(
        description="Who may make an account; null where there are none."
    )
    features: Features
    attribution: Attribution
    training: TrainingState | None = Field(
        description="How far the first training is; null once a model answers."
    )


class Login(Asked):
    """Log in."""

    model_config = example({"login": "ann", "password": "correct horse battery staple"})

    login: _Login
    password: _Password


class SignUpRequest(Asked):
    """Make an account."""

    model_config = example(
        {"login": "dora", "password": "correct horse battery staple", "invitation": "q8Zb3Vx0"}
    )

    login: _Login
    password: _NewPassword
    name: PersonName | None = None
    invitation: Annotated[str, Field(max_length=100)] | None = None


class NameChange(Asked):
    """Another name."""

    model_config = example({"name": "Ann"})

    name: PersonName


class PasswordChange(Asked):
    """Another password; all other sessions end."""

    model_config = example(
        {"old": "correct horse battery staple", "new": "another horse, another battery"}
    )

    old: _Password
    new: _NewPassword


class AccountRemoval(Asked):
    """Remove the own account with all that was said of films."""

    model_config = example({"password": "correct horse battery staple"})

    password: _Password


class AccountInfo(PersonInfo):
    """An account."""

    login: str = Field(examples=["ann"])
    created: _Time


class AccountList(Answer):
    """All accounts, by person number."""

    items: list[AccountInfo]


class AdminChange(Asked):
    """Make somebody an admin, or no longer one."""

    model_config = example({"is_admin": True})

    is_admin: bool


class InvitationRequest(Asked):
    """Invite somebody."""

    model_config = example({"days": 14})

    days: int = Field(default=14, ge=1, le=365, description="How long it holds.")


class Invitation(Answer):
    """An invitation, which lets one person sign up; it is shown only once."""

    code: str = Field(examples=["q8Zb3Vx0mP1sT7uKc2LwRA"])
    days: int = Field(examples=[14])


class TokenRequest(Asked):
    """A token for a program: it may do with films what its owner may."""

    model_config = example({"name": "phone", "days": 90})

    name: Annotated[str, Field(min_length=1, max_length=200, description="What it is for.")]
    days: int | None = Field(default=None, ge=1, le=3650, description="Absent: without an end.")


class TokenInfo(Answer):
    """What is known of a token; not the token itself."""

    token_id: int = Field(examples=[3])
    name: str = Field(examples=["phone"])
    created: _Time
    expires: _Time | None
    last_used: _Time | None


class TokenList(Answer):
    """The caller's tokens, oldest first."""

    items: list[TokenInfo]


class NewToken(TokenInfo):
    """A new token; it is shown only once."""

    token: str = Field(
        description="For the header `Authorization: Bearer …`.", examples=["matinee_5mVb1Rk0c8Wq"]
    )


class HouseholdPerson(Answer):
    """Somebody whom the caller may choose in a group."""

    person_id: int = Field(examples=[1])
    name: str = Field(examples=["Ann"])
    is_me: bool


class PeopleList(Answer):
    """People whom the caller may choose: all of a household without accounts, else oneself."""

    items: list[HouseholdPerson]
