def run(traj):
    traj.f_add_result("z", traj.x * traj.y)
