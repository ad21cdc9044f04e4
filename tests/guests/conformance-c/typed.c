// What values are read as: whatever is exact, and nothing else. Asserts; stores nothing.

#include <assert.h>
#include <math.h>
#include <string.h>

#include "job.h"

// A value as the host gives it back, under the name `name`.
#define GIVEN(name, value) assert(traj_f_add_derived_parameter(traj, name, value, "") == HOST_OK)
#define READS(name, type, condition)                                                                                   \
    do {                                                                                                               \
        type x;                                                                                                        \
        assert(traj_f_get(traj, name, &x) == HOST_OK && (condition));                                                  \
    } while (0)
#define REFUSES(name, type)                                                                                            \
    do {                                                                                                               \
        type x;                                                                                                        \
        assert(traj_f_get(traj, name, &x) == HOST_WRONG_TYPE && *traj_error_message(traj) == '`');                     \
    } while (0)

static void scalars(traj_t *traj) {
    GIVEN("whole", 3);
    GIVEN("least", INT64_MIN);
    GIVEN("real", 0.1);
    GIVEN("huge", 1e300);
    GIVEN("truth", true);
    GIVEN("word", "größe");
    GIVEN("empty", "");
    GIVEN("complex", ((host_complex_t){1.5, -2.5}));
    READS("whole", double, x == 3.0);
    READS("whole", float, x == 3.0f);
    READS("whole", host_complex_t, x.re == 3.0 && x.im == 0.0);
    READS("whole", uint8_t, x == 3);
    READS("whole", size_t, x == 3);
    READS("least", int64_t, x == INT64_MIN);
    READS("least", double, x == -0x1p63);
    REFUSES("least", uint64_t);
    REFUSES("least", int32_t);
    REFUSES("least", bool);
    READS("real", double, x == 0.1);
    READS("real", float, x == 0.1f);
    READS("real", host_complex_t, x.re == 0.1);
    REFUSES("real", int64_t);
    REFUSES("huge", float);
    READS("truth", bool, x);
    REFUSES("truth", int32_t);
    REFUSES("truth", double);
    READS("word", const char *, strcmp(x, "größe") == 0);
    READS("empty", const char *, *x == 0);
    REFUSES("word", host_bytes_t);
    READS("complex", host_complex_t, x.re == 1.5 && x.im == -2.5);
    REFUSES("complex", double);
    double x;
    assert(traj_f_get_default(traj, "nowhere", 2.5, &x) == HOST_OK && x == 2.5);
    assert(traj_f_get_default(traj, "word", 2.5, &x) == HOST_WRONG_TYPE);
    assert(traj_f_get_default(traj, "a/b", 2.5, &x) == HOST_ILLEGAL_NAME);
}

static void arrays(traj_t *traj) {
    int16_t small[] = {1, -2, 300};
    double reals[] = {0.5, 1.5, 2.5, 3.5}, alone[] = {7.0};
    uint8_t bytes[] = {0, 255};
    uint64_t most[] = {UINT64_MAX};
    float singles[] = {0.5f, 0.1f};
    host_complex32_t pairs[] = {{1.0f, 2.0f}};
    host_text_t words[] = {HOST_TEXT("ä"), HOST_TEXT("")};
    int64_t counting[] = {1, 2, 3};
    GIVEN("small", HOST_VECTOR(small, 3));
    GIVEN("grid", HOST_ARRAY(reals, HOST_SHAPE(2, 2)));
    GIVEN("alone", HOST_ARRAY(alone, HOST_SCALAR));
    GIVEN("bytes", HOST_VECTOR(bytes, 2));
    GIVEN("most", HOST_ARRAY(most, HOST_SCALAR));
    GIVEN("singles", HOST_VECTOR(singles, 2));
    GIVEN("pairs", HOST_VECTOR(pairs, 1));
    GIVEN("words", HOST_VECTOR(words, 2));
    GIVEN("list", host_i64_list(counting, 3));
    GIVEN("tuple", host_tuple(host_f64_list(reals, 2)));
    GIVEN("nothing", host_i64_list(counting, 0));
    GIVEN("none", HOST_ARRAY(reals, HOST_SHAPE(0)));
    READS("small", host_i16_array_t, x.count == 3 && x.data[2] == 300 && x.shape.dimensions == 1 && x.shape.lengths[0] == 3);
    READS("small", host_i64_array_t, x.data[1] == -2);
    READS("small", host_f64_array_t, x.data[2] == 300.0);
    READS("small", host_complex32_array_t, x.data[1].re == -2.0f);
    REFUSES("small", host_u16_array_t);
    REFUSES("small", host_i8_array_t);
    REFUSES("small", host_bool_array_t);
    REFUSES("small", double);
    READS("grid", host_f64_array_t, x.count == 4 && x.data[3] == 3.5 && x.shape.dimensions == 2 && x.shape.lengths[1] == 2);
    READS("grid", host_f32_array_t, x.data[3] == 3.5f);
    REFUSES("grid", host_i32_array_t);
    READS("alone", double, x == 7.0);
    READS("alone", host_f64_array_t, x.count == 1 && x.shape.dimensions == 0);
    REFUSES("alone", int64_t);
    READS("bytes", host_bytes_t, x.length == 2 && x.data[1] == 255);
    READS("most", uint64_t, x == UINT64_MAX);
    REFUSES("most", int64_t);
    REFUSES("most", double);
    READS("singles", host_f64_array_t, x.data[1] == (double)0.1f);
    READS("pairs", host_complex_array_t, x.data[0].im == 2.0);
    REFUSES("pairs", host_f64_array_t);
    READS("words", host_text_array_t, strcmp(x.data[0].data, "ä") == 0 && x.data[0].length == 2 && *x.data[1].data == 0);
    REFUSES("words", host_f64_array_t);
    READS("list", host_i64_array_t, x.count == 3 && x.data[2] == 3 && x.shape.lengths[0] == 3);
    READS("list", host_f64_array_t, x.data[2] == 3.0);
    READS("tuple", host_f64_array_t, x.count == 2 && x.data[1] == 1.5);
    READS("nothing", host_text_array_t, x.count == 0 && x.shape.dimensions == 1);
    READS("none", host_complex_array_t, x.count == 0);
    REFUSES("none", host_text_array_t);
}

static void wholes(traj_t *traj) {
    double t[] = {0.5, 1.5};
    int32_t row[] = {1, 0, 1}, column[] = {0, 2, 0};
    double data[] = {2.0, 3.0, 4.0};
    GIVEN("table", HOST_TABLE(host_column("t", HOST_VECTOR(t, 2))));
    GIVEN("dictionary", HOST_DICTIONARY(host_entry("a.b", host_i64(1)), host_entry("c", host_text("d"))));
    GIVEN("matrix", host_coo(2, 3, HOST_VECTOR(data, 3), host_i32_indices(row, 3), host_i32_indices(column, 3)));
    host_table_t table;
    host_dictionary_t dictionary;
    host_sparse_t matrix;
    host_value_t part;
    host_f64_array_t array;
    int32_t one;
    assert(traj_f_get(traj, "table", &table) == HOST_OK && traj_column(traj, "table", &table, "t", &part) == HOST_OK);
    assert(traj_read(traj, "table.t", &part, &array) == HOST_OK && array.data[1] == 1.5);
    assert(traj_column(traj, "table", &table, "v", &part) == HOST_WRONG_TYPE);
    assert(strcmp(traj_error_message(traj), "`table` has no column `v`") == 0);
    assert(traj_f_get(traj, "dictionary", &dictionary) == HOST_OK);
    assert(traj_entry(traj, "dictionary", &dictionary, "a.b", &part) == HOST_OK);
    assert(traj_read(traj, "a.b", &part, &one) == HOST_OK && one == 1);
    assert(traj_entry(traj, "dictionary", &dictionary, "a", &part) == HOST_WRONG_TYPE);
    assert(traj_f_get(traj, "matrix", &matrix) == HOST_OK && traj_dense(traj, "matrix", &matrix, &array) == HOST_OK);
    // Elements that occur twice add up.
    assert(array.count == 6 && array.data[3] == 6.0 && array.data[2] == 3.0 && array.shape.lengths[1] == 3);
    REFUSES("table", host_dictionary_t);
    REFUSES("matrix", host_f64_array_t);
    REFUSES("dictionary", host_sparse_t);
}

static void numbers(void) {
    enum { DRAWS = 100000 };
    host_rng_t rng = host_rng(42, 0), other = host_rng(42, 1);
    assert(host_rng_bits(&(host_rng_t[]){host_rng(0, 0)}[0]) == 0xd6405f892fef003e);
    assert(host_rng_bits(&other) != host_rng_bits(&(host_rng_t[]){host_rng(42, 0)}[0]));
    double uniform = 0, normal = 0, squares = 0, exponential = 0, below = 0, chance = 0;
    for (int i = 0; i < DRAWS; i++) {
        uniform += host_rng_uniform(&rng);
        double drawn = host_rng_normal(&rng);
        normal += drawn, squares += drawn * drawn;
        exponential += host_rng_exponential(&rng);
        below += (double)host_rng_below(&rng, 10);
        chance += host_rng_chance(&rng, 0.25);
    }
    // Five standard errors of each mean.
    double error = 5.0 / sqrt(DRAWS);
    assert(fabs(uniform / DRAWS - 0.5) < 0.289 * error && fabs(normal / DRAWS) < error);
    assert(fabs(squares / DRAWS - 1.0) < 1.42 * error && fabs(exponential / DRAWS - 1.0) < error);
    assert(fabs(below / DRAWS - 4.5) < 2.88 * error && fabs(chance / DRAWS - 0.25) < 0.44 * error);
    int items[50], sum = 0, moved = 0;
    for (int i = 0; i < 50; i++) {
        items[i] = i;
    }
    host_rng_shuffle(&rng, items, 50, sizeof *items);
    for (int i = 0; i < 50; i++) {
        sum += items[i], moved += items[i] != i;
    }
    assert(sum == 1225 && moved > 30);
}

int typed(traj_t *traj) {
    scalars(traj);
    arrays(traj);
    wholes(traj);
    numbers();
    return HOST_OK;
}
