/* SPDX-License-Identifier: MIT
 * A DLL that the program which needs it never finds.
 */
__declspec(dllexport) int windows_missing(void);

int windows_missing(void)
{
    return 0;
}
