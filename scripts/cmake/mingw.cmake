# SPDX-License-Identifier: MIT
# Toolchain: builds Windows programs with mingw-w64 on Linux, and runs them with Wine if it is installed.
set(CMAKE_SYSTEM_NAME Windows)
set(CMAKE_SYSTEM_PROCESSOR x86_64)
set(CMAKE_C_COMPILER x86_64-w64-mingw32-gcc)
set(CMAKE_RC_COMPILER x86_64-w64-mingw32-windres)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
# printf as C17 defines it.
add_compile_definitions(__USE_MINGW_ANSI_STDIO=1)
# Includes only the needed parts of windows.h: all of it takes longer to compile than everything else.
add_compile_definitions(WIN32_LEAN_AND_MEAN NOGDI)
# Links gcc's libraries statically, so that programs can be copied to a Windows machine and run there.
add_link_options(-static)
