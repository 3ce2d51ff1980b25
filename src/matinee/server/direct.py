"""The short way from a request to a route, for the addresses that are asked most.

FastAPI resolves a route's parameters anew for each request, in general code: groups of routes
within routes, stacks for what has to be closed, bodies first as Python values and then as the
schema's. Where an answer is quick, that is a good part of its time. A
:class:`DirectRoute` is declared to FastAPI like any other, which documents it; besides, its
parameters are looked at once, when it is declared, and :class:`Direct` calls it with them.

There is one meaning of a request, FastAPI's: whatever is not plainly in order (a body that does not
fit, a parameter out of range, another media type) goes on to FastAPI as it came, and is refused or
accepted there.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Annotated, Any, get_args, get_origin, get_type_hints
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request
from fastapi.params import Depends, Path, Query
from fastapi.routing import APIRoute
from pydantic import BaseModel, TypeAdapter, ValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from matinee.errors import MatineeError
from matinee.server.problems import problem_for, problem_response

__all__ = ["Direct", "DirectRoute"]

_MISSING = object()


@dataclass(frozen=True, slots=True)
class _Parameter:
    """A parameter of an address."""

    name: str
    adapter: TypeAdapter[Any]
    default: Any


@dataclass(frozen=True, slots=True)
class _Plan:
    """How to call a route's function."""

    function: Callable[..., Awaitable[Response]]
    request: tuple[str, ...]
    found: tuple[tuple[str, Callable[[Request], Awaitable[Any]]], ...]
    path: tuple[_Parameter, ...]
    query: tuple[_Parameter, ...]
    body: tuple[str, TypeAdapter[Any]] | None


class DirectRoute(APIRoute):
    """A route that :class:`Direct` may call: ``APIRouter(route_class=DirectRoute)``.

    Its function is a coroutine that returns a :class:`~starlette.responses.Response`. Its
    parameters are the request, dependencies that are coroutines of the request alone, parameters of
    path and query, and at most one body, a pydantic model.

    Raises
    ------
    TypeError
        If the function takes anything else, or returns plain values.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **more: Any) -> None:
        super().__init__(path, endpoint, **more)
        self.plan = _plan_of(endpoint)


def _plan_of(function: Callable[..., Any]) -> _Plan:
    hints = get_type_hints(function, include_extras=True)
    if not inspect.iscoroutinefunction(function) or hints.get("return") is not Response:
        raise TypeError(f"{function.__name__} must be a coroutine that returns a Response")
    request: list[str] = []
    found: list[tuple[str, Callable[[Request], Awaitable[Any]]]] = []
    path: list[_Parameter] = []
    query: list[_Parameter] = []
    body: tuple[str, TypeAdapter[Any]] | None = None
    for name, parameter in inspect.signature(function).parameters.items():
        hint = hints[name]
        marks = get_args(hint)[1:] if get_origin(hint) is Annotated else ()
        known = next((mark for mark in marks if isinstance(mark, Depends | Path | Query)), None)
        default = _MISSING if parameter.default is parameter.empty else parameter.default
        if hint is Request:
            request.append(name)
        elif isinstance(known, Depends):
            found.append((name, _finder_of(known)))
        elif isinstance(known, Path):
            path.append(_Parameter(name, TypeAdapter(hint), default))
        elif isinstance(known, Query) and not known.alias:
            query.append(_Parameter(name, TypeAdapter(hint), default))
        elif inspect.isclass(hint) and issubclass(hint, BaseModel) and body is None:
            body = name, TypeAdapter(hint)
        else:
            raise TypeError(f"{function.__name__} has a parameter {name} that is not for Direct")
    return _Plan(function, tuple(request), tuple(found), tuple(path), tuple(query), body)


def _finder_of(dependency: Depends) -> Callable[[Request], Awaitable[Any]]:
    function = dependency.dependency
    if not inspect.iscoroutinefunction(function):
        raise TypeError(f"{function!r} must be a coroutine")
    hints = get_type_hints(function)
    hints.pop("return", None)
    if list(hints.values()) != [Request]:
        raise TypeError(f"{function.__name__} must take the request and nothing else")
    return function


class Direct:
    """Calls direct routes at once, and lets everything else go on.

    Parameters
    ----------
    app : ASGI application
        Where everything else goes.
    prefix : str
        What the routes' addresses begin with.
    routers : iterable of APIRouter
    """

    def __init__(self, app: ASGIApp, *, prefix: str, routers: Iterable[APIRouter]) -> None:
        self.app = app
        self._fixed: dict[tuple[str, str], DirectRoute] = {}
        self._named: dict[str, list[tuple[re.Pattern[str], DirectRoute]]] = {}
        for router in routers:
            for route in router.routes:
                if not isinstance(route, DirectRoute):
                    continue
                for method in route.methods or ():
                    if route.plan.path:
                        pattern = re.compile("^" + re.escape(prefix) + route.path_regex.pattern[1:])
                        self._named.setdefault(method, []).append((pattern, route))
                    else:
                        self._fixed[method, prefix + route.path] = route

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        chosen = self._choose(scope)
        if chosen is None:
            await self.app(scope, receive, send)
            return
        route, named = chosen
        came: list[Message] = []
        try:
            values = _parameters(route.plan, scope, named)
            if values is not None and route.plan.body is not None:
                name, adapter = route.plan.body
                values[name] = await _body(adapter, scope, receive, came)
                if values[name] is _MISSING:
                    values = None
            if values is None:
                await self.app(scope, _again(came, receive), send)
                return
            scope["route"], scope["path_params"] = route, named
            request = Request(scope, receive)
            for name in route.plan.request:
                values[name] = request
            for name, find in route.plan.found:
                values[name] = await find(request)
            response = await route.plan.function(**values)
        except (HTTPException, MatineeError) as error:
            response = problem_response(problem_for(error), scope["path"])
        await response(scope, receive, send)

    def _choose(self, scope: Scope) -> tuple[DirectRoute, dict[str, str]] | None:
        """The route of a request, and what its address names."""
        if scope["type"] != "http" or scope.get("root_path"):
            return None
        method, path = scope["method"], scope["path"]
        route = self._fixed.get((method, path))
        if route is not None:
            return route, {}
        for pattern, other in self._named.get(method, ()):
            match = pattern.match(path)
            if match is not None:
                return other, match.groupdict()
        return None


def _parameters(plan: _Plan, scope: Scope, named: dict[str, str]) -> dict[str, Any] | None:
    """Values of the parameters of path and query; None if one of them does not fit."""
    values: dict[str, Any] = {}
    try:
        for one in plan.path:
            values[one.name] = one.adapter.validate_python(named[one.name])
        if plan.query:
            # The last one counts, of several with one name.
            asked = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
            for one in plan.query:
                text = asked.get(one.name)
                if text is not None:
                    values[one.name] = one.adapter.validate_python(text)
                elif one.default is _MISSING:
                    return None
                else:
                    values[one.name] = one.default
    except (ValidationError, ValueError):
        return None
    return values


async def _body(
    adapter: TypeAdapter[Any], scope: Scope, receive: Receive, came: list[Message]
) -> Any:
    """The body of a request, or what says that it is not plainly in order."""
    for name, value in scope["headers"]:
        if name == b"content-type":
            if value.partition(b";")[0].strip().lower() != b"application/json":
                return _MISSING
            break
    else:
        return _MISSING
    whole = False
    while not whole:
        message = await receive()
        came.append(message)
        if message["type"] != "http.request":
            return _MISSING
        whole = not message.get("more_body", False)
    parts = [message.get("body", b"") for message in came]
    try:
        return adapter.validate_json(parts[0] if len(parts) == 1 else b"".join(parts))
    except ValidationError:
        return _MISSING


def _again(came: list[Message], receive: Receive) -> Receive:
    """Let what came already come once more, and then the rest."""
    if not came:
        return receive
    left = iter(came)

    async def again() -> Message:
        message = next(left, None)
        return await receive() if message is None else message

    return again
