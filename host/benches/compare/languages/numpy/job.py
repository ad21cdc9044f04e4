import numpy as np


def run(traj):
    traj.f_add_result("z", np.multiply(traj.x, traj.y))
