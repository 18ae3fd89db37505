/* SPDX-License-Identifier: MIT
 * Each test runs in its own process, so one fixture in static memory is enough, and nothing has to be freed.
 */
#include "clr_fixture.h"
#include <criterion/criterion.h>

static fixture the_fixture;

fixture *fixture_hosted(void)
{
    fixture *f = &the_fixture;
    fake_host_init(&f->host);
    clr_runtime_init(&f->clr);
    f->thread = &f->clr.main;
    cr_assert(clr_set_host_control(&f->clr, &f->host.control) == S_OK, "the fixture's runtime takes its host");
    fixture_mark(f);
    return f;
}

fixture *fixture_started(void)
{
    fixture *f = fixture_hosted();
    cr_assert(clr_start(&f->clr) == S_OK, "the fixture's runtime starts");
    fixture_mark(f);
    return f;
}

uint32_t fixture_mark(fixture *f)
{
    f->mark = f->host.call_count;
    return fake_host_regions(&f->host);
}

uint32_t fixture_count(const fixture *f, hf_method method, uint32_t type)
{
    return fake_host_count(&f->host, f->mark, method, type);
}
