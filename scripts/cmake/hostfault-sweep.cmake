# SPDX-License-Identifier: MIT
# A sweep as a CTest test. Available with the package (find_package(hostfault)), or in a tree that includes hostfault by add_subdirectory or FetchContent.
#
# hostfault_add_sweep(NAME COMMAND program [argument...] [BUDGET time] [FAILURES list] [ALLOW file] [LABELS label...] [OPTIONS option...])
#
#   NAME      name of the test
#   COMMAND   the program under test, a target or a path, and its arguments
#   BUDGET    start no more points after this time ("60s", "5m"); each place gets one point before any place gets two
#   FAILURES  the failures to inject ("E_OUTOFMEMORY"); default: all documented failures
#   ALLOW     file of known findings, relative to the source folder: the test fails on others, and on entries that no longer happen. To create the
#             file: hostfault sweep --write-allow FILE -- COMMAND
#   LABELS    labels of the test; default: `hostfault`
#   OPTIONS   other options of `hostfault sweep`
#
# The test fails if there are findings; it prints each with the command that repeats it. Its results stay in hostfault/NAME below the build folder.
function(hostfault_add_sweep name)
    cmake_parse_arguments(PARSE_ARGV 1 sweep "" "BUDGET;FAILURES;ALLOW" "COMMAND;LABELS;OPTIONS")
    if(NOT sweep_COMMAND)
        message(FATAL_ERROR "hostfault_add_sweep(${name}): COMMAND is missing")
    endif()
    if(sweep_UNPARSED_ARGUMENTS OR sweep_KEYWORDS_MISSING_VALUES)
        message(FATAL_ERROR "hostfault_add_sweep(${name}): not understood: ${sweep_UNPARSED_ARGUMENTS} ${sweep_KEYWORDS_MISSING_VALUES}")
    endif()
    list(POP_FRONT sweep_COMMAND program)
    if(TARGET "${program}")
        set(program "$<TARGET_FILE:${program}>")
    endif()
    set(tool "${HOSTFAULT_TOOL}")
    if(TARGET hostfault-tool)
        set(tool "$<TARGET_FILE:hostfault-tool>")
        if(NOT TARGET hostfault-sweeps) # a test builds nothing, so `all` does
            add_custom_target(hostfault-sweeps ALL DEPENDS hostfault-tool)
        endif()
    endif()
    if(NOT tool)
        message(FATAL_ERROR "hostfault_add_sweep(${name}): the program hostfault is not installed beside the package; set HOSTFAULT_TOOL")
    endif()
    set(options ${sweep_OPTIONS})
    foreach(option IN ITEMS BUDGET FAILURES)
        if(DEFINED sweep_${option})
            string(TOLOWER "--${option}" word)
            list(APPEND options "${word}" "${sweep_${option}}")
        endif()
    endforeach()
    if(DEFINED sweep_ALLOW)
        cmake_path(ABSOLUTE_PATH sweep_ALLOW)
        list(APPEND options --allow "${sweep_ALLOW}")
    endif()
    if(NOT sweep_LABELS)
        set(sweep_LABELS hostfault)
    endif()
    add_test(NAME "${name}" COMMAND "${tool}" sweep --quiet --results "${CMAKE_CURRENT_BINARY_DIR}/hostfault/${name}" ${options}
        -- "${program}" ${sweep_COMMAND})
    set_tests_properties("${name}" PROPERTIES LABELS "${sweep_LABELS}")
endfunction()
