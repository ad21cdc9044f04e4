/* What the files of the SDK share. */
#ifndef HOST_GUEST_INTERNAL_H
#define HOST_GUEST_INTERNAL_H

#define HOST_KEEP_ABORT
#include "host_guest.h"

#include <math.h>
#include <string.h>

/* Names that a job may have as well. */
#define reserve host_guest_reserve
#define joined host_guest_joined
#define natural host_guest_natural
#define fail host_guest_fail
#define mismatch host_guest_mismatch
#define described host_guest_described
#define real_text host_guest_real_text
#define array_in host_guest_array_in
#define access_refused host_guest_access_refused
#define add_refused host_guest_add_refused
#define ELEMENTS host_guest_elements

struct traj {
    contract_list_value_t args;
    contract_list_named_value_t kwargs;
    host_error_t error;
    const char *message;
};

/* What an element of an array is called, how many of the contract's numbers it has, and how many bytes such a number. */
struct element_kind {
    uint8_t numbers;
    uint8_t size;
    const char *name;
};
extern const struct element_kind ELEMENTS[];

#define PLAIN(kind, ...) ((host_value_t){.tag = WIT_VALUE_PLAIN, .val.plain = {.tag = WIT_PLAIN_##kind, __VA_ARGS__}})

static inline contract_string_t text_of(const char *text) {
    return (contract_string_t){(uint8_t *)text, text == NULL ? 0 : strlen(text)};
}

/* A text of the host as one of C: what is empty has no memory that a zero byte could stand in. */
static inline const char *c_text(contract_string_t text) {
    return text.len == 0 ? "" : (const char *)text.ptr;
}

/* Memory, or the end of the run. */
void *reserve(size_t size);

/* Texts in a row, the last of them NULL. */
const char *joined(const char *const *parts);
#define JOINED(...) joined((const char *const[]){__VA_ARGS__, NULL})

/* Numbers in decimals. */
const char *natural(uint64_t number, bool negative);
const char *real_text(double number);

/* What a value is, with an article. */
const char *described(const host_value_t *value);

/* The array in `value`; there is no use for anything else where one is called for. */
wit_ndarray_t array_in(host_value_t value, const char *where, const char *name);

/* Remembers the last error. */
const char *fail(traj_t *traj, host_error_t error, const char *message);

/* Remembers in words what the host has refused, and returns which error it was. */
int access_refused(traj_t *traj, const char *name, const wit_run_access_error_t *error);
int add_refused(traj_t *traj, const char *name, const wit_run_add_error_t *error);

/* `what` is not as it was asked for; `why` continues the sentence. */
int mismatch(traj_t *traj, const char *what, const char *why);

#endif
