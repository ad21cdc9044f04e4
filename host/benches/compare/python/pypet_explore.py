"""z = x * y in pypet: `pypet_explore.py RUNS single|QUEUE|LOCK FILE`. Overview tables as host makes them by default."""

import sys

from pypet import Environment, cartesian_product


def multiply(traj):
    traj.f_add_result("z", traj.x * traj.y, comment="I am the product of two values!")


if __name__ == "__main__":
    runs, mode, filename = int(sys.argv[1]), sys.argv[2], sys.argv[3]
    pool = {} if mode == "single" else dict(multiproc=True, ncores=2, use_pool=True, wrap_mode=mode)
    env = Environment(trajectory="multiplication", filename=filename, overwrite_file=True, log_config=None,
                      report_progress=False, **pool)
    env.trajectory.f_add_parameter("x", 1)
    env.trajectory.f_add_parameter("y", 1)
    env.trajectory.f_explore(cartesian_product({"x": list(range(10)), "y": list(range(runs // 10))}))
    env.run(multiply)
