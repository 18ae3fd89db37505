/* SPDX-License-Identifier: MIT
 * A program that cannot start: its DLL stays in its build folder.
 */
__declspec(dllimport) int windows_missing(void);

int main(void)
{
    return windows_missing();
}
