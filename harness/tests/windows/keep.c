/* SPDX-License-Identifier: MIT
 * Keeps Wine's server running until it is ended from outside, so that every other start is fast.
 */
#include <windows.h>

int main(void)
{
    Sleep(INFINITE);
    return 0;
}
