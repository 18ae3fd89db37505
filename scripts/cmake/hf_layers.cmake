# SPDX-License-Identifier: MIT
# Builds the layers of the harness. A layer sees only the folders in its MAY_INCLUDE, and the folders that those may include. Any other include fails at
# compile time with "No such file".

set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

add_library(hf_warnings INTERFACE)
target_compile_options(hf_warnings INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes
    -Wold-style-definition -Wcast-qual -Wcast-align -Wpointer-arith -Wwrite-strings -Wundef -Wformat=2 -Wvla
    -Wnull-dereference -Wdouble-promotion -Wimplicit-fallthrough -Wswitch-enum
    $<$<C_COMPILER_ID:GNU>:-Wlogical-op -Wduplicated-cond -Wduplicated-branches -Wjump-misses-init>
    $<$<C_COMPILER_ID:Clang>:-Wcomma -Wassign-enum -Wextra-semi-stmt>)

# Not for tests: Criterion's assertions trip these.
add_library(hf_warnings_conversion INTERFACE)
target_compile_options(hf_warnings_conversion INTERFACE -Wconversion -Wsign-conversion
    $<$<C_COMPILER_ID:Clang>:-Wconditional-uninitialized>)

# Frame pointers everywhere, so every profiler and debugger can read our stacks. -fno-plt and the TLS model keep the shim's fast path free of calls into
# the dynamic linker.
add_library(hf_flags INTERFACE)
target_compile_options(hf_flags INTERFACE -fno-omit-frame-pointer -ftls-model=initial-exec -fvisibility=hidden)

# hf_add_layer(NAME SOURCES file... MAY_INCLUDE layer... [LIBRARIES target...])
function(hf_add_layer name)
    cmake_parse_arguments(PARSE_ARGV 1 layer "" "" "SOURCES;MAY_INCLUDE;LIBRARIES")
    add_library(hf_${name} OBJECT ${layer_SOURCES})
    set(sees ${name} ${layer_MAY_INCLUDE})
    foreach(other IN LISTS layer_MAY_INCLUDE)
        get_property(beyond GLOBAL PROPERTY HF_SEES_${other})
        list(APPEND sees ${beyond})
    endforeach()
    list(REMOVE_DUPLICATES sees)
    set_property(GLOBAL PROPERTY HF_SEES_${name} "${sees}")
    foreach(other IN LISTS sees)
        target_include_directories(hf_${name} PRIVATE "${PROJECT_SOURCE_DIR}/harness/src/${other}")
    endforeach()
    target_include_directories(hf_${name} PRIVATE "${PROJECT_SOURCE_DIR}/harness/include" "${PROJECT_BINARY_DIR}/include")
    target_compile_definitions(hf_${name} PRIVATE _GNU_SOURCE)
    target_link_libraries(hf_${name} PRIVATE hf_warnings hf_warnings_conversion hf_flags ${layer_LIBRARIES})
endfunction()

# Gives a test or tool of the tree the include folders of the named layers, and of all layers below them.
function(hf_see_layers target)
    foreach(layer IN LISTS ARGN)
        get_property(sees GLOBAL PROPERTY HF_SEES_${layer})
        foreach(other IN LISTS sees)
            target_include_directories(${target} PRIVATE "${PROJECT_SOURCE_DIR}/harness/src/${other}")
        endforeach()
    endforeach()
    target_compile_definitions(${target} PRIVATE _GNU_SOURCE)
endfunction()

# hf_add_unit_test(LAYER SOURCES file... [SEES layer...]): one Criterion program per layer, as test unit.LAYER.
# FAIL_REGULAR_EXPRESSION, because Criterion ends with exit status 0 after an empty run and after a leak.
set(HF_FAIL_PATTERN "ERROR: (Address|Leak|Memory|Thread)Sanitizer" "runtime error:" "Tested: 0 ")
function(hf_add_unit_test layer)
    cmake_parse_arguments(PARSE_ARGV 1 test "" "" "SOURCES;SEES;LIBRARIES")
    add_executable(test_${layer} ${test_SOURCES} "${PROJECT_SOURCE_DIR}/harness/tests/support/hf_sanitizer.c")
    hf_see_layers(test_${layer} ${layer} ${test_SEES})
    target_include_directories(test_${layer} PRIVATE "${PROJECT_SOURCE_DIR}/harness/tests/support")
    target_link_libraries(test_${layer} PRIVATE hostfault::hostfault criterion hf_flags hf_warnings ${test_LIBRARIES})
    target_compile_definitions(test_${layer} PRIVATE HF_SOURCE_DIR="${PROJECT_SOURCE_DIR}" HF_BINARY_DIR="${PROJECT_BINARY_DIR}")
    add_test(NAME unit.${layer} COMMAND test_${layer} -j2)
    set_tests_properties(unit.${layer} PROPERTIES LABELS unit TIMEOUT 300 FAIL_REGULAR_EXPRESSION "${HF_FAIL_PATTERN}")
endfunction()

# The preset tidy runs clang-tidy with the compiler over everything except the tests, which this preset does not build. .clang-tidy lists the checks.
if(HF_TIDY)
    find_program(HF_CLANG_TIDY clang-tidy REQUIRED)
    set(CMAKE_C_CLANG_TIDY "${HF_CLANG_TIDY}" --quiet)
endif()
