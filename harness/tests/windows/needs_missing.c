/* SPDX-License-Identifier: MIT
 * A program that cannot start: its DLL is left where it was built.
 */
__declspec(dllimport) int windows_missing(void);

int main(void)
{
    return windows_missing();
}
