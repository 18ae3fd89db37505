# SPDX-License-Identifier: MIT
# Runs PROGRAM with ARGS (a list) in FOLDER and compares: STATUS, and that what it prints matches STDOUT and STDERR (regular expressions over the
# whole text). With TWICE, runs it again with another environment and wants the very same output. Leaves FOLDER as it was: a file that stays is an error.
file(MAKE_DIRECTORY "${FOLDER}")
function(run_once padding out_variable)
    execute_process(COMMAND "${CMAKE_COMMAND}" -E env "PADDING=${padding}" "${PROGRAM}" ${ARGS}
        WORKING_DIRECTORY "${FOLDER}" RESULT_VARIABLE status OUTPUT_VARIABLE out ERROR_VARIABLE err TIMEOUT 60)
    if(NOT status STREQUAL "${STATUS}")
        message(FATAL_ERROR "exit status ${status}, wanted ${STATUS}\nstdout: ${out}\nstderr: ${err}")
    endif()
    if(NOT out MATCHES "^${STDOUT}$" OR NOT err MATCHES "^${STDERR}$")
        message(FATAL_ERROR "stdout '${out}', wanted '${STDOUT}'\nstderr '${err}', wanted '${STDERR}'")
    endif()
    set(${out_variable} "${out}" PARENT_SCOPE)
endfunction()

run_once("short" first)
if(TWICE)
    string(REPEAT "long" 5000 padding)
    run_once("${padding}" second)
    if(NOT first STREQUAL second)
        message(FATAL_ERROR "the second run printed something else:\n${first}\n${second}")
    endif()
endif()
file(GLOB left "${FOLDER}/*")
if(left)
    message(FATAL_ERROR "left behind: ${left}")
endif()
