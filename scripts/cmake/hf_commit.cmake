# SPDX-License-Identifier: MIT
# Writes the header with the commit's name, if it has changed: cmake -DSOURCE=... -DHEADER=... [-DCOMMIT=...] -P hf_commit.cmake. Runs at each build,
# because a commit changes no source file. Outside a git clone of this project the commit is unknown, and the name is "".
if(NOT COMMIT)
    execute_process(COMMAND git -C "${SOURCE}" rev-parse --show-toplevel HEAD OUTPUT_VARIABLE answer RESULT_VARIABLE status ERROR_QUIET
        OUTPUT_STRIP_TRAILING_WHITESPACE)
    string(REPLACE "\n" ";" answer "${answer}")
    list(LENGTH answer count)
    if(status EQUAL 0 AND count EQUAL 2)
        list(GET answer 0 top)
        file(REAL_PATH "${SOURCE}" source)
        if(top STREQUAL source)
            list(GET answer 1 COMMIT)
        endif()
    endif()
endif()
set(text "/* Made by hf_commit.cmake. */\n#define HF_COMMIT \"${COMMIT}\"\n")
set(before "")
if(EXISTS "${HEADER}")
    file(READ "${HEADER}" before)
endif()
if(NOT before STREQUAL text)
    file(WRITE "${HEADER}" "${text}")
endif()
