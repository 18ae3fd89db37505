# SPDX-License-Identifier: MIT
# The shim as a DLL, for programs that are not built by MinGW: hostfault.dll, and hostfault.lib, an import library for Microsoft's linker. It exports
# exactly what the public headers declare: plain C functions, so the program's compiler does not matter. It needs only DLLs that Windows has.

set(names "")
foreach(header IN ITEMS adapt caller error hostfault)
    file(STRINGS "${PROJECT_SOURCE_DIR}/harness/include/hostfault/${header}.h" lines REGEX "^HF_API ")
    foreach(line IN LISTS lines)
        string(REGEX MATCH "(hf_[a-z0-9_]+)\\(" found "${line}")
        string(APPEND names "    ${CMAKE_MATCH_1}\n")
    endforeach()
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/harness/include/hostfault/${header}.h")
endforeach()
set(definition "${PROJECT_BINARY_DIR}/hostfault.def")
file(CONFIGURE OUTPUT "${definition}" CONTENT "LIBRARY hostfault.dll\nEXPORTS\n${names}" @ONLY)

add_library(hostfault_dll SHARED "${definition}")
foreach(layer IN LISTS HF_SHIM_LAYERS)
    target_sources(hostfault_dll PRIVATE $<TARGET_OBJECTS:hf_${layer}>)
endforeach()
target_link_libraries(hostfault_dll PRIVATE synchronization)
target_link_options(hostfault_dll PRIVATE -static-libgcc)
set_target_properties(hostfault_dll PROPERTIES PREFIX "" OUTPUT_NAME hostfault LINKER_LANGUAGE C RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin")

# llvm-dlltool writes the short form, as Microsoft's librarian does; MinGW's own tool writes the long one, which Microsoft's linker accepts too.
find_program(HF_DLLTOOL NAMES llvm-dlltool llvm-dlltool-14 x86_64-w64-mingw32-dlltool)
set(import_library "${PROJECT_BINARY_DIR}/lib/hostfault.lib")
add_custom_command(OUTPUT "${import_library}"
    COMMAND ${CMAKE_COMMAND} -E make_directory "${PROJECT_BINARY_DIR}/lib"
    COMMAND "${HF_DLLTOOL}" -m i386:x86-64 -d "${definition}" -l "${import_library}"
    DEPENDS "${definition}" VERBATIM)
add_custom_target(hostfault_import_library ALL DEPENDS "${import_library}")
