/* SPDX-License-Identifier: GPL-2.0-only */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "config.h"

/* A random (version 4) identifier. */
void uuid_generate(uint8_t *uuid)
{
    if (getrandom(uuid, 16, 0) != 16)
        abort();
    uuid[6] = (uint8_t)((uuid[6] & 0x0f) | 0x40);
    uuid[8] = (uint8_t)((uuid[8] & 0x3f) | 0x80);
}

/* Reads 32 hexadecimal digits, hyphens between them or not. */
bool uuid_parse(const char *text, uint8_t *uuid)
{
    char digits[3] = "";

    for (int i = 0; i < 16; i++) {
        if (*text == '-' && (i == 4 || i == 6 || i == 8 || i == 10))
            text++;
        if (!isxdigit((unsigned char)text[0]) || !isxdigit((unsigned char)text[1]))
            return false;
        memcpy(digits, text, 2);
        uuid[i] = (uint8_t)strtoul(digits, NULL, 16);
        text += 2;
    }
    return !*text;
}

/* The usual form with hyphens. */
char *uuid_format(struct pool *pool, const uint8_t *u)
{
    return pool_printf(pool, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", u[0],
                       u[1], u[2],
                       u[3], u[4], u[5], u[6], u[7], u[8], u[9], u[10], u[11], u[12], u[13], u[14], u[15]);
}
