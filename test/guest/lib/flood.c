/* SPDX-License-Identifier: GPL-2.0-only */
/* How long guests flood, and with what. */
#include "test.h"

uint64_t flood_end(void)
{
    return system_time() + option("time", 3) * 1000000000ul;
}

uint64_t flood_random(void)
{
    static uint64_t state = 88172645463325252;

    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}
