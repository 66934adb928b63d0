#include "base/json_fields.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.hpp"

namespace lockstep {

JsonFields::JsonFields(const Json& object, std::string file, std::string path)
    : object_(&object),
      file_(std::move(file)),
      path_(std::move(path)),
      known_(std::make_shared<std::vector<std::string>>()) {
  if (!object.is_object()) wrong_kind(object, where(), "an object {…}");
}

std::string JsonFields::key_path(const std::string& key) const {
  if (key.empty()) return path_;
  return path_.empty() ? key : path_ + "." + key;
}

std::string JsonFields::where(const std::string& key) const {
  const std::string inside = key_path(key);
  if (file_.empty() || inside.empty()) return file_ + inside;
  return file_ + ": " + inside;
}

void JsonFields::fail(const std::string& key, const std::string& problem, const std::string& suggestion) const {
  throw InputError({.where = where(key), .problem = problem, .suggestion = suggestion});
}

const Json* JsonFields::raw(const std::string& key) const {
  if (std::find(known_->begin(), known_->end(), key) == known_->end()) known_->push_back(key);
  const auto found = object_->find(key);
  return found == object_->end() ? nullptr : &*found;
}

bool JsonFields::has(const std::string& key) const {
  return raw(key) != nullptr;
}

const Json& JsonFields::required_raw(const std::string& key) const {
  const Json* value = raw(key);
  if (value == nullptr) missing(key);
  return *value;
}

void JsonFields::missing(const std::string& key) const {
  std::string misspelt;
  for (const auto& [present, unused] : object_->items()) {
    const bool asked_for = std::find(known_->begin(), known_->end(), present) != known_->end();
    if (!asked_for && suggest_name(present, {key}).starts_with("did you mean")) {
      misspelt = "is '" + present + "' meant to be it?";
    }
  }
  fail("", "the field '" + key + "' is missing", misspelt);
}

std::int64_t JsonFields::count(const std::string& key, std::int64_t least, std::int64_t most) const {
  const auto value = required<std::int64_t>(key);
  if (value < least || value > most) {
    fail(key, "must be between " + std::to_string(least) + " and " + std::to_string(most) + ", not " +
                  std::to_string(value));
  }
  return value;
}

std::int64_t JsonFields::count_or(const std::string& key, std::int64_t otherwise, std::int64_t least,
                                  std::int64_t most) const {
  return has(key) ? count(key, least, most) : otherwise;
}

std::string JsonFields::choice(const std::string& key, const std::vector<std::string>& names) const {
  auto value = required<std::string>(key);
  if (std::find(names.begin(), names.end(), value) == names.end()) {
    fail(key, "there is no '" + excerpt(value) + "' here", suggest_name(value, names));
  }
  return value;
}

std::string JsonFields::choice_or(const std::string& key, const std::string& otherwise,
                                  const std::vector<std::string>& names) const {
  return has(key) ? choice(key, names) : otherwise;
}

JsonFields JsonFields::object(const std::string& key) const {
  return JsonFields(required_raw(key), file_, key_path(key));
}

std::vector<JsonFields> JsonFields::objects(const std::string& key) const {
  std::vector<JsonFields> result;
  const Json* value = raw(key);
  if (value == nullptr) return result;
  if (!value->is_array()) wrong_kind(*value, where(key), "a list of objects");
  for (std::size_t i = 0; i < value->size(); ++i) {
    result.emplace_back((*value)[i], file_, key_path(key) + "[" + std::to_string(i) + "]");
  }
  return result;
}

void JsonFields::reject_unknown() const {
  for (const auto& [key, value] : object_->items()) {
    if (std::find(known_->begin(), known_->end(), key) != known_->end()) continue;
    throw InputError({.where = where(key), .problem = "unknown key", .suggestion = suggest_name(key, *known_)});
  }
}

}  // namespace lockstep
