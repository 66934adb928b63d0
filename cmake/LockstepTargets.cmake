# What every target of the project shares: the language, the warnings, and ccache where there is one.

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # Precompiled headers carry a time stamp that ccache must be told to overlook. With paths relative to the project,
  # clones of it share what they compiled.
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${CCACHE_PROGRAM})
endif()

add_library(lockstep_options INTERFACE)
target_compile_features(lockstep_options INTERFACE cxx_std_20)
# GCC 12 sees overlaps and overflows in std::string's operator+ that are not there (its bugs 105651 and 105329), hence
# -Wno-restrict, -Wno-stringop-overflow and -Wno-array-bounds; the address sanitizer looks for real ones.
# Contraction of a*b+c would make results differ between machines.
target_compile_options(lockstep_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wold-style-cast -Wnon-virtual-dtor -Woverloaded-virtual
  -Wno-restrict -Wno-stringop-overflow -Wno-array-bounds
  -ffp-contract=off -fpch-preprocess)
# A JSON value that turns into a string by itself hides mistakes.
target_compile_definitions(lockstep_options INTERFACE JSON_USE_IMPLICIT_CONVERSIONS=0
  $<$<BOOL:${LOCKSTEP_CONTRACTS}>:LOCKSTEP_CONTRACTS>)
if(LOCKSTEP_SANITIZE)
  target_compile_options(lockstep_options INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=all)
  target_link_options(lockstep_options INTERFACE -fsanitize=address,undefined)
endif()

# lockstep_precompiled(TARGET FROM): takes the compiled headers of another target. Through them GCC 12 sees overflows in
# std::string's operator+ that are not there, so that warning is left to the builds without them.
function(lockstep_precompiled target from)
  target_precompile_headers(${target} REUSE_FROM ${from})
  target_compile_options(${target} PRIVATE -Wno-stringop-overflow)
endfunction()

# lockstep_common_headers(TARGET): the standard headers that most files include, compiled once for all of the project; a
# fifth of the compile time. Where headers are verified every file stands on its own includes instead.
file(CONFIGURE OUTPUT common_headers.cpp CONTENT "")
add_library(lockstep_headers OBJECT "${CMAKE_CURRENT_BINARY_DIR}/common_headers.cpp")
target_link_libraries(lockstep_headers PRIVATE lockstep_options)
target_precompile_headers(lockstep_headers PRIVATE
  <algorithm> <functional> <memory> <optional> <span> <string> <unordered_map> <vector>)
function(lockstep_common_headers target)
  if(NOT LOCKSTEP_VERIFY_HEADERS)
    lockstep_precompiled(${target} lockstep_headers)
  endif()
endfunction()

# lockstep_add_library(NAME SOURCES ... HEADERS ... LINKS ... PRIVATE_LINKS ...): one library a folder.
function(lockstep_add_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;HEADERS;LINKS;PRIVATE_LINKS" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  add_library(lockstep::${name} ALIAS ${name})
  target_sources(${name} PUBLIC FILE_SET HEADERS BASE_DIRS "${PROJECT_SOURCE_DIR}" FILES ${ARG_HEADERS})
  set_target_properties(${name} PROPERTIES OUTPUT_NAME lockstep_${name}
                        VERIFY_INTERFACE_HEADER_SETS ${LOCKSTEP_VERIFY_HEADERS})
  target_include_directories(${name} PUBLIC "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/lockstep>")
  target_compile_features(${name} PUBLIC cxx_std_20)
  target_link_libraries(${name} PUBLIC ${ARG_LINKS} PRIVATE $<BUILD_INTERFACE:lockstep_options> ${ARG_PRIVATE_LINKS})
  lockstep_common_headers(${name})
  set_property(GLOBAL APPEND PROPERTY LOCKSTEP_LIBRARIES ${name})
endfunction()
