# SPDX-License-Identifier: MIT
# Installation: the tool with its callers beside it, its manual pages and completions, the libraries with their headers, packages for find_package and
# pkg-config. No installed file contains an absolute path, so the whole prefix can be moved. Components: tool, preload, runtime (shared libraries), dev;
# CPack makes one package of each (hf_package.cmake).

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(HF_PACKAGE_FOLDER "${CMAKE_INSTALL_LIBDIR}/cmake/hostfault")

set(HF_PACKAGES hostfault_shim hostfault_test)
foreach(library IN ITEMS hostfault_malloc hostfault_fuzz hostfault)
    if(TARGET ${library})
        list(APPEND HF_PACKAGES ${library})
    endif()
endforeach()
# Exactly what `cmake --install` needs; scripts/run builds it.
add_custom_target(hf-package)
# hf_install_target(TARGET install's arguments...): installs the target, and makes hf-package build it.
function(hf_install_target name)
    add_dependencies(hf-package ${name})
    install(TARGETS ${name} ${ARGN})
endfunction()
# hf_install_tool(TARGET...): programs.
function(hf_install_tool)
    foreach(name IN LISTS ARGN)
        if(TARGET ${name})
            hf_install_target(${name} RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}" COMPONENT tool)
        endif()
    endforeach()
endfunction()

add_dependencies(hf-package ${HF_PACKAGES})
install(TARGETS ${HF_PACKAGES} EXPORT hostfault-targets
    ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT dev
    FILE_SET HEADERS DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" COMPONENT dev)
foreach(library IN LISTS HF_SHARED)
    hf_install_target(${library} EXPORT hostfault-targets
        LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT runtime NAMELINK_COMPONENT dev)
endforeach()
install(EXPORT hostfault-targets NAMESPACE hostfault:: DESTINATION "${HF_PACKAGE_FOLDER}" COMPONENT dev)

include(hf_sbom)
install(FILES "${PROJECT_SOURCE_DIR}/README.md" "${PROJECT_SOURCE_DIR}/CHANGELOG.md" "${PROJECT_SOURCE_DIR}/LICENSE" "${PROJECT_SOURCE_DIR}/NOTICES"
    "${PROJECT_BINARY_DIR}/package/hostfault.cdx.json" DESTINATION "${CMAKE_INSTALL_DOCDIR}" COMPONENT tool)

# What the manual tells to copy.
install(DIRECTORY "${PROJECT_SOURCE_DIR}/harness/example" "${PROJECT_SOURCE_DIR}/harness/cookbook" "${PROJECT_SOURCE_DIR}/scripts/recipes"
    "${PROJECT_SOURCE_DIR}/scripts/pipelines" "${PROJECT_SOURCE_DIR}/scripts/wide"
    DESTINATION "${CMAKE_INSTALL_DOCDIR}/examples" COMPONENT tool USE_SOURCE_PERMISSIONS)
install(DIRECTORY "${PROJECT_SOURCE_DIR}/harness/manual" DESTINATION "${CMAKE_INSTALL_DOCDIR}" COMPONENT tool)

hf_install_tool(hostfault-tool hf-caller-clr hf-caller-clrhost hf-caller-lua hf-caller-sqlite hf-caller-jemalloc)
if(TARGET hostfault-hook) # the tool looks for it beside itself
    hf_install_target(hostfault-hook LIBRARY DESTINATION "${CMAKE_INSTALL_BINDIR}" COMPONENT tool)
endif()
if(TARGET hostfault-malloc) # hf__run_attach_library looks for it there
    hf_install_target(hostfault-malloc LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT preload)
    hf_install_target(hostfault-steady LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT preload)
    hf_install_target(hostfault-trap RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}" COMPONENT tool)
endif()
if(TARGET hf-manual)
    add_dependencies(hf-package hf-manual)
    install(DIRECTORY "${PROJECT_BINARY_DIR}/docs/man1" "${PROJECT_BINARY_DIR}/docs/man5" DESTINATION "${CMAKE_INSTALL_MANDIR}" COMPONENT tool)
    set(completions "${PROJECT_BINARY_DIR}/docs/completions")
    install(FILES "${completions}/hostfault" DESTINATION "${CMAKE_INSTALL_DATADIR}/bash-completion/completions" COMPONENT tool)
    install(FILES "${completions}/_hostfault" DESTINATION "${CMAKE_INSTALL_DATADIR}/zsh/site-functions" COMPONENT tool)
    install(FILES "${completions}/hostfault.fish" DESTINATION "${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d" COMPONENT tool)
endif()
if(TARGET hostfault-tool)
    install(DIRECTORY "${PROJECT_SOURCE_DIR}/scenarios" DESTINATION "${CMAKE_INSTALL_DATADIR}/hostfault" COMPONENT tool PATTERN invalid EXCLUDE)
    file(GLOB schemas CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/harness/src/report/schemas/*.json")
    if(TARGET hf-manual)
        list(APPEND schemas "${PROJECT_BINARY_DIR}/docs/schemas/hostfault-project-1.schema.json")
    endif()
    install(FILES ${schemas} DESTINATION "${CMAKE_INSTALL_DATADIR}/hostfault/schemas" COMPONENT tool)
endif()

set(HF_HAS_TOOL FALSE)
if(TARGET hostfault)
    set(HF_HAS_TOOL TRUE)
endif()
configure_package_config_file("${PROJECT_SOURCE_DIR}/scripts/cmake/hostfault-config.cmake.in" "${PROJECT_BINARY_DIR}/package/hostfault-config.cmake"
    INSTALL_DESTINATION "${HF_PACKAGE_FOLDER}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/package/hostfault-config-version.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_SOURCE_DIR}/scripts/cmake/hostfault-sweep.cmake" "${PROJECT_BINARY_DIR}/package/hostfault-config.cmake" "${PROJECT_BINARY_DIR}/package/hostfault-config-version.cmake"
    DESTINATION "${HF_PACKAGE_FOLDER}" COMPONENT dev)

if(TARGET hostfault_dll)
    add_dependencies(hf-package hostfault_import_library)
    hf_install_target(hostfault_dll RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}" COMPONENT tool)
    install(FILES "${PROJECT_BINARY_DIR}/lib/hostfault.lib" DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT dev)
endif()

if(WIN32) # libraries that Windows lacks; the tool already links them
    install(FILES "${PROJECT_SOURCE_DIR}/scripts/cmake/hostfault-windows-libraries.cmake" DESTINATION "${HF_PACKAGE_FOLDER}" COMPONENT dev)
    foreach(library IN ITEMS yaml sqlite3 jansson)
        install(FILES "${HF_WINDOWS_LIBRARIES}/lib/lib${library}.a" DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT dev OPTIONAL)
    endforeach()
    return()
endif()

# pcfiledir is LIBDIR/pkgconfig; the relative path from there to the prefix depends on LIBDIR.
file(RELATIVE_PATH HF_PC_UP "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
string(REGEX REPLACE "/$" "" HF_PC_UP "${HF_PC_UP}")
foreach(package IN ITEMS hostfault hostfault-fuzz hostfault-malloc hostfault-shim hostfault-test)
    string(REPLACE - _ library "${package}")
    if(NOT TARGET ${library})
        continue()
    endif()
    configure_file("${PROJECT_SOURCE_DIR}/scripts/cmake/${package}.pc.in" "${PROJECT_BINARY_DIR}/package/${package}.pc" @ONLY)
    install(FILES "${PROJECT_BINARY_DIR}/package/${package}.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig" COMPONENT dev)
endforeach()

if(PROJECT_IS_TOP_LEVEL)
    add_custom_target(uninstall COMMAND "${CMAKE_COMMAND}" "-DMANIFEST=${PROJECT_BINARY_DIR}/install_manifest.txt"
        -P "${PROJECT_SOURCE_DIR}/scripts/cmake/hf_uninstall.cmake" VERBATIM)
    include(hf_package)
endif()
