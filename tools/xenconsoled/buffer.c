/* SPDX-License-Identifier: GPL-2.0-only */
#include <stdlib.h>
#include <string.h>

#include "buffer.h"

/* Makes room for `length` more bytes behind the last one, if that is possible below the limit. */
static void make_room(struct buffer *buffer, size_t length)
{
    size_t size = buffer->size ? buffer->size : BUFFER_MIN_LIMIT;
    char *bigger;

    if (buffer->start) {
        memmove(buffer->data, buffer->data + buffer->start, buffer->used);
        buffer->start = 0;
    }
    while (size < buffer->used + length && size < buffer->limit)
        size *= 2;
    if (size > buffer->limit)
        size = buffer->limit;
    if (size <= buffer->size)
        return;
    bigger = realloc(buffer->data, size);
    if (!bigger)
        return;
    buffer->data = bigger;
    buffer->size = size;
}

/* See buffer.h. */
void buffer_add(struct buffer *buffer, const char *data, size_t length)
{
    size_t drop;

    if (buffer->start + buffer->used + length > buffer->size)
        make_room(buffer, length);
    if (buffer->used + length > buffer->size) {
        /* A half at a time, so that a flood doesn't move the whole buffer for every few bytes. */
        drop = buffer->size / 2 > length ? buffer->size / 2 : length;
        buffer_consume(buffer, drop < buffer->used ? drop : buffer->used);
        make_room(buffer, 0);
    }
    if (length > buffer->size) {
        data += length - buffer->size;
        length = buffer->size;
    }
    if (length)
        memcpy(buffer->data + buffer->start + buffer->used, data, length);
    buffer->used += length;
}

/* See buffer.h. */
void buffer_consume(struct buffer *buffer, size_t length)
{
    buffer->start += length;
    buffer->used -= length;
    if (!buffer->used)
        buffer->start = 0;
}

/* Gives the memory back; the limit stays. */
void buffer_free(struct buffer *buffer)
{
    free(buffer->data);
    *buffer = (struct buffer){ .limit = buffer->limit };
}
