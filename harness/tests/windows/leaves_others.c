/* SPDX-License-Identifier: MIT
 * Starts itself again, detached from everything that could be inherited, and then waits forever, as its child does. A tool that ends it must end
 * both. usage: windows_leaves_others MARK; the mark is on both command lines.
 */
#include <hostfault/hostfault.h>
#include <stdio.h>
#include <string.h>

static void start_again(const char *mark)
{
    char program[MAX_PATH], command[2 * MAX_PATH];
    STARTUPINFOA facts = {.cb = sizeof facts};
    PROCESS_INFORMATION made;
    GetModuleFileNameA(NULL, program, sizeof program);
    (void)snprintf(command, sizeof command, "\"%s\" %s child", program, mark);
    if (CreateProcessA(program, command, NULL, NULL, FALSE, DETACHED_PROCESS | CREATE_NEW_PROCESS_GROUP, NULL, NULL, &facts, &made)) {
        CloseHandle(made.hThread);
        CloseHandle(made.hProcess);
    }
}

int main(int argc, char **argv)
{
    if (argc == 2) {
        (void)hf_attach(NULL);
        start_again(argv[1]);
    }
    Sleep(INFINITE);
    return 0;
}
