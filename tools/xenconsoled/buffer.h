/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef XENCONSOLED_BUFFER_H
#define XENCONSOLED_BUFFER_H

#include <stddef.h>

/* Output on its way to a reader. Grows as needed up to `limit`; beyond that the oldest half is dropped. */
struct buffer {
    char *data;
    size_t start, used, size, limit;
};

#define BUFFER_MIN_LIMIT    4096u
#define BUFFER_MAX_LIMIT    (1u << 20)

/* Adds to the end. What doesn't fit into memory is dropped as well. */
void buffer_add(struct buffer *buffer, const char *data, size_t length);
/* Takes from the front. */
void buffer_consume(struct buffer *buffer, size_t length);
void buffer_free(struct buffer *buffer);

static inline const char *buffer_front(const struct buffer *buffer)
{
    return buffer->data + buffer->start;
}

#endif
