"""Procedures as they are written: one TOML file each, read strictly."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from interop.damage import DAMAGES

FOLDER = Path(__file__).parent / "procedures"
PAYLOADS = {path.stem: path for path in (FOLDER.parent / "payloads").glob("*.xml")}
SIDES = {
    "portal": "a DERMS sends to the portal; the portal's answers are checked",
    "derms": "the portal sends to a DERMS; its answers are checked",
}
_FORMS = ("typed", "untyped", "compressed", "operations", "ids")
ROLES = {
    "derms": "a DERMS",
    "third party": "a third party's Customer Support",
    "work management": "the utility's work-management system",
}
_CREDENTIALS = ("right", "none", "wrong", "old", "another message's", "another certificate")
_CONNECTIONS = ("kept", "lost before the answer", "lost in the middle")


class ProcedureWrong(Exception):
    """A procedure's file breaks a rule; the text names file, field and rule."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What an answer must be. Of a list any entry will do; what is left out is not looked at."""

    http: tuple[int, ...] = (200,)
    result: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    level: str = ""
    payload: str = ""
    names: str = ""
    same_as: str = ""
    later: str = ""
    later_payload: str = ""
    header: str = ""
    message: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation of an OperationSet."""

    verb: str
    noun: str
    object: str
    version: int = 1
    payload: str = ""
    values: dict[str, str] = field(default_factory=dict)
    element: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One message and what must come back. ``send`` is "verb Noun", ``again`` a step's ``name``.

    ``object`` names an object of this procedure, made when it is first named; what the procedure
    ``needs`` ("the DER") was given to the run. ``payload`` is a file of ``payloads/`` whose places
    are filled with ``values``. ``later``: the reply may come later, as ``expect.later`` says.
    """

    do: str
    send: str = ""
    again: str = ""
    name: str = ""
    object: str = ""
    also: str = ""
    about: str = ""
    version: int = 0
    form: str = "typed"
    binding: str = "http"
    payload: str = ""
    values: dict[str, str] = field(default_factory=dict)
    comment: str = ""
    damage: str = ""
    message_id_of: str = ""
    nonce: str = ""
    later: bool = False
    reply_address: str = ""
    source: str = ""
    context: str = ""
    age_seconds: int = 0
    credentials: str = "right"
    connection: str = "kept"
    atomic: bool = False
    operations: tuple[Operation, ...] = ()
    expect: Expectation = field(default_factory=Expectation)


@dataclass(frozen=True, slots=True, kw_only=True)
class Procedure:
    """One thing that two systems must do together. ``rows`` are steps of EPRI 3002014619."""

    id: str
    side: str
    name: str
    purpose: str
    rows: tuple[str, ...]
    role: str
    needs: tuple[str, ...]
    steps: tuple[Step, ...]


def load(side: str, folder: Path = FOLDER) -> list[Procedure]:
    """The procedures of one side by their id, which is the file's name. Raises ProcedureWrong."""
    return [_read(path, side) for path in sorted((folder / side).glob("*.toml"))]


def _read(path: Path, side: str) -> Procedure:
    where = f"{side}/{path.name}"
    try:
        written = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ProcedureWrong(f"{where}: {error}") from error
    steps = written.get("steps", [])
    _only(where, written, {"name", "purpose", "rows", "role", "needs", "steps"})
    if not (isinstance(steps, list) and steps):
        raise ProcedureWrong(f"{where}: steps: at least one is needed")
    procedure = Procedure(
        id=path.stem,
        side=side,
        name=_text(where, written, "name"),
        purpose=_text(where, written, "purpose"),
        rows=tuple(written.get("rows", ())),
        role=written.get("role", "derms"),
        needs=tuple(written.get("needs", ())),
        steps=tuple(_step(f"{where}: step {n}", each) for n, each in enumerate(steps, 1)),
    )
    if procedure.role not in ROLES:
        raise ProcedureWrong(f"{where}: role: must be one of {', '.join(ROLES)}")
    _check_names(where, procedure)
    return procedure


def _step(where: str, written: dict[str, Any]) -> Step:
    _only(where, written, {each.name for each in fields(Step)})
    _text(where, written, "do")
    expect = _expectation(f"{where}: expect", written.get("expect", {}))
    operations = tuple(Operation(**each) for each in written.get("operations", ()))
    step = Step(**{**written, "expect": expect, "operations": operations})
    if bool(step.send) == bool(step.again):
        raise ProcedureWrong(f"{where}: exactly one of send and again is needed")
    for name, known in (
        ("form", _FORMS),
        ("credentials", _CREDENTIALS),
        ("connection", _CONNECTIONS),
        ("damage", ("", *DAMAGES)),
        ("binding", ("http", "soap")),
        ("payload", ("", *PAYLOADS)),
    ):
        if getattr(step, name) not in known:
            raise ProcedureWrong(f"{where}: {name}: must be one of {', '.join(known)}")
    return step


def _expectation(where: str, written: dict[str, Any]) -> Expectation:
    _only(where, written, {each.name for each in fields(Expectation)})
    several = {
        name: tuple(value) if isinstance(value, list) else (value,)
        for name, value in written.items()
        if name in ("http", "result", "codes")
    }
    return Expectation(**{**written, **several})


def _check_names(where: str, procedure: Procedure) -> None:
    """What a step refers to must be a name of an earlier one."""
    known: set[str] = set()
    for number, step in enumerate(procedure.steps, 1):
        for name in (step.again, step.message_id_of, step.expect.same_as):
            if name and name not in known:
                raise ProcedureWrong(f"{where}: step {number}: no earlier step is named {name!r}")
        known.add(step.name)


def _only(where: str, written: Mapping[str, Any], names: set[str]) -> None:
    for name in sorted(set(written) - names):
        raise ProcedureWrong(f"{where}: {name}: is unknown")


def _text(where: str, written: Mapping[str, Any], name: str) -> str:
    value = written.get(name, "")
    if not (isinstance(value, str) and value.strip()):
        raise ProcedureWrong(f"{where}: {name}: is missing")
    return value
