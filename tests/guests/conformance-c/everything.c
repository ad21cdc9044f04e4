// Every function of the contract and every value, once.

#include <string.h>

#include "job.h"

static int echo_parameters(traj_t *traj) {
    size_t count;
    const host_parameter_info_t *parameters = traj_f_list_parameters(traj, "", &count);
    host_text_t *known = malloc(count * sizeof *known);
    for (size_t i = 0; i < count; i++) {
        const host_parameter_info_t *info = &parameters[i];
        host_value_t value;
        HOST_TRY(traj_f_get(traj, info->name.data, &value));
        const char *start = "parameters.", *name = info->name.data;
        const char *rest = strncmp(name, start, strlen(start)) == 0 ? name + strlen(start) : name;
        HOST_TRY(traj_f_add_result_items(traj, JOINED("echo.", rest), info->comment.data, HOST_ITEMS({"", value})));
        const char *explored = info->explored ? "true" : "false";
        known[i] = host_text_of(JOINED(name, "|", info->unit.data, "|", explored, "|", info->comment.data));
    }
    return traj_f_add_result(traj, "parameters_seen", host_text_list(known, count));
}

static int echo_arguments(traj_t *traj) {
    for (size_t i = 0; i < traj_arg_count(traj); i++) {
        host_value_t value;
        HOST_TRY(traj_arg(traj, i, &value));
        HOST_TRY(traj_f_add_result(traj, JOINED("args.arg_", number(i)), value));
    }
    for (size_t i = 0; i < traj_kwarg_count(traj); i++) {
        const char *name = traj_kwarg_name(traj, i).data;
        host_value_t value;
        HOST_TRY(traj_kwarg(traj, name, &value));
        HOST_TRY(traj_f_add_result(traj, JOINED("kwargs.", name), value));
    }
    return HOST_OK;
}

static int properties(traj_t *traj) {
    uint64_t seed = traj_v_seed(traj);
    host_rng_t rng = traj_rng(traj);
    double random[2];
    random[0] = host_rng_uniform(&rng);
    random[1] = host_rng_uniform(&rng);
    return traj_f_add_result_items(traj, "properties", "",
                                   HOST_ITEMS({"idx", host_i64((int64_t)traj_v_idx(traj))},
                                              {"length", host_i64((int64_t)traj_v_length(traj))},
                                              {"name", host_text(traj_v_name(traj))}, {"seed", host_u64_array(&seed, HOST_SCALAR)},
                                              {"trajectory_name", host_text(traj_v_trajectory_name(traj))},
                                              {"random", HOST_VECTOR(random, 2)}));
}

static int several_items(traj_t *traj) {
    static const double TIMES[] = {0.1, 0.2}, QUARTER[] = {0.25};
    static const int32_t SEVEN[] = {7}, ZERO[] = {0}, ONE[] = {1}, ZERO_ONE[] = {0, 1};
    static const host_text_t WORDS[] = {HOST_TEXT("ä"), HOST_TEXT("b")};
    HOST_TRY(traj_f_add_result_items(traj, "items.named", "Drei Posten: Zeiten, Anzahl, Ort",
                                     HOST_ITEMS({"times", HOST_VECTOR(TIMES, 2)}, {"count", host_i64(2)}, {"place.row", host_i64(7)})));
    host_value_t coo = host_coo(1, 2, HOST_VECTOR(SEVEN, 1), host_i32_indices(ZERO, 1), host_i32_indices(ONE, 1));
    host_value_t csr = host_csr(1, 1, HOST_VECTOR(QUARTER, 1), host_i32_indices(ZERO, 1), host_i32_indices(ZERO_ONE, 2));
    HOST_TRY(traj_f_add_result_items(traj, "items.mixed_with_sparse", "matrices beside other values",
                                     HOST_ITEMS({"z", host_f64(1.5)}, {"a", coo}, {"deep.matrix", csr},
                                                {"deep.words", host_text_list(WORDS, 2)})));
    return traj_f_add_result_items(traj, "items.numbered", "named after the result",
                                   HOST_ITEMS({"", host_i64(1)}, {"", host_i64(2)}, {"", host_i64(3)}));
}

static int derived_parameters_and_annotations(traj_t *traj) {
    static const uint8_t OPAQUE[] = {0, 128, 4, 46};
    static const double HALF[] = {0.5};
    static const int32_t ZERO[] = {0}, ZERO_ONE[] = {0, 1};
    static const int64_t ONE_TWO[] = {1, 2};
    HOST_TRY(traj_f_add_derived_parameter(traj, "derived.doubled", 2 * (int64_t)traj_v_idx(traj), "twice the index"));
    HOST_TRY(traj_f_add_derived_parameter(traj, "derived.opaque", host_bytes(OPAQUE, 4), "what a job alone understands"));
    host_value_t csr = host_csr(1, 1, HOST_VECTOR(HALF, 1), host_i32_indices(ZERO, 1), host_i32_indices(ZERO_ONE, 2));
    HOST_TRY(traj_f_add_derived_parameter(traj, "derived.sparse", csr, ""));
    host_sparse_t again;
    host_f64_array_t dense;
    HOST_TRY(traj_f_get(traj, "derived.sparse", &again));
    HOST_TRY(traj_dense(traj, "derived.sparse", &again, &dense));
    HOST_TRY(traj_f_add_result(traj, "derived_sparse_seen", host_f64_array(dense.data, dense.shape)));
    int64_t doubled;
    HOST_TRY(traj_f_get(traj, "derived.doubled", &doubled));
    HOST_TRY(traj_f_add_result(traj, "derived_seen", doubled));
    HOST_TRY(traj_f_set_annotation(traj, "plain.real", "replaced", "before"));
    HOST_TRY(traj_f_set_annotation(traj, "plain.real", "replaced", "after ä"));
    HOST_TRY(traj_f_set_annotation(traj, "plain.real", "list", host_i64_list(ONE_TWO, 2)));
    return traj_f_set_annotation(traj, "derived.doubled", "factor", 2);
}

static int access(traj_t *traj) {
    const char *nowhere = "there.is_no.such_parameter";
    host_value_t raw;
    HOST_TRY(traj_f_get_default(traj, nowhere, host_text("a default ä"), &raw));
    HOST_TRY(traj_f_add_result(traj, "access.raw_default", raw));
    double typed;
    HOST_TRY(traj_f_get_default(traj, nowhere, 4.5, &typed));
    HOST_TRY(traj_f_add_result(traj, "access.typed_default", typed));
    bool contains[] = {traj_f_contains(traj, nowhere), traj_f_contains(traj, "derived.doubled")};
    return traj_f_add_result(traj, "access.contains", HOST_VECTOR(contains, 2));
}

static void logs_and_progress(traj_t *traj) {
    traj_debug(traj, "a debug line");
    traj_info(traj, "an info line: ä 漢 🦀");
    traj_warning(traj, "a warning line");
    traj_error(traj, "an error line\nwith a second line");
    traj_info(traj, "");
    for (int step = 0; step <= 4; step++) {
        traj_progress(traj, step / 4.0, JOINED("step ", number((size_t)step), " of 4"));
    }
}

int everything(traj_t *traj) {
    HOST_TRY(echo_parameters(traj));
    HOST_TRY(echo_arguments(traj));
    HOST_TRY(properties(traj));
    size_t count;
    const named_t *all = values(&count);
    for (size_t i = 0; i < count; i++) {
        HOST_TRY(traj_f_add_result(traj, all[i].name, all[i].value));
    }
    HOST_TRY(several_items(traj));
    HOST_TRY(derived_parameters_and_annotations(traj));
    HOST_TRY(access(traj));
    logs_and_progress(traj);
    return HOST_OK;
}
