# SPDX-License-Identifier: MIT
# What the tool's side stands on where it was built for Windows, as targets: they lie in HF_WINDOWS_LIBRARIES/lib, while hostfault is built (there
# scripts/windows-libraries has put them) and where it is installed.
set(HF_LIBRARIES "")
foreach(library IN ITEMS yaml sqlite3 jansson)
    if(NOT TARGET hostfault_windows::${library})
        add_library(hostfault_windows::${library} STATIC IMPORTED GLOBAL)
        set_target_properties(hostfault_windows::${library} PROPERTIES IMPORTED_LOCATION "${HF_WINDOWS_LIBRARIES}/lib/lib${library}.a")
    endif()
    list(APPEND HF_LIBRARIES hostfault_windows::${library})
endforeach()
