# SPDX-License-Identifier: MIT
# What the tool's side stands on, as HF_LIBRARIES. On Windows it is what scripts/windows-libraries has built; without that there are no
# HF_TOOL_LAYERS, and the shim, the callers and the contract tests are built all the same.
if(NOT WIN32)
    find_package(PkgConfig REQUIRED)
    pkg_check_modules(YAML REQUIRED IMPORTED_TARGET yaml-0.1)
    pkg_check_modules(SQLITE REQUIRED IMPORTED_TARGET sqlite3)
    pkg_check_modules(JANSSON REQUIRED IMPORTED_TARGET jansson)
    pkg_check_modules(ELFUTILS REQUIRED IMPORTED_TARGET libdw libelf)
    set(HF_LIBRARIES PkgConfig::YAML PkgConfig::SQLITE PkgConfig::JANSSON PkgConfig::ELFUTILS)
    return()
endif()

set(HF_WINDOWS_LIBRARIES "${PROJECT_SOURCE_DIR}/out/windows-libraries")
if(NOT EXISTS "${HF_WINDOWS_LIBRARIES}/complete")
    message(STATUS "The tool is left out: scripts/windows-libraries has not built libyaml, SQLite and jansson for it")
    set(HF_TOOL_LAYERS "")
endif()
include(hostfault-windows-libraries)
foreach(library IN LISTS HF_LIBRARIES)
    target_include_directories(${library} INTERFACE "${HF_WINDOWS_LIBRARIES}/include")
endforeach()
target_compile_definitions(hostfault_windows::yaml INTERFACE YAML_DECLARE_STATIC)
