/* A job in its own words. What it is given is copied: the host reads it after the job's function has returned. */
#include "internal.h"

struct host_manifest {
    wit_description_manifest_t said;
};

__attribute__((weak)) void host_job_describe(host_manifest_t *manifest) {
    (void)manifest;
}

void exports_contract_describe(contract_manifest_t *ret) {
    host_manifest_t manifest = {0};
    host_job_describe(&manifest);
    *ret = manifest.said;
}

static void *copy_of(const void *bytes, size_t size) {
    return memcpy(reserve(size), bytes, size);
}

static contract_string_t copied_text(contract_string_t text) {
    return (contract_string_t){copy_of(text.ptr, text.len), text.len};
}

static contract_string_t copied(const char *text) {
    return copied_text(text_of(text));
}

static contract_list_string_t copied_texts(contract_list_string_t texts) {
    contract_list_string_t kept = {reserve(texts.len * sizeof *texts.ptr), texts.len};
    for (size_t i = 0; i < texts.len; i++) {
        kept.ptr[i] = copied_text(texts.ptr[i]);
    }
    return kept;
}

static wit_ndarray_t copied_array(wit_ndarray_t array) {
    array.shape.ptr = copy_of(array.shape.ptr, array.shape.len * sizeof *array.shape.ptr);
    if (array.data.tag == WIT_ARRAY_DATA_TEXT) {
        array.data.val.text = copied_texts(array.data.val.text);
    } else {
        contract_list_u8_t *elements = &array.data.val.unsigned8;
        elements->ptr = copy_of(elements->ptr, elements->len * ELEMENTS[array.data.tag].size);
    }
    return array;
}

static wit_sequence_t copied_sequence(wit_sequence_t items) {
    static const uint8_t SIZES[] = {0, sizeof(bool), sizeof(int64_t), sizeof(double), sizeof(host_complex_t)};
    if (items.tag == WIT_SEQUENCE_TEXTS || items.tag == WIT_SEQUENCE_BYTE_STRINGS) {
        items.val.texts = copied_texts(items.val.texts);
    } else if (items.tag != WIT_SEQUENCE_EMPTY) {
        items.val.booleans.ptr = copy_of(items.val.booleans.ptr, items.val.booleans.len * SIZES[items.tag]);
    }
    return items;
}

static wit_plain_t copied_plain(wit_plain_t plain) {
    switch (plain.tag) {
    case WIT_PLAIN_TEXT:
    case WIT_PLAIN_BYTES:
        plain.val.text = copied_text(plain.val.text);
        break;
    case WIT_PLAIN_ARRAY:
        plain.val.array = copied_array(plain.val.array);
        break;
    case WIT_PLAIN_LIST:
    case WIT_PLAIN_TUPLE:
        plain.val.list = copied_sequence(plain.val.list);
        break;
    default:
        break;
    }
    return plain;
}

static wit_indices_t copied_indices(wit_indices_t indices) {
    size_t size = indices.tag == WIT_INDICES_SIGNED32 ? sizeof(int32_t) : sizeof(int64_t);
    indices.val.signed32.ptr = copy_of(indices.val.signed32.ptr, indices.val.signed32.len * size);
    return indices;
}

static host_value_t copied_value(host_value_t value) {
    switch (value.tag) {
    case WIT_VALUE_PLAIN:
        value.val.plain = copied_plain(value.val.plain);
        break;
    case WIT_VALUE_TABLE: {
        wit_list_column_t *columns = &value.val.table.columns;
        columns->ptr = copy_of(columns->ptr, columns->len * sizeof *columns->ptr);
        for (size_t i = 0; i < columns->len; i++) {
            columns->ptr[i] = (wit_column_t){copied_text(columns->ptr[i].name), copied_array(columns->ptr[i].cells)};
        }
        break;
    }
    case WIT_VALUE_DICTIONARY: {
        wit_list_entry_t *entries = &value.val.dictionary;
        entries->ptr = copy_of(entries->ptr, entries->len * sizeof *entries->ptr);
        for (size_t i = 0; i < entries->len; i++) {
            entries->ptr[i] = (wit_entry_t){copied_text(entries->ptr[i].key), copied_plain(entries->ptr[i].value)};
        }
        break;
    }
    default: {
        wit_sparse_structure_t *structure = &value.val.sparse.structure;
        value.val.sparse.data = copied_array(value.val.sparse.data);
        if (structure->tag == WIT_SPARSE_STRUCTURE_DIA) {
            structure->val.dia = copied_indices(structure->val.dia);
        } else {
            /* All others are two lists of positions. */
            structure->val.csr.indices = copied_indices(structure->val.csr.indices);
            structure->val.csr.indptr = copied_indices(structure->val.csr.indptr);
        }
        break;
    }
    }
    return value;
}

void host_comment(host_manifest_t *manifest, const char *comment) {
    manifest->said.comment = copied(comment);
}

void host_no_parameters(host_manifest_t *manifest) {
    manifest->said.parameters.is_some = true;
}

void host_declare_parameter(host_manifest_t *manifest, const char *name, host_value_type_t type, host_parameter_t about) {
    wit_description_list_parameter_declaration_t *declared = &manifest->said.parameters.val;
    manifest->said.parameters.is_some = true;
    declared->ptr = realloc(declared->ptr, (declared->len + 1) * sizeof *declared->ptr);
    if (declared->ptr == NULL) {
        host_panic("the job is out of memory", "", 0);
    }
    wit_description_parameter_declaration_t *parameter = &declared->ptr[declared->len++];
    *parameter = (wit_description_parameter_declaration_t){
        .name = copied(name),
        .value_type = (wit_description_value_type_t)type,
        .unit = copied(about.unit),
        .comment = copied(about.comment),
        .default_ = {.is_some = about.standard != NULL},
        .minimum = {.is_some = about.minimum != NULL, .val = about.minimum == NULL ? 0 : *about.minimum},
        .maximum = {.is_some = about.maximum != NULL, .val = about.maximum == NULL ? 0 : *about.maximum},
    };
    if (about.standard != NULL) {
        parameter->default_.val = copied_value(*about.standard);
    }
}

void host_declare_result(host_manifest_t *manifest, const char *name, host_result_t about) {
    wit_description_list_result_declaration_t *declared = &manifest->said.results;
    declared->ptr = realloc(declared->ptr, (declared->len + 1) * sizeof *declared->ptr);
    if (declared->ptr == NULL) {
        host_panic("the job is out of memory", "", 0);
    }
    size_t dimensions = 0;
    while (about.dimensions != NULL && about.dimensions[dimensions] != NULL) {
        dimensions++;
    }
    contract_list_string_t names = {reserve(dimensions * sizeof(contract_string_t)), dimensions};
    for (size_t i = 0; i < dimensions; i++) {
        names.ptr[i] = copied(about.dimensions[i]);
    }
    declared->ptr[declared->len++] = (wit_description_result_declaration_t){
        .name = copied(name), .unit = copied(about.unit), .comment = copied(about.comment), .dimensions = names};
}
