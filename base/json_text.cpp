#include "base/json_text.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <unordered_set>

#include "base/error.hpp"

namespace lockstep {
namespace {

// Code elsewhere recurses into parsed values and trusts this.
constexpr std::size_t deepest_nesting = 100;

// "line 3, column 7" of a byte offset; columns count characters.
std::string position(const std::string& text, std::size_t offset) {
  const std::string_view before = std::string_view(text).substr(0, std::min(offset, text.size()));
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const std::string_view in_line = before.substr(before.rfind('\n') + 1);  // npos + 1 is 0
  const auto column = 1 + std::count_if(in_line.begin(), in_line.end(),
                                        [](char byte) { return (static_cast<unsigned char>(byte) & 0xc0) != 0x80; });
  return "line " + std::to_string(line) + ", column " + std::to_string(column);
}

// nlohmann's text reads "[json.exception.parse_error.101] parse error at line 1, column 2: syntax error while …; last
// read: '…'"; only what follows the place is news, and the token may be as long as the file.
std::string reason_of(const std::string& message) {
  constexpr std::size_t longest = 200;
  std::size_t start = message.find("] ");
  start = start == std::string::npos ? 0 : start + 2;
  if (message.compare(start, 14, "parse error at") == 0) start = message.find(": ", start) + 2;
  return message.size() - start <= longest ? message.substr(start) : message.substr(start, longest) + "…";
}

// Builds the value from the parser's events. nlohmann's own builder keeps the last of two equal keys without a word,
// looks each key up among all before it, and nests without limit.
class Builder {
 public:
  Builder(const std::string& text, const std::string& file) : text_(text), file_(file) {}

  Json result() { return std::move(root_); }

  bool null() { return add(nullptr); }
  bool boolean(bool value) { return add(value); }
  bool number_integer(Json::number_integer_t value) { return add(value); }
  bool number_unsigned(Json::number_unsigned_t value) { return add(value); }
  bool number_float(double value, const std::string&) { return add(value); }
  bool string(std::string& value) { return add(std::move(value)); }
  bool binary(Json::binary_t& value) { return add(std::move(value)); }  // never happens in text
  bool start_object(std::size_t) { return open(Json::object()); }
  bool start_array(std::size_t) { return open(Json::array()); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }

  bool key(std::string& name) {
    Open& object = open_.back();
    if (!object.keys.insert(name).second) {
      object.key = name;
      throw InputError(
          {.where = where(), .problem = "the key is given twice in one object", .suggestion = "remove one of them"});
    }
    object.key = std::move(name);
    return true;
  }

  [[noreturn]] bool parse_error(std::size_t bytes_read, const std::string&, const Json::exception& error) {
    const std::string place = position(text_, bytes_read == 0 ? 0 : bytes_read - 1);
    throw InputError({.where = file_, .problem = "broken JSON at " + place + ": " + reason_of(error.what())});
  }

 private:
  // A list or object whose end was not read yet.
  struct Open {
    Json* container;
    std::string key = {};  // of the member that is being read
    std::unordered_set<std::string> keys = {};
  };

  Json& place(Json value) {
    if (open_.empty()) return root_ = std::move(value);
    Json& container = *open_.back().container;
    if (container.is_array()) return container.get_ref<Json::array_t&>().emplace_back(std::move(value));
    return container.get_ref<Json::object_t&>().emplace_back(open_.back().key, std::move(value)).second;
  }
  bool add(Json value) {
    place(std::move(value));
    return true;
  }
  bool open(Json container) {
    if (open_.size() == deepest_nesting) {
      throw InputError(
          {.where = file_, .problem = "the JSON is nested deeper than " + std::to_string(deepest_nesting) + " levels"});
    }
    // The address holds: until the container is closed, nothing is added beside it.
    open_.push_back({.container = &place(std::move(container))});
    return true;
  }
  bool close() {
    open_.pop_back();
    return true;
  }

  // "file: path.to[3].key" of what is being read.
  std::string where() const {
    std::string path = file_.empty() ? "" : file_ + ": ";
    for (const Open& open : open_) {
      if (open.container->is_array()) {
        path.append("[").append(std::to_string(open.container->size() - 1)).append("]");
      } else {
        path.append(&open == &open_.front() ? "" : ".").append(open.key);
      }
    }
    return path;
  }

  const std::string& text_;
  const std::string& file_;
  Json root_;
  std::vector<Open> open_;
};

}  // namespace

Json parse_json(const std::string& text, const std::string& file) {
  // nlohmann would take it for the end of the text.
  if (const std::size_t nul = text.find('\0'); nul != std::string::npos) {
    throw InputError({.where = file, .problem = "broken JSON at " + position(text, nul) + ": a NUL character"});
  }
  constexpr bool whole_text = true;
  constexpr bool comments = true;
  Builder builder(text, file);
  Json::sax_parse(text, &builder, Json::input_format_t::json, whole_text, comments);
  return builder.result();
}

}  // namespace lockstep
