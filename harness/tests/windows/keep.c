/* SPDX-License-Identifier: MIT
 * Keeps Wine's server awake, and with it the speed of every other start, until it is ended from outside.
 */
#include <windows.h>

int main(void)
{
    Sleep(INFINITE);
    return 0;
}
