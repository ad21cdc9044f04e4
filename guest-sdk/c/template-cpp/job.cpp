// A ball that is thrown, with the drag of the air: how far does it get?

#include "host_guest.hpp"

#include <cmath>
#include <numbers>
#include <vector>

// What the job reads and what it adds, so that a spec is checked before anything runs.
static host::Manifest describe() {
    using host::Parameter, host::ResultDeclaration;
    return host::Manifest("A ball, thrown through air")
        .parameter(Parameter::real("ball.speed").unit("m/s").default_value(20.0).range(0.0, 1e3).comment("speed at the start"))
        .parameter(Parameter::real("ball.angle").unit("degree").default_value(45.0).range(0.0, 90.0).comment("above the ground"))
        .parameter(Parameter::real("air.drag").unit("1/m").default_value(0.01).range(0.0, 1.0).comment("slowing per speed squared"))
        .result(ResultDeclaration("distance").unit("m").comment("from the start to where it lands"))
        .result(ResultDeclaration("height").unit("m").dimensions({"t"}).comment("every tenth of a second"));
}

// Simulates one point. `host` calls it for every point of the exploration, each time in a fresh sandbox.
static void throw_ball(host::SingleRun &traj) {
    const auto speed = traj.f_get<double>("ball.speed");
    const auto angle = traj.f_get<double>("ball.angle") * std::numbers::pi / 180.0;
    const auto drag = traj.f_get<double>("air.drag");

    const double dt = 1e-3;
    std::vector<double> height;
    double x = 0.0, y = 0.0;
    double vx = speed * std::cos(angle), vy = speed * std::sin(angle);
    for (long step = 0; step == 0 || y > 0.0; step++) {
        if (step % 100 == 0) {
            height.push_back(y);
        }
        const double v = std::sqrt(vx * vx + vy * vy);
        vx -= dt * drag * v * vx;
        vy -= dt * (drag * v * vy + 9.81);
        x += dt * vx;
        y += dt * vy;
    }

    traj.f_add_result("distance", x);
    traj.f_add_result("height", height);
}

HOST_DESCRIBED_JOB(throw_ball, describe)
