/* Parameters, arguments, and parts of what they hold. */
#include "internal.h"

static int not_found(traj_t *traj, const char *name) {
    fail(traj, HOST_NOT_FOUND, JOINED("nothing is called `", name, "`; the spec has to give it"));
    return HOST_NOT_FOUND;
}

int access_refused(traj_t *traj, const char *name, const wit_run_access_error_t *error) {
    switch (error->tag) {
    case WIT_RUN_ACCESS_ERROR_NOT_FOUND:
        return not_found(traj, name);
    case WIT_RUN_ACCESS_ERROR_AMBIGUOUS: {
        const char *names = "";
        for (size_t i = 0; i < error->val.ambiguous.len; i++) {
            names = JOINED(names, i == 0 ? "`" : " or `", c_text(error->val.ambiguous.ptr[i]), "`");
        }
        fail(traj, HOST_AMBIGUOUS, JOINED("`", name, "` could be ", names, "; ask for one of them by its longer name"));
        return HOST_AMBIGUOUS;
    }
    case WIT_RUN_ACCESS_ERROR_ILLEGAL_NAME:
        fail(traj, HOST_ILLEGAL_NAME, JOINED("`", name, "` is not a name: ", c_text(error->val.illegal_name)));
        return HOST_ILLEGAL_NAME;
    default:
        fail(traj, HOST_NOT_VISIBLE, JOINED("a run may not see `", name, "`: ", c_text(error->val.not_visible)));
        return HOST_NOT_VISIBLE;
    }
}

int traj_f_get_value(traj_t *traj, const char *path, host_value_t *into) {
    contract_string_t name = text_of(path);
    wit_run_access_error_t error;
    return wit_run_f_get(&name, into, &error) ? HOST_OK : access_refused(traj, path, &error);
}

int traj_f_get_default_value(traj_t *traj, const char *path, host_value_t standard, host_value_t *into) {
    contract_string_t name = text_of(path);
    wit_run_access_error_t error;
    return wit_run_f_get_default(&name, &standard, into, &error) ? HOST_OK : access_refused(traj, path, &error);
}

#define GETTER(name, type)                                                                                             \
    int traj_f_get_##name(traj_t *traj, const char *path, type *into) {                                                \
        host_value_t value;                                                                                            \
        int error = traj_f_get_value(traj, path, &value);                                                              \
        return error == HOST_OK ? traj_read_##name(traj, path, &value, into) : error;                                  \
    }
HOST_SCALARS(GETTER)
GETTER(bytes, host_bytes_t)
#define ARRAY_GETTER(name, type, tag) GETTER(name##_array, host_##name##_array_t)
HOST_ELEMENTS(ARRAY_GETTER)
GETTER(table, host_table_t)
GETTER(dictionary, host_dictionary_t)
GETTER(sparse, host_sparse_t)

#define DEFAULT_GETTER(name, type)                                                                                     \
    int traj_f_get_default_##name(traj_t *traj, const char *path, type standard, type *into) {                         \
        host_value_t value;                                                                                            \
        contract_string_t asked = text_of(path);                                                                       \
        wit_run_access_error_t refusal;                                                                                \
        if (wit_run_f_get(&asked, &value, &refusal)) {                                                                 \
            return traj_read_##name(traj, path, &value, into);                                                         \
        }                                                                                                              \
        if (refusal.tag == WIT_RUN_ACCESS_ERROR_NOT_FOUND) {                                                           \
            *into = standard;                                                                                          \
            return HOST_OK;                                                                                            \
        }                                                                                                              \
        return access_refused(traj, path, &refusal);                                                                   \
    }
HOST_SCALARS(DEFAULT_GETTER)

bool traj_f_contains(traj_t *traj, const char *path) {
    (void)traj;
    contract_string_t name = text_of(path);
    return wit_run_f_contains(&name);
}

const host_parameter_info_t *traj_f_list_parameters(traj_t *traj, const char *under, size_t *count) {
    (void)traj;
    contract_string_t path = text_of(under);
    wit_run_list_parameter_info_t found;
    wit_run_f_list_parameters(&path, &found);
    for (size_t i = 0; i < found.len; i++) {
        wit_run_parameter_info_t *info = &found.ptr[i];
        info->comment.ptr = (uint8_t *)c_text(info->comment);
        info->unit.ptr = (uint8_t *)c_text(info->unit);
    }
    *count = found.len;
    return (const host_parameter_info_t *)found.ptr;
}

size_t traj_arg_count(const traj_t *traj) {
    return traj->args.len;
}

int traj_arg(traj_t *traj, size_t position, host_value_t *into) {
    if (position >= traj->args.len) {
        return not_found(traj, JOINED("args[", natural(position, false), "]"));
    }
    *into = traj->args.ptr[position];
    return HOST_OK;
}

size_t traj_kwarg_count(const traj_t *traj) {
    return traj->kwargs.len;
}

static bool is_text(contract_string_t text, const char *other) {
    return text.len == strlen(other) && memcmp(text.ptr, other, text.len) == 0;
}

int traj_kwarg(traj_t *traj, const char *name, host_value_t *into) {
    for (size_t i = 0; i < traj->kwargs.len; i++) {
        if (is_text(traj->kwargs.ptr[i].name, name)) {
            *into = traj->kwargs.ptr[i].value;
            return HOST_OK;
        }
    }
    return not_found(traj, JOINED("kwargs.", name));
}

host_text_t traj_kwarg_name(const traj_t *traj, size_t position) {
    if (position >= traj->kwargs.len) {
        return (host_text_t){"", 0};
    }
    contract_string_t name = traj->kwargs.ptr[position].name;
    return (host_text_t){c_text(name), name.len};
}

int traj_column(traj_t *traj, const char *what, const host_table_t *table, const char *name, host_value_t *into) {
    for (size_t i = 0; i < table->columns.len; i++) {
        if (is_text(table->columns.ptr[i].name, name)) {
            *into = PLAIN(ARRAY, .val.array = table->columns.ptr[i].cells);
            return HOST_OK;
        }
    }
    return mismatch(traj, what, JOINED("has no column `", name, "`"));
}

int traj_entry(traj_t *traj, const char *what, const host_dictionary_t *dictionary, const char *key, host_value_t *into) {
    for (size_t i = 0; i < dictionary->len; i++) {
        if (is_text(dictionary->ptr[i].key, key)) {
            *into = (host_value_t){.tag = WIT_VALUE_PLAIN, .val.plain = dictionary->ptr[i].value};
            return HOST_OK;
        }
    }
    return mismatch(traj, what, JOINED("has no entry `", key, "`"));
}

/* ---- Sparse matrices -------------------------------------------------------------------------------------------- */

static int64_t index_at(const host_indices_t *indices, size_t i) {
    return indices->tag == WIT_INDICES_SIGNED32 ? indices->val.signed32.ptr[i] : indices->val.signed64.ptr[i];
}

static size_t index_count(const host_indices_t *indices) {
    return indices->tag == WIT_INDICES_SIGNED32 ? indices->val.signed32.len : indices->val.signed64.len;
}

int traj_dense(traj_t *traj, const char *what, const host_sparse_t *matrix, host_f64_array_t *into) {
    host_value_t data = PLAIN(ARRAY, .val.array = matrix->data);
    host_f64_array_t elements;
    HOST_TRY(traj_read_f64_array(traj, what, &data, &elements));
    if (matrix->rows != 0 && matrix->columns > SIZE_MAX / sizeof(double) / matrix->rows) {
        return mismatch(traj, what, "has more elements than fit the memory");
    }
    size_t rows = (size_t)matrix->rows, columns = (size_t)matrix->columns;
    uint64_t *shape = reserve(2 * sizeof *shape);
    shape[0] = rows, shape[1] = columns;
    double *dense = reserve(rows * columns * sizeof *dense);
    memset(dense, 0, rows * columns * sizeof *dense);
    const wit_sparse_structure_t *structure = &matrix->structure;
    switch (structure->tag) {
    case WIT_SPARSE_STRUCTURE_COO:
        for (size_t i = 0; i < elements.count; i++) {
            dense[(size_t)index_at(&structure->val.coo.row, i) * columns + (size_t)index_at(&structure->val.coo.col, i)] +=
                elements.data[i];
        }
        break;
    case WIT_SPARSE_STRUCTURE_DIA: {
        size_t width = (size_t)elements.shape.lengths[1];
        for (size_t diagonal = 0; diagonal < index_count(&structure->val.dia); diagonal++) {
            for (size_t column = 0; column < width && column < columns; column++) {
                int64_t row = (int64_t)column - index_at(&structure->val.dia, diagonal);
                if (row >= 0 && row < (int64_t)rows) {
                    dense[(size_t)row * columns + column] += elements.data[diagonal * width + column];
                }
            }
        }
        break;
    }
    default: {
        const wit_compressed_t *places = &structure->val.csr;
        bool blocks = structure->tag == WIT_SPARSE_STRUCTURE_BSR;
        size_t high = blocks ? (size_t)elements.shape.lengths[1] : 1, wide = blocks ? (size_t)elements.shape.lengths[2] : 1;
        for (size_t line = 0; line + 1 < index_count(&places->indptr); line++) {
            for (int64_t at = index_at(&places->indptr, line); at < index_at(&places->indptr, line + 1); at++) {
                size_t other = (size_t)index_at(&places->indices, (size_t)at);
                bool by_column = structure->tag == WIT_SPARSE_STRUCTURE_CSC;
                size_t row = (by_column ? other : line) * high, column = (by_column ? line : other) * wide;
                for (size_t i = 0; i < high * wide; i++) {
                    dense[(row + i / wide) * columns + column + i % wide] += elements.data[(size_t)at * high * wide + i];
                }
            }
        }
        break;
    }
    }
    *into = (host_f64_array_t){dense, rows * columns, {shape, 2}};
    return HOST_OK;
}
