# Installs the build in BUILD_DIR, builds the consumer against the installed package, and compares what it prints.
set(work "${BUILD_DIR}/consumer")
file(REMOVE_RECURSE "${work}")

function(run)
  execute_process(COMMAND ${ARGV} RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "failed: ${ARGV}\n${output}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

run(${CMAKE_COMMAND} --install "${BUILD_DIR}" --prefix "${work}/prefix")
run(${CMAKE_COMMAND} -G Ninja -S "${CMAKE_CURRENT_LIST_DIR}" -B "${work}/build" "-DCMAKE_PREFIX_PATH=${work}/prefix"
    "-DCMAKE_BUILD_TYPE=${BUILD_TYPE}")
run(${CMAKE_COMMAND} --build "${work}/build")
run("${work}/build/consumer")
if(NOT output STREQUAL "4 devices; d0 to d2: 2 hops, 4 us\n")
  message(FATAL_ERROR "the consumer printed: ${output}")
endif()
run("${work}/prefix/bin/lockstep" --version)
# The installed program finds the module of its default network.
run("${work}/prefix/bin/lockstep" run --set engine.network=fluid "${CMAKE_CURRENT_LIST_DIR}/../../scenarios/ring_all_reduce.json")
