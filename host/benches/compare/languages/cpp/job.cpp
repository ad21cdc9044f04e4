#include "host_guest.hpp"

static void multiply(host::SingleRun &traj) {
    traj.f_add_result("z", traj.f_get<double>("x") * traj.f_get<double>("y"));
}

HOST_JOB(multiply)
