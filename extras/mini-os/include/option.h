/* SPDX-License-Identifier: MIT */
/* The command line: words, of which those with a '=' set something. */
#ifndef OPTION_H
#define OPTION_H

#include "types.h"

/* Take the command line apart; call once, first. */
void options_init(void);

/* What follows KEY= on the command line, NULL without it. */
const char *option(const char *key);

/* Whether the command line has KEY=VALUE. */
bool option_is(const char *key, const char *value);

#endif
