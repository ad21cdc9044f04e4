/* Write jobs for `host` in C.
 *
 * A job is a function that simulates one point of a parameter exploration. `host` compiles it once and calls it for
 * every point, each time in a fresh sandbox:
 *
 *     #include "host_guest.h"
 *
 *     static int multiply(traj_t *traj) {
 *         double x, y;
 *         HOST_TRY(traj_f_get(traj, "x", &x));
 *         HOST_TRY(traj_f_get(traj, "y", &y));
 *         return traj_f_add_result(traj, "z", x * y);
 *     }
 *
 *     HOST_JOB(multiply)
 *
 * `f_` marks functions and `v_` properties, as in pypet. Names are paths with dots; wherever a name is looked up, a
 * short-cut that only one node answers to does as well: `tau` for `parameters.neuron.tau`.
 *
 * What a function hands out (texts, arrays, tables) stays where the host has put it, and is there until the run ends:
 * nothing is copied, and nothing has to be freed. What a function takes is only read while it is called.
 */
#ifndef HOST_GUEST_H
#define HOST_GUEST_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "contract.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One run: exactly one point of the exploration, and the place where its results go. */
typedef struct traj traj_t;

/* Why a function of the run refused. `traj_error_message` says it in words. */
typedef enum {
    HOST_OK = 0,
    /* Nothing has that name: no parameter, no node to annotate, no argument. */
    HOST_NOT_FOUND,
    /* A short-cut that several nodes answer to. */
    HOST_AMBIGUOUS,
    /* The name breaks the naming rules, or leads out of this run. */
    HOST_ILLEGAL_NAME,
    /* The name lies outside of what a single run may see. */
    HOST_NOT_VISIBLE,
    /* The value is there but of another type. */
    HOST_WRONG_TYPE,
    /* This run has added something of that name before. */
    HOST_ALREADY_EXISTS,
    /* The value contradicts itself, for example a shape that does not match its data. */
    HOST_INVALID_VALUE,
    /* A limit of the run would be exceeded. */
    HOST_LIMIT_EXCEEDED,
    /* No class of that name was loaded. */
    HOST_UNKNOWN_CLASS,
    /* The class does not keep the value. */
    HOST_CLASS_REFUSED,
    /* What `traj_fail` was called for. */
    HOST_FAILED,
} host_error_t;

/* ---- The job ---------------------------------------------------------------------------------------------------- */

/* Makes `run`, an `int run(traj_t *traj)`, the job of this component. 0 is success. Anything else fails this run, drops
 * what it had added, and the message of the last error becomes the reason; the other runs go on. */
#define HOST_JOB(run)                                                                                                  \
    int host_job_run(traj_t *traj) {                                                                                   \
        /* So that a trap can tell where it happened. */                                                               \
        [[clang::noinline]] return run(traj);                                                                          \
    }

/* The same with a `void describe(host_manifest_t *manifest)`, so that a spec is checked before anything runs. */
#define HOST_DESCRIBED_JOB(run, describe)                                                                              \
    HOST_JOB(run)                                                                                                      \
    void host_job_describe(host_manifest_t *manifest) { describe(manifest); }

/* Returns from the calling function with the error of `call`, if there is one. */
#define HOST_TRY(call)                                                                                                 \
    do {                                                                                                               \
        int host_try_error_ = (call);                                                                                  \
        if (host_try_error_ != HOST_OK) {                                                                              \
            return host_try_error_;                                                                                    \
        }                                                                                                              \
    } while (0)

/* The last error in words; empty if there was none. */
const char *traj_error_message(const traj_t *traj);

/* Sets the message of an error of your own and returns HOST_FAILED: `return traj_fail(traj, "no solution");` */
int traj_fail(traj_t *traj, const char *message);

/* The same with the formats of printf. */
__attribute__((format(printf, 2, 3), unused)) static int traj_failf(traj_t *traj, const char *format, ...) {
    /* Here and not in host_guest.c, so that jobs without it need nothing of stdio. */
    char message[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    return traj_fail(traj, message);
}

/* Ends this run at once, with a message and the place in the source. So do `assert`, `abort` and `exit`. */
#define HOST_PANIC(message) host_panic(message, __FILE__, __LINE__)
__attribute__((noreturn)) void host_panic(const char *message, const char *file, uint32_t line);

/* ---- Values ----------------------------------------------------------------------------------------------------- */

/* Whatever a parameter or an item of a result can be. Made by the functions below, which copy nothing: what they are
 * given has to stay until the value has been used. */
typedef wit_value_t host_value_t;
/* `re` + `im` i, in memory as `double _Complex` is. */
typedef wit_complex_t host_complex_t;
/* A complex number in single precision, as an element of arrays. */
typedef struct {
    float re;
    float im;
} host_complex32_t;
/* UTF-8. Ends with a zero byte, which does not count, if it comes from the host. */
typedef struct {
    const char *data;
    size_t length;
} host_text_t;
typedef struct {
    const uint8_t *data;
    size_t length;
} host_bytes_t;
/* Lengths of dimensions, slowest first. Without any it is that of one element without dimensions. */
typedef struct {
    const uint64_t *lengths;
    size_t dimensions;
} host_shape_t;
typedef wit_table_t host_table_t;
typedef wit_column_t host_column_t;
/* A dictionary. Dots in a key nest: `a.b` is entry `b` of the dictionary `a`. */
typedef wit_list_entry_t host_dictionary_t;
typedef wit_entry_t host_entry_t;
/* A sparse matrix in one of SciPy's formats. */
typedef wit_sparse_matrix_t host_sparse_t;
/* Positions in a sparse matrix, from 0. */
typedef wit_indices_t host_indices_t;

/* An item of a result. Dots in its name nest; an empty one stands for the name of the result, with a number where it
 * occurs again. */
typedef struct {
    const char *name;
    host_value_t value;
} host_item_t;

/* The elements of arrays: their name here, their type in C, what they are called in the contract. */
#define HOST_ELEMENTS(X)                                                                                               \
    X(bool, bool, BOOLEAN)                                                                                             \
    X(i8, int8_t, SIGNED8)                                                                                             \
    X(i16, int16_t, SIGNED16)                                                                                          \
    X(i32, int32_t, SIGNED32)                                                                                          \
    X(i64, int64_t, SIGNED64)                                                                                          \
    X(u8, uint8_t, UNSIGNED8)                                                                                          \
    X(u16, uint16_t, UNSIGNED16)                                                                                       \
    X(u32, uint32_t, UNSIGNED32)                                                                                       \
    X(u64, uint64_t, UNSIGNED64)                                                                                       \
    X(f32, float, FLOAT32)                                                                                             \
    X(f64, double, FLOAT64)                                                                                            \
    X(complex32, host_complex32_t, COMPLEX64)                                                                          \
    X(complex, host_complex_t, COMPLEX128)                                                                             \
    X(text, host_text_t, TEXT)

/* host_f64_array_t and its like: an array in row-major (C) order. `data` may be changed: it is the run's own. */
#define HOST_ARRAY_TYPE(name, type, tag)                                                                               \
    typedef struct {                                                                                                   \
        type *data;                                                                                                    \
        size_t count;                                                                                                  \
        host_shape_t shape;                                                                                            \
    } host_##name##_array_t;
HOST_ELEMENTS(HOST_ARRAY_TYPE)

/* host_f64_array(data, shape) and its like: an array of that shape over `data`. */
#define HOST_ARRAY_MAKER(name, type, tag) host_value_t host_##name##_array(const type *data, host_shape_t shape);
HOST_ELEMENTS(HOST_ARRAY_MAKER)

/* HOST_SHAPE(2, 3): a shape in place, for calls of the functions above. Without dimensions: HOST_SCALAR. */
#define HOST_SHAPE(...)                                                                                                \
    ((host_shape_t){(const uint64_t[]){__VA_ARGS__}, sizeof((const uint64_t[]){__VA_ARGS__}) / sizeof(uint64_t)})
#define HOST_SCALAR ((host_shape_t){NULL, 0})

/* HOST_VECTOR(data, count): an array with one dimension over whatever `data` points to. `uint8_t` becomes an array, not
 * bytes. */
#define HOST_VECTOR(data, count) HOST_ARRAY(data, HOST_SHAPE(count))
#define HOST_ARRAY(data, shape)                                                                                        \
    _Generic((data),                                                                                                   \
        bool *: host_bool_array, const bool *: host_bool_array,                                                        \
        int8_t *: host_i8_array, const int8_t *: host_i8_array,                                                        \
        int16_t *: host_i16_array, const int16_t *: host_i16_array,                                                    \
        int32_t *: host_i32_array, const int32_t *: host_i32_array,                                                    \
        int64_t *: host_i64_array, const int64_t *: host_i64_array,                                                    \
        uint8_t *: host_u8_array, const uint8_t *: host_u8_array,                                                      \
        uint16_t *: host_u16_array, const uint16_t *: host_u16_array,                                                  \
        uint32_t *: host_u32_array, const uint32_t *: host_u32_array,                                                  \
        uint64_t *: host_u64_array, const uint64_t *: host_u64_array,                                                  \
        float *: host_f32_array, const float *: host_f32_array,                                                        \
        double *: host_f64_array, const double *: host_f64_array,                                                      \
        host_complex32_t *: host_complex32_array, const host_complex32_t *: host_complex32_array,                      \
        host_complex_t *: host_complex_array, const host_complex_t *: host_complex_array,                              \
        host_text_t *: host_text_array, const host_text_t *: host_text_array)(data, shape)

/* Scalars. HOST_VALUE(x) takes the right one for the type of `x`. Integers are at most `int64_t`: a `uint64_t` has to say
 * what it means, host_i64((int64_t)n) or host_u64_array(&n, HOST_SCALAR). */
host_value_t host_none(void);
host_value_t host_bool(bool value);
host_value_t host_i64(int64_t value);
host_value_t host_f64(double value);
host_value_t host_complex(host_complex_t value);
/* A text that ends with a zero byte. */
host_value_t host_text(const char *text);
host_value_t host_text_n(const char *text, size_t length);
host_value_t host_bytes(const void *bytes, size_t length);
host_value_t host_value(host_value_t value);
#define HOST_VALUE(x)                                                                                                  \
    _Generic((x),                                                                                                      \
        bool: host_bool, signed char: host_i64, unsigned char: host_i64, short: host_i64, unsigned short: host_i64,    \
        int: host_i64, unsigned int: host_i64, long: host_i64, unsigned long: host_i64, long long: host_i64,           \
        float: host_f64, double: host_f64, host_complex_t: host_complex,                                               \
        char *: host_text, const char *: host_text, host_value_t: host_value)(x)

/* Lists and tuples: flat, of one type, and kept apart from arrays and from each other. */
host_value_t host_bool_list(const bool *items, size_t count);
host_value_t host_i64_list(const int64_t *items, size_t count);
host_value_t host_f64_list(const double *items, size_t count);
host_value_t host_complex_list(const host_complex_t *items, size_t count);
host_value_t host_text_list(const host_text_t *items, size_t count);
host_value_t host_bytes_list(const host_bytes_t *items, size_t count);
/* A tuple in place of a list: host_tuple(host_i64_list(items, 3)). */
host_value_t host_tuple(host_value_t list);

/* HOST_TEXT("a"), for arrays and lists of texts. */
#define HOST_TEXT(literal) {("" literal), sizeof(literal) - 1}
host_text_t host_text_of(const char *text);

/* Tables: host_table(columns, count), or HOST_TABLE(host_column("t", HOST_VECTOR(t, n)), ...). `cells` is an array. */
host_column_t host_column(const char *name, host_value_t cells);
host_value_t host_table(const host_column_t *columns, size_t count);
#define HOST_TABLE(...)                                                                                                \
    host_table((const host_column_t[]){__VA_ARGS__}, sizeof((host_column_t[]){__VA_ARGS__}) / sizeof(host_column_t))

/* Dictionaries: HOST_DICTIONARY(host_entry("a.b", host_i64(1)), ...). `value` is neither table, dictionary nor sparse. */
host_entry_t host_entry(const char *key, host_value_t value);
host_value_t host_dictionary(const host_entry_t *entries, size_t count);
#define HOST_DICTIONARY(...)                                                                                           \
    host_dictionary((const host_entry_t[]){__VA_ARGS__}, sizeof((host_entry_t[]){__VA_ARGS__}) / sizeof(host_entry_t))

/* Sparse matrices. `data` is an array; of shape [blocks, rows, columns] for BSR, [diagonals, columns] for DIA. */
host_indices_t host_i32_indices(const int32_t *positions, size_t count);
host_indices_t host_i64_indices(const int64_t *positions, size_t count);
host_value_t host_csr(uint64_t rows, uint64_t columns, host_value_t data, host_indices_t indices, host_indices_t indptr);
host_value_t host_csc(uint64_t rows, uint64_t columns, host_value_t data, host_indices_t indices, host_indices_t indptr);
host_value_t host_bsr(uint64_t rows, uint64_t columns, host_value_t data, host_indices_t indices, host_indices_t indptr);
host_value_t host_coo(uint64_t rows, uint64_t columns, host_value_t data, host_indices_t row, host_indices_t column);
host_value_t host_dia(uint64_t rows, uint64_t columns, host_value_t data, host_indices_t offsets);

/* ---- Parameters ------------------------------------------------------------------------------------------------- */

/* What parameters are read as:
 *
 *     bool                              booleans
 *     int8_t ... int64_t, uint8_t ...   integers in range; never a real number, not even 3.0
 *     double                            real numbers, and integers that it represents exactly
 *     float                             real numbers, rounded; integers that it represents exactly
 *     host_complex_t                    complex numbers, and what double accepts
 *     const char *                      texts
 *     host_bytes_t                      bytes, and arrays of unsigned8 with one dimension
 *     host_f64_array_t ...              arrays of any shape whose elements are as above; lists and tuples
 *     host_table_t, host_dictionary_t, host_sparse_t, host_value_t     exactly this; anything
 *
 * Where the elements of an array are of the very type that is asked for, they are not touched. An array without
 * dimensions counts as its one element. */
#define HOST_SCALARS(X)                                                                                                \
    X(bool, bool)                                                                                                      \
    X(i8, int8_t)                                                                                                      \
    X(i16, int16_t)                                                                                                    \
    X(i32, int32_t)                                                                                                    \
    X(i64, int64_t)                                                                                                    \
    X(u8, uint8_t)                                                                                                     \
    X(u16, uint16_t)                                                                                                   \
    X(u32, uint32_t)                                                                                                   \
    X(u64, uint64_t)                                                                                                   \
    X(f32, float)                                                                                                      \
    X(f64, double)                                                                                                     \
    X(complex, host_complex_t)                                                                                         \
    X(text, const char *)
#define HOST_OTHERS(X)                                                                                                 \
    X(bytes, host_bytes_t)                                                                                             \
    X(bool_array, host_bool_array_t)                                                                                   \
    X(i8_array, host_i8_array_t)                                                                                       \
    X(i16_array, host_i16_array_t)                                                                                     \
    X(i32_array, host_i32_array_t)                                                                                     \
    X(i64_array, host_i64_array_t)                                                                                     \
    X(u8_array, host_u8_array_t)                                                                                       \
    X(u16_array, host_u16_array_t)                                                                                     \
    X(u32_array, host_u32_array_t)                                                                                     \
    X(u64_array, host_u64_array_t)                                                                                     \
    X(f32_array, host_f32_array_t)                                                                                     \
    X(f64_array, host_f64_array_t)                                                                                     \
    X(complex32_array, host_complex32_array_t)                                                                         \
    X(complex_array, host_complex_array_t)                                                                             \
    X(text_array, host_text_array_t)                                                                                   \
    X(table, host_table_t)                                                                                             \
    X(dictionary, host_dictionary_t)                                                                                   \
    X(sparse, host_sparse_t)                                                                                           \
    X(value, host_value_t)

/* traj_f_get_f64(traj, "neuron.tau", &tau) and its like: the value of a parameter at this point, or of a derived
 * parameter that this run has added.
 * traj_read_f64(traj, "args[0]", &value, &x) and its like: a value that is there already; `what` names it in messages. */
#define HOST_GETTER(name, type)                                                                                        \
    int traj_f_get_##name(traj_t *traj, const char *path, type *into);                                                 \
    int traj_read_##name(traj_t *traj, const char *what, const host_value_t *value, type *into);
HOST_SCALARS(HOST_GETTER)
HOST_OTHERS(HOST_GETTER)

/* traj_f_get_default_f64(traj, "neuron.tau", 20e-3, &tau) and its like: the default where nothing has that name. */
#define HOST_DEFAULT_GETTER(name, type)                                                                                \
    int traj_f_get_default_##name(traj_t *traj, const char *path, type standard, type *into);
HOST_SCALARS(HOST_DEFAULT_GETTER)
HOST_DEFAULT_GETTER(value, host_value_t)

/* traj_f_get(traj, path, &x), traj_f_get_default(traj, path, standard, &x) and traj_read(traj, what, &value, &x) take the
 * right one for the type of `x`. */
#define HOST_BY_TYPE(prefix, into)                                                                                     \
    _Generic((into),                                                                                                   \
        bool *: prefix##bool, int8_t *: prefix##i8, int16_t *: prefix##i16, int32_t *: prefix##i32,                    \
        int64_t *: prefix##i64, uint8_t *: prefix##u8, uint16_t *: prefix##u16, uint32_t *: prefix##u32,               \
        uint64_t *: prefix##u64, unsigned long *: prefix##size, float *: prefix##f32, double *: prefix##f64,           \
        host_complex_t *: prefix##complex, const char **: prefix##text, host_bytes_t *: prefix##bytes,                 \
        host_bool_array_t *: prefix##bool_array, host_i8_array_t *: prefix##i8_array,                                  \
        host_i16_array_t *: prefix##i16_array, host_i32_array_t *: prefix##i32_array,                                  \
        host_i64_array_t *: prefix##i64_array, host_u8_array_t *: prefix##u8_array,                                    \
        host_u16_array_t *: prefix##u16_array, host_u32_array_t *: prefix##u32_array,                                  \
        host_u64_array_t *: prefix##u64_array, host_f32_array_t *: prefix##f32_array,                                  \
        host_f64_array_t *: prefix##f64_array, host_complex32_array_t *: prefix##complex32_array,                      \
        host_complex_array_t *: prefix##complex_array, host_text_array_t *: prefix##text_array,                        \
        host_table_t *: prefix##table, host_dictionary_t *: prefix##dictionary, host_sparse_t *: prefix##sparse,       \
        host_value_t *: prefix##value)
#define traj_f_get(traj, path, into) HOST_BY_TYPE(traj_f_get_, into)(traj, path, into)
#define traj_read(traj, what, value, into) HOST_BY_TYPE(traj_read_, into)(traj, what, value, into)
#define traj_f_get_default(traj, path, standard, into)                                                                 \
    _Generic((into),                                                                                                   \
        bool *: traj_f_get_default_bool, int8_t *: traj_f_get_default_i8, int16_t *: traj_f_get_default_i16,           \
        int32_t *: traj_f_get_default_i32, int64_t *: traj_f_get_default_i64, uint8_t *: traj_f_get_default_u8,        \
        uint16_t *: traj_f_get_default_u16, uint32_t *: traj_f_get_default_u32, uint64_t *: traj_f_get_default_u64,    \
        float *: traj_f_get_default_f32, double *: traj_f_get_default_f64,                                             \
        host_complex_t *: traj_f_get_default_complex, const char **: traj_f_get_default_text,                          \
        host_value_t *: traj_f_get_default_value)(traj, path, standard, into)
static inline int traj_f_get_size(traj_t *traj, const char *path, unsigned long *into) {
    uint32_t size;
    int error = traj_f_get_u32(traj, path, &size);
    if (error == HOST_OK) {
        *into = size;
    }
    return error;
}
static inline int traj_read_size(traj_t *traj, const char *what, const host_value_t *value, unsigned long *into) {
    uint32_t size;
    int error = traj_read_u32(traj, what, value, &size);
    if (error == HOST_OK) {
        *into = size;
    }
    return error;
}

/* Whether anything has that name; true for an ambiguous one as well. */
bool traj_f_contains(traj_t *traj, const char *path);

/* What is known of a parameter besides its value: `name`, `comment`, `unit`, `explored`. */
typedef struct {
    host_text_t name;
    host_text_t comment;
    host_text_t unit;
    bool explored;
} host_parameter_info_t;

/* All parameters below the path `under`, in the order of their names; every one for "". `*count` says how many. */
const host_parameter_info_t *traj_f_list_parameters(traj_t *traj, const char *under, size_t *count);

/* The positional arguments that the spec hands to every run, and the named ones. */
size_t traj_arg_count(const traj_t *traj);
int traj_arg(traj_t *traj, size_t position, host_value_t *into);
size_t traj_kwarg_count(const traj_t *traj);
int traj_kwarg(traj_t *traj, const char *name, host_value_t *into);
/* The name of the named argument at `position`. */
host_text_t traj_kwarg_name(const traj_t *traj, size_t position);

/* A column of a table as an array, and an entry of a dictionary, for traj_read. `what` names the whole in messages. */
int traj_column(traj_t *traj, const char *what, const host_table_t *table, const char *name, host_value_t *into);
int traj_entry(traj_t *traj, const char *what, const host_dictionary_t *dictionary, const char *key, host_value_t *into);

/* All elements of a sparse matrix of real numbers, zeros where nothing is stored. */
int traj_dense(traj_t *traj, const char *what, const host_sparse_t *matrix, host_f64_array_t *into);

/* ---- Results ---------------------------------------------------------------------------------------------------- */

/* Adds a result of one item that has the result's name. */
#define traj_f_add_result(traj, name, value) traj_f_add_result_value(traj, name, HOST_VALUE(value))
int traj_f_add_result_value(traj_t *traj, const char *name, host_value_t value);

/* Adds a result with a comment and several items: traj_f_add_result_items(traj, "spikes", "of all cells",
 * HOST_ITEMS({"times", HOST_VECTOR(times, n)}, {"count", host_i64(n)})). */
int traj_f_add_result_items(traj_t *traj, const char *name, const char *comment, const host_item_t *items, size_t count);
#define HOST_ITEMS(...)                                                                                                \
    (const host_item_t[]){__VA_ARGS__}, sizeof((host_item_t[]){__VA_ARGS__}) / sizeof(host_item_t)

/* The same, stored by a class of your own, whose component the spec names. */
int traj_f_add_result_as(traj_t *traj, const char *class_name, const char *name, const char *comment,
                         const host_item_t *items, size_t count);

/* Adds a value that follows from the parameters of this point. */
#define traj_f_add_derived_parameter(traj, name, value, comment)                                                       \
    traj_f_add_derived_parameter_value(traj, name, HOST_VALUE(value), comment)
int traj_f_add_derived_parameter_value(traj_t *traj, const char *name, host_value_t value, const char *comment);

/* The same, stored by a class of your own. */
int traj_f_add_derived_parameter_as(traj_t *traj, const char *class_name, const char *name, host_value_t value,
                                    const char *comment);

/* Attaches an annotation to a result or derived parameter of this run, replacing one of the same key. */
#define traj_f_set_annotation(traj, node, key, value) traj_f_set_annotation_value(traj, node, key, HOST_VALUE(value))
int traj_f_set_annotation_value(traj_t *traj, const char *node, const char *key, host_value_t value);

/* ---- The run ---------------------------------------------------------------------------------------------------- */

/* The index of this run, from 0, and the number of runs. */
uint64_t traj_v_idx(const traj_t *traj);
uint64_t traj_v_length(const traj_t *traj);
/* The name of this run, `run_00000003`, and that of the trajectory. */
const char *traj_v_name(const traj_t *traj);
const char *traj_v_trajectory_name(const traj_t *traj);
/* The seed of this run: it follows from the root seed, the point and the replicate, never from the position. */
uint64_t traj_v_seed(const traj_t *traj);

/* Lines in the log of the exploration, under the name of this run. printf goes there, too. */
void traj_debug(traj_t *traj, const char *message);
void traj_info(traj_t *traj, const char *message);
void traj_warning(traj_t *traj, const char *message);
void traj_error(traj_t *traj, const char *message);

/* Tells how far this run has come, from 0 to 1. */
void traj_progress(traj_t *traj, double fraction, const char *message);

/* ---- Random numbers --------------------------------------------------------------------------------------------- */

/* ChaCha8, with the seed in the first eight bytes of its key: the same numbers as those of the Rust SDK, on every machine.
 * Do not copy one: the copy would silently repeat its numbers. */
typedef struct {
    uint64_t seed;
    uint64_t stream;
    uint64_t block;
    uint32_t words[16];
    unsigned used;
} host_rng_t;

/* Random numbers that follow from the seed of this run; streams are independent of one another, 0 is the usual one. */
host_rng_t traj_rng(const traj_t *traj);
host_rng_t traj_rng_stream(const traj_t *traj, uint64_t stream);
host_rng_t host_rng(uint64_t seed, uint64_t stream);

/* 64 random bits. */
uint64_t host_rng_bits(host_rng_t *rng);
/* A number from 0 to 1, without 1. */
double host_rng_uniform(host_rng_t *rng);
/* An integer from 0 to `end`, without `end`, each as likely as the other. */
uint64_t host_rng_below(host_rng_t *rng, uint64_t end);
/* Whether an event of this probability happens. */
bool host_rng_chance(host_rng_t *rng, double probability);
/* A normally distributed number of mean 0 and variance 1; an exponentially distributed one of mean 1. */
double host_rng_normal(host_rng_t *rng);
double host_rng_exponential(host_rng_t *rng);
/* Puts `count` items of `size` bytes into random order, each as likely as the other. */
void host_rng_shuffle(host_rng_t *rng, void *items, size_t count, size_t size);

/* ---- Describing a job ------------------------------------------------------------------------------------------- */

/* What a job says of itself. */
typedef struct host_manifest host_manifest_t;

typedef enum {
    HOST_BOOLEAN,
    HOST_INTEGER,
    HOST_REAL,
    HOST_COMPLEX,
    HOST_TEXT,
    HOST_BYTES,
    HOST_ARRAY,
    HOST_SEQUENCE,
    HOST_TABLE,
    HOST_DICTIONARY,
    HOST_SPARSE,
} host_value_type_t;

/* Whatever is left out is empty, or not there. */
typedef struct {
    const char *unit;
    const char *comment;
    /* HOST_DEFAULT(20e-3): the value where the spec gives none. Without it the spec must. */
    const host_value_t *standard;
    /* HOST_RANGE(0, 1): the smallest and the largest value allowed, of integers and reals. */
    const double *minimum;
    const double *maximum;
} host_parameter_t;
#define HOST_DEFAULT(value) .standard = (const host_value_t[]){HOST_VALUE(value)}
#define HOST_MINIMUM(least) .minimum = (const double[]){least}
#define HOST_MAXIMUM(most) .maximum = (const double[]){most}
#define HOST_RANGE(least, most) HOST_MINIMUM(least), HOST_MAXIMUM(most)

typedef struct {
    const char *unit;
    const char *comment;
    /* HOST_DIMENSIONS("t", "cell"): names of the dimensions of an array, slowest first. */
    const char *const *dimensions;
} host_result_t;
#define HOST_DIMENSIONS(...) .dimensions = (const char *const[]){__VA_ARGS__, NULL}

/* What the job is about. */
void host_comment(host_manifest_t *manifest, const char *comment);

/* host_parameter(manifest, "neuron.tau", HOST_REAL, .unit = "s", HOST_DEFAULT(20e-3), HOST_RANGE(1e-6, 1.0),
 * .comment = "time constant"): declares a parameter below `parameters`. From the first one on, every parameter that the
 * job reads has to be declared. */
#define host_parameter(manifest, name, ...)                                                                            \
    host_declare_parameter(manifest, name, HOST_FIRST(__VA_ARGS__), (host_parameter_t){HOST_REST(__VA_ARGS__)})
void host_declare_parameter(host_manifest_t *manifest, const char *name, host_value_type_t type, host_parameter_t about);
/* Says that the job reads no parameters at all. */
void host_no_parameters(host_manifest_t *manifest);

/* host_result(manifest, "trace", .unit = "V", HOST_DIMENSIONS("t")): declares a result, or an item of one as `result.item`. */
#define host_result(manifest, ...)                                                                                     \
    host_declare_result(manifest, HOST_FIRST(__VA_ARGS__), (host_result_t){HOST_REST(__VA_ARGS__)})
void host_declare_result(host_manifest_t *manifest, const char *name, host_result_t about);

/* The first of some arguments, and the others: there may be none. */
#define HOST_FIRST(...) HOST_FIRST_(__VA_ARGS__, )
#define HOST_FIRST_(first, ...) first
#define HOST_REST(...) HOST_REST_(__VA_ARGS__, )
#define HOST_REST_(first, ...) __VA_ARGS__

/* ---- What ends a run -------------------------------------------------------------------------------------------- */

__attribute__((noreturn)) void host_exit(int status, const char *file, uint32_t line);
#if !defined(__cplusplus) && !defined(HOST_KEEP_ABORT)
/* With the place in the source, which the functions of libc cannot know. */
#define abort() host_panic("abort() was called", __FILE__, __LINE__)
#define exit(status) host_exit(status, __FILE__, __LINE__)
#endif

/* Defined by HOST_JOB. */
int host_job_run(traj_t *traj);
void host_job_describe(host_manifest_t *manifest);

#ifdef __cplusplus
}
#endif
#endif
