"""z = x * y as a job in Python, for componentize-py: a component of 18 MB."""

import wit_world
from wit_world.imports import single_run
from wit_world.imports.types import NamedValue, Plain_Integer, Value_Plain


class WitWorld(wit_world.WitWorld):
    def run(self, args, kwargs):
        x, y = (single_run.f_get(name).value.value for name in ("x", "y"))
        single_run.f_add_result("z", [NamedValue("", Value_Plain(Plain_Integer(x * y)))], "")
