/* SPDX-License-Identifier: MIT */
/* Virtual disks. */
#ifndef DISK_H
#define DISK_H

#include "types.h"

#define SECTOR_SIZE 512

struct disk;

/* Connect to all disks; how many we have. One line for each says what it is. */
unsigned int disks_init(void);

/* The disks, one after the other: disk_next(NULL) is the first. */
struct disk *disk_next(struct disk *disk);

/* Read or write whole sectors from or to page-aligned memory; false if that fails. Waits. */
bool disk_read(struct disk *disk, uint64_t sector, void *pages, unsigned int count);
bool disk_write(struct disk *disk, uint64_t sector, const void *pages, unsigned int count);

/* Wait until what has been written is on the medium; true if the disk doesn't know how, too. */
bool disk_flush(struct disk *disk);

/*
 * Read the first sectors of all disks and print their sum; with write, write the last ones too, and read them
 * back.
 */
void disks_show(bool write);

#endif
