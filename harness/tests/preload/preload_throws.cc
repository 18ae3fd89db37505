// SPDX-License-Identifier: MIT
// An unmodified C++ program: an exception through frames that own memory, and a request by operator new that fails as std::bad_alloc.
#include <cstdio>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

static int descend(int levels)
{
    std::string held(100 + levels, 'x');
    if (levels == 0)
        throw std::runtime_error("thrown");
    return descend(levels - 1) + static_cast<int>(held.size());
}

int main()
{
    try {
        descend(20);
    } catch (const std::exception &error) {
        std::puts(error.what());
    }
    try {
        std::vector<char> block(4321);
        std::puts("pointer");
    } catch (const std::bad_alloc &) {
        std::puts("bad_alloc");
    }
}
