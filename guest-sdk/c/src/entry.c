/* The way into a job and out of it. */
#include "internal.h"

/* In memory they are the same, so that arrays of them go through as they are. */
_Static_assert(sizeof(host_text_t) == sizeof(contract_string_t), "texts are those of the contract");
_Static_assert(sizeof(host_bytes_t) == sizeof(contract_list_u8_t), "bytes are those of the contract");
_Static_assert(sizeof(host_complex32_t) == 2 * sizeof(float), "two numbers in a row");
_Static_assert(sizeof(host_parameter_info_t) == sizeof(wit_run_parameter_info_t), "what is known is that of the contract");

void host_panic(const char *message, const char *file, uint32_t line) {
    contract_string_t said = text_of(message), place = text_of(file);
    wit_run_report_panic(&said, &place, line);
    __builtin_trap();
}

void *reserve(size_t size) {
    void *memory = malloc(size == 0 ? 1 : size);
    if (memory == NULL) {
        host_panic("the job is out of memory", "", 0);
    }
    return memory;
}

/* Where the host puts what it hands out. A zero byte after everything that may be a text makes it one of C. */
__attribute__((export_name("cabi_realloc"))) void *cabi_realloc(void *memory, size_t old_size, size_t align,
                                                                size_t new_size) {
    (void)old_size;
    if (new_size == 0) {
        return (void *)align;
    }
    bool text = align == 1;
    uint8_t *moved = realloc(memory, new_size + text);
    if (moved == NULL) {
        host_panic("the job is out of memory", "", 0);
    }
    if (text) {
        moved[new_size] = 0;
    }
    return moved;
}

const char *joined(const char *const *parts) {
    size_t length = 1;
    for (const char *const *part = parts; *part != NULL; part++) {
        length += strlen(*part);
    }
    char *text = reserve(length), *end = text;
    for (const char *const *part = parts; *part != NULL; part++) {
        size_t of_part = strlen(*part);
        memcpy(end, *part, of_part);
        end += of_part;
    }
    *end = 0;
    return text;
}
const char *natural(uint64_t number, bool negative) {
    char digits[24], *first = digits + sizeof digits;
    *--first = 0;
    do {
        *--first = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    if (negative) {
        *--first = '-';
    }
    return JOINED(first);
}

/* What assert() calls; libc's would pull in all of stdio. Weak, as some libc has other things beside its own. */
__attribute__((weak)) void __assert_fail(const char *expression, const char *file, int line, const char *function) {
    host_panic(JOINED("assertion failed: ", expression, function == NULL ? "" : ", in ", function == NULL ? "" : function),
               file, (uint32_t)line);
}

__attribute__((weak)) void abort(void) {
    host_panic("abort() was called", "", 0);
}

void host_exit(int status, const char *file, uint32_t line) {
    const char *number = natural((uint64_t)llabs((long long)status), status < 0);
    host_panic(JOINED("exit(", number, ") was called; a job ends by returning from its function"), file, line);
}

__attribute__((weak)) void _Exit(int status) {
    host_exit(status, "", 0);
}

/* There only if something of stdio is used. */
extern FILE *volatile __stdout_used __attribute__((weak));
extern void __stdio_exit(void) __attribute__((weak));

const char *fail(traj_t *traj, host_error_t error, const char *message) {
    traj->error = error;
    return traj->message = message;
}

bool exports_contract_run(contract_list_value_t *args, contract_list_named_value_t *kwargs, contract_string_t *reason) {
    traj_t traj = {.args = *args, .kwargs = *kwargs, .error = HOST_OK, .message = ""};
    if (&__stdout_used != NULL && __stdout_used != NULL) {
        /* So that what is printed and what is logged come in their order. */
        setvbuf(__stdout_used, NULL, _IOLBF, 0);
    }
    int error = host_job_run(&traj);
    if (__stdio_exit != NULL) {
        __stdio_exit();
    }
    if (error == HOST_OK) {
        return true;
    }
    const char *message = traj.message;
    if (*message == 0) {
        const char *number = natural((uint64_t)llabs((long long)error), error < 0);
        message = JOINED("the job returned ", number, " without a message; traj_fail(traj, \"...\") gives one");
    } else if (error != (int)traj.error) {
        const char *number = natural((uint64_t)llabs((long long)error), error < 0);
        message = JOINED("the job returned ", number, "; the last error before: ", message);
    }
    *reason = text_of(message);
    return false;
}

const char *traj_error_message(const traj_t *traj) {
    return traj->message;
}

int traj_fail(traj_t *traj, const char *message) {
    fail(traj, HOST_FAILED, JOINED(message == NULL || *message == 0 ? "the job failed and gave no reason" : message));
    return HOST_FAILED;
}
