# Run as a script: writes OUTPUT, a C++ file that defines lockstep::FUNCTION(), declared in HEADER, with the text of each
# of FILES. A changed text must never end the raw string that carries it.
set(delimiter lockstep_text)
set(entries "")
foreach(file IN LISTS FILES)
  get_filename_component(name "${file}" NAME_WE)
  file(READ "${file}" text)
  string(FIND "${text}" ")${delimiter}\"" end_of_string)
  if(NOT end_of_string EQUAL -1)
    message(FATAL_ERROR "${file} holds )${delimiter}\", which ends the C++ string that would carry it")
  endif()
  string(APPEND entries "    EmbeddedText{\"${name}\", R\"${delimiter}(${text})${delimiter}\"},\n")
endforeach()
file(WRITE "${OUTPUT}" "// Written by cmake/EmbedTexts.cmake.
#include \"${HEADER}\"

namespace lockstep {
namespace {

constexpr EmbeddedText texts[] = {
${entries}};

}  // namespace

std::span<const EmbeddedText> ${FUNCTION}() {
  return texts;
}

}  // namespace lockstep
")
