/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef XM_SPEC_H
#define XM_SPEC_H

#include <stdbool.h>
#include <stdint.h>

#include "cfg.h"

/* Device specifications: parts separated by commas, each "key=value" or a plain word. */
struct spec_reader {
    struct pool *pool;
    const struct cfg_value *value;
    const char *last_key;           /* its value goes on to the end of the specification */
    size_t at;
    bool done;
};

struct spec_part {
    const char *key;                /* NULL for a plain word */
    const char *text;               /* the value or the word */
    size_t key_at, at;              /* where they start in the string, for errors */
};

bool spec_next(struct spec_reader *reader, struct spec_part *part);
/* The part's value as a number up to `max`. 0 or -EINVAL after a message. */
int spec_number(const struct spec_reader *reader, const struct spec_part *part, uint32_t max,
                uint32_t *number);
/* Says that the device has no such key and which there are. -EINVAL. */
int spec_unknown(const struct spec_reader *reader, const struct spec_part *part, const char *device,
                 const char *known);

#endif
