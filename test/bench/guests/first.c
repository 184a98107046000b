/* SPDX-License-Identifier: GPL-2.0-only */
/* A guest's first process: marks that it runs, and waits for the end. */
#include <unistd.h>

#include "mark.h"

int main(void)
{
    mark("user space");
    for (;;)
        pause();
}
