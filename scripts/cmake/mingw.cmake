# SPDX-License-Identifier: MIT
# Toolchain: Windows programs made by mingw-w64 on Linux, run by Wine where it is installed.
set(CMAKE_SYSTEM_NAME Windows)
set(CMAKE_SYSTEM_PROCESSOR x86_64)
set(CMAKE_C_COMPILER x86_64-w64-mingw32-gcc)
set(CMAKE_RC_COMPILER x86_64-w64-mingw32-windres)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
# printf as C17 has it.
add_compile_definitions(__USE_MINGW_ANSI_STDIO=1)
# Of windows.h what is needed: the whole of it takes longer to read than everything else.
add_compile_definitions(WIN32_LEAN_AND_MEAN NOGDI)
# Programs that can be copied to a Windows machine and run there: nothing of gcc's is left to be found beside them.
add_link_options(-static)
