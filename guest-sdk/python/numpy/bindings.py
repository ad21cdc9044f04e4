"""The contract's types and functions in an interpreter that knows no components: the modules that componentize-py makes.

The interpreter has one import, `_host.call`, with bytes in and bytes out. Behind it lies a module that hands numbers on to the
functions of the contract as they are, so what a component's bindings do is done here: values are laid into the memory as
the canonical ABI says, and read from it. Arrays are not touched: what crosses is where they lie.
"""

from __future__ import annotations

import enum
import json
import struct
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import _host
import numpy

#: The interpreter's memory from this address on; NumPy takes 0 for no address.
LOWEST = 16
HALF = 2**31
#: As many numbers a function takes by themselves; more lie in the memory.
MOST_PARAMETERS = 16
#: What is laid out for a call takes its place here, unless it is large.
ARENA = 1 << 16
#: Texts and bytes up to this length are copied there.
SMALL = 1 << 10


class Err(Exception):
    """What a function of the host answers instead of a value."""

    def __init__(self, value: Any) -> None:
        super().__init__(value)
        self.value = value


class _Place:
    """Memory as NumPy may look at it."""

    def __init__(self, address: int, count: int, code: str) -> None:
        self.__array_interface__ = {"shape": (count,), "typestr": code, "data": (address, False), "version": 3}


def _look(address: int, count: int, code: str = "|u1") -> numpy.ndarray:
    return numpy.asarray(_Place(address, count, code))


_LOW = memoryview(_look(LOWEST, HALF - LOWEST))
_HIGH = memoryview(_look(HALF, HALF - 1))


def _at(address: int) -> tuple[memoryview, int]:
    return (_LOW, address - LOWEST) if address < HALF else (_HIGH, address - HALF)


def _address(array: numpy.ndarray) -> int:
    return array.__array_interface__["data"][0]


class _Arena:
    """Room for what one call is given, and for what it returns."""

    def __init__(self) -> None:
        self._block = numpy.zeros(ARENA, numpy.uint8)
        self._begin = _address(self._block)
        self._used = 0
        self._kept: list[Any] = []
        #: What the host has put into our memory, and nobody needs any more.
        self.given: list[int] = []

    def clear(self) -> None:
        self._used = 0
        self._kept.clear()

    def room(self, size: int) -> int:
        size = (size + 7) & ~7
        if self._used + size > ARENA:
            return self.keep(numpy.zeros(size, numpy.uint8))
        at = self._begin + self._used
        self._used += size
        return at

    def keep(self, array: numpy.ndarray) -> int:
        self._kept.append(array)
        return _address(array)

    def put(self, data: bytes) -> int:
        if len(data) > SMALL:
            self._kept.append(data)
            return self.keep(numpy.frombuffer(data, numpy.uint8))
        address = self.room(len(data))
        view, at = _at(address)
        view[at : at + len(data)] = data
        return address


_arena = _Arena()


class Number:
    """A number, a truth value, or which case of an enum."""

    flat = 1

    def __init__(self, code: str, dtype: str) -> None:
        self._struct = struct.Struct(f"<{code}")
        self.size = self.align = self._struct.size
        self.dtype = numpy.dtype(dtype)
        self.code = self.dtype.str
        self._mask = 2**64 - 1 if self.size == 8 else 2**32 - 1
        self._bits = struct.Struct("<Q" if self.size == 8 else "<I") if code in "fd" else None

    def store(self, address: int, value: Any) -> None:
        view, at = _at(address)
        self._struct.pack_into(view, at, value)

    def load(self, address: int) -> Any:
        view, at = _at(address)
        return self._struct.unpack_from(view, at)[0]

    def lower(self, value: Any, flat: list[int]) -> None:
        if self._bits is None:
            flat.append(int(value) & self._mask)
        else:
            flat.append(self._bits.unpack(self._struct.pack(value))[0])

    def lift(self, bits: bytes) -> Any:
        return self._struct.unpack_from(bits)[0]


class Enum:
    flat = size = align = 1

    def __init__(self, cls: type) -> None:
        self._cases = list(cls)

    def store(self, address: int, value: Any) -> None:
        view, at = _at(address)
        view[at] = value.value

    def load(self, address: int) -> Any:
        view, at = _at(address)
        return self._cases[view[at]]

    def lower(self, value: Any, flat: list[int]) -> None:
        flat.append(value.value)


class _Two:
    """What lies elsewhere: its address, and how much it is."""

    flat, size, align = 2, 8, 4
    _both = struct.Struct("<II")

    def store(self, address: int, value: Any) -> None:
        view, at = _at(address)
        self._both.pack_into(view, at, *self.put(value))

    def load(self, address: int) -> Any:
        view, at = _at(address)
        return self.get(*self._both.unpack_from(view, at))

    def lower(self, value: Any, flat: list[int]) -> None:
        flat += self.put(value)


class Text(_Two):
    def put(self, value: str) -> tuple[int, int]:
        data = value.encode()
        return _arena.put(data), len(data)

    def get(self, address: int, length: int) -> str:
        if not length:
            return ""
        _arena.given.append(address)
        return _look(address, length).tobytes().decode()


class Numbers(_Two):
    """A list of numbers: an array of NumPy, bytes, or a list of Python."""

    def __init__(self, element: Number, arrays: bool) -> None:
        self._element = element
        #: What is read: arrays, or lists and bytes.
        self._arrays = arrays

    def put(self, value: Any) -> tuple[int, int]:
        if isinstance(value, (bytes, bytearray)):
            data = bytes(value)
            return _arena.put(data), len(data) // self._element.size
        array = numpy.ascontiguousarray(value, dtype=self._element.dtype)
        return (_arena.keep(array), array.size) if array.size else (0, 0)

    def get(self, address: int, count: int) -> Any:
        if count:
            _arena.given.append(address)
            array = _look(address, count, self._element.code).copy()
        else:
            array = numpy.empty(0, self._element.dtype)
        if self._arrays:
            return array
        return array.tobytes() if self._element.code == "|u1" else array.tolist()


class Listed(_Two):
    def __init__(self, element: Any) -> None:
        self._element = element

    def put(self, value: Any) -> tuple[int, int]:
        size = self._element.size
        begin = _arena.room(len(value) * size)
        for place, item in enumerate(value):
            self._element.store(begin + place * size, item)
        return begin, len(value)

    def get(self, address: int, count: int) -> list[Any]:
        if not count:
            return []
        _arena.given.append(address)
        size = self._element.size
        return [self._element.load(address + place * size) for place in range(count)]


class Record:
    def __init__(self, make: Callable[..., Any], fields: list[tuple[str, Any]]) -> None:
        self._make = make
        self._fields = []
        offset, self.align = 0, 1
        for name, kind in fields:
            offset = -(-offset // kind.align) * kind.align
            self._fields.append((name, kind, offset))
            offset += kind.size
            self.align = max(self.align, kind.align)
        self.size = -(-offset // self.align) * self.align
        self.flat = sum(kind.flat for _, kind in fields)

    def store(self, address: int, value: Any) -> None:
        for name, kind, offset in self._fields:
            kind.store(address + offset, getattr(value, name))

    def load(self, address: int) -> Any:
        return self._make(*[kind.load(address + offset) for _, kind, offset in self._fields])

    def lower(self, value: Any, flat: list[int]) -> None:
        for name, kind, _ in self._fields:
            kind.lower(getattr(value, name), flat)


class Cases:
    """One of several: its number, and what belongs to it. `number` and `content` take a value apart, `make` builds one."""

    def __init__(
        self,
        payloads: list[Any],
        number: Callable[[Any], int],
        content: Callable[[Any], Any],
        make: Callable[[int, Any], Any],
    ) -> None:
        self._payloads, self._number, self._content, self._make = payloads, number, content, make
        there = [kind for kind in payloads if kind is not None]
        self.align = max((kind.align for kind in there), default=1)
        self._offset = self.align
        size = self._offset + max((kind.size for kind in there), default=0)
        self.size = -(-size // self.align) * self.align
        self.flat = 1 + max((kind.flat for kind in there), default=0)

    def store(self, address: int, value: Any) -> None:
        view, at = _at(address)
        view[at] = number = self._number(value)
        if (kind := self._payloads[number]) is not None:
            kind.store(address + self._offset, self._content(value))

    def load(self, address: int) -> Any:
        view, at = _at(address)
        number = view[at]
        kind = self._payloads[number]
        return self._make(number, None if kind is None else kind.load(address + self._offset))

    def lower(self, value: Any, flat: list[int]) -> None:
        end = len(flat) + self.flat
        flat.append(number := self._number(value))
        if (kind := self._payloads[number]) is not None:
            kind.lower(self._content(value), flat)
        flat += [0] * (end - len(flat))


def _number(code: str, dtype: str) -> Callable[[], Number]:
    return lambda: Number(code, dtype)


PRIMITIVE: dict[str, Callable[[], Any]] = {
    "bool": _number("?", "bool"),
    "s8": _number("b", "int8"),
    "u8": _number("B", "uint8"),
    "s16": _number("h", "int16"),
    "u16": _number("H", "uint16"),
    "s32": _number("i", "int32"),
    "u32": _number("I", "uint32"),
    "s64": _number("q", "int64"),
    "u64": _number("Q", "uint64"),
    "f32": _number("f", "float32"),
    "f64": _number("d", "float64"),
    "string": Text,
}
#: Variants whose lists are arrays when they are read.
OF_ARRAYS = ("ArrayData", "Indices")


def _pascal(name: str) -> str:
    return "".join(part[:1].upper() + part[1:] for part in name.split("-"))


def _snake(name: str) -> str:
    return name.replace("-", "_")


class Contract:
    """Types and functions, made of what the contract's own files say."""

    def __init__(self, described: str) -> None:
        contract = json.loads(described)
        self.modules: dict[str, ModuleType] = {}
        self._types: list[Any] = []
        for definition in contract["types"]:
            self._types.append(self._named(*definition))
        self._functions = contract["functions"]
        for number, (interface, name, parameters, result) in enumerate(self._functions):
            setattr(self._module(interface), _snake(name), self._function(number, name, parameters, result))
        self.exports = {
            name: ([self._type(kind) for kind in parameters], self._type(result))
            for name, parameters, result in contract["exports"]
        }

    def parameters(self, count: int) -> tuple[int, ...]:
        """The numbers that the function which the host has called was given."""
        return struct.unpack(f"<{count}I", _host.call(struct.pack("<II", len(self._functions), 0))[: 4 * count])

    def answer(self, kind: Any, value: Any) -> None:
        """What that function returns."""
        _arena.clear()
        address = _arena.keep(numpy.zeros(max(kind.size, 8), numpy.uint8))
        kind.store(address, value)
        _host.call(struct.pack("<IIQ", len(self._functions) + 1, 0, address))

    def give_back(self) -> None:
        """Frees what was read."""
        for address in _arena.given:
            _host.call(struct.pack("<IIQ", len(self._functions) + 2, 0, address))
        _arena.given.clear()

    def _module(self, interface: str) -> ModuleType:
        return self.modules.setdefault(interface, ModuleType(f"wit_world.imports.{_snake(interface)}"))

    def _function(self, number: int, name: str, parameters: list[Any], result: Any) -> Callable[..., Any]:
        kinds = [self._type(kind) for kind in parameters]
        answer = self._type(result)
        together = Record(tuple, [(str(place), kind) for place, kind in enumerate(kinds)])
        indirect = together.flat > MOST_PARAMETERS
        returned = answer is not None and answer.flat > 1
        request = struct.Struct(f"<II{(1 if indirect else together.flat) + returned}Q")

        def call(*values: Any) -> Any:
            _arena.clear()
            flat: list[int] = []
            if indirect:
                place = _arena.room(together.size)
                for (_, kind, offset), value in zip(together._fields, values, strict=True):
                    kind.store(place + offset, value)
                flat.append(place)
            else:
                for kind, value in zip(kinds, values, strict=True):
                    kind.lower(value, flat)
            if returned:
                flat.append(_arena.room(answer.size))
            bits = _host.call(request.pack(number, 0, *flat))
            if answer is None:
                return None
            if not returned:
                return answer.lift(bits)
            value = answer.load(flat[-1])
            self.give_back()
            if isinstance(value, Err):
                raise value
            return value

        call.__name__ = call.__qualname__ = _snake(name)
        return call

    def _type(self, kind: Any, arrays: bool = False) -> Any:
        match kind:
            case None:
                return None
            case int():
                return self._types[kind]
            case str():
                return PRIMITIVE[kind]()
            case ["list", element]:
                inner = self._type(element)
                return Numbers(inner, arrays) if isinstance(inner, Number) else Listed(inner)
            case ["option", inner]:
                payloads = [None, self._type(inner)]
                return Cases(payloads, lambda value: int(value is not None), lambda value: value, lambda _, value: value)
            case ["result", ok, err]:
                return Cases(
                    [self._type(ok), self._type(err)],
                    lambda value: int(isinstance(value, Err)),
                    lambda value: value.value if isinstance(value, Err) else value,
                    lambda number, value: Err(value) if number else value,
                )
        raise TypeError(f"a type of the contract that there is no binding for: {kind}")

    def _named(self, interface: str, name: str, what: str, parts: list[Any]) -> Any:
        module = self._module(interface)
        own = _pascal(name)
        if what == "alias":
            return self._type(parts[0])
        if what == "enum":
            cls = enum.Enum(own, [(_snake(case).upper(), place) for place, case in enumerate(parts)])
            setattr(module, own, cls)
            return Enum(cls)
        if what == "record":
            names = [_snake(field) for field, _ in parts]
            cls = _class(own, names)
            setattr(module, own, cls)
            return Record(cls, [(_snake(field), self._type(kind)) for field, kind in parts])
        classes = [_class(f"{own}_{_case(case)}", [] if kind is None else ["value"]) for case, kind in parts]
        for cls in classes:
            setattr(module, cls.__name__, cls)
        numbers = {cls: place for place, cls in enumerate(classes)}
        return Cases(
            [self._type(kind, own in OF_ARRAYS) for _, kind in parts],
            lambda value: numbers[type(value)],
            lambda value: value.value,
            lambda number, value: classes[number]() if parts[number][1] is None else classes[number](value),
        )


def _case(name: str) -> str:
    """Words of Python get a line below, as in the bindings of componentize-py."""
    case = _pascal(name)
    return f"{case}_" if case in ("None", "True", "False") else case


def _class(name: str, fields: list[str]) -> type:
    arguments = ", ".join(fields)
    body = "; ".join(f"self.{field} = {field}" for field in fields) or "pass"
    scope: dict[str, Any] = {}
    exec(f"def __init__(self{', ' if fields else ''}{arguments}): {body}", scope)
    return type(name, (), {"__slots__": tuple(fields), "__init__": scope["__init__"]})


def install(described: str) -> Contract:
    """Makes the modules that the SDK takes for those of componentize-py."""
    contract = Contract(described)
    world, imports, errors = (ModuleType(name) for name in ("wit_world", "wit_world.imports", "componentize_py_types"))
    errors.Err = Err
    world.imports = imports
    for interface, module in contract.modules.items():
        setattr(imports, _snake(interface), module)
        sys.modules[module.__name__] = module
    contract.modules["types"].takes_arrays = True
    for module in (world, imports, errors):
        sys.modules[module.__name__] = module
    return contract
