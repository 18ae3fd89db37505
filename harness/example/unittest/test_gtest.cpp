// SPDX-License-Identifier: MIT
// GoogleTest and C++: operator new asks malloc, so hostfault::malloc sees it. An exception must not leave the function: std::bad_alloc is what it reports.
#include "names.h"

#include <gtest/gtest.h>
#include <hostfault/test.h>
#include <new>
#include <string>
#include <vector>

static int join(void *)
{
    try {
        std::vector<std::string> all;
        for (const char *name : {"Ada, countess of Lovelace", "Grace, rear admiral"})
            all.emplace_back(name);
        std::string joined = all[0] + ";" + all[1];
        hf_result(joined.data(), joined.size());
        return 0;
    } catch (const std::bad_alloc &) {
        return 1;
    }
}

TEST(Join, ThrowsBadAllocAndLosesNothing)
{
    hf_test_report report;
    ASSERT_EQ(hf_test_sweep(join, nullptr, nullptr, &report), HF_OK) << report.error.message;
    EXPECT_GE(report.requests, 4u);
    EXPECT_EQ(report.findings, 0u) << report.first;
}
