#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/json_value.hpp"

namespace lockstep {

// Reads the fields of one JSON object: each is required or has a default, and `reject_unknown` refuses every key that
// nobody asked for, naming the nearest that was. All errors are InputError with the file and the path inside it.
// Value is one that read_value takes.
class JsonFields {
 public:
  // `path` names the object inside the file ("fleet.link"; empty for the root). `object` must outlive the reader.
  // Throws when `object` is not a JSON object.
  JsonFields(const Json& object, std::string file, std::string path = "");

  bool has(const std::string& key) const;
  template <class Value>
  Value required(const std::string& key) const {
    return read_value<Value>(required_raw(key), where(key));
  }
  template <class Value>
  std::optional<Value> maybe(const std::string& key) const {
    const Json* value = raw(key);
    if (value == nullptr) return std::nullopt;
    return read_value<Value>(*value, where(key));
  }
  template <class Value>
  Value value_or(const std::string& key, Value otherwise) const {
    return maybe<Value>(key).value_or(std::move(otherwise));
  }
  // A whole number within [least, most].
  std::int64_t count(const std::string& key, std::int64_t least, std::int64_t most) const;
  std::int64_t count_or(const std::string& key, std::int64_t otherwise, std::int64_t least, std::int64_t most) const;
  // One of `names`.
  std::string choice(const std::string& key, const std::vector<std::string>& names) const;
  std::string choice_or(const std::string& key, const std::string& otherwise,
                        const std::vector<std::string>& names) const;

  // The object under `key`, and the objects of the list under `key`, none where it is absent.
  JsonFields object(const std::string& key) const;
  std::vector<JsonFields> objects(const std::string& key) const;
  // The value under `key` as it stands, marked as known; nullptr when absent.
  const Json* raw(const std::string& key) const;
  const Json& required_raw(const std::string& key) const;

  // Call once every field has been asked for.
  void reject_unknown() const;

  [[noreturn]] void fail(const std::string& key, const std::string& problem, const std::string& suggestion = "") const;
  // "file: path.to.key" for messages; the object itself where `key` is empty.
  std::string where(const std::string& key = "") const;
  // The whole object, of which nothing is marked as known by this.
  const Json& value() const { return *object_; }
  const std::string& file() const { return file_; }
  const std::string& path() const { return path_; }

 private:
  std::string key_path(const std::string& key) const;
  [[noreturn]] void missing(const std::string& key) const;

  const Json* object_;
  std::string file_;
  std::string path_;
  std::shared_ptr<std::vector<std::string>> known_;  // shared by copies, so that a helper's questions count
};

}  // namespace lockstep
