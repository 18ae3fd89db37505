/* SPDX-License-Identifier: MIT */
// A target in C++ whose data go through a FuzzedDataProvider: it takes from both ends of what is its own, and never meets the schedule.
#include <hostfault/fuzz.h>

#if __has_include(<fuzzer/FuzzedDataProvider.h>)
#include <fuzzer/FuzzedDataProvider.h>
#else
#error "FuzzedDataProvider.h comes with clang"
#endif

static hf_caller_end work(hf_caller_run *run)
{
    FuzzedDataProvider data(run->data, run->data_bytes);
    std::size_t size = data.ConsumeIntegralInRange<std::size_t>(1, 1 << 20); // from the end
    std::string name = data.ConsumeRandomLengthString(16);                   // from the front
    void *memory = nullptr;
    HRESULT hr = run->manager->lpVtbl->VirtualAlloc(run->manager, nullptr, size, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE, eTaskCritical, &memory);
    if (FAILED(hr))
        return HF_CALLER_REPORTED;
    hf_result(name.data(), name.size());
    run->manager->lpVtbl->VirtualFree(run->manager, memory, 0, MEM_RELEASE);
    return HF_CALLER_OK;
}

HF_FUZZ_FUNCTION(work)
