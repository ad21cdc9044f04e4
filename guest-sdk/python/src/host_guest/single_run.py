"""The run as its job sees it, by natural naming as in pypet.

Every access is one call to the host; only the names of parameters are kept, to tell groups from names that do not exist.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import Any

from . import errors
from .contract import host
from .random_numbers import Rng
from .wire import of_value, text, to_plain, to_value

#: pypet's abbreviations of the branches.
BRANCHES = {
    "par": "parameters",
    "param": "parameters",
    "dpar": "derived_parameters",
    "dparam": "derived_parameters",
    "conf": "config",
    "res": "results",
}


class ParameterNode:
    """A parameter of this run, as `f_get` gives it: its value and what is known of it."""

    __slots__ = ("_value", "v_comment", "v_explored", "v_full_name", "v_unit")

    def __init__(self, full_name: str, value: Any, comment: str, unit: str, explored: bool) -> None:
        #: The whole path, `parameters.neuron.tau`.
        self.v_full_name = full_name
        self.v_comment = comment
        #: The unit as a UDUNITS string, empty if there is none.
        self.v_unit = unit
        #: Whether its value differs from run to run.
        self.v_explored = explored
        self._value = value

    @property
    def v_name(self) -> str:
        """The last part of its name."""
        return self.v_full_name.rpartition(".")[2]

    @property
    def v_location(self) -> str:
        """Where it hangs: its full name without the last part."""
        return self.v_full_name.rpartition(".")[0]

    def f_get(self) -> Any:
        """The value at this point."""
        return self._value

    @property
    def data(self) -> Any:
        """The value at this point."""
        return self._value

    def f_has_range(self) -> bool:
        """Whether it is explored."""
        return self.v_explored

    def __repr__(self) -> str:
        return f"<{self.v_full_name}: {self._value!r}{' ' + self.v_unit if self.v_unit else ''}>"


class ResultNode:
    """A result or derived parameter that this run has added."""

    __slots__ = ("v_comment", "v_name")

    def __init__(self, name: str, comment: str) -> None:
        #: Its name below the group of this run.
        self.v_name = name
        self.v_comment = comment

    def f_set_annotations(self, /, **annotations: Any) -> None:
        """Attaches annotations, replacing those of the same keys."""
        for key, value in annotations.items():
            annotate(self.v_name, key, value)


class Group:
    """A group of parameters: `traj.neuron`, and then `traj.neuron.tau`."""

    def __init__(self, run: SingleRun | None, path: str) -> None:
        self.__dict__["_run"] = run
        self.__dict__["_path"] = path

    def _full(self, name: str) -> str:
        return f"{self._path}.{name}" if self._path else name

    def _names(self) -> Names:
        return self._run._names()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self[name]

    def __getitem__(self, name: str) -> Any:
        """The value of a parameter, or the group of that name."""
        full = self._full(name if self._path else _unabbreviated(name))
        try:
            return of_value(host.f_get(text(full, "a name")))
        except errors_of_host() as error:
            if self._names().is_group(full):
                return Group(self._run or self, full)
            # A parameter may be called `v_th`; what nothing is called was meant as a function or property.
            if name.startswith(("f_", "v_")) and "." not in name:
                raise self._unknown(name) from None
            raise self._refused(full, error.value) from None

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"a run keeps nothing as an attribute: `traj.f_add_result({name!r}, …)` adds a result")

    def __contains__(self, name: str) -> bool:
        return self.f_contains(name)

    def f_contains(self, name: str) -> bool:
        """Whether a parameter or a group of that name is there; true for an ambiguous name as well."""
        full = self._full(_unabbreviated(name))
        return host.f_contains(text(full, "a name")) or self._names().is_group(full)

    def f_get(self, name: str, fast_access: bool = False) -> Any:
        """The parameter `name` as a node, with its value, comment and unit; its value alone with `fast_access`."""
        full = self._full(_unabbreviated(name))
        try:
            value = of_value(host.f_get(text(full, "a name")))
        except errors_of_host() as error:
            if not fast_access and self._names().is_group(full):
                return Group(self._run or self, full)
            raise self._refused(full, error.value) from None
        return value if fast_access else self._names().node(full, value)

    def f_get_default(self, name: str, default: Any = None, fast_access: bool = True) -> Any:
        """The value of the parameter `name`, or `default` where nothing has that name."""
        try:
            return self.f_get(name, fast_access)
        except errors.NotFound:
            return default

    def f_iter_leaves(self) -> Iterator[ParameterNode]:
        """All parameters below this group, in the order of their names."""
        for name in self._names().below(self._path):
            yield self._names().node(name, of_value(host.f_get(name)))

    def f_to_dict(self, fast_access: bool = True, short_names: bool = False) -> dict[str, Any]:
        """All parameters below this group by their full names, or by the last parts alone with `short_names`."""
        found: dict[str, Any] = {}
        for node in self.f_iter_leaves():
            name = node.v_name if short_names else node.v_full_name
            if name in found:
                raise ValueError(f"there are several `{name}`; use short_names=False")
            found[name] = node.f_get() if fast_access else node
        return found

    def _unknown(self, name: str) -> AttributeError:
        known = [word for word in dir(type(self)) if word.startswith(("f_", "v_"))]
        similar = difflib.get_close_matches(name, known, 1)
        hint = f"; did you mean `{similar[0]}`?" if similar else ""
        return AttributeError(f"a run has no `{name}`, and no parameter is called so{hint}")

    def _refused(self, name: str, refusal: Any) -> errors.AccessError:
        return errors.of_access(name, refusal, self._names().similar(name))

    def __repr__(self) -> str:
        return f"<group {self._path}: {', '.join(self._names().below(self._path))}>"


class SingleRun(Group):
    """One run: exactly one point of the exploration, and the place where its results go.

    `traj.neuron.tau`, `traj.tau` and `traj["neuron.tau"]` are values of parameters: names are paths, and a short-cut
    that only one parameter answers to does as well. `f_` marks functions and `v_` properties, as in pypet.
    """

    def __init__(self) -> None:
        super().__init__(None, "")
        self.__dict__["_known"] = None
        self.__dict__["_derived"] = {}

    def _names(self) -> Names:
        if self._known is None:
            self.__dict__["_known"] = Names(host.f_list_parameters(""), self._derived)
        return self._known

    @property
    def v_idx(self) -> int:
        """The index of this run, from 0."""
        return host.v_idx()

    @property
    def v_name(self) -> str:
        """The name of this run, `run_00000003`."""
        return host.v_name()

    @property
    def v_crun(self) -> str:
        """The name of this run, `run_00000003`, as pypet calls it."""
        return host.v_name()

    @property
    def v_length(self) -> int:
        """The number of runs in the trajectory."""
        return host.v_length()

    def __len__(self) -> int:
        return host.v_length()

    def __bool__(self) -> bool:
        return True

    @property
    def v_seed(self) -> int:
        """The seed of this run: it follows from the root seed, the point and the replicate, never from the position.

        `random`, and `numpy.random`, are seeded with it already.
        """
        return host.v_seed()

    @property
    def v_trajectory_name(self) -> str:
        """The name of the trajectory."""
        return host.v_trajectory_name()

    def f_get_parameters(self, fast_access: bool = False) -> dict[str, Any]:
        """All parameters by their full names."""
        return self.f_to_dict(fast_access)

    def f_get_explored_parameters(self, fast_access: bool = False) -> dict[str, Any]:
        """The parameters whose values differ from run to run, by their full names."""
        explored = (node for node in self.f_iter_leaves() if node.v_explored)
        return {node.v_full_name: node.f_get() if fast_access else node for node in explored}

    def f_add_result(self, name: str, /, *values: Any, comment: str = "", **items: Any) -> ResultNode:
        """Adds a result: one value, several that are numbered, or items by their names.

        It is stored when the run ends, unless the run fails.
        """
        try:
            host.f_add_result(*_result(name, values, items, comment))
        except errors_of_host() as error:
            raise errors.of_add(name, error.value) from None
        return ResultNode(name, comment)

    def f_add_result_as(self, class_name: str, name: str, /, *values: Any, comment: str = "", **items: Any) -> ResultNode:
        """As `f_add_result`, but stored as the class `class_name` of one's own stores it; the spec names its component."""
        try:
            host.f_add_result_as(text(class_name, "a name"), *_result(name, values, items, comment))
        except errors_of_host() as error:
            raise errors.of_add(name, error.value) from None
        return ResultNode(name, comment)

    def f_add_derived_parameter(self, name: str, value: Any, comment: str = "") -> ResultNode:
        """Adds a value that follows from the parameters of this point."""
        try:
            host.f_add_derived_parameter(text(name, "a name"), _named(name, to_value, value), text(comment, "a comment"))
        except errors_of_host() as error:
            raise errors.of_add(name, error.value) from None
        self._derived[f"derived_parameters.{name}"] = comment
        return ResultNode(name, comment)

    def f_add_derived_parameter_as(self, class_name: str, name: str, value: Any, comment: str = "") -> ResultNode:
        """As `f_add_derived_parameter`, but stored as the class `class_name` of one's own stores it."""
        value = _named(name, to_value, value)
        try:
            host.f_add_derived_parameter_as(text(class_name, "a name"), text(name, "a name"), value, text(comment, "a comment"))
        except errors_of_host() as error:
            raise errors.of_add(name, error.value) from None
        self._derived[f"derived_parameters.{name}"] = comment
        return ResultNode(name, comment)

    def f_set_annotation(self, node: str, key: str, value: Any) -> None:
        """Attaches an annotation to a result or derived parameter of this run, replacing one of the same key."""
        annotate(node, key, value)

    def f_set_annotations(self, node: str, /, **annotations: Any) -> None:
        """Attaches several annotations to a result or derived parameter of this run."""
        for key, value in annotations.items():
            annotate(node, key, value)

    def f_rng(self, stream: int = 0) -> Rng:
        """The generator that every language has, with the seed of this run; streams are independent of one another."""
        return Rng(host.v_seed(), stream)

    def f_generator(self, stream: int = 0) -> Any:
        """A `numpy.random.Generator` with the seed of this run, where NumPy is part of the component."""
        import numpy

        return numpy.random.default_rng([host.v_seed(), stream])

    def f_progress(self, fraction: float, message: str = "") -> None:
        """Tells how far this run has come, from 0 to 1."""
        host.progress(float(fraction), text(message, "a message"))

    def f_log(self, level: str, message: str) -> None:
        """Writes a line into the log: `debug`, `info`, `warning` or `error`. `print` and `logging` do as well."""
        if level not in ("debug", "info", "warning", "error"):
            raise ValueError(f"`{level}` is no level; there are debug, info, warning and error")
        host.log(getattr(host.Level, level.upper()), message.encode(errors="backslashreplace").decode())

    def __repr__(self) -> str:
        return f"<{self.v_name} of {self.v_trajectory_name}>"


class Names:
    """The parameters that there are, by their full names, to tell groups and to say what is known of a node."""

    def __init__(self, parameters: list[Any], derived: dict[str, str]) -> None:
        self._infos = {info.name: info for info in parameters}
        self._derived = derived

    def is_group(self, path: str) -> bool:
        """Whether some parameter lies below `path`, which may leave out groups as short-cuts do."""
        wanted = path.split(".")
        if wanted in (["parameters"], ["derived_parameters"]):
            return True
        return any(_leads_to(wanted, name.split(".")[:-1]) for name in (*self._infos, *self._derived))

    def below(self, path: str) -> list[str]:
        """The full names below a group; all parameters for the empty path."""
        wanted = path.split(".") if path else []
        names = self._infos if not path else (*self._infos, *self._derived)
        return [name for name in names if _leads_to(wanted, name.split(".")[:-1])]

    def node(self, name: str, value: Any) -> ParameterNode:
        """The node that `name` leads to, which the host has found to be one."""
        full = name if name in self._infos else f"parameters.{name}"
        if full not in self._infos:
            matching = (known for known in self._infos if _is_shortcut(name.split("."), known.split(".")))
            full = next(matching, name)
        if (info := self._infos.get(full)) is not None:
            return ParameterNode(full, value, info.comment, info.unit, info.explored)
        full = name if name.startswith("derived_parameters.") else f"derived_parameters.{name}"
        return ParameterNode(full, value, self._derived.get(full, ""), "", False)

    def similar(self, name: str) -> str | None:
        """The parameter most like `name`."""
        last = name.rpartition(".")[2]
        by_last = {known.rpartition(".")[2]: known for known in self._infos}
        found = difflib.get_close_matches(last, by_last, 1, 0.75)
        return by_last[found[0]].removeprefix("parameters.") if found and found[0] != last else None


def annotate(node: str, key: str, value: Any) -> None:
    """Attaches an annotation to what this run has added."""
    try:
        host.f_set_annotation(text(node, "a name"), text(key, "a name"), _named(f"{node}.{key}", to_plain, value))
    except errors_of_host() as error:
        raise errors.of_add(node, error.value) from None


def errors_of_host() -> type[BaseException]:
    """The exception in which componentize-py wraps what the host refuses."""
    from componentize_py_types import Err

    return Err


def _result(name: str, values: tuple[Any, ...], items: dict[str, Any], comment: str) -> tuple[str, list[Any], str]:
    from .contract import types

    named = [types.NamedValue("", _named(name, to_value, value)) for value in values]
    named += [types.NamedValue(text(key, "a name"), _named(f"{name}.{key}", to_value, value)) for key, value in items.items()]
    return text(name, "a name"), named, text(comment, "a comment")


def _named(name: str, convert: Any, value: Any) -> Any:
    try:
        return convert(value)
    except errors.UnsupportedValue as error:
        raise errors.UnsupportedValue(f"`{name}`: {error}") from None


def _unabbreviated(name: str) -> str:
    first, dot, rest = name.partition(".")
    return f"{BRANCHES.get(first, first)}{dot}{rest}"


def _leads_to(wanted: list[str], groups: list[str]) -> bool:
    """Whether a path leads to a group or to one above it, leaving out others in between."""
    at = iter(groups)
    return all(name in at for name in wanted)


def _is_shortcut(wanted: list[str], path: list[str]) -> bool:
    return wanted[-1] == path[-1] and _leads_to(wanted[:-1], path[:-1])
