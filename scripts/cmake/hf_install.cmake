# SPDX-License-Identifier: MIT
# Installation: the tool with its callers beside it, the two libraries with their headers, a package for find_package and one for pkg-config.
# Nothing installed holds an absolute path, so the whole prefix can be moved.

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(HF_PACKAGE_FOLDER "${CMAKE_INSTALL_LIBDIR}/cmake/hostfault")

set(HF_PACKAGES hostfault_shim hostfault_test)
foreach(library IN ITEMS hostfault_fuzz hostfault)
    if(TARGET ${library})
        list(APPEND HF_PACKAGES ${library})
    endif()
endforeach()
# Everything that `cmake --install` wants, and nothing else: what scripts/run builds.
add_custom_target(hf-package)
# hf_install_target(TARGET install's arguments...): installed, and built by hf-package.
function(hf_install_target name)
    add_dependencies(hf-package ${name})
    install(TARGETS ${name} ${ARGN})
endfunction()

add_dependencies(hf-package ${HF_PACKAGES})
install(TARGETS ${HF_PACKAGES} EXPORT hostfault-targets
    ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}"
    FILE_SET HEADERS DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
install(EXPORT hostfault-targets NAMESPACE hostfault:: DESTINATION "${HF_PACKAGE_FOLDER}")

install(FILES "${PROJECT_SOURCE_DIR}/README.md" "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DOCDIR}")

if(TARGET hostfault-tool)
    hf_install_target(hostfault-tool RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
endif()
if(TARGET hostfault-hook) # looked for beside the tool
    hf_install_target(hostfault-hook LIBRARY DESTINATION "${CMAKE_INSTALL_BINDIR}")
endif()
if(TARGET hostfault-malloc) # hf__run_attach_library looks for it there
    hf_install_target(hostfault-malloc LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}")
endif()
foreach(caller IN ITEMS clr clrhost lua sqlite jemalloc)
    if(TARGET hf-caller-${caller})
        hf_install_target(hf-caller-${caller} RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
    endif()
endforeach()
if(EXISTS "${PROJECT_SOURCE_DIR}/scenarios")
    install(DIRECTORY "${PROJECT_SOURCE_DIR}/scenarios" DESTINATION "${CMAKE_INSTALL_DATADIR}/hostfault" PATTERN invalid EXCLUDE)
endif()

configure_package_config_file("${PROJECT_SOURCE_DIR}/scripts/cmake/hostfault-config.cmake.in" "${PROJECT_BINARY_DIR}/package/hostfault-config.cmake"
    INSTALL_DESTINATION "${HF_PACKAGE_FOLDER}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/package/hostfault-config-version.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_SOURCE_DIR}/scripts/cmake/hostfault-sweep.cmake" "${PROJECT_BINARY_DIR}/package/hostfault-config.cmake" "${PROJECT_BINARY_DIR}/package/hostfault-config-version.cmake"
    DESTINATION "${HF_PACKAGE_FOLDER}")

if(TARGET hostfault_dll)
    add_dependencies(hf-package hostfault_import_library)
    hf_install_target(hostfault_dll RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
    install(FILES "${PROJECT_BINARY_DIR}/lib/hostfault.lib" DESTINATION "${CMAKE_INSTALL_LIBDIR}")
endif()

if(WIN32) # what no Windows machine has by itself, and the tool is linked with already
    install(FILES "${PROJECT_SOURCE_DIR}/scripts/cmake/hostfault-windows-libraries.cmake" DESTINATION "${HF_PACKAGE_FOLDER}")
    foreach(library IN ITEMS yaml sqlite3 jansson)
        install(FILES "${HF_WINDOWS_LIBRARIES}/lib/lib${library}.a" DESTINATION "${CMAKE_INSTALL_LIBDIR}" OPTIONAL)
    endforeach()
    return()
endif()

# pcfiledir is LIBDIR/pkgconfig; the way up from there to the prefix depends on LIBDIR.
file(RELATIVE_PATH HF_PC_UP "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
string(REGEX REPLACE "/$" "" HF_PC_UP "${HF_PC_UP}")
foreach(package IN ITEMS hostfault hostfault-fuzz hostfault-shim hostfault-test)
    configure_file("${PROJECT_SOURCE_DIR}/scripts/cmake/${package}.pc.in" "${PROJECT_BINARY_DIR}/package/${package}.pc" @ONLY)
    install(FILES "${PROJECT_BINARY_DIR}/package/${package}.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
endforeach()
