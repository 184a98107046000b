/* SPDX-License-Identifier: GPL-2.0-only */
/* Included first everywhere: declarations are of this image, no indirection through a GOT. */
#pragma GCC visibility push(hidden)
