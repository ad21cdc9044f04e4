"""What can be imported in a run, where there are no files: Python's library and the packages of the interpreter, from its memory, and the
job's own modules, which come with the run."""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.resources.abc
import io
import marshal
import struct
import sys
import zlib
from types import CodeType, ModuleType
from typing import Any

#: Where the interpreter finds its library while the snapshot is taken.
ARCHIVE = "/usr/local/lib/python315.zip"
#: Packages that simulations have no use for: pictures, documents, markup, tests and tools.
LEFT_OUT = frozenset(
    "PIL antigravity attr attrs bs4 charset_normalizer contourpy cssselect curses cycler defusedxml dbm et_xmlfile fontTools formulaic "
    "host html5lib idlelib interface_meta isympy jinja2 kiwisolver lxml markupsafe matplotlib mpl_toolkits openpyxl "
    "profiling pydoc_data pylab pypdf reportlab reportlab_mods reportlab_settings seaborn soupsieve sympy tabulate tkinter "
    "tomli_w tqdm turtle turtledemo webencodings wsgiref xlrd xlsxwriter xmlrpc xmltodict yaml".split()
)
#: The length of what a compiled file begins with.
HEADER = 16


class Library(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Compiled modules, as they lie in the archive."""

    def __init__(self, archive: str) -> None:
        import zipfile

        self._archive = archive
        #: Where each module begins, how long it is, how it is packed, and whether it is a package.
        self._modules: dict[str, tuple[int, int, int, bool]] = {}
        #: The same of all other files, by their paths.
        self._data: dict[str, tuple[int, int, int, bool]] = {}
        with zipfile.ZipFile(archive) as opened, open(archive, "rb") as raw:
            entries = [entry for entry in opened.infolist() if _is_wanted(entry.filename)]
            # At once: what grows leaves copies of itself behind, in the memory that every job carries.
            self._held = bytearray(sum(entry.compress_size for entry in entries))
            begin = 0
            for entry in entries:
                raw.seek(entry.header_offset + 26)
                skipped = sum(struct.unpack("<HH", raw.read(4)))
                raw.seek(entry.header_offset + 30 + skipped)
                place = (begin, entry.compress_size, entry.compress_type)
                begin += entry.compress_size
                raw.readinto(memoryview(self._held)[place[0] : begin])
                self._note(entry.filename, place)
        parents = {name.rpartition(".")[0] for name in self._modules}
        #: Folders of modules that have no module of their own.
        self._folders = {folder for parent in parents for folder in _and_above(parent)} - self._modules.keys()

    def _note(self, path: str, place: tuple[int, int, int]) -> None:
        if not path.endswith(".pyc"):
            self._data[path] = (*place, False)
            return
        name = path.removesuffix(".pyc").replace("/", ".")
        # A package is asked for by both names.
        self._modules[name] = (*place, False)
        if name.endswith(".__init__"):
            self._modules[name.removesuffix(".__init__")] = (*place, True)

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        if name in self._folders:
            spec = importlib.machinery.ModuleSpec(name, None, is_package=True)
            spec.submodule_search_locations = [f"{self._archive}/{name.replace('.', '/')}"]
            return spec
        if (place := self._modules.get(name)) is None:
            return None
        origin = f"{self._archive}/{name.replace('.', '/')}{'/__init__' if place[3] else ''}.pyc"
        return _spec(name, self, origin, place[3])

    def create_module(self, spec: Any) -> None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        exec(self.get_code(module.__name__), module.__dict__)

    def get_code(self, name: str) -> CodeType:
        return marshal.loads(memoryview(self._read(self._modules[name]))[HEADER:])

    def get_data(self, path: str) -> bytes:
        """The content of a file in the archive."""
        if (place := self._data.get(path.removeprefix(f"{self._archive}/"))) is None:
            raise FileNotFoundError(path)
        return self._read(place)

    def get_resource_reader(self, name: str) -> Resources | None:
        return Resources(self, name.replace(".", "/")) if self._modules[name][3] else None

    def files_in(self, folder: str) -> list[str]:
        """The names of the files in a folder of the archive, without those of modules."""
        return [path.rpartition("/")[2] for path in self._data if path.rpartition("/")[0] == folder]

    def _read(self, place: tuple[int, int, int, bool]) -> bytes:
        begin, length, packed, _ = place
        data = memoryview(self._held)[begin : begin + length]
        return zlib.decompress(data, -15) if packed else bytes(data)

    def is_package(self, name: str) -> bool:
        return self._modules[name][3]

    def get_source(self, name: str) -> None:
        return None


class Resources(importlib.resources.abc.ResourceReader):
    """The files of a package of the archive."""

    def __init__(self, library: Library, folder: str) -> None:
        self._library, self._folder = library, folder

    def open_resource(self, resource: str) -> io.BytesIO:
        return io.BytesIO(self._library.get_data(f"{ARCHIVE}/{self._folder}/{resource}"))

    def resource_path(self, resource: str) -> str:
        raise FileNotFoundError(resource)

    def is_resource(self, path: str) -> bool:
        return path in self.contents()

    def contents(self) -> list[str]:
        return self._library.files_in(self._folder)


class Sources(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Modules whose source is text: `files` by their paths, below `place`."""

    def __init__(self, files: dict[str, str], place: str = "") -> None:
        self._place = place
        self._modules: dict[str, tuple[str, str, bool]] = {}
        for path, text in files.items():
            name = path.removesuffix(".py").replace("/", ".")
            self._modules[name.removesuffix(".__init__")] = (path, text, name.endswith(".__init__"))

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        if (found := self._modules.get(name)) is None:
            return None
        return _spec(name, self, self._place + found[0], found[2])

    def create_module(self, spec: Any) -> None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        path, text, _ = self._modules[module.__name__]
        exec(compile(text, self._place + path, "exec", dont_inherit=True), module.__dict__)

    def get_source(self, name: str) -> str:
        return self._modules[name][1]

    def is_package(self, name: str) -> bool:
        return self._modules[name][2]


def _is_wanted(path: str) -> bool:
    top = path.split("/")[0].removesuffix(".pyc")
    if path.endswith("/") or top in LEFT_OUT or "/tests/" in path or ".dist-info/" in path:
        return False
    return path.endswith(".pyc") or "/datasets/" not in path


def _spec(name: str, loader: Any, origin: str, is_package: bool) -> Any:
    spec = importlib.machinery.ModuleSpec(name, loader, origin=origin, is_package=is_package)
    spec.has_location = True
    if is_package:
        spec.submodule_search_locations = [origin.rpartition("/")[0]]
    return spec


def _and_above(name: str) -> list[str]:
    parts = name.split(".")
    return [".".join(parts[:end]) for end in range(1, len(parts) + 1) if parts[0]]


def forget_files() -> None:
    """From now on, nothing is looked for in files: in a run there is no archive."""
    sys.path.clear()
    sys.path_importer_cache.clear()
    sys.meta_path[:] = [finder for finder in sys.meta_path if finder is not importlib.machinery.PathFinder]
