/* Values: reading them as what the job asks for. */
#include "internal.h"

int mismatch(traj_t *traj, const char *what, const char *why) {
    fail(traj, HOST_WRONG_TYPE, JOINED("`", what, "` ", why));
    return HOST_WRONG_TYPE;
}

static int not_wanted(traj_t *traj, const char *what, const host_value_t *value, const char *wanted) {
    return mismatch(traj, what, JOINED("is ", described(value), ", not ", wanted));
}

/* An element of an array, wide enough for all of them. */
typedef struct {
    enum { INTEGER, REAL, COMPLEX_NUMBER, BOOLEAN, TEXT } kind;
    bool negative;
    uint64_t size;
    double re;
    double im;
    contract_string_t text;
} element_t;

static element_t signed_element(int64_t integer) {
    return (element_t){.kind = INTEGER, .negative = integer < 0, .size = integer < 0 ? -(uint64_t)integer : (uint64_t)integer};
}

static element_t element_at(const wit_array_data_t *data, size_t i) {
    switch (data->tag) {
    case WIT_ARRAY_DATA_BOOLEAN:
        return (element_t){.kind = BOOLEAN, .size = data->val.boolean.ptr[i]};
    case WIT_ARRAY_DATA_SIGNED8:
        return signed_element(data->val.signed8.ptr[i]);
    case WIT_ARRAY_DATA_SIGNED16:
        return signed_element(data->val.signed16.ptr[i]);
    case WIT_ARRAY_DATA_SIGNED32:
        return signed_element(data->val.signed32.ptr[i]);
    case WIT_ARRAY_DATA_SIGNED64:
        return signed_element(data->val.signed64.ptr[i]);
    case WIT_ARRAY_DATA_UNSIGNED8:
        return (element_t){.kind = INTEGER, .size = data->val.unsigned8.ptr[i]};
    case WIT_ARRAY_DATA_UNSIGNED16:
        return (element_t){.kind = INTEGER, .size = data->val.unsigned16.ptr[i]};
    case WIT_ARRAY_DATA_UNSIGNED32:
        return (element_t){.kind = INTEGER, .size = data->val.unsigned32.ptr[i]};
    case WIT_ARRAY_DATA_UNSIGNED64:
        return (element_t){.kind = INTEGER, .size = data->val.unsigned64.ptr[i]};
    case WIT_ARRAY_DATA_FLOAT32:
        return (element_t){.kind = REAL, .re = data->val.float32.ptr[i]};
    case WIT_ARRAY_DATA_FLOAT64:
        return (element_t){.kind = REAL, .re = data->val.float64.ptr[i]};
    case WIT_ARRAY_DATA_COMPLEX64: {
        const float *parts = data->val.complex64.ptr + 2 * i;
        return (element_t){.kind = COMPLEX_NUMBER, .re = parts[0], .im = parts[1]};
    }
    case WIT_ARRAY_DATA_COMPLEX128: {
        const double *parts = data->val.complex128.ptr + 2 * i;
        return (element_t){.kind = COMPLEX_NUMBER, .re = parts[0], .im = parts[1]};
    }
    default:
        return (element_t){.kind = TEXT, .text = data->val.text.ptr[i]};
    }
}

/* What is asked for, with its article and as elements of an array. */
static const char *wanted_one(uint8_t tag) {
    switch (tag) {
    case WIT_ARRAY_DATA_BOOLEAN:
        return "a boolean";
    case WIT_ARRAY_DATA_FLOAT32:
    case WIT_ARRAY_DATA_FLOAT64:
        return "a real number";
    case WIT_ARRAY_DATA_COMPLEX64:
    case WIT_ARRAY_DATA_COMPLEX128:
        return "a complex number";
    case WIT_ARRAY_DATA_TEXT:
        return "a text";
    default:
        return "an integer";
    }
}

static const char *wanted_many(uint8_t tag) {
    switch (tag) {
    case WIT_ARRAY_DATA_BOOLEAN:
        return "booleans";
    case WIT_ARRAY_DATA_FLOAT32:
    case WIT_ARRAY_DATA_FLOAT64:
        return "real numbers";
    case WIT_ARRAY_DATA_COMPLEX64:
    case WIT_ARRAY_DATA_COMPLEX128:
        return "complex numbers";
    case WIT_ARRAY_DATA_TEXT:
        return "texts";
    default:
        return "integers";
    }
}

/* Whether elements of this kind can be read as those of `tag` at all. */
static bool is_kind(uint8_t tag, element_t element) {
    switch (tag) {
    case WIT_ARRAY_DATA_BOOLEAN:
        return element.kind == BOOLEAN;
    case WIT_ARRAY_DATA_TEXT:
        return element.kind == TEXT;
    case WIT_ARRAY_DATA_FLOAT32:
    case WIT_ARRAY_DATA_FLOAT64:
        return element.kind == INTEGER || element.kind == REAL;
    case WIT_ARRAY_DATA_COMPLEX64:
    case WIT_ARRAY_DATA_COMPLEX128:
        return element.kind == INTEGER || element.kind == REAL || element.kind == COMPLEX_NUMBER;
    default:
        return element.kind == INTEGER;
    }
}

/* Why an integer does not fit between `least` (its size below zero) and `most`; NULL if it does. */
static const char *outside(element_t element, const char *type, uint64_t least, uint64_t most) {
    if (element.negative ? element.size <= least : element.size <= most) {
        return NULL;
    }
    return JOINED("holds ", natural(element.size, element.negative), ", outside of ", type, " (", natural(least, least != 0), " to ",
                  natural(most, false), ")");
}

/* Turns an integer into a real number; why that cannot be done exactly, or NULL. */
static const char *exact(element_t *element, bool single) {
    if (element->kind != INTEGER) {
        return NULL;
    }
    double real = single ? (double)(float)element->size : (double)element->size;
    /* 2^64 comes of rounding up and is no uint64_t. */
    if (real >= 0x1p64 || (uint64_t)real != element->size) {
        const char *number = natural(element->size, element->negative);
        return JOINED("holds ", number, ", which no ", single ? "f32" : "f64", " represents exactly");
    }
    element->re = element->negative ? -real : real;
    element->kind = REAL;
    return NULL;
}

/* The nearest float. Who asks for one asks for its precision, but not for an infinity. */
static const char *rounded(double real, float *into) {
    *into = (float)real;
    if (isinf(*into) && !isinf(real)) {
        return JOINED("holds ", real_text(real), ", outside of f32 (-3.4028235e38 to 3.4028235e38)");
    }
    return NULL;
}

#define STORE_INTEGER(type, name, least, most)                                                                         \
    do {                                                                                                               \
        why = outside(element, name, least, most);                                                                     \
        *(type *)into = (type)(element.negative ? -element.size : element.size);                                       \
    } while (0)

/* Writes an element that `is_kind` as one of `tag`; why that cannot be done, or NULL. */
static const char *store(uint8_t tag, element_t element, void *into) {
    const char *why = NULL;
    switch (tag) {
    case WIT_ARRAY_DATA_BOOLEAN:
        *(bool *)into = element.size != 0;
        break;
    case WIT_ARRAY_DATA_SIGNED8:
        STORE_INTEGER(int8_t, "i8", (uint64_t)INT8_MAX + 1, INT8_MAX);
        break;
    case WIT_ARRAY_DATA_SIGNED16:
        STORE_INTEGER(int16_t, "i16", (uint64_t)INT16_MAX + 1, INT16_MAX);
        break;
    case WIT_ARRAY_DATA_SIGNED32:
        STORE_INTEGER(int32_t, "i32", (uint64_t)INT32_MAX + 1, INT32_MAX);
        break;
    case WIT_ARRAY_DATA_SIGNED64:
        STORE_INTEGER(int64_t, "i64", (uint64_t)INT64_MAX + 1, INT64_MAX);
        break;
    case WIT_ARRAY_DATA_UNSIGNED8:
        STORE_INTEGER(uint8_t, "u8", 0, UINT8_MAX);
        break;
    case WIT_ARRAY_DATA_UNSIGNED16:
        STORE_INTEGER(uint16_t, "u16", 0, UINT16_MAX);
        break;
    case WIT_ARRAY_DATA_UNSIGNED32:
        STORE_INTEGER(uint32_t, "u32", 0, UINT32_MAX);
        break;
    case WIT_ARRAY_DATA_UNSIGNED64:
        STORE_INTEGER(uint64_t, "u64", 0, UINT64_MAX);
        break;
    case WIT_ARRAY_DATA_FLOAT32:
        why = exact(&element, true);
        if (why == NULL) {
            why = rounded(element.re, into);
        }
        break;
    case WIT_ARRAY_DATA_FLOAT64:
        why = exact(&element, false);
        *(double *)into = element.re;
        break;
    case WIT_ARRAY_DATA_COMPLEX64: {
        host_complex32_t *complex = into;
        why = exact(&element, false);
        if (why == NULL) {
            why = rounded(element.re, &complex->re);
        }
        if (why == NULL) {
            why = rounded(element.im, &complex->im);
        }
        break;
    }
    case WIT_ARRAY_DATA_COMPLEX128:
        why = exact(&element, false);
        *(host_complex_t *)into = (host_complex_t){element.re, element.im};
        break;
    default:
        *(host_text_t *)into = (host_text_t){c_text(element.text), element.text.len};
        break;
    }
    return why;
}

static size_t count_in(const wit_array_data_t *data) {
    return data->val.unsigned8.len / ELEMENTS[data->tag].numbers;
}

static int read_scalar(traj_t *traj, const char *what, const host_value_t *value, uint8_t tag, void *into) {
    element_t element;
    const wit_plain_t *plain = &value->val.plain;
    if (value->tag != WIT_VALUE_PLAIN) {
        return not_wanted(traj, what, value, wanted_one(tag));
    }
    switch (plain->tag) {
    case WIT_PLAIN_BOOLEAN:
        element = (element_t){.kind = BOOLEAN, .size = plain->val.boolean};
        break;
    case WIT_PLAIN_INTEGER:
        element = signed_element(plain->val.integer);
        break;
    case WIT_PLAIN_REAL:
        element = (element_t){.kind = REAL, .re = plain->val.real};
        break;
    case WIT_PLAIN_COMPLEX:
        element = (element_t){.kind = COMPLEX_NUMBER, .re = plain->val.complex.re, .im = plain->val.complex.im};
        break;
    case WIT_PLAIN_TEXT:
        element = (element_t){.kind = TEXT, .text = plain->val.text};
        break;
    case WIT_PLAIN_ARRAY:
        if (plain->val.array.shape.len == 0 && count_in(&plain->val.array.data) == 1) {
            element = element_at(&plain->val.array.data, 0);
            break;
        }
        return not_wanted(traj, what, value, wanted_one(tag));
    default:
        return not_wanted(traj, what, value, wanted_one(tag));
    }
    if (!is_kind(tag, element)) {
        return not_wanted(traj, what, value, wanted_one(tag));
    }
    const char *why = store(tag, element, into);
    return why == NULL ? HOST_OK : mismatch(traj, what, why);
}

/* An array of every type has this form. */
typedef host_u8_array_t any_array_t;

static int read_array(traj_t *traj, const char *what, const host_value_t *value, uint8_t tag, any_array_t *into) {
    static const uint8_t OF_SEQUENCE[] = {
        WIT_ARRAY_DATA_BOOLEAN, WIT_ARRAY_DATA_BOOLEAN,    WIT_ARRAY_DATA_SIGNED64,
        WIT_ARRAY_DATA_FLOAT64, WIT_ARRAY_DATA_COMPLEX128, WIT_ARRAY_DATA_TEXT,
    };
    const wit_plain_t *plain = &value->val.plain;
    wit_array_data_t data;
    if (value->tag == WIT_VALUE_PLAIN && plain->tag == WIT_PLAIN_ARRAY) {
        data = plain->val.array.data;
        into->shape = (host_shape_t){plain->val.array.shape.ptr, plain->val.array.shape.len};
    } else if (value->tag == WIT_VALUE_PLAIN && (plain->tag == WIT_PLAIN_LIST || plain->tag == WIT_PLAIN_TUPLE) &&
               plain->val.list.tag != WIT_SEQUENCE_BYTE_STRINGS) {
        const wit_sequence_t *items = &plain->val.list;
        uint64_t *length = reserve(sizeof *length);
        *length = items->tag == WIT_SEQUENCE_EMPTY ? 0 : items->val.booleans.len;
        data.tag = items->tag == WIT_SEQUENCE_EMPTY ? tag : OF_SEQUENCE[items->tag];
        data.val.unsigned8 = (contract_list_u8_t){(uint8_t *)items->val.booleans.ptr, (size_t)*length * ELEMENTS[data.tag].numbers};
        into->shape = (host_shape_t){length, 1};
    } else {
        return not_wanted(traj, what, value, "an array");
    }
    into->count = count_in(&data);
    into->data = data.val.unsigned8.ptr;
    if (data.tag == tag) {
        for (size_t i = 0; tag == WIT_ARRAY_DATA_TEXT && i < into->count; i++) {
            data.val.text.ptr[i].ptr = (uint8_t *)c_text(data.val.text.ptr[i]);
        }
        return HOST_OK;
    }
    size_t size = (size_t)ELEMENTS[tag].numbers * ELEMENTS[tag].size;
    /* Room for one if there is none: its kind tells whether an empty array would do. */
    element_t of_kind = into->count == 0 ? (element_t){.kind = data.tag == WIT_ARRAY_DATA_TEXT         ? TEXT
                                                              : data.tag == WIT_ARRAY_DATA_BOOLEAN     ? BOOLEAN
                                                              : data.tag >= WIT_ARRAY_DATA_COMPLEX64   ? COMPLEX_NUMBER
                                                              : data.tag >= WIT_ARRAY_DATA_FLOAT32     ? REAL
                                                                                                       : INTEGER}
                                         : element_at(&data, 0);
    if (!is_kind(tag, of_kind)) {
        return mismatch(traj, what, JOINED("is an array of ", ELEMENTS[data.tag].name, ", not of ", wanted_many(tag)));
    }
    into->data = reserve(into->count * size);
    for (size_t i = 0; i < into->count; i++) {
        const char *why = store(tag, element_at(&data, i), into->data + i * size);
        if (why != NULL) {
            return mismatch(traj, what, why);
        }
    }
    return HOST_OK;
}

#define ARRAY_READER(name, type, tag)                                                                                  \
    int traj_read_##name##_array(traj_t *traj, const char *what, const host_value_t *value, host_##name##_array_t *into) { \
        any_array_t any;                                                                                               \
        int error = read_array(traj, what, value, WIT_ARRAY_DATA_##tag, &any);                                         \
        if (error == HOST_OK) {                                                                                        \
            *into = (host_##name##_array_t){(type *)any.data, any.count, any.shape};                                   \
        }                                                                                                              \
        return error;                                                                                                  \
    }
HOST_ELEMENTS(ARRAY_READER)

#define SCALAR_READER(name, type, tag)                                                                                 \
    int traj_read_##name(traj_t *traj, const char *what, const host_value_t *value, type *into) {                      \
        return read_scalar(traj, what, value, WIT_ARRAY_DATA_##tag, into);                                             \
    }
SCALAR_READER(bool, bool, BOOLEAN)
SCALAR_READER(i8, int8_t, SIGNED8)
SCALAR_READER(i16, int16_t, SIGNED16)
SCALAR_READER(i32, int32_t, SIGNED32)
SCALAR_READER(i64, int64_t, SIGNED64)
SCALAR_READER(u8, uint8_t, UNSIGNED8)
SCALAR_READER(u16, uint16_t, UNSIGNED16)
SCALAR_READER(u32, uint32_t, UNSIGNED32)
SCALAR_READER(u64, uint64_t, UNSIGNED64)
SCALAR_READER(f32, float, FLOAT32)
SCALAR_READER(f64, double, FLOAT64)
SCALAR_READER(complex, host_complex_t, COMPLEX128)

int traj_read_text(traj_t *traj, const char *what, const host_value_t *value, const char **into) {
    host_text_t text;
    int error = read_scalar(traj, what, value, WIT_ARRAY_DATA_TEXT, &text);
    if (error == HOST_OK) {
        *into = text.data;
    }
    return error;
}

int traj_read_bytes(traj_t *traj, const char *what, const host_value_t *value, host_bytes_t *into) {
    const wit_plain_t *plain = &value->val.plain;
    if (value->tag == WIT_VALUE_PLAIN && plain->tag == WIT_PLAIN_BYTES) {
        *into = (host_bytes_t){plain->val.bytes.ptr, plain->val.bytes.len};
        return HOST_OK;
    }
    if (value->tag == WIT_VALUE_PLAIN && plain->tag == WIT_PLAIN_ARRAY && plain->val.array.shape.len == 1 &&
        plain->val.array.data.tag == WIT_ARRAY_DATA_UNSIGNED8) {
        const contract_list_u8_t *bytes = &plain->val.array.data.val.unsigned8;
        *into = (host_bytes_t){bytes->ptr, bytes->len};
        return HOST_OK;
    }
    return not_wanted(traj, what, value, "bytes");
}

int traj_read_table(traj_t *traj, const char *what, const host_value_t *value, host_table_t *into) {
    if (value->tag != WIT_VALUE_TABLE) {
        return not_wanted(traj, what, value, "a table");
    }
    *into = value->val.table;
    return HOST_OK;
}

int traj_read_dictionary(traj_t *traj, const char *what, const host_value_t *value, host_dictionary_t *into) {
    if (value->tag != WIT_VALUE_DICTIONARY) {
        return not_wanted(traj, what, value, "a dictionary");
    }
    *into = value->val.dictionary;
    return HOST_OK;
}

int traj_read_sparse(traj_t *traj, const char *what, const host_value_t *value, host_sparse_t *into) {
    if (value->tag != WIT_VALUE_SPARSE) {
        return not_wanted(traj, what, value, "a sparse matrix");
    }
    *into = value->val.sparse;
    return HOST_OK;
}

int traj_read_value(traj_t *traj, const char *what, const host_value_t *value, host_value_t *into) {
    (void)traj, (void)what;
    *into = *value;
    return HOST_OK;
}
