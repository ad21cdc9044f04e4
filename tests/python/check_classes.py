"""check_classes.py FILE: pypet reads what classes of components have stored, by Python classes of the same names."""

import logging
import sys
import warnings

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
import numpy as np  # noqa: E402
from pypet import Parameter, Result, load_trajectory  # noqa: E402


class Duration(Parameter):
    """Reads the items of the component `duration-class`."""

    def _load(self, load_dict):
        words = [load_dict.pop("as.written")]
        self.seconds = load_dict.pop("seconds")
        self._data = words[0]
        self._default = self._data
        if "explored_data__rr__" in load_dict:
            index = load_dict.pop("explored_data__rr__")["idx"]
            value = "explored__rr__.set_00000.xa_{:08d}.as.written"
            self._explored_range = [load_dict[value.format(at)] for at in index]
            self._explored = True
        self._locked = True


class Packed(Result):
    """Reads the items of the component `packed-class`."""

    def _load(self, load_dict):
        for name, differences in load_dict.items():
            self._data[name.removesuffix(".differences")] = np.cumsum(differences)


traj = load_trajectory(
    filename=sys.argv[1], index=-1, load_all=2, force=True, dynamic_imports=[Duration, Packed]
)
pause = traj.f_get("parameters.pause")
print(type(pause).__name__, repr(pause.f_get()), pause.seconds, list(pause.f_get_range()))
print(type(traj.f_get("parameters.start")).__name__, traj.f_get("parameters.start").f_get())
weights = traj.f_get("parameters.weights")
print(type(weights).__name__, weights.f_get().tolist())
for name, node in sorted(traj.f_get_derived_parameters().items()):
    print(name, type(node).__name__, repr(node.f_get()))
for name, node in sorted(traj.f_get_results().items()):
    values = {key: value.tolist() if isinstance(value, np.ndarray) else value for key, value in node.f_to_dict().items()}
    print(name, type(node).__name__, values)
