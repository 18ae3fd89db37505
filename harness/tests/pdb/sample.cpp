// SPDX-License-Identifier: MIT
// A program whose PDB is read: functions of every kind of name, inline code, and two source files. It needs no library; WITH_CALLS makes it ask the
// system for memory, so that it can be run under the hook.
#include "sample.h"

extern "C" {
__declspec(dllimport) void *__stdcall VirtualAlloc(void *address, unsigned long long size, unsigned long type, unsigned long protect);
__declspec(dllimport) int __stdcall VirtualFree(void *address, unsigned long long size, unsigned long type);
__declspec(dllimport) void __stdcall ExitProcess(unsigned status);
}

namespace net {

class Buffer {
public:
    bool grow(unsigned long long size);
    bool write(char byte);

private:
    char *bytes = nullptr;
};

__attribute__((noinline)) bool Buffer::grow(unsigned long long size)
{
    bytes = static_cast<char *>(VirtualAlloc(nullptr, size, 0x3000, 4));
    return bytes != nullptr;
}

__attribute__((noinline)) bool Buffer::write(char byte)
{
    bytes[0] = byte; // line that crashes where grow() failed and nobody looked
    return true;
}

} // namespace net

namespace {
__attribute__((noinline)) int hidden(int value)
{
    return sample_twice(value) + 1;
}
} // namespace

template <typename Number> __attribute__((noinline)) Number sample_sum(Number a, Number b)
{
    return static_cast<Number>(a + sample_inlined(b));
}

extern "C" void start()
{
    net::Buffer first, second;
    int sum = sample_sum<int>(hidden(3), 4) + sample_sum<short>(1, 2);
    bool good = first.grow(65536);
    if (!good)
        ExitProcess(3);
    (void)second.grow(131072);
    (void)second.write(static_cast<char>(sum));
    ExitProcess(0);
}
