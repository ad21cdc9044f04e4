// Write jobs for `host` in C++.
//
// A job is a function that simulates one point of a parameter exploration. `host` compiles it once and calls it for every
// point, each time in a fresh sandbox:
//
//     #include "host_guest.hpp"
//
//     void multiply(host::SingleRun &traj) {
//         double z = traj.f_get<double>("x") * traj.f_get<double>("y");
//         traj.f_add_result("z", z);
//     }
//
//     HOST_JOB(multiply)
//
// Jobs are compiled without exceptions. What the host refuses therefore ends the run, with the reason and the place in the
// source; the functions that begin with `try_` return it instead, as a std::expected.
//
// `f_` marks functions and `v_` properties, as in pypet. Views (std::string_view, std::span, host::Array) show what the host
// has delivered: nothing is copied, and it is there until the run ends.
#ifndef HOST_GUEST_HPP
#define HOST_GUEST_HPP

#include <cstdint>
#include <expected>
#include <initializer_list>
#include <optional>
#include <source_location>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "host_guest_values.hpp"

namespace host {

// Why the host refused something.
struct Error {
    host_error_t code;
    std::string message;
};

template <class T> using Expected = std::expected<T, Error>;

// What a job may return: nothing is said of success, and `return std::unexpected("no solution");` fails the run.
using Outcome = std::expected<void, std::string>;

// ---- Random numbers --------------------------------------------------------------------------------------------------

// ChaCha8: the same numbers as those of the Rust SDK, on every machine. Also for the distributions of <random>, which may
// give others with every library. It cannot be copied: a copy would silently repeat its numbers.
class Rng {
  public:
    using result_type = std::uint64_t;
    explicit Rng(std::uint64_t seed, std::uint64_t stream = 0) : rng_(host_rng(seed, stream)) {}
    Rng(const Rng &) = delete;
    Rng &operator=(const Rng &) = delete;
    Rng(Rng &&) = default;
    static constexpr result_type min() { return 0; }
    static constexpr result_type max() { return UINT64_MAX; }
    result_type operator()() { return host_rng_bits(&rng_); }
    double uniform() { return host_rng_uniform(&rng_); }
    double normal() { return host_rng_normal(&rng_); }
    double exponential() { return host_rng_exponential(&rng_); }
    std::uint64_t below(std::uint64_t end) { return host_rng_below(&rng_, end); }
    bool chance(double probability) { return host_rng_chance(&rng_, probability); }
    template <class T> void shuffle(std::span<T> items) {
        for (std::size_t last = items.size(); last-- > 1;) {
            std::swap(items[last], items[static_cast<std::size_t>(below(last + 1))]);
        }
    }

  private:
    host_rng_t rng_;
};

// ---- The run ---------------------------------------------------------------------------------------------------------

class SingleRun;

// A result that is being put together; nothing is added before `add`.
class [[nodiscard("a result is added by .add()")]] Result {
  public:
    // Says what the result means. Stored with it.
    Result &&comment(std::string_view comment) && {
        comment_ = comment;
        return std::move(*this);
    }
    // Lets a class of your own store the result; the spec names its component.
    Result &&of_class(std::string_view name) && {
        class_ = name;
        return std::move(*this);
    }
    // Adds an item. Dots in `name` nest; an empty one stands for the result's own.
    template <class T> Result &&item(std::string_view name, const T &from) && {
        items_.push_back({detail::kept(name), host::value(from)});
        return std::move(*this);
    }
    // Hands the result to the host, which stores it when the run ends.
    Expected<void> try_add() && {
        int error = class_.empty() ? traj_f_add_result_items(traj_, name_.c_str(), comment_.c_str(), items_.data(), items_.size())
                                   : traj_f_add_result_as(traj_, class_.c_str(), name_.c_str(), comment_.c_str(),
                                                          items_.data(), items_.size());
        if (error != HOST_OK) {
            return std::unexpected(Error{static_cast<host_error_t>(error), traj_error_message(traj_)});
        }
        return {};
    }
    void add(std::source_location at = std::source_location::current()) && {
        if (auto added = std::move(*this).try_add(); !added) {
            panic(added.error().message, at);
        }
    }

  private:
    friend class SingleRun;
    Result(traj_t *traj, std::string_view name) : traj_(traj), name_(name) {}
    traj_t *traj_;
    std::string name_;
    std::string comment_;
    std::string class_;
    std::vector<host_item_t> items_;
};

// One run: exactly one point of the exploration, and the place where its results go.
class SingleRun {
  public:
    using Place = std::source_location;

    explicit SingleRun(traj_t *traj) : traj_(traj) {}
    SingleRun(const SingleRun &) = delete;
    SingleRun &operator=(const SingleRun &) = delete;

    // The value of the parameter `name` at this point. host_guest.h lists which types read what; beside those there are
    // std::string, std::string_view, std::complex, std::optional, std::vector, std::span and host::Array.
    template <class T> T f_get(const std::string &name, Place at = Place::current()) const {
        return checked(try_get<T>(name), at);
    }
    template <class T> Expected<T> try_get(const std::string &name) const {
        Value found;
        if (int error = traj_f_get_value(traj_, name.c_str(), &found); error != HOST_OK) {
            return refused(error);
        }
        return try_read<T>(name, found);
    }
    // The same, or `standard` where nothing has that name.
    template <class T> T f_get_default(const std::string &name, T standard, Place at = Place::current()) const {
        auto found = try_get<T>(name);
        if (!found && found.error().code == HOST_NOT_FOUND) {
            return standard;
        }
        return checked(std::move(found), at);
    }
    // Reads a value that is there already; `what` names it in messages.
    template <class T> T read(const std::string &what, const Value &from, Place at = Place::current()) const {
        return checked(try_read<T>(what, from), at);
    }
    template <class T> Expected<T> try_read(const std::string &what, const Value &from) const {
        T into{};
        if (int error = detail::read(traj_, what.c_str(), &from, &into); error != HOST_OK) {
            return refused(error);
        }
        return into;
    }
    // Whether anything has that name; true for an ambiguous one as well.
    bool f_contains(const std::string &name) const { return traj_f_contains(traj_, name.c_str()); }
    // All parameters below the path `under`, in the order of their names; every one for "".
    std::span<const host_parameter_info_t> f_list_parameters(const std::string &under = "") const {
        std::size_t count = 0;
        const host_parameter_info_t *first = traj_f_list_parameters(traj_, under.c_str(), &count);
        return {first, count};
    }

    // The arguments that the spec hands to every run, by position and by name.
    std::size_t arg_count() const { return traj_arg_count(traj_); }
    template <class T> T arg(std::size_t position, Place at = Place::current()) const {
        Value found;
        check(traj_arg(traj_, position, &found), at);
        return read<T>("args[" + std::to_string(position) + "]", found, at);
    }
    std::size_t kwarg_count() const { return traj_kwarg_count(traj_); }
    std::string_view kwarg_name(std::size_t position) const {
        host_text_t name = traj_kwarg_name(traj_, position);
        return {name.data, name.length};
    }
    template <class T> T kwarg(const std::string &name, Place at = Place::current()) const {
        Value found;
        check(traj_kwarg(traj_, name.c_str(), &found), at);
        return read<T>("kwargs." + name, found, at);
    }

    // Adds a result of one item that has the result's name.
    template <class T> void f_add_result(const std::string &name, const T &from, Place at = Place::current()) {
        check(traj_f_add_result_value(traj_, name.c_str(), host::value(from)), at);
    }
    template <class T> Expected<void> try_add_result(const std::string &name, const T &from) {
        return answer(traj_f_add_result_value(traj_, name.c_str(), host::value(from)));
    }
    // Begins a result with a comment or with several items; it is added by `add`.
    Result result(std::string_view name) { return {traj_, name}; }
    // Adds a value that follows from the parameters of this point.
    template <class T>
    void f_add_derived_parameter(const std::string &name, const T &from, const std::string &comment = "",
                                 Place at = Place::current()) {
        check(traj_f_add_derived_parameter_value(traj_, name.c_str(), host::value(from), comment.c_str()), at);
    }
    template <class T>
    Expected<void> try_add_derived_parameter(const std::string &name, const T &from, const std::string &comment = "") {
        return answer(traj_f_add_derived_parameter_value(traj_, name.c_str(), host::value(from), comment.c_str()));
    }
    // The same, stored by a class of your own.
    template <class T>
    void f_add_derived_parameter_as(const std::string &class_name, const std::string &name, const T &from,
                                    const std::string &comment = "", Place at = Place::current()) {
        check(traj_f_add_derived_parameter_as(traj_, class_name.c_str(), name.c_str(), host::value(from), comment.c_str()), at);
    }
    // Attaches an annotation to a result or derived parameter of this run, replacing one of the same key.
    template <class T>
    void f_set_annotation(const std::string &node, const std::string &key, const T &from, Place at = Place::current()) {
        check(traj_f_set_annotation_value(traj_, node.c_str(), key.c_str(), host::value(from)), at);
    }
    template <class T>
    Expected<void> try_set_annotation(const std::string &node, const std::string &key, const T &from) {
        return answer(traj_f_set_annotation_value(traj_, node.c_str(), key.c_str(), host::value(from)));
    }

    // The index of this run, from 0, and the number of runs.
    std::uint64_t v_idx() const { return traj_v_idx(traj_); }
    std::uint64_t v_length() const { return traj_v_length(traj_); }
    // The name of this run, `run_00000003`, and that of the trajectory.
    std::string_view v_name() const { return traj_v_name(traj_); }
    std::string_view v_trajectory_name() const { return traj_v_trajectory_name(traj_); }
    // The seed of this run: it follows from the root seed, the point and the replicate, never from the position.
    std::uint64_t v_seed() const { return traj_v_seed(traj_); }
    // Random numbers that follow from it. Every call begins anew with the same ones: make one generator and hand it on.
    Rng rng(std::uint64_t stream = 0) const { return Rng(v_seed(), stream); }

    // Lines in the log of the exploration, under the name of this run. std::printf goes there, too.
    void debug(const std::string &message) const { traj_debug(traj_, message.c_str()); }
    void info(const std::string &message) const { traj_info(traj_, message.c_str()); }
    void warning(const std::string &message) const { traj_warning(traj_, message.c_str()); }
    void error(const std::string &message) const { traj_error(traj_, message.c_str()); }
    // Tells how far this run has come, from 0 to 1.
    void progress(double fraction, const std::string &message = "") const {
        traj_progress(traj_, fraction, message.c_str());
    }

    // The run for functions of the SDK of C.
    traj_t *c_traj() const { return traj_; }

  private:
    std::unexpected<Error> refused(int error) const {
        return std::unexpected(Error{static_cast<host_error_t>(error), traj_error_message(traj_)});
    }
    Expected<void> answer(int error) const {
        if (error != HOST_OK) {
            return refused(error);
        }
        return {};
    }
    void check(int error, Place at) const {
        if (error != HOST_OK) {
            panic(traj_error_message(traj_), at);
        }
    }
    template <class T> static T checked(Expected<T> found, Place at) {
        if (!found) {
            panic(found.error().message, at);
        }
        return *std::move(found);
    }
    traj_t *traj_;
};

// ---- Describing a job ------------------------------------------------------------------------------------------------

// A parameter that the job reads: host::Parameter::real("neuron.tau").unit("s").default_value(20e-3).range(1e-6, 1.0)
class Parameter {
  public:
    static Parameter boolean(std::string_view name) { return {name, HOST_BOOLEAN}; }
    static Parameter integer(std::string_view name) { return {name, HOST_INTEGER}; }
    static Parameter real(std::string_view name) { return {name, HOST_REAL}; }
    static Parameter complex(std::string_view name) { return {name, HOST_COMPLEX}; }
    static Parameter text(std::string_view name) { return {name, HOST_TEXT}; }
    static Parameter bytes(std::string_view name) { return {name, HOST_BYTES}; }
    static Parameter array(std::string_view name) { return {name, HOST_ARRAY}; }
    static Parameter sequence(std::string_view name) { return {name, HOST_SEQUENCE}; }
    static Parameter table(std::string_view name) { return {name, HOST_TABLE}; }
    static Parameter dictionary(std::string_view name) { return {name, HOST_DICTIONARY}; }
    static Parameter sparse(std::string_view name) { return {name, HOST_SPARSE}; }
    // Its unit, as a UDUNITS string.
    Parameter &&unit(std::string_view unit) && {
        unit_ = unit;
        return std::move(*this);
    }
    Parameter &&comment(std::string_view comment) && {
        comment_ = comment;
        return std::move(*this);
    }
    // Its value where the spec does not give one. Without it the spec must.
    template <class T> Parameter &&default_value(const T &from) && {
        default_ = host::value(from);
        return std::move(*this);
    }
    Parameter &&minimum(double least) && {
        minimum_ = least;
        return std::move(*this);
    }
    Parameter &&maximum(double most) && {
        maximum_ = most;
        return std::move(*this);
    }
    Parameter &&range(double least, double most) && { return std::move(*this).minimum(least).maximum(most); }

  private:
    friend class Manifest;
    Parameter(std::string_view name, host_value_type_t type) : name_(name), type_(type) {}
    std::string name_;
    host_value_type_t type_;
    std::string unit_;
    std::string comment_;
    std::optional<Value> default_;
    std::optional<double> minimum_;
    std::optional<double> maximum_;
};

// An item that the job adds to its results: host::ResultDeclaration("trace").unit("V").dimensions({"t"})
class ResultDeclaration {
  public:
    explicit ResultDeclaration(std::string_view name) : name_(name) {}
    ResultDeclaration &&unit(std::string_view unit) && {
        unit_ = unit;
        return std::move(*this);
    }
    ResultDeclaration &&comment(std::string_view comment) && {
        comment_ = comment;
        return std::move(*this);
    }
    // Names of the dimensions of an array, slowest first.
    ResultDeclaration &&dimensions(std::initializer_list<std::string> names) && {
        dimensions_ = names;
        return std::move(*this);
    }

  private:
    friend class Manifest;
    std::string name_;
    std::string unit_;
    std::string comment_;
    std::vector<std::string> dimensions_;
};

// What a job says of itself.
class Manifest {
  public:
    explicit Manifest(std::string_view comment) : comment_(comment) {}
    // Declares a parameter. From the first one on, every parameter the job reads has to be declared.
    Manifest &&parameter(Parameter parameter) && {
        parameters_.push_back(std::move(parameter));
        return std::move(*this);
    }
    // Says that the job reads no parameters.
    Manifest &&no_parameters() && {
        none_ = true;
        return std::move(*this);
    }
    Manifest &&result(ResultDeclaration result) && {
        results_.push_back(std::move(result));
        return std::move(*this);
    }
    void tell(host_manifest_t *manifest) const {
        host_comment(manifest, comment_.c_str());
        if (none_) {
            host_no_parameters(manifest);
        }
        for (const Parameter &said : parameters_) {
            host_parameter_t about{};
            about.unit = said.unit_.c_str();
            about.comment = said.comment_.c_str();
            about.standard = said.default_ ? &*said.default_ : nullptr;
            about.minimum = said.minimum_ ? &*said.minimum_ : nullptr;
            about.maximum = said.maximum_ ? &*said.maximum_ : nullptr;
            host_declare_parameter(manifest, said.name_.c_str(), said.type_, about);
        }
        for (const ResultDeclaration &said : results_) {
            std::vector<const char *> names;
            for (const std::string &name : said.dimensions_) {
                names.push_back(name.c_str());
            }
            names.push_back(nullptr);
            host_result_t about{};
            about.unit = said.unit_.c_str();
            about.comment = said.comment_.c_str();
            about.dimensions = names.data();
            host_declare_result(manifest, said.name_.c_str(), about);
        }
    }

  private:
    std::string comment_;
    bool none_ = false;
    std::vector<Parameter> parameters_;
    std::vector<ResultDeclaration> results_;
};

namespace detail {

template <class Run> int enter(traj_t *traj, Run run) {
    SingleRun single(traj);
    if constexpr (std::is_void_v<decltype(run(single))>) {
        [[clang::noinline]] run(single);
        return HOST_OK;
    } else {
        Outcome outcome = run(single);
        return outcome ? HOST_OK : traj_fail(traj, outcome.error().c_str());
    }
}

} // namespace detail
} // namespace host

// Makes `run`, a function that takes host::SingleRun & and returns nothing or a host::Outcome, the job of this component.
#undef HOST_JOB
#define HOST_JOB(run)                                                                                                  \
    extern "C" int host_job_run(traj_t *traj) { return host::detail::enter(traj, run); }

// The same with a function that returns a host::Manifest, so that a spec is checked before anything runs.
#undef HOST_DESCRIBED_JOB
#define HOST_DESCRIBED_JOB(run, describe)                                                                              \
    HOST_JOB(run)                                                                                                      \
    extern "C" void host_job_describe(host_manifest_t *manifest) { describe().tell(manifest); }

#endif
