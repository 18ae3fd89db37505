# SPDX-License-Identifier: MIT
# The libraries of the tool on Windows, as targets. They are in HF_WINDOWS_LIBRARIES/lib: scripts/windows-libraries puts them there for the build, and an
# installation has them in the same location.
set(HF_LIBRARIES "")
foreach(library IN ITEMS yaml sqlite3 jansson)
    if(NOT TARGET hostfault_windows::${library})
        add_library(hostfault_windows::${library} STATIC IMPORTED GLOBAL)
        set_target_properties(hostfault_windows::${library} PROPERTIES IMPORTED_LOCATION "${HF_WINDOWS_LIBRARIES}/lib/lib${library}.a")
    endif()
    list(APPEND HF_LIBRARIES hostfault_windows::${library})
endforeach()
