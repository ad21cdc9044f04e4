/* Values in words, for messages. */
#include "internal.h"

/* The shortest decimal that is `number` again, for numbers as people write them; about 15 digits of any other. */
const char *real_text(double number) {
    if (isnan(number)) {
        return "NaN";
    }
    if (isinf(number)) {
        return number < 0 ? "-inf" : "inf";
    }
    double size = fabs(number);
    int exponent = 0;
    while (size >= 1e16) {
        size /= 10;
        exponent++;
    }
    while (size != 0 && size < 1e-5) {
        size *= 10;
        exponent--;
    }
    if (exponent != 0) {
        for (; size >= 10; exponent++) {
            size /= 10;
        }
        for (; size < 1; exponent--) {
            size *= 10;
        }
    }
    uint64_t scale = 1;
    int digits = 0;
    while (digits < 15 && size * (double)scale < 1e14 && round(size * (double)scale) / (double)scale != size) {
        scale *= 10;
        digits++;
    }
    uint64_t scaled = (uint64_t)round(size * (double)scale);
    char fraction[20] = "0";
    for (int i = digits; i > 0; i--) {
        fraction[i - 1] = (char)('0' + scaled / 1 % 10);
        scaled /= 10;
    }
    if (digits > 0) {
        fraction[digits] = 0;
    }
    const char *whole = natural(scaled, signbit(number));
    const char *power = exponent == 0 ? "" : natural((uint64_t)(exponent < 0 ? -exponent : exponent), exponent < 0);
    return JOINED(whole, ".", fraction, exponent == 0 ? "" : "e", power);
}

static const char *shape_text(const contract_list_u64_t *shape) {
    const char *text = "[";
    for (size_t i = 0; i < shape->len; i++) {
        text = JOINED(text, i == 0 ? "" : ", ", natural(shape->ptr[i], false));
    }
    return JOINED(text, "]");
}

/* A text short enough for a message. */
static const char *quoted(contract_string_t text) {
    enum { LONGEST = 40 };
    size_t end = 0, characters = 0;
    while (end < text.len && characters < LONGEST) {
        end++;
        while (end < text.len && (text.ptr[end] & 0xC0) == 0x80) {
            end++;
        }
        characters++;
    }
    char *shown = reserve(end + 1);
    memcpy(shown, text.ptr, end);
    shown[end] = 0;
    return JOINED("\"", shown, end < text.len ? "…" : "", "\"");
}

static const char *const SEQUENCES[] = {"", "booleans", "integers", "reals", "complex numbers", "texts", "byte strings"};
static const char *const FORMATS[] = {"csr", "csc", "bsr", "coo", "dia"};

static const char *sequence_text(const char *kind, const wit_sequence_t *items) {
    const char *count = natural(items->tag == WIT_SEQUENCE_EMPTY ? 0 : items->val.booleans.len, false);
    return items->tag == WIT_SEQUENCE_EMPTY ? JOINED(kind, " without items")
                                            : JOINED(kind, " of ", count, " ", SEQUENCES[items->tag]);
}

const char *described(const host_value_t *value) {
    switch (value->tag) {
    case WIT_VALUE_TABLE:
        return JOINED("a table of ", natural(value->val.table.columns.len, false), " columns");
    case WIT_VALUE_DICTIONARY:
        return JOINED("a dictionary of ", natural(value->val.dictionary.len, false), " entries");
    case WIT_VALUE_SPARSE:
        return JOINED("a sparse matrix (", FORMATS[value->val.sparse.structure.tag], ") of ",
                      ELEMENTS[value->val.sparse.data.data.tag].name, ", shape [", natural(value->val.sparse.rows, false), ", ",
                      natural(value->val.sparse.columns, false), "]");
    default:
        break;
    }
    const wit_plain_t *plain = &value->val.plain;
    switch (plain->tag) {
    case WIT_PLAIN_NONE:
        return "no value (none)";
    case WIT_PLAIN_BOOLEAN:
        return plain->val.boolean ? "the boolean true" : "the boolean false";
    case WIT_PLAIN_INTEGER: {
        int64_t integer = plain->val.integer;
        return JOINED("the integer ", natural(integer < 0 ? -(uint64_t)integer : (uint64_t)integer, integer < 0));
    }
    case WIT_PLAIN_REAL:
        return JOINED("the real number ", real_text(plain->val.real));
    case WIT_PLAIN_COMPLEX: {
        double im = plain->val.complex.im;
        return JOINED("the complex number ", real_text(plain->val.complex.re), signbit(im) ? "" : "+", real_text(im), "i");
    }
    case WIT_PLAIN_TEXT:
        return JOINED("the text ", quoted(plain->val.text));
    case WIT_PLAIN_BYTES:
        return JOINED(natural(plain->val.bytes.len, false), " bytes");
    case WIT_PLAIN_ARRAY:
        return JOINED("an array of ", ELEMENTS[plain->val.array.data.tag].name, ", shape ", shape_text(&plain->val.array.shape));
    case WIT_PLAIN_LIST:
        return sequence_text("a list", &plain->val.list);
    default:
        return sequence_text("a tuple", &plain->val.tuple);
    }
}
