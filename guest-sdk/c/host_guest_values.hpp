// Values: what C++ has as what the host knows, and back. Included by host_guest.hpp.
#ifndef HOST_GUEST_VALUES_HPP
#define HOST_GUEST_VALUES_HPP

#include <algorithm>
#include <complex>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <optional>
#include <source_location>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "host_guest.h"

namespace host {

// Whatever a parameter or an item of a result can be, as the contract has it.
using Value = host_value_t;

// Ends this run, with a message and the place in the source.
[[noreturn]] inline void panic(const std::string &message, std::source_location at = std::source_location::current()) {
    host_panic(message.c_str(), at.file_name(), at.line());
}

// An array of any shape in row-major order: the last index varies fastest.
template <class T> struct Array {
    std::span<T> data;
    // Lengths of the dimensions, slowest first. Empty for one element without dimensions.
    std::span<const std::uint64_t> shape;
};

namespace detail {

// Memory that is there until the run ends: values show it, and instances are never used twice.
template <class T> T *kept(std::size_t count) { return new T[count == 0 ? 1 : count]; }

inline const char *kept(std::string_view text) {
    char *copy = kept<char>(text.size() + 1);
    std::memcpy(copy, text.data(), text.size());
    copy[text.size()] = 0;
    return copy;
}

inline host_shape_t shape_of(std::span<const std::uint64_t> lengths) {
    std::uint64_t *copy = kept<std::uint64_t>(lengths.size());
    std::memcpy(copy, lengths.data(), lengths.size_bytes());
    return {copy, lengths.size()};
}

// What the C SDK calls the elements of arrays.
template <class T> struct Element : std::false_type {};

#define HOST_CPP_ELEMENT(cpp, name, c)                                                                                 \
    template <> struct Element<cpp> : std::true_type {                                                                 \
        using View = host_##name##_array_t;                                                                            \
        static int read(traj_t *traj, const char *what, const Value *value, View *into) {                              \
            return traj_read_##name##_array(traj, what, value, into);                                                  \
        }                                                                                                              \
        static Value make(const cpp *data, host_shape_t shape) {                                                       \
            return host_##name##_array(reinterpret_cast<const c *>(data), shape);                                      \
        }                                                                                                              \
    };
HOST_CPP_ELEMENT(bool, bool, bool)
HOST_CPP_ELEMENT(std::int8_t, i8, std::int8_t)
HOST_CPP_ELEMENT(std::int16_t, i16, std::int16_t)
HOST_CPP_ELEMENT(std::int32_t, i32, std::int32_t)
HOST_CPP_ELEMENT(std::int64_t, i64, std::int64_t)
HOST_CPP_ELEMENT(std::uint8_t, u8, std::uint8_t)
HOST_CPP_ELEMENT(std::uint16_t, u16, std::uint16_t)
HOST_CPP_ELEMENT(std::uint32_t, u32, std::uint32_t)
HOST_CPP_ELEMENT(std::uint64_t, u64, std::uint64_t)
HOST_CPP_ELEMENT(float, f32, float)
HOST_CPP_ELEMENT(double, f64, double)
HOST_CPP_ELEMENT(std::complex<float>, complex32, host_complex32_t)
HOST_CPP_ELEMENT(std::complex<double>, complex, host_complex_t)
#undef HOST_CPP_ELEMENT

template <> struct Element<std::string_view> : std::true_type {
    using View = host_text_array_t;
    static int read(traj_t *traj, const char *what, const Value *value, View *into) {
        return traj_read_text_array(traj, what, value, into);
    }
    static Value make(const std::string_view *data, host_shape_t shape) {
        std::size_t count = 1;
        for (std::size_t i = 0; i < shape.dimensions; i++) {
            count *= static_cast<std::size_t>(shape.lengths[i]);
        }
        host_text_t *texts = kept<host_text_t>(count);
        for (std::size_t i = 0; i < count; i++) {
            texts[i] = {data[i].data(), data[i].size()};
        }
        return host_text_array(texts, shape);
    }
};

template <class T> struct Scalar : std::false_type {};
#define HOST_CPP_SCALAR(cpp, name)                                                                                     \
    template <> struct Scalar<cpp> : std::true_type {                                                                  \
        static int read(traj_t *traj, const char *what, const Value *value, cpp *into) {                               \
            return traj_read_##name(traj, what, value, into);                                                          \
        }                                                                                                              \
    };
HOST_CPP_SCALAR(bool, bool)
HOST_CPP_SCALAR(std::int8_t, i8)
HOST_CPP_SCALAR(std::int16_t, i16)
HOST_CPP_SCALAR(std::int32_t, i32)
HOST_CPP_SCALAR(std::int64_t, i64)
HOST_CPP_SCALAR(std::uint8_t, u8)
HOST_CPP_SCALAR(std::uint16_t, u16)
HOST_CPP_SCALAR(std::uint32_t, u32)
HOST_CPP_SCALAR(std::uint64_t, u64)
HOST_CPP_SCALAR(float, f32)
HOST_CPP_SCALAR(double, f64)
HOST_CPP_SCALAR(host_bytes_t, bytes)
HOST_CPP_SCALAR(host_table_t, table)
HOST_CPP_SCALAR(host_dictionary_t, dictionary)
HOST_CPP_SCALAR(host_sparse_t, sparse)
HOST_CPP_SCALAR(host_value_t, value)
#undef HOST_CPP_SCALAR

template <> struct Scalar<unsigned long> : std::true_type {
    static int read(traj_t *traj, const char *what, const Value *value, unsigned long *into) {
        return traj_read_size(traj, what, value, into);
    }
};

template <class T> struct Is {
    static constexpr bool vector = false, span = false, array = false, optional = false;
};
template <class T> struct Is<std::vector<T>> {
    static constexpr bool vector = true, span = false, array = false, optional = false;
};
template <class T> struct Is<std::span<T>> {
    static constexpr bool vector = false, span = true, array = false, optional = false;
};
template <class T> struct Is<Array<T>> {
    static constexpr bool vector = false, span = false, array = true, optional = false;
};
template <class T> struct Is<std::optional<T>> {
    static constexpr bool vector = false, span = false, array = false, optional = true;
};

// The elements of an array as the C++ type that was asked for, where the two lie in memory alike.
template <class T> int read_array(traj_t *traj, const char *what, const Value *value, Array<T> *into) {
    using E = std::remove_const_t<T>;
    static_assert(Element<E>::value && !std::is_same_v<E, std::string_view>, "no elements that an array can show");
    typename Element<E>::View view;
    if (int error = Element<E>::read(traj, what, value, &view); error != HOST_OK) {
        return error;
    }
    into->data = {reinterpret_cast<T *>(view.data), view.count};
    into->shape = {view.shape.lengths, view.shape.dimensions};
    return HOST_OK;
}

inline int one_dimension(traj_t *traj, const char *what, std::size_t dimensions) {
    if (dimensions == 1) {
        return HOST_OK;
    }
    traj_fail(traj, ("`" + std::string(what) + "` is an array with " + std::to_string(dimensions) +
                     " dimensions, not with one; host::Array has any number of them").c_str());
    return HOST_WRONG_TYPE;
}

template <class T> int read(traj_t *traj, const char *what, const Value *value, T *into) {
    if constexpr (Scalar<T>::value) {
        return Scalar<T>::read(traj, what, value, into);
    } else if constexpr (std::is_same_v<T, std::string> || std::is_same_v<T, std::string_view>) {
        const char *text = nullptr;
        int error = traj_read_text(traj, what, value, &text);
        if (error == HOST_OK) {
            *into = text;
        }
        return error;
    } else if constexpr (std::is_same_v<T, std::complex<double>>) {
        host_complex_t complex;
        int error = traj_read_complex(traj, what, value, &complex);
        if (error == HOST_OK) {
            *into = {complex.re, complex.im};
        }
        return error;
    } else if constexpr (Is<T>::optional) {
        if (value->tag == WIT_VALUE_PLAIN && value->val.plain.tag == WIT_PLAIN_NONE) {
            *into = std::nullopt;
            return HOST_OK;
        }
        return read(traj, what, value, &into->emplace());
    } else if constexpr (Is<T>::array) {
        return read_array(traj, what, value, into);
    } else if constexpr (Is<T>::span) {
        Array<typename T::element_type> array;
        if (int error = read_array(traj, what, value, &array); error != HOST_OK) {
            return error;
        }
        *into = array.data;
        return one_dimension(traj, what, array.shape.size());
    } else {
        static_assert(Is<T>::vector, "no type that a value of the host can be read as");
        using E = typename T::value_type;
        using Stored = std::conditional_t<std::is_same_v<E, std::string>, std::string_view, E>;
        typename Element<Stored>::View view;
        if (int error = Element<Stored>::read(traj, what, value, &view); error != HOST_OK) {
            return error;
        }
        into->clear();
        into->reserve(view.count);
        for (std::size_t i = 0; i < view.count; i++) {
            if constexpr (std::is_same_v<Stored, std::string_view>) {
                into->emplace_back(view.data[i].data, view.data[i].length);
            } else if constexpr (std::is_same_v<E, std::complex<float>> || std::is_same_v<E, std::complex<double>>) {
                into->emplace_back(view.data[i].re, view.data[i].im);
            } else {
                into->push_back(view.data[i]);
            }
        }
        return one_dimension(traj, what, view.shape.dimensions);
    }
}

} // namespace detail

// ---- Values ----------------------------------------------------------------------------------------------------------

// Arrays of any shape: host::array(data, {2, 3}).
template <class T> Value array(std::span<T> data, std::initializer_list<std::uint64_t> shape) {
    return detail::Element<std::remove_const_t<T>>::make(data.data(), detail::shape_of({shape.begin(), shape.size()}));
}
template <class T> Value array(const std::vector<T> &data, std::initializer_list<std::uint64_t> shape) {
    return array(std::span<const T>(data), shape);
}

// One element without dimensions; keeps the exact type of the element.
template <class T> Value scalar(T element) {
    T *copy = detail::kept<T>(1);
    *copy = element;
    return array(std::span<T>(copy, 1), {});
}

// Turns what C++ has into a value. Vectors, spans and host::Array become arrays; a std::uint64_t has to say what it means:
// static_cast<std::int64_t>(n), or host::scalar(n).
template <class T> Value value(const T &from) {
    if constexpr (std::is_same_v<T, Value>) {
        return from;
    } else if constexpr (std::is_same_v<T, std::nullopt_t>) {
        return host_none();
    } else if constexpr (std::is_same_v<T, bool>) {
        return host_bool(from);
    } else if constexpr (std::is_integral_v<T>) {
        static_assert(std::is_signed_v<T> || sizeof(T) < 8, "a std::uint64_t may exceed the host's integers");
        return host_i64(static_cast<std::int64_t>(from));
    } else if constexpr (std::is_floating_point_v<T>) {
        return host_f64(from);
    } else if constexpr (std::is_same_v<T, std::complex<double>> || std::is_same_v<T, std::complex<float>>) {
        return host_complex({from.real(), from.imag()});
    } else if constexpr (std::is_convertible_v<T, std::string_view>) {
        std::string_view text = from;
        return host_text_n(text.data(), text.size());
    } else if constexpr (detail::Is<T>::optional) {
        return from ? value(*from) : host_none();
    } else if constexpr (detail::Is<T>::array) {
        return detail::Element<std::remove_const_t<typename decltype(from.data)::element_type>>::make(
            from.data.data(), detail::shape_of(from.shape));
    } else if constexpr (std::is_same_v<T, std::vector<bool>>) {
        bool *copy = detail::kept<bool>(from.size());
        for (std::size_t i = 0; i < from.size(); i++) {
            copy[i] = from[i];
        }
        return array(std::span<bool>(copy, from.size()), {from.size()});
    } else if constexpr (std::is_same_v<T, std::vector<std::string>>) {
        std::vector<std::string_view> views(from.begin(), from.end());
        return array(views, {views.size()});
    } else {
        std::span view(from);
        return array(view, {view.size()});
    }
}

// Lists and tuples: flat, of one type, and kept apart from arrays and from each other.
template <class T> Value list(std::span<const T> items) {
    if constexpr (std::is_same_v<T, bool>) {
        return host_bool_list(items.data(), items.size());
    } else if constexpr (std::is_integral_v<T>) {
        std::int64_t *copy = detail::kept<std::int64_t>(items.size());
        for (std::size_t i = 0; i < items.size(); i++) {
            copy[i] = items[i];
        }
        return host_i64_list(copy, items.size());
    } else if constexpr (std::is_same_v<T, double>) {
        return host_f64_list(items.data(), items.size());
    } else if constexpr (std::is_same_v<T, std::complex<double>>) {
        return host_complex_list(reinterpret_cast<const host_complex_t *>(items.data()), items.size());
    } else if constexpr (std::is_same_v<T, host_bytes_t>) {
        return host_bytes_list(items.data(), items.size());
    } else {
        host_text_t *texts = detail::kept<host_text_t>(items.size());
        for (std::size_t i = 0; i < items.size(); i++) {
            std::string_view text = items[i];
            texts[i] = {text.data(), text.size()};
        }
        return host_text_list(texts, items.size());
    }
}
template <class T> Value list(const std::vector<T> &items) { return list(std::span<const T>(items)); }
template <class T> Value list(std::initializer_list<T> items) {
    T *copy = detail::kept<T>(items.size());
    std::copy(items.begin(), items.end(), copy);
    return list(std::span<const T>(copy, items.size()));
}
template <class T> Value tuple(const std::vector<T> &items) { return host_tuple(list(items)); }
template <class T> Value tuple(std::initializer_list<T> items) { return host_tuple(list(items)); }

// Bytes, which a std::vector<std::uint8_t> is not: that is an array.
inline Value bytes(std::span<const std::uint8_t> data) { return host_bytes(data.data(), data.size()); }

// host::Table().column("t", t).column("v", v)
class Table {
  public:
    template <class T> Table &&column(std::string_view name, const T &cells) && {
        columns_.push_back(host_column(detail::kept(name), host::value(cells)));
        return std::move(*this);
    }
    Value value() const {
        host_column_t *copy = detail::kept<host_column_t>(columns_.size());
        std::copy(columns_.begin(), columns_.end(), copy);
        return host_table(copy, columns_.size());
    }

  private:
    std::vector<host_column_t> columns_;
};

// host::Dictionary().entry("a.b", 1)
class Dictionary {
  public:
    template <class T> Dictionary &&entry(std::string_view key, const T &entry) && {
        entries_.push_back(host_entry(detail::kept(key), host::value(entry)));
        return std::move(*this);
    }
    Value value() const {
        host_entry_t *copy = detail::kept<host_entry_t>(entries_.size());
        std::copy(entries_.begin(), entries_.end(), copy);
        return host_dictionary(copy, entries_.size());
    }

  private:
    std::vector<host_entry_t> entries_;
};

template <> inline Value value(const Table &from) { return from.value(); }
template <> inline Value value(const Dictionary &from) { return from.value(); }

} // namespace host

#endif
