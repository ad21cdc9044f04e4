/* Results, and what is known of the run. */
#include "internal.h"

int add_refused(traj_t *traj, const char *name, const wit_run_add_error_t *error) {
    /* Every kind carries a text. */
    const char *why = c_text(error->val.illegal_name);
    switch (error->tag) {
    case WIT_RUN_ADD_ERROR_ILLEGAL_NAME:
        fail(traj, HOST_ILLEGAL_NAME, JOINED("`", name, "` cannot be a name: ", why));
        break;
    case WIT_RUN_ADD_ERROR_ALREADY_EXISTS:
        fail(traj, HOST_ALREADY_EXISTS, JOINED("this run has added `", why, "` before"));
        break;
    case WIT_RUN_ADD_ERROR_INVALID_VALUE:
        fail(traj, HOST_INVALID_VALUE, JOINED("the value of `", name, "` contradicts itself: ", why));
        break;
    case WIT_RUN_ADD_ERROR_LIMIT_EXCEEDED:
        fail(traj, HOST_LIMIT_EXCEEDED, JOINED("`", name, "` exceeds a limit: ", why));
        break;
    case WIT_RUN_ADD_ERROR_NOT_FOUND:
        fail(traj, HOST_NOT_FOUND, JOINED("this run has added nothing called `", why, "` to annotate"));
        break;
    case WIT_RUN_ADD_ERROR_UNKNOWN_CLASS:
        fail(traj, HOST_UNKNOWN_CLASS, JOINED("`", name, "` cannot be stored: ", why));
        break;
    default:
        fail(traj, HOST_CLASS_REFUSED, why);
        break;
    }
    return traj->error;
}

int traj_f_add_result_value(traj_t *traj, const char *name, host_value_t value) {
    return traj_f_add_result_items(traj, name, "", &(host_item_t){"", value}, 1);
}

/* The items as the contract has them: nothing is copied but what points to their elements. */
static wit_run_list_named_value_t named(const host_item_t *items, size_t count) {
    wit_named_value_t *values = reserve(count * sizeof *values);
    for (size_t i = 0; i < count; i++) {
        values[i] = (wit_named_value_t){text_of(items[i].name), items[i].value};
    }
    return (wit_run_list_named_value_t){values, count};
}

int traj_f_add_result_items(traj_t *traj, const char *name, const char *comment, const host_item_t *items, size_t count) {
    contract_string_t node = text_of(name), words = text_of(comment);
    wit_run_list_named_value_t values = named(items, count);
    wit_run_add_error_t error;
    bool added = wit_run_f_add_result(&node, &values, &words, &error);
    free(values.ptr);
    return added ? HOST_OK : add_refused(traj, name, &error);
}

int traj_f_add_result_as(traj_t *traj, const char *class_name, const char *name, const char *comment,
                         const host_item_t *items, size_t count) {
    contract_string_t class = text_of(class_name), node = text_of(name), words = text_of(comment);
    wit_run_list_named_value_t values = named(items, count);
    wit_run_add_error_t error;
    bool added = wit_run_f_add_result_as(&class, &node, &values, &words, &error);
    free(values.ptr);
    return added ? HOST_OK : add_refused(traj, name, &error);
}

int traj_f_add_derived_parameter_value(traj_t *traj, const char *name, host_value_t value, const char *comment) {
    contract_string_t node = text_of(name), words = text_of(comment);
    wit_run_add_error_t error;
    return wit_run_f_add_derived_parameter(&node, &value, &words, &error) ? HOST_OK : add_refused(traj, name, &error);
}

int traj_f_add_derived_parameter_as(traj_t *traj, const char *class_name, const char *name, host_value_t value,
                                    const char *comment) {
    contract_string_t class = text_of(class_name), node = text_of(name), words = text_of(comment);
    wit_run_add_error_t error;
    bool added = wit_run_f_add_derived_parameter_as(&class, &node, &value, &words, &error);
    return added ? HOST_OK : add_refused(traj, name, &error);
}

int traj_f_set_annotation_value(traj_t *traj, const char *node, const char *key, host_value_t value) {
    if (value.tag != WIT_VALUE_PLAIN) {
        fail(traj, HOST_INVALID_VALUE, JOINED("the annotation `", key, "` of `", node, "` is ", described(&value), ", not a plain value"));
        return HOST_INVALID_VALUE;
    }
    contract_string_t name = text_of(node), word = text_of(key);
    wit_run_add_error_t error;
    return wit_run_f_set_annotation(&name, &word, &value.val.plain, &error) ? HOST_OK : add_refused(traj, node, &error);
}

uint64_t traj_v_idx(const traj_t *traj) {
    (void)traj;
    return wit_run_v_idx();
}

uint64_t traj_v_length(const traj_t *traj) {
    (void)traj;
    return wit_run_v_length();
}

uint64_t traj_v_seed(const traj_t *traj) {
    (void)traj;
    return wit_run_v_seed();
}

const char *traj_v_name(const traj_t *traj) {
    (void)traj;
    contract_string_t name;
    wit_run_v_name(&name);
    return c_text(name);
}

const char *traj_v_trajectory_name(const traj_t *traj) {
    (void)traj;
    contract_string_t name;
    wit_run_v_trajectory_name(&name);
    return c_text(name);
}

static void tell(wit_run_level_t level, const char *message) {
    contract_string_t line = text_of(message);
    wit_run_log(level, &line);
}

void traj_debug(traj_t *traj, const char *message) {
    (void)traj;
    tell(WIT_RUN_LEVEL_DEBUG, message);
}

void traj_info(traj_t *traj, const char *message) {
    (void)traj;
    tell(WIT_RUN_LEVEL_INFO, message);
}

void traj_warning(traj_t *traj, const char *message) {
    (void)traj;
    tell(WIT_RUN_LEVEL_WARNING, message);
}

void traj_error(traj_t *traj, const char *message) {
    (void)traj;
    tell(WIT_RUN_LEVEL_ERROR, message);
}

void traj_progress(traj_t *traj, double fraction, const char *message) {
    (void)traj;
    contract_string_t words = text_of(message);
    wit_run_progress(fraction, &words);
}
