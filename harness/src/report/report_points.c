/* SPDX-License-Identifier: MIT
 * Reads the points of the newest sweeps from a database.
 */
#include "report_points.h"
#include "heap_alloc.h"
#include "base_text.h"
#include "model.h"
#include "report_case.h"

#include <inttypes.h>
#include <string.h>

#include "base_poison.h"

typedef struct loading {
    hf_report_points *points;
    hf_report_sweep_points *sweep;
    int64_t site; /* of the previous point; points of a site are adjacent */
} loading;

static uint32_t number_of(loading *self, const char *text)
{
    return hf__report_strings_add(&self->points->strings, text);
}

static void take_site(loading *self, const hf_store_site *from)
{
    hf_report_points *points = self->points;
    HF_GROW(points->sites, points->site_count, points->site_capacity);
    points->sites[points->site_count++] = (hf_report_site){.key = from->key,
                                                           .calls = from->calls,
                                                           .method = number_of(self, from->method),
                                                           .fingerprint = number_of(self, from->fingerprint),
                                                           .place = number_of(self, from->place),
                                                           .stack = number_of(self, from->stack)};
    self->sweep->site_count++;
}

static bool take_point(const hf_store_point *from, const hf_store_site *site, void *user)
{
    loading *self = user;
    hf_report_points *points = self->points;
    if (self->sweep->site_count == 0 || from->site != self->site)
        take_site(self, site);

    self->site = from->site;
    HF_GROW(points->points, points->point_count, points->point_capacity);
    points->points[points->point_count++] = (hf_report_point){.site = points->site_count - 1,
                                                              .ordinal = from->ordinal,
                                                              .calls = from->calls,
                                                              .retries = from->retries,
                                                              .leaked_bytes = from->leaked_bytes,
                                                              .violations = from->violations,
                                                              .elapsed_us = from->elapsed_us,
                                                              .result = from->result,
                                                              .onwards = from->onwards,
                                                              .outcome = (uint8_t)from->outcome,
                                                              .response = (uint8_t)from->response,
                                                              .exit_status = from->exit_status,
                                                              .signal = from->signal,
                                                              .thread = number_of(self, from->thread),
                                                              .variant = number_of(self, from->variant),
                                                              .earlier = number_of(self, from->earlier),
                                                              .stands = number_of(self, from->stands),
                                                              .fault = number_of(self, from->fault),
                                                              .reason = number_of(self, from->reason)};
    self->sweep->point_count++;
    return true;
}

static hf_status load_sweep(hf_store *store, int64_t id, hf_report_points *out, hf_error *err)
{
    hf_store_summary summary;
    hf_status status = hf__store_summarize(store, id, &summary, err);
    if (status != HF_OK)
        return status;
    loading self = {.points = out, .sweep = &out->sweeps[out->sweep_count++]};
    *self.sweep = (hf_report_sweep_points){
        .script = hf__report_clean(hf__text(summary.sweep.script)), .first_site = out->site_count, .first_point = out->point_count};
    return hf__store_each_point(store, id, take_point, &self, err);
}

hf_status hf__report_points_load(hf_store *store, hf_report_points *out, hf_error *err)
{
    int64_t *ids = NULL;
    size_t count = 0;
    *out = (hf_report_points){0};
    hf_status status = hf__store_current(store, &ids, &count, err);
    out->sweeps = hf__allocate(count, sizeof *out->sweeps);
    for (size_t i = 0; i < count && status == HF_OK; i++)
        status = load_sweep(store, ids[i], out, err);
    hf__free(ids);
    if (status != HF_OK)
        hf__report_points_clear(out);
    return status;
}

void hf__report_points_clear(hf_report_points *points)
{
    for (size_t i = 0; i < points->sweep_count; i++)
        hf__free(points->sweeps[i].script);
    hf__free(points->sweeps);
    hf__free(points->sites);
    hf__free(points->points);
    hf__report_strings_clear(&points->strings);
    *points = (hf_report_points){0};
}

const char *hf__report_points_text(const hf_report_points *points, uint32_t number)
{
    return hf__report_strings_get(&points->strings, number);
}

char *hf__report_point_failure(const hf_report_points *points, const hf_report_point *point)
{
    const hf_hresult_row *row = hf__model_hresult(point->result);
    const char *variant = hf__report_points_text(points, point->variant);
    char *name = row != NULL ? hf__copy_string(row->name) : hf__format("0x%08" PRIX32, (uint32_t)point->result);
    char *whole = variant[0] != '\0' ? hf__format("%s (%s)", name, variant) : hf__copy_string(name);
    hf__free(name);
    return whole;
}

bool hf__report_point_is_finding(const hf_report_point *point)
{
    return point->outcome < HF_OUTCOME_COUNT && hf_outcome_severity((hf_outcome)point->outcome) > 0;
}

char *hf__report_place_function(const char *place)
{
    const char *at = strstr(place, " at ");
    size_t length = at != NULL ? (size_t)(at - place) : strcspn(place, "+");
    return hf__copy_text((hf_text){place, length});
}
