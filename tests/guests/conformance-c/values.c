// Values of every type. They point to one another, so everything is static.

#include <math.h>

#include "job.h"

#define STATIC(type, name, ...) static const type name[] = {__VA_ARGS__}

STATIC(uint64_t, NONE, 0);
STATIC(uint64_t, ONE, 1);
STATIC(uint64_t, TWO, 2);
STATIC(uint64_t, THREE, 3);
STATIC(uint64_t, TWO_BY_ONE, 2, 1);
STATIC(uint64_t, TWO_BY_TWO, 2, 2);
STATIC(uint64_t, TWO_BY_THREE, 2, 3);
STATIC(uint64_t, TWO_BY_NONE_BY_THREE, 2, 0, 3);
STATIC(uint64_t, CUBE, 2, 2, 2);
#define SHAPE(lengths) ((host_shape_t){lengths, COUNT(lengths)})

STATIC(bool, BOOLEANS, true, false, true);
STATIC(int8_t, SIGNED8, INT8_MIN, 0, INT8_MAX);
STATIC(int16_t, SIGNED16, INT16_MIN, 0, INT16_MAX);
STATIC(int32_t, SIGNED32, INT32_MIN, 0, INT32_MAX);
STATIC(int64_t, SIGNED64, INT64_MIN, 0, INT64_MAX);
STATIC(uint8_t, UNSIGNED8, 0, 1, UINT8_MAX);
STATIC(uint16_t, UNSIGNED16, 0, 1, UINT16_MAX);
STATIC(uint32_t, UNSIGNED32, 0, 1, UINT32_MAX);
STATIC(uint64_t, UNSIGNED64, 0, 1, UINT64_MAX);
STATIC(float, FLOAT32, 0.1f, -0.0f, INFINITY);
STATIC(double, GRID, 0.0, 0.1, 0.2, 1.0, 1.1, 1.2);
STATIC(host_complex32_t, COMPLEX64, {1.5f, -2.5f}, {0.0f, 1.0f});
STATIC(host_complex_t, COMPLEX128, {1.5, -2.5}, {3.0, 0.0});
STATIC(host_text_t, TEXTS, HOST_TEXT("ä"), HOST_TEXT(""), HOST_TEXT("漢字"));
STATIC(host_text_t, TEXTS_2D, HOST_TEXT("a"), HOST_TEXT("bb"), HOST_TEXT("ccc"), HOST_TEXT("🦀"));
STATIC(double, SCALAR, 2.5);
STATIC(int32_t, UP_TO_7, 0, 1, 2, 3, 4, 5, 6, 7);
STATIC(uint8_t, BYTES, 0, 1, 254, 255);

STATIC(bool, FLAGS, true, false);
STATIC(int64_t, COUNTING, 1, 2, 3);
STATIC(double, HALVES, 0.5, 1.5);
STATIC(host_complex_t, COMPLEXES, {0.0, 1.0}, {1.0, 0.0});
STATIC(host_text_t, WORDS, HOST_TEXT("ä"), HOST_TEXT("b"), HOST_TEXT(""));
STATIC(uint8_t, ONE_TWO, 1, 2);
STATIC(host_bytes_t, BYTE_STRINGS, {ONE_TWO, 2}, {ONE_TWO, 0});

STATIC(int64_t, COLUMN_SIGNED64, 1, -1);
STATIC(float, COLUMN_FLOAT32, 0.5f, 1.5f);
STATIC(host_complex_t, COLUMN_COMPLEX128, {1.0, 2.0}, {3.0, 0.0});
STATIC(host_text_t, COLUMN_TEXT, HOST_TEXT("kurz"), HOST_TEXT("länger"));
static host_column_t columns[8], column_without_rows;
static host_entry_t entries[5];

static host_value_t sparse_csr(void) {
    static double data[] = {3.0, NAN};
    STATIC(int32_t, INDICES, 2, 0);
    STATIC(int32_t, INDPTR, 0, 1, 2);
    return host_csr(2, 3, host_f64_array(data, SHAPE(TWO)), host_i32_indices(INDICES, 2), host_i32_indices(INDPTR, 3));
}

static host_value_t sparse_csc(void) {
    STATIC(host_complex32_t, DATA, {4.0f, -1.0f});
    STATIC(int32_t, INDICES, 1);
    STATIC(int32_t, INDPTR, 0, 1, 1, 1);
    return host_csc(2, 3, host_complex32_array(DATA, SHAPE(ONE)), host_i32_indices(INDICES, 1), host_i32_indices(INDPTR, 4));
}

static host_value_t sparse_bsr(void) {
    STATIC(double, DATA, 1, 2, 3, 4, 5, 6, 7, 8);
    STATIC(int32_t, INDICES, 1, 0);
    STATIC(int64_t, INDPTR, 0, 1, 2);
    return host_bsr(4, 4, host_f64_array(DATA, SHAPE(CUBE)), host_i32_indices(INDICES, 2), host_i64_indices(INDPTR, 3));
}

static host_value_t sparse_coo(void) {
    STATIC(int32_t, ROW, 1, 0);
    STATIC(int32_t, COLUMN, 0, 2);
    return host_coo(2, 3, host_bool_array(FLAGS, SHAPE(TWO)), host_i32_indices(ROW, 2), host_i32_indices(COLUMN, 2));
}

static host_value_t sparse_dia(void) {
    STATIC(int16_t, DATA, 4, 5, 0, 0, 0, 3);
    STATIC(int32_t, OFFSETS, -1, 2);
    return host_dia(3, 3, host_i16_array(DATA, SHAPE(TWO_BY_THREE)), host_i32_indices(OFFSETS, 2));
}

static host_value_t sparse_empty(void) {
    STATIC(int32_t, INDPTR, 0);
    return host_csr(0, 3, host_u8_array(BYTES, SHAPE(NONE)), host_i32_indices(INDPTR, 0), host_i32_indices(INDPTR, 1));
}

static host_value_t sparse_wide(void) {
    STATIC(uint64_t, DATA, 1);
    STATIC(int32_t, INDICES, INT32_MAX);
    STATIC(int32_t, INDPTR, 0, 1);
    return host_csr(1, (uint64_t)1 << 31, host_u64_array(DATA, SHAPE(ONE)), host_i32_indices(INDICES, 1), host_i32_indices(INDPTR, 2));
}

static host_value_t table_of_every_column(void) {
    columns[0] = host_column("boolean", host_bool_array(FLAGS, SHAPE(TWO)));
    columns[1] = host_column("signed64", host_i64_array(COLUMN_SIGNED64, SHAPE(TWO)));
    columns[2] = host_column("unsigned8", host_u8_array(ONE_TWO, SHAPE(TWO)));
    columns[3] = host_column("float32", host_f32_array(COLUMN_FLOAT32, SHAPE(TWO)));
    columns[4] = host_column("float64", host_f64_array(HALVES, SHAPE(TWO)));
    columns[5] = host_column("complex128", host_complex_array(COLUMN_COMPLEX128, SHAPE(TWO)));
    columns[6] = host_column("text", host_text_array(COLUMN_TEXT, SHAPE(TWO)));
    columns[7] = host_column("vectors", host_f64_array(GRID, SHAPE(TWO_BY_THREE)));
    return host_table(columns, COUNT(columns));
}

static host_value_t nested_dictionary(void) {
    entries[0] = host_entry("flag", host_bool(true));
    entries[1] = host_entry("text", host_text("ä"));
    entries[2] = host_entry("nothing", host_none());
    entries[3] = host_entry("inner.list", host_i64_list(COUNTING, 2));
    entries[4] = host_entry("inner.deep.array", host_f64_array(HALVES, SHAPE(TWO)));
    return host_dictionary(entries, COUNT(entries));
}

const named_t *values(size_t *count) {
    column_without_rows = host_column("t", host_f64_array(HALVES, SHAPE(NONE)));
    const named_t all[] = {
        {"plain.none", host_none()},
        {"plain.boolean", host_bool(true)},
        {"plain.integer", host_i64(INT64_MIN)},
        {"plain.real", host_f64(0.1)},
        {"plain.real_nan", host_f64(NAN)},
        {"plain.real_infinite", host_f64(-INFINITY)},
        {"plain.complex", host_complex((host_complex_t){1.5, -2.5})},
        {"plain.text", host_text("größe 漢字 🦀")},
        {"plain.text_empty", host_text("")},
        {"plain.bytes", host_bytes(BYTES, 4)},
        {"plain.bytes_empty", host_bytes(BYTES, 0)},
        {"arrays.boolean", host_bool_array(BOOLEANS, SHAPE(THREE))},
        {"arrays.signed8", host_i8_array(SIGNED8, SHAPE(THREE))},
        {"arrays.signed16", host_i16_array(SIGNED16, SHAPE(THREE))},
        {"arrays.signed32", host_i32_array(SIGNED32, SHAPE(THREE))},
        {"arrays.signed64", host_i64_array(SIGNED64, SHAPE(THREE))},
        {"arrays.unsigned8", host_u8_array(UNSIGNED8, SHAPE(THREE))},
        {"arrays.unsigned16", host_u16_array(UNSIGNED16, SHAPE(THREE))},
        {"arrays.unsigned32", host_u32_array(UNSIGNED32, SHAPE(THREE))},
        {"arrays.unsigned64", host_u64_array(UNSIGNED64, SHAPE(THREE))},
        {"arrays.float32", host_f32_array(FLOAT32, SHAPE(THREE))},
        {"arrays.float64", host_f64_array(GRID, SHAPE(TWO_BY_THREE))},
        {"arrays.complex64", host_complex32_array(COMPLEX64, SHAPE(TWO))},
        {"arrays.complex128", host_complex_array(COMPLEX128, SHAPE(TWO_BY_ONE))},
        {"arrays.text", host_text_array(TEXTS, SHAPE(THREE))},
        {"arrays.text_2d", host_text_array(TEXTS_2D, SHAPE(TWO_BY_TWO))},
        {"arrays.empty", host_f64_array(GRID, SHAPE(NONE))},
        {"arrays.empty_3d", host_i32_array(UP_TO_7, SHAPE(TWO_BY_NONE_BY_THREE))},
        {"arrays.empty_text", host_text_array(TEXTS, SHAPE(NONE))},
        {"arrays.scalar", host_f64_array(SCALAR, HOST_SCALAR)},
        {"arrays.cube", host_i32_array(UP_TO_7, SHAPE(CUBE))},
        {"lists.empty", host_bool_list(FLAGS, 0)},
        {"lists.booleans", host_bool_list(FLAGS, 2)},
        {"lists.integers", host_i64_list(COUNTING, 3)},
        {"lists.reals", host_f64_list(HALVES, 2)},
        {"lists.complexes", host_complex_list(COMPLEXES, 2)},
        {"lists.texts", host_text_list(WORDS, 3)},
        {"lists.byte_strings", host_bytes_list(BYTE_STRINGS, 2)},
        {"tuples.empty", host_tuple(host_bool_list(FLAGS, 0))},
        {"tuples.booleans", host_tuple(host_bool_list(FLAGS, 2))},
        {"tuples.integers", host_tuple(host_i64_list(COUNTING, 3))},
        {"tuples.reals", host_tuple(host_f64_list(HALVES, 2))},
        {"tuples.complexes", host_tuple(host_complex_list(COMPLEXES, 2))},
        {"tuples.texts", host_tuple(host_text_list(WORDS, 3))},
        {"tuples.byte_strings", host_tuple(host_bytes_list(BYTE_STRINGS, 2))},
        {"tables.every_column", table_of_every_column()},
        {"tables.without_rows", host_table(&column_without_rows, 1)},
        {"dictionaries.nested", nested_dictionary()},
        {"dictionaries.empty", host_dictionary(entries, 0)},
        {"sparse.csr", sparse_csr()},
        {"sparse.csc", sparse_csc()},
        {"sparse.bsr", sparse_bsr()},
        {"sparse.coo", sparse_coo()},
        {"sparse.dia", sparse_dia()},
        {"sparse.empty", sparse_empty()},
        {"sparse.wide", sparse_wide()},
    };
    static named_t kept[COUNT(all)];
    for (size_t i = 0; i < COUNT(all); i++) {
        kept[i] = all[i];
    }
    *count = COUNT(all);
    return kept;
}

// An array whose list has another length than its shape asks for: the SDK never makes one.
static host_value_t of_length(host_value_t array, size_t length) {
    array.val.plain.val.array.data.val.unsigned8.len = length;
    return array;
}

const named_t *contradictions(size_t *count) {
    STATIC(uint64_t, BEYOND, (uint64_t)1 << 32, (uint64_t)1 << 32);
    static uint64_t hundred[100];
    for (size_t i = 0; i < COUNT(hundred); i++) {
        hundred[i] = 1;
    }
    STATIC(int32_t, ZERO, 0);
    STATIC(int32_t, TWO_32, 2);
    STATIC(int32_t, ZERO_ONE, 0, 1);
    STATIC(int32_t, ZERO_ONE_ONE, 0, 1, 1);
    STATIC(int64_t, ZERO_64, 0);
    STATIC(int64_t, ZERO_ONE_64, 0, 1);
    host_value_t one = host_f64_array(HALVES, SHAPE(ONE)), two = host_f64_array(HALVES, SHAPE(TWO));
    static host_column_t same[2], lengths[2], rowless[1];
    same[0] = host_column("t", one), same[1] = host_column("t", one);
    lengths[0] = host_column("t", two), lengths[1] = host_column("v", one);
    rowless[0] = host_column("t", host_f64_array(HALVES, HOST_SCALAR));
    static host_entry_t twice[2], inside[2], nameless[1];
    twice[0] = host_entry("a", host_i64(1)), twice[1] = host_entry("a", host_i64(1));
    inside[0] = host_entry("a", host_i64(1)), inside[1] = host_entry("a.b", host_i64(1));
    nameless[0] = host_entry("", host_i64(1));
    const named_t all[] = {
        {"three of boolean", of_length(host_bool_array(BOOLEANS, SHAPE(THREE)), 2)},
        {"three of signed8", of_length(host_i8_array(SIGNED8, SHAPE(THREE)), 2)},
        {"three of signed16", of_length(host_i16_array(SIGNED16, SHAPE(THREE)), 2)},
        {"three of signed32", of_length(host_i32_array(SIGNED32, SHAPE(THREE)), 2)},
        {"three of signed64", of_length(host_i64_array(SIGNED64, SHAPE(THREE)), 2)},
        {"three of unsigned8", of_length(host_u8_array(UNSIGNED8, SHAPE(THREE)), 2)},
        {"three of unsigned16", of_length(host_u16_array(UNSIGNED16, SHAPE(THREE)), 2)},
        {"three of unsigned32", of_length(host_u32_array(UNSIGNED32, SHAPE(THREE)), 2)},
        {"three of unsigned64", of_length(host_u64_array(UNSIGNED64, SHAPE(THREE)), 2)},
        {"three of float32", of_length(host_f32_array(FLOAT32, SHAPE(THREE)), 2)},
        {"three of float64", of_length(host_f64_array(GRID, SHAPE(THREE)), 2)},
        {"three of complex64", of_length(host_complex32_array(COMPLEX64, SHAPE(THREE)), 4)},
        {"three of complex128", of_length(host_complex_array(COMPLEX128, SHAPE(THREE)), 4)},
        {"three of text", of_length(host_text_array(TEXTS, SHAPE(THREE)), 2)},
        {"half a complex number", of_length(host_complex_array(COMPLEX128, SHAPE(ONE)), 1)},
        {"none of one", of_length(host_f64_array(HALVES, HOST_SCALAR), 0)},
        {"a shape beyond 64 bits", of_length(host_f64_array(HALVES, SHAPE(BEYOND)), 0)},
        {"too many dimensions", host_f64_array(HALVES, SHAPE(hundred))},
        {"table without columns", host_table(same, 0)},
        {"columns of one name", host_table(same, 2)},
        {"columns of two lengths", host_table(lengths, 2)},
        {"column without rows to count", host_table(rowless, 1)},
        {"keys of one name", host_dictionary(twice, 2)},
        {"key inside of a value", host_dictionary(inside, 2)},
        {"key without a name", host_dictionary(nameless, 1)},
        {"csr outside", host_csr(2, 2, one, host_i32_indices(TWO_32, 1), host_i32_indices(ZERO_ONE_ONE, 3))},
        {"csc that ends early", host_csc(2, 2, one, host_i64_indices(ZERO_64, 1), host_i64_indices(ZERO_ONE_64, 2))},
        {"bsr of flat data", host_bsr(2, 2, one, host_i32_indices(ZERO, 1), host_i64_indices(ZERO_ONE_64, 2))},
        {"coo of two lengths", host_coo(2, 2, one, host_i32_indices(ZERO, 1), host_i32_indices(ZERO_ONE, 2))},
        {"dia of flat data", host_dia(2, 2, two, host_i32_indices(ZERO, 1))},
    };
    static named_t kept[COUNT(all)];
    for (size_t i = 0; i < COUNT(all); i++) {
        kept[i] = all[i];
    }
    *count = COUNT(all);
    return kept;
}
