#include "host_guest.h"

static int multiply(traj_t *traj) {
    double x, y;
    HOST_TRY(traj_f_get(traj, "x", &x));
    HOST_TRY(traj_f_get(traj, "y", &y));
    return traj_f_add_result(traj, "z", x * y);
}

HOST_JOB(multiply)
