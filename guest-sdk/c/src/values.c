/* Values: making them. Nothing is copied. */
#include "internal.h"

host_value_t host_none(void) {
    return PLAIN(NONE);
}

host_value_t host_bool(bool value) {
    return PLAIN(BOOLEAN, .val.boolean = value);
}

host_value_t host_i64(int64_t value) {
    return PLAIN(INTEGER, .val.integer = value);
}

host_value_t host_f64(double value) {
    return PLAIN(REAL, .val.real = value);
}

host_value_t host_complex(host_complex_t value) {
    return PLAIN(COMPLEX, .val.complex = value);
}

host_value_t host_text(const char *text) {
    return PLAIN(TEXT, .val.text = text_of(text));
}

host_value_t host_text_n(const char *text, size_t length) {
    return PLAIN(TEXT, .val.text = {(uint8_t *)text, length});
}

host_value_t host_bytes(const void *bytes, size_t length) {
    return PLAIN(BYTES, .val.bytes = {(uint8_t *)bytes, length});
}

host_value_t host_value(host_value_t value) {
    return value;
}

host_text_t host_text_of(const char *text) {
    return (host_text_t){text, strlen(text)};
}

/* How many elements a shape asks for. What does not even fit 32 bits cannot be in memory: the host refuses it by its shape. */
static size_t elements_of(host_shape_t shape) {
    uint64_t count = 1;
    for (size_t i = 0; i < shape.dimensions; i++) {
        if (__builtin_mul_overflow(count, shape.lengths[i], &count)) {
            return 0;
        }
    }
    return count > SIZE_MAX ? 0 : (size_t)count;
}

const struct element_kind ELEMENTS[] = {
    {1, 1, "boolean"}, {1, 1, "signed8"},    {1, 2, "signed16"},   {1, 4, "signed32"},   {1, 8, "signed64"},
    {1, 1, "unsigned8"}, {1, 2, "unsigned16"}, {1, 4, "unsigned32"}, {1, 8, "unsigned64"}, {1, 4, "float32"},
    {1, 8, "float64"}, {2, 4, "complex64"},  {2, 8, "complex128"}, {1, sizeof(contract_string_t), "text"},
};

static host_value_t array_of(uint8_t tag, const void *data, host_shape_t shape) {
    host_value_t value = PLAIN(ARRAY, .val.array = {.shape = {(uint64_t *)shape.lengths, shape.dimensions}});
    wit_array_data_t *elements = &value.val.plain.val.array.data;
    /* Every list is a pointer and a length. */
    elements->tag = tag;
    elements->val.unsigned8 = (contract_list_u8_t){(uint8_t *)data, elements_of(shape) * ELEMENTS[tag].numbers};
    return value;
}

#define ARRAY_MAKER(name, type, tag)                                                                                   \
    host_value_t host_##name##_array(const type *data, host_shape_t shape) {                                           \
        return array_of(WIT_ARRAY_DATA_##tag, data, shape);                                                            \
    }
HOST_ELEMENTS(ARRAY_MAKER)

static host_value_t list_of(uint8_t tag, const void *items, size_t count) {
    host_value_t value = PLAIN(LIST, .val.list = {.tag = count == 0 ? WIT_SEQUENCE_EMPTY : tag});
    value.val.plain.val.list.val.booleans = (contract_list_bool_t){(bool *)items, count};
    return value;
}

host_value_t host_bool_list(const bool *items, size_t count) {
    return list_of(WIT_SEQUENCE_BOOLEANS, items, count);
}

host_value_t host_i64_list(const int64_t *items, size_t count) {
    return list_of(WIT_SEQUENCE_INTEGERS, items, count);
}

host_value_t host_f64_list(const double *items, size_t count) {
    return list_of(WIT_SEQUENCE_REALS, items, count);
}

host_value_t host_complex_list(const host_complex_t *items, size_t count) {
    return list_of(WIT_SEQUENCE_COMPLEXES, items, count);
}

host_value_t host_text_list(const host_text_t *items, size_t count) {
    return list_of(WIT_SEQUENCE_TEXTS, items, count);
}

host_value_t host_bytes_list(const host_bytes_t *items, size_t count) {
    return list_of(WIT_SEQUENCE_BYTE_STRINGS, items, count);
}

host_value_t host_tuple(host_value_t list) {
    if (list.tag != WIT_VALUE_PLAIN || list.val.plain.tag != WIT_PLAIN_LIST) {
        host_panic("host_tuple takes what host_i64_list and its like return", "", 0);
    }
    list.val.plain.tag = WIT_PLAIN_TUPLE;
    return list;
}

wit_ndarray_t array_in(host_value_t value, const char *where, const char *name) {
    if (value.tag != WIT_VALUE_PLAIN || value.val.plain.tag != WIT_PLAIN_ARRAY) {
        host_panic(JOINED(where, name, " is no array"), "", 0);
    }
    return value.val.plain.val.array;
}

host_column_t host_column(const char *name, host_value_t cells) {
    return (host_column_t){text_of(name), array_in(cells, "the column ", name)};
}

host_value_t host_table(const host_column_t *columns, size_t count) {
    return (host_value_t){.tag = WIT_VALUE_TABLE, .val.table.columns = {(host_column_t *)columns, count}};
}

host_entry_t host_entry(const char *key, host_value_t value) {
    if (value.tag != WIT_VALUE_PLAIN) {
        host_panic(JOINED("the entry ", key, " is a table, a dictionary or a sparse matrix; dots in keys nest dictionaries"), "", 0);
    }
    return (host_entry_t){text_of(key), value.val.plain};
}

host_value_t host_dictionary(const host_entry_t *entries, size_t count) {
    return (host_value_t){.tag = WIT_VALUE_DICTIONARY, .val.dictionary = {(host_entry_t *)entries, count}};
}

host_indices_t host_i32_indices(const int32_t *positions, size_t count) {
    return (host_indices_t){.tag = WIT_INDICES_SIGNED32, .val.signed32 = {(int32_t *)positions, count}};
}

host_indices_t host_i64_indices(const int64_t *positions, size_t count) {
    return (host_indices_t){.tag = WIT_INDICES_SIGNED64, .val.signed64 = {(int64_t *)positions, count}};
}

static host_value_t sparse_of(uint64_t rows, uint64_t columns, host_value_t data, wit_sparse_structure_t structure) {
    host_value_t value = {.tag = WIT_VALUE_SPARSE};
    value.val.sparse = (wit_sparse_matrix_t){rows, columns, array_in(data, "the data of a sparse matrix", ""), structure};
    return value;
}

#define STRUCTURE(kind, member, ...) ((wit_sparse_structure_t){.tag = WIT_SPARSE_STRUCTURE_##kind, .val.member = __VA_ARGS__})

host_value_t host_csr(uint64_t rows, uint64_t columns, host_value_t data, host_indices_t indices, host_indices_t indptr) {
    return sparse_of(rows, columns, data, STRUCTURE(CSR, csr, {indices, indptr}));
}

host_value_t host_csc(uint64_t rows, uint64_t columns, host_value_t data, host_indices_t indices, host_indices_t indptr) {
    return sparse_of(rows, columns, data, STRUCTURE(CSC, csc, {indices, indptr}));
}

host_value_t host_bsr(uint64_t rows, uint64_t columns, host_value_t data, host_indices_t indices, host_indices_t indptr) {
    return sparse_of(rows, columns, data, STRUCTURE(BSR, bsr, {indices, indptr}));
}

host_value_t host_coo(uint64_t rows, uint64_t columns, host_value_t data, host_indices_t row, host_indices_t column) {
    return sparse_of(rows, columns, data, STRUCTURE(COO, coo, {row, column}));
}

host_value_t host_dia(uint64_t rows, uint64_t columns, host_value_t data, host_indices_t offsets) {
    return sparse_of(rows, columns, data, STRUCTURE(DIA, dia, offsets));
}
