/* SPDX-License-Identifier: MIT
 * Compares the host with its flat model. Both run moves from any source. After each move it compares the error, the result, VirtualQuery of some page
 * and the contents of some page, and all pages on request.
 */
#ifndef HOST_VERSUS_H
#define HOST_VERSUS_H

#include "host_move.h"

typedef struct host_versus {
    host_source source;
    host_place place;
    model model;
    unsigned moves;
    char call[200];     /* the last move */
    char mismatch[400]; /* the first; "" none */
} host_versus;

/* Begins with an empty window and that limit of committed pages; 0 is none. */
void host_versus_begin(host_versus *versus, host_source source, uint32_t limit_pages);
void host_versus_step(host_versus *versus);
void host_versus_check_all(host_versus *versus);
/* Releases what is there, and checks that nothing is left. */
void host_versus_end(host_versus *versus);

#endif
