// SPDX-License-Identifier: MIT
#ifndef SAMPLE_H
#define SAMPLE_H

inline int sample_inlined(int value)
{
    volatile int copy = value * 3;
    return copy;
}

__attribute__((noinline)) inline int sample_twice(int value)
{
    volatile int copy = value * 2;
    return copy;
}

#endif
