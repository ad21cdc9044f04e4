// The job of ../conformance, in C++. What each part does is said in its README.md.

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "host_guest.hpp"

using namespace std::literals;
using Named = std::vector<std::pair<std::string, host::Value>>;

// The arrays that values show, until the run ends.
template <class T> static std::span<const T> kept(std::initializer_list<T> items) {
    return *new std::vector<T>(items);
}
template <class T> static host::Value array(std::initializer_list<T> items, std::initializer_list<std::uint64_t> shape) {
    return host::array(kept(items), shape);
}
template <class T> static host::Value vector(std::initializer_list<T> items) { return array(items, {items.size()}); }
static host::Value booleans(bool first, bool second) { return host::value(std::vector<bool>{first, second}); }

template <class T> static host::Value extremes() {
    return vector<T>({std::numeric_limits<T>::min(), std::is_signed_v<T> ? T(0) : T(1), std::numeric_limits<T>::max()});
}

static host_indices_t narrow(std::initializer_list<std::int32_t> positions) {
    auto all = kept(positions);
    return host_i32_indices(all.data(), all.size());
}
static host_indices_t wide(std::initializer_list<std::int64_t> positions) {
    auto all = kept(positions);
    return host_i64_indices(all.data(), all.size());
}

static Named sequences(const std::string &kind, host::Value (*make)(host::Value)) {
    using Complex = std::complex<double>;
    auto bytes = kept<std::uint8_t>({1, 2});
    return {
        {kind + ".empty", make(host::list(std::initializer_list<bool>{}))},
        {kind + ".booleans", make(host::list({true, false}))},
        {kind + ".integers", make(host::list({1, 2, 3}))},
        {kind + ".reals", make(host::list({0.5, 1.5}))},
        {kind + ".complexes", make(host::list({Complex(0.0, 1.0), Complex(1.0)}))},
        {kind + ".texts", make(host::list({"ä", "b", ""}))},
        {kind + ".byte_strings", make(host::list({host_bytes_t{bytes.data(), 2}, host_bytes_t{bytes.data(), 0}}))},
    };
}

static Named sparse() {
    return {
        {"sparse.csr", host_csr(2, 3, vector({3.0, std::nan("")}), narrow({2, 0}), narrow({0, 1, 2}))},
        {"sparse.csc", host_csc(2, 3, vector({std::complex<float>(4, -1)}), narrow({1}), narrow({0, 1, 1, 1}))},
        {"sparse.bsr", host_bsr(4, 4, array({1., 2., 3., 4., 5., 6., 7., 8.}, {2, 2, 2}), narrow({1, 0}), wide({0, 1, 2}))},
        {"sparse.coo", host_coo(2, 3, booleans(true, false), narrow({1, 0}), narrow({0, 2}))},
        {"sparse.dia", host_dia(3, 3, array<std::int16_t>({4, 5, 0, 0, 0, 3}, {2, 3}), narrow({-1, 2}))},
        {"sparse.empty", host_csr(0, 3, vector<std::uint8_t>({}), narrow({}), narrow({0}))},
        {"sparse.wide", host_csr(1, 1ULL << 31, vector<std::uint64_t>({1}), narrow({INT32_MAX}), narrow({0, 1}))},
    };
}

// One value of every type, and one array of every element and of every shape that is special.
static Named values() {
    using Complex = std::complex<double>;
    constexpr double infinity = std::numeric_limits<double>::infinity();
    const auto grid = array({0.0, 0.1, 0.2, 1.0, 1.1, 1.2}, {2, 3});
    Named all = {
        {"plain.none", host::value(std::nullopt)},
        {"plain.boolean", host::value(true)},
        {"plain.integer", host::value(INT64_MIN)},
        {"plain.real", host::value(0.1)},
        {"plain.real_nan", host::value(std::nan(""))},
        {"plain.real_infinite", host::value(-infinity)},
        {"plain.complex", host::value(Complex(1.5, -2.5))},
        {"plain.text", host::value("größe 漢字 🦀"sv)},
        {"plain.text_empty", host::value(""sv)},
        {"plain.bytes", host::bytes(kept<std::uint8_t>({0, 1, 254, 255}))},
        {"plain.bytes_empty", host::bytes({})},
        {"arrays.boolean", host::value(std::vector<bool>{true, false, true})},
        {"arrays.signed8", extremes<std::int8_t>()},
        {"arrays.signed16", extremes<std::int16_t>()},
        {"arrays.signed32", extremes<std::int32_t>()},
        {"arrays.signed64", extremes<std::int64_t>()},
        {"arrays.unsigned8", extremes<std::uint8_t>()},
        {"arrays.unsigned16", extremes<std::uint16_t>()},
        {"arrays.unsigned32", extremes<std::uint32_t>()},
        {"arrays.unsigned64", extremes<std::uint64_t>()},
        {"arrays.float32", vector({0.1f, -0.0f, std::numeric_limits<float>::infinity()})},
        {"arrays.float64", grid},
        {"arrays.complex64", vector({std::complex<float>(1.5f, -2.5f), std::complex<float>(0.0f, 1.0f)})},
        {"arrays.complex128", array({Complex(1.5, -2.5), Complex(3.0)}, {2, 1})},
        {"arrays.text", vector({"ä"sv, ""sv, "漢字"sv})},
        {"arrays.text_2d", array({"a"sv, "bb"sv, "ccc"sv, "🦀"sv}, {2, 2})},
        {"arrays.empty", vector<double>({})},
        {"arrays.empty_3d", array<std::int32_t>({}, {2, 0, 3})},
        {"arrays.empty_text", vector<std::string_view>({})},
        {"arrays.scalar", host::scalar(2.5)},
        {"arrays.cube", array<std::int32_t>({0, 1, 2, 3, 4, 5, 6, 7}, {2, 2, 2})},
        {"tables.every_column", host::Table()
                                    .column("boolean", booleans(true, false))
                                    .column("signed64", vector<std::int64_t>({1, -1}))
                                    .column("unsigned8", vector<std::uint8_t>({1, 2}))
                                    .column("float32", vector({0.5f, 1.5f}))
                                    .column("float64", vector({0.5, 1.5}))
                                    .column("complex128", vector({Complex(1.0, 2.0), Complex(3.0)}))
                                    .column("text", vector({"kurz"sv, "länger"sv}))
                                    .column("vectors", grid)
                                    .value()},
        {"tables.without_rows", host::Table().column("t", vector<double>({})).value()},
        {"dictionaries.nested", host::Dictionary()
                                    .entry("flag", true)
                                    .entry("text", "ä")
                                    .entry("nothing", std::nullopt)
                                    .entry("inner.list", host::list({1, 2}))
                                    .entry("inner.deep.array", vector({0.5, 1.5}))
                                    .value()},
        {"dictionaries.empty", host::Dictionary().value()},
    };
    for (const Named &more : {sequences("lists", host_value), sequences("tuples", host_tuple), sparse()}) {
        all.insert(all.end(), more.begin(), more.end());
    }
    return all;
}

static void echo(host::SingleRun &traj) {
    std::vector<std::string> known;
    for (const host_parameter_info_t &info : traj.f_list_parameters()) {
        std::string name = info.name.data;
        auto found = traj.f_get<host::Value>(name);
        traj.result("echo." + name.substr("parameters."s.size())).comment(info.comment.data).item("", found).add();
        known.push_back(name + "|" + info.unit.data + "|" + (info.explored ? "true" : "false") + "|" + info.comment.data);
    }
    traj.f_add_result("parameters_seen", host::list(known));
    for (std::size_t i = 0; i < traj.arg_count(); i++) {
        traj.f_add_result("args.arg_" + std::to_string(i), traj.arg<host::Value>(i));
    }
    for (std::size_t i = 0; i < traj.kwarg_count(); i++) {
        std::string name(traj.kwarg_name(i));
        traj.f_add_result("kwargs." + name, traj.kwarg<host::Value>(name));
    }
}

static void properties(host::SingleRun &traj) {
    host::Rng rng = traj.rng();
    std::vector<double> random = {rng.uniform(), rng.uniform()};
    traj.result("properties")
        .item("idx", static_cast<std::int64_t>(traj.v_idx()))
        .item("length", static_cast<std::int64_t>(traj.v_length()))
        .item("name", traj.v_name())
        .item("seed", host::scalar(traj.v_seed()))
        .item("trajectory_name", traj.v_trajectory_name())
        .item("random", random)
        .add();
}

static void items(host::SingleRun &traj) {
    traj.result("items.named")
        .comment("Drei Posten: Zeiten, Anzahl, Ort")
        .item("times", vector({0.1, 0.2}))
        .item("count", 2)
        .item("place.row", 7)
        .add();
    traj.result("items.mixed_with_sparse")
        .comment("matrices beside other values")
        .item("z", 1.5)
        .item("a", host_coo(1, 2, vector<std::int32_t>({7}), narrow({0}), narrow({1})))
        .item("deep.matrix", host_csr(1, 1, vector({0.25}), narrow({0}), narrow({0, 1})))
        .item("deep.words", host::list({"ä", "b"}))
        .add();
    traj.result("items.numbered").comment("named after the result").item("", 1).item("", 2).item("", 3).add();
}

static void derived(host::SingleRun &traj) {
    traj.f_add_derived_parameter("derived.doubled", 2 * static_cast<std::int64_t>(traj.v_idx()), "twice the index");
    traj.f_add_derived_parameter("derived.opaque", host::bytes(kept<std::uint8_t>({0, 128, 4, 46})),
                                 "what a job alone understands");
    traj.f_add_derived_parameter("derived.sparse", host_csr(1, 1, vector({0.5}), narrow({0}), narrow({0, 1})));
    auto again = traj.f_get<host_sparse_t>("derived.sparse");
    host_f64_array_t dense;
    traj_dense(traj.c_traj(), "derived.sparse", &again, &dense);
    traj.f_add_result("derived_sparse_seen", host_f64_array(dense.data, dense.shape));
    traj.f_add_result("derived_seen", traj.f_get<std::int64_t>("derived.doubled"));
    traj.f_set_annotation("plain.real", "replaced", "before");
    traj.f_set_annotation("plain.real", "replaced", "after ä");
    traj.f_set_annotation("plain.real", "list", host::list({1, 2}));
    traj.f_set_annotation("derived.doubled", "factor", 2);
}

static host::Value raw_default(host::SingleRun &traj, const std::string &name, host::Value standard) {
    host::Value found;
    if (traj_f_get_default_value(traj.c_traj(), name.c_str(), standard, &found) != HOST_OK) {
        host::panic(traj_error_message(traj.c_traj()));
    }
    return found;
}

static void everything(host::SingleRun &traj) {
    echo(traj);
    properties(traj);
    for (const auto &[name, value] : values()) {
        traj.f_add_result(name, value);
    }
    items(traj);
    derived(traj);
    const std::string nowhere = "there.is_no.such_parameter";
    traj.f_add_result("access.raw_default", raw_default(traj, nowhere, host::value("a default ä"sv)));
    traj.f_add_result("access.typed_default", traj.f_get_default(nowhere, 4.5));
    traj.f_add_result("access.contains", std::vector<bool>{traj.f_contains(nowhere), traj.f_contains("derived.doubled")});
    traj.debug("a debug line");
    traj.info("an info line: ä 漢 🦀");
    traj.warning("a warning line");
    traj.error("an error line\nwith a second line");
    traj.info("");
    for (int step = 0; step <= 4; step++) {
        traj.progress(step / 4.0, "step " + std::to_string(step) + " of 4");
    }
}

static void round_trip(host::SingleRun &traj) {
    for (const auto &[name, value] : values()) {
        traj.f_add_derived_parameter(name, value);
        traj.f_add_result("round_trip." + name, traj.f_get<host::Value>(name));
        traj.f_add_result("default." + name, raw_default(traj, "nowhere." + name, value));
    }
}

// What was tried, and what became of it.
class Attempts {
  public:
    template <class T> void note(const std::string &what, const host::Expected<T> &answer) {
        static const std::map<host_error_t, std::string> kinds = {
            {HOST_NOT_FOUND, "not-found"},           {HOST_AMBIGUOUS, "ambiguous"},
            {HOST_ILLEGAL_NAME, "illegal-name"},     {HOST_NOT_VISIBLE, "not-visible"},
            {HOST_ALREADY_EXISTS, "already-exists"}, {HOST_INVALID_VALUE, "invalid-value"},
            {HOST_UNKNOWN_CLASS, "unknown-class"},   {HOST_CLASS_REFUSED, "class-refused"},
        };
        said_.push_back(what + ": " + (answer ? "accepted" : kinds.at(answer.error().code)));
    }
    void note(const std::string &what, int error) {
        note<void>(what, error == HOST_OK ? host::Expected<void>()
                                          : std::unexpected(host::Error{static_cast<host_error_t>(error), ""}));
    }
    std::size_t count() const { return said_.size(); }
    void store(host::SingleRun &traj) const { traj.f_add_result("refusals", host::list(said_)); }

  private:
    std::vector<std::string> said_;
};

static void annotations(host::SingleRun &traj) {
    traj.f_add_result("holder", 1);
    Attempts attempts;
    for (const auto &[name, value] : values()) {
        if (value.tag == WIT_VALUE_PLAIN) {
            std::string key = name;
            std::replace(key.begin(), key.end(), '.', '_');
            attempts.note(name, traj.try_set_annotation("holder", key, value));
        }
    }
    attempts.store(traj);
}

static void classes(host::SingleRun &traj) {
    const auto times = vector<std::int64_t>({100, 103, 107, 200});
    traj.result("spikes").of_class("Packed").comment("packed").item("times", times).add();
    traj.f_add_derived_parameter_as("Duration", "twice", "5s 5s", "two pauses");
    traj.f_add_result("twice_seen", traj.f_get<host::Value>("twice"));
    Attempts attempts;
    attempts.note("unknown class", traj.result("a").of_class("Nowhere").item("times", times).try_add());
    attempts.note("refused by the class",
                  traj_f_add_derived_parameter_as(traj.c_traj(), "Duration", "b", host_text("often"), ""));
    attempts.store(traj);
}

// An array whose list has another length than its shape asks for: the SDK never makes one.
static host::Value of_length(host::Value array, std::size_t length) {
    array.val.plain.val.array.data.val.unsigned8.len = length;
    return array;
}

template <class T> static host::Value three_of(T element) { return of_length(vector({element, element, element}), 2); }

// Values that contradict themselves, in every way that a type allows.
static Named contradictions() {
    const auto one = vector({0.5}), two = vector({0.5, 0.5}), alone = host::scalar(0.5);
    static const std::vector<std::uint64_t> ones(100, 1);
    return {
        {"three of boolean", of_length(host::value(std::vector<bool>(3, true)), 2)},
        {"three of signed8", three_of<std::int8_t>(1)},
        {"three of signed16", three_of<std::int16_t>(1)},
        {"three of signed32", three_of<std::int32_t>(1)},
        {"three of signed64", three_of<std::int64_t>(1)},
        {"three of unsigned8", three_of<std::uint8_t>(1)},
        {"three of unsigned16", three_of<std::uint16_t>(1)},
        {"three of unsigned32", three_of<std::uint32_t>(1)},
        {"three of unsigned64", three_of<std::uint64_t>(1)},
        {"three of float32", three_of(1.0f)},
        {"three of float64", three_of(1.0)},
        {"three of complex64", of_length(vector<std::complex<float>>({1, 2, 3}), 4)},
        {"three of complex128", of_length(vector<std::complex<double>>({1, 2, 3}), 4)},
        {"three of text", three_of("a"sv)},
        {"half a complex number", of_length(vector<std::complex<double>>({1}), 1)},
        {"none of one", of_length(alone, 0)},
        {"a shape beyond 64 bits", of_length(array<double>({}, {1ULL << 32, 1ULL << 32}), 0)},
        {"too many dimensions", host_f64_array(kept({0.5}).data(), {ones.data(), ones.size()})},
        {"table without columns", host::Table().value()},
        {"columns of one name", host::Table().column("t", one).column("t", one).value()},
        {"columns of two lengths", host::Table().column("t", two).column("v", one).value()},
        {"column without rows to count", host::Table().column("t", alone).value()},
        {"keys of one name", host::Dictionary().entry("a", 1).entry("a", 1).value()},
        {"key inside of a value", host::Dictionary().entry("a", 1).entry("a.b", 1).value()},
        {"key without a name", host::Dictionary().entry("", 1).value()},
        {"csr outside", host_csr(2, 2, one, narrow({2}), narrow({0, 1, 1}))},
        {"csc that ends early", host_csc(2, 2, one, wide({0}), wide({0, 1}))},
        {"bsr of flat data", host_bsr(2, 2, one, narrow({0}), wide({0, 1}))},
        {"coo of two lengths", host_coo(2, 2, one, narrow({0}), narrow({0, 1}))},
        {"dia of flat data", host_dia(2, 2, two, narrow({0}))},
    };
}

static void refusals(host::SingleRun &traj) {
    traj.f_add_result("z", 1);
    traj.f_add_derived_parameter("d", 1);
    Attempts attempts;
    for (std::string name : {"nowhere", "twin", "", "a/b", "config", "config.x", "results.run_00000000.z", "run_ALL.z", "part.below"}) {
        host::Value found;
        attempts.note("get " + name, traj.try_get<host::Value>(name));
        attempts.note("get " + name + " or 1", traj_f_get_default_value(traj.c_traj(), name.c_str(), host_i64(1), &found));
    }
    for (std::string name : {"z", "", "a/b", "results.z", "z.below", "run_00000001", "par", "_private", "ä"}) {
        attempts.note("result " + name, traj.try_add_result(name, 1));
    }
    for (std::string name : {"d", "", "a/b", "parameters.x", "d.below"}) {
        attempts.note("derived parameter " + name, traj.try_add_derived_parameter(name, 1));
    }
    for (std::string name : {"nowhere", "", "results", "part"}) {
        attempts.note("annotation of " + name, traj.try_set_annotation(name, "key", 1));
    }
    attempts.note("items of one name", traj.result("r").item("a", 1).item("a", 2).try_add());
    attempts.note("no items", traj.result("r").try_add());
    for (const auto &[what, value] : contradictions()) {
        attempts.note(what, traj.try_add_result("r" + std::to_string(attempts.count()), value));
    }
    attempts.note("annotation that contradicts itself", traj.try_set_annotation("z", "key", three_of<std::int64_t>(1)));
    attempts.store(traj);
}

// Of the SDK of C++ alone: what values are read as.
static void typed(host::SingleRun &traj) {
    traj.f_add_derived_parameter("whole", 3);
    traj.f_add_derived_parameter("real", 0.5);
    traj.f_add_derived_parameter("word", "größe");
    traj.f_add_derived_parameter("nothing", std::nullopt);
    traj.f_add_derived_parameter("vector", vector({0.5, 1.5}));
    traj.f_add_derived_parameter("grid", array({1, 2, 3, 4}, {2, 2}));
    traj.f_add_derived_parameter("words", std::vector<std::string>{"ä", ""});
    traj.f_add_derived_parameter("flags", std::vector<bool>{true, false});
    traj.f_add_derived_parameter("complexes", vector({std::complex<double>(1, 2)}));
    auto holds = [](bool condition, std::source_location at = std::source_location::current()) {
        if (!condition) {
            host::panic("is read as something else", at);
        }
    };
    holds(traj.f_get<double>("whole") == 3.0 && traj.f_get<std::uint8_t>("whole") == 3 && traj.f_get<std::size_t>("whole") == 3);
    holds(traj.try_get<int>("real").error().code == HOST_WRONG_TYPE);
    holds(traj.try_get<int>("real").error().message == "`real` is the real number 0.5, not an integer");
    holds(traj.try_get<int>("nowhere").error().code == HOST_NOT_FOUND);
    holds(traj.f_get<std::string>("word") == "größe" && traj.f_get<std::string_view>("word").size() == 7);
    holds(!traj.f_get<std::optional<double>>("nothing") && traj.f_get<std::optional<double>>("real") == 0.5);
    holds(traj.f_get<std::vector<double>>("vector") == std::vector{0.5, 1.5});
    holds(traj.f_get<std::span<double>>("vector")[1] == 1.5 && traj.f_get<std::span<const float>>("vector")[1] == 1.5f);
    auto grid = traj.f_get<host::Array<int>>("grid");
    holds(grid.data.size() == 4 && grid.data[3] == 4 && grid.shape.size() == 2 && grid.shape[1] == 2);
    holds(traj.try_get<std::vector<int>>("grid").error().code == HOST_WRONG_TYPE);
    holds(traj.f_get<std::vector<std::string>>("words") == std::vector<std::string>{"ä", ""});
    holds(traj.f_get<std::vector<bool>>("flags") == std::vector<bool>{true, false});
    holds(traj.f_get<std::vector<std::complex<double>>>("complexes")[0] == std::complex<double>(1, 2));
    holds(traj.f_get<std::span<std::complex<double>>>("complexes")[0].imag() == 2.0);
    holds(traj.f_get<std::complex<double>>("real") == 0.5 && traj.f_get_default("nowhere", 2) == 2);
}

static host::Outcome conform(host::SingleRun &traj) {
    const auto part = traj.f_get_default<std::string>("part", "everything");
    const std::map<std::string, void (*)(host::SingleRun &)> parts = {
        {"everything", everything}, {"round_trip", round_trip}, {"annotations", annotations},
        {"refusals", refusals},     {"classes", classes},         {"typed", typed},
    };
    if (auto found = parts.find(part); found != parts.end()) {
        found->second(traj);
        return {};
    }
    if (part == "error") {
        traj.f_add_result("dropped", "what a failed run added is not stored");
        return std::unexpected("the guest fails on purpose: ä");
    }
    if (part == "panic") {
        host::panic("the guest panics on purpose: ä");
    }
    return std::unexpected("there is no part `" + part + "`");
}

static host::Manifest describe() {
    return host::Manifest("Every function and every value of the contract: ä 漢 🦀")
        .result(host::ResultDeclaration("plain.real").unit("m s-1").comment("a real number"))
        .result(host::ResultDeclaration("arrays.float64").unit("V").dimensions({"row", "column"}).comment("an array"));
}

HOST_DESCRIBED_JOB(conform, describe)
