#include "base/json_setting.hpp"

#include <charconv>
#include <nlohmann/json.hpp>
#include <string_view>

#include "base/error.hpp"

namespace lockstep {
namespace {

[[noreturn]] void fail(const std::string& setting, const std::string& problem) {
  throw InputError(
      {.where = "--set " + setting, .problem = problem, .suggestion = "write for example --set link.latency=\"2 us\""});
}

Json& step_into(Json& document, std::string_view key, const std::string& setting) {
  if (document.is_array()) {
    std::size_t index = 0;
    const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), index);
    if (error != std::errc() || end != key.data() + key.size() || index >= document.size()) {
      fail(setting, "the list has no item '" + std::string(key) + "'");
    }
    return document[index];
  }
  if (document.is_null()) document = Json::object();
  if (!document.is_object()) fail(setting, "'" + std::string(key) + "' lies inside a value that has no fields");
  return document[std::string(key)];
}

}  // namespace

void apply_setting(Json& document, const std::string& setting) {
  const std::size_t equals = setting.find('=');
  if (equals == std::string::npos || equals == 0) fail(setting, "this is not of the form path.to.field=value");
  std::string_view path = std::string_view(setting).substr(0, equals);
  Json* place = &document;
  while (true) {
    const std::size_t dot = path.find('.');
    place = &step_into(*place, path.substr(0, dot), setting);
    if (dot == std::string_view::npos) break;
    path.remove_prefix(dot + 1);
  }
  const std::string text = setting.substr(equals + 1);
  Json value = Json::parse(text, nullptr, false);
  *place = value.is_discarded() ? Json(text) : std::move(value);
}

}  // namespace lockstep
