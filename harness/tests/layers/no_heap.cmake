# SPDX-License-Identifier: MIT
# The library that goes into the program under test refers to no function that allocates or frees heap memory.
# Usage: cmake -DNM=... -DLIBRARY=... -P no_heap.cmake
execute_process(COMMAND "${NM}" -A "${LIBRARY}" OUTPUT_VARIABLE symbols ERROR_VARIABLE said RESULT_VARIABLE status)
if(NOT status EQUAL 0)
    message(FATAL_ERROR "${NM} ${LIBRARY} failed:\n${said}")
endif()
string(REGEX MATCHALL "[^\n]* U memcpy\n" copies "${symbols}")
list(LENGTH copies references)
if(references EQUAL 0) # nearly every object copies memory: nm printed something that this script does not understand
    message(FATAL_ERROR "no reference to memcpy was found in ${LIBRARY}")
endif()
set(heap "malloc|calloc|realloc|reallocarray|free|strdup|strndup|asprintf|vasprintf|posix_memalign|aligned_alloc|memalign|getline|fopen|opendir")
string(REGEX MATCHALL "[^\n]* U (${heap})\n" found "${symbols}")
if(found)
    string(REPLACE ";" "" found "${found}")
    message(FATAL_ERROR "objects before the wall use the heap:\n${found}")
endif()
