// The job of ../conformance, in C. What each part does is said in its README.md.

#include "job.h"

#include <stdarg.h>
#include <string.h>

const char *joined(const char *first, ...) {
    char *text = calloc(1, 1);
    va_list others;
    va_start(others, first);
    for (const char *part = first; part != NULL; part = va_arg(others, const char *)) {
        text = realloc(text, strlen(text) + strlen(part) + 1);
        strcat(text, part);
    }
    va_end(others);
    return text;
}

const char *number(size_t value) {
    const char digit[] = {(char)('0' + value % 10), 0};
    return JOINED(value < 10 ? "" : number(value / 10), digit);
}

// What was tried, and what became of it.
typedef struct {
    host_text_t said[200];
    size_t count;
} attempts_t;

static void note(attempts_t *attempts, const char *what, int error) {
    static const char *const KINDS[] = {
        [HOST_OK] = "accepted",
        [HOST_NOT_FOUND] = "not-found",
        [HOST_AMBIGUOUS] = "ambiguous",
        [HOST_ILLEGAL_NAME] = "illegal-name",
        [HOST_NOT_VISIBLE] = "not-visible",
        [HOST_WRONG_TYPE] = "wrong-type",
        [HOST_ALREADY_EXISTS] = "already-exists",
        [HOST_INVALID_VALUE] = "invalid-value",
        [HOST_LIMIT_EXCEEDED] = "limit-exceeded",
        [HOST_UNKNOWN_CLASS] = "unknown-class",
        [HOST_CLASS_REFUSED] = "class-refused",
    };
    attempts->said[attempts->count++] = host_text_of(JOINED(what, ": ", KINDS[error]));
}

static int settle(attempts_t *attempts, traj_t *traj) {
    return traj_f_add_result(traj, "refusals", host_text_list(attempts->said, attempts->count));
}

// Every value to the host and back, twice: as a derived parameter, and as a default.
int round_trip(traj_t *traj) {
    size_t count;
    const named_t *all = values(&count);
    for (size_t i = 0; i < count; i++) {
        host_value_t back;
        HOST_TRY(traj_f_add_derived_parameter(traj, all[i].name, all[i].value, ""));
        HOST_TRY(traj_f_get(traj, all[i].name, &back));
        HOST_TRY(traj_f_add_result(traj, JOINED("round_trip.", all[i].name), back));
        HOST_TRY(traj_f_get_default(traj, JOINED("nowhere.", all[i].name), all[i].value, &back));
        HOST_TRY(traj_f_add_result(traj, JOINED("default.", all[i].name), back));
    }
    return HOST_OK;
}

int annotations(traj_t *traj) {
    HOST_TRY(traj_f_add_result(traj, "holder", 1));
    attempts_t attempts = {.count = 0};
    size_t count;
    const named_t *all = values(&count);
    for (size_t i = 0; i < count; i++) {
        if (all[i].value.tag == WIT_VALUE_PLAIN) {
            char *key = (char *)JOINED(all[i].name);
            *strchr(key, '.') = '_';
            note(&attempts, all[i].name, traj_f_set_annotation(traj, "holder", key, all[i].value));
        }
    }
    return settle(&attempts, traj);
}

int classes(traj_t *traj) {
    static const int64_t TIMES[] = {100, 103, 107, 200};
    host_item_t times = {"times", HOST_VECTOR(TIMES, 4)};
    HOST_TRY(traj_f_add_result_as(traj, "Packed", "spikes", "packed", &times, 1));
    HOST_TRY(traj_f_add_derived_parameter_as(traj, "Duration", "twice", host_text("5s 5s"), "two pauses"));
    host_value_t twice;
    HOST_TRY(traj_f_get(traj, "twice", &twice));
    HOST_TRY(traj_f_add_result(traj, "twice_seen", twice));
    attempts_t attempts = {.count = 0};
    note(&attempts, "unknown class", traj_f_add_result_as(traj, "Nowhere", "a", "", &times, 1));
    note(&attempts, "refused by the class", traj_f_add_derived_parameter_as(traj, "Duration", "b", host_text("often"), ""));
    return settle(&attempts, traj);
}

int refusals(traj_t *traj) {
    HOST_TRY(traj_f_add_result(traj, "z", 1));
    HOST_TRY(traj_f_add_derived_parameter(traj, "d", 1, ""));
    attempts_t attempts = {.count = 0};
    host_value_t value, one = host_i64(1);
    static const char *const ASKED[] = {"nowhere", "twin", "", "a/b", "config", "config.x", "results.run_00000000.z", "run_ALL.z", "part.below"};
    for (size_t i = 0; i < COUNT(ASKED); i++) {
        note(&attempts, JOINED("get ", ASKED[i]), traj_f_get(traj, ASKED[i], &value));
        note(&attempts, JOINED("get ", ASKED[i], " or 1"), traj_f_get_default(traj, ASKED[i], one, &value));
    }
    static const char *const RESULTS[] = {"z", "", "a/b", "results.z", "z.below", "run_00000001", "par", "_private", "ä"};
    for (size_t i = 0; i < COUNT(RESULTS); i++) {
        note(&attempts, JOINED("result ", RESULTS[i]), traj_f_add_result(traj, RESULTS[i], one));
    }
    static const char *const DERIVED[] = {"d", "", "a/b", "parameters.x", "d.below"};
    for (size_t i = 0; i < COUNT(DERIVED); i++) {
        note(&attempts, JOINED("derived parameter ", DERIVED[i]), traj_f_add_derived_parameter(traj, DERIVED[i], one, ""));
    }
    static const char *const ANNOTATED[] = {"nowhere", "", "results", "part"};
    for (size_t i = 0; i < COUNT(ANNOTATED); i++) {
        note(&attempts, JOINED("annotation of ", ANNOTATED[i]), traj_f_set_annotation(traj, ANNOTATED[i], "key", one));
    }
    note(&attempts, "items of one name", traj_f_add_result_items(traj, "r", "", HOST_ITEMS({"a", host_i64(1)}, {"a", host_i64(2)})));
    note(&attempts, "no items", traj_f_add_result_items(traj, "r", "", NULL, 0));
    size_t count;
    const named_t *all = contradictions(&count);
    for (size_t i = 0; i < count; i++) {
        note(&attempts, all[i].name, traj_f_add_result(traj, JOINED("r", number(attempts.count)), all[i].value));
    }
    static const int64_t TWO[] = {1, 2};
    host_value_t broken = HOST_VECTOR(TWO, 3);
    broken.val.plain.val.array.data.val.signed64.len = 2;
    note(&attempts, "annotation that contradicts itself", traj_f_set_annotation(traj, "z", "key", broken));
    return settle(&attempts, traj);
}

static int error(traj_t *traj) {
    HOST_TRY(traj_f_add_result(traj, "dropped", "what a failed run added is not stored"));
    return traj_fail(traj, "the guest fails on purpose: ä");
}

static int panics(traj_t *traj) {
    (void)traj;
    HOST_PANIC("the guest panics on purpose: ä");
}

static int conform(traj_t *traj) {
    static const struct {
        const char *name;
        int (*run)(traj_t *traj);
    } PARTS[] = {
        {"everything", everything}, {"round_trip", round_trip}, {"annotations", annotations}, {"refusals", refusals},
        {"classes", classes},       {"error", error},           {"panic", panics},
        {"typed", typed},
    };
    const char *part;
    HOST_TRY(traj_f_get_default(traj, "part", "everything", &part));
    for (size_t i = 0; i < COUNT(PARTS); i++) {
        if (strcmp(PARTS[i].name, part) == 0) {
            return PARTS[i].run(traj);
        }
    }
    return traj_fail(traj, JOINED("there is no part `", part, "`"));
}

static void describe(host_manifest_t *manifest) {
    host_comment(manifest, "Every function and every value of the contract: ä 漢 🦀");
    host_result(manifest, "plain.real", .unit = "m s-1", .comment = "a real number");
    host_result(manifest, "arrays.float64", .unit = "V", HOST_DIMENSIONS("row", "column"), .comment = "an array");
}

HOST_DESCRIBED_JOB(conform, describe)
