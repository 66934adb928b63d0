#pragma once

#include <iosfwd>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "base/catalog.hpp"

namespace lockstep::cli {

// What `lockstep catalog [KIND [NAME]]` was asked for. A kind may be given in the plural or by another word for it
// ("devices", "links"); a name needs a kind.
struct CatalogQuery {
  std::optional<std::string> kind = {};
  std::optional<std::string> name = {};
};

// For people: the kinds, the entries of one kind, or all figures of one entry, each with its source. Throws InputError
// for an unknown kind or name.
void print_catalog(const Catalog& catalog, const CatalogQuery& query, std::ostream& out);

// The same for programs. A kind, and an entry, come in the form of a catalog file, so that what is printed can be
// edited and read back with --catalog.
Json catalog_json(const Catalog& catalog, const CatalogQuery& query);

}  // namespace lockstep::cli
