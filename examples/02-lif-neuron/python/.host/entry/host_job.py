import importlib

from host_guest import failure

try:
    from host_guest.entry import component

    WitWorld = component(importlib.import_module("job"))
except BaseException as error:
    raise ImportError(f"@host[{failure.describe(error)}]host@") from None
