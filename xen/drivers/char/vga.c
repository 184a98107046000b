/* SPDX-License-Identifier: GPL-2.0-only */
/* The VGA text screen, 80 by 25, as the firmware left it. */
#include <xen/serial.h>
#include <xen/string.h>
#include <asm/boot.h>
#include <asm/io.h>
#include <asm/page.h>

#define TEXT_BUFFER 0xb8000
#define COLUMNS     80
#define ROWS        25
#define ATTRIBUTE   0x0700
#define CRTC_INDEX  0x3d4
#define CRTC_DATA   0x3d5
#define CRTC_CURSOR_START 0x0a
#define CURSOR_OFF  0x20

static unsigned column, row;
static bool vga_on;

static volatile uint16_t *cell(unsigned r, unsigned c)
{
    return (volatile uint16_t *)__va(TEXT_BUFFER) + r * COLUMNS + c;
}

static void clear_row(unsigned r)
{
    for (unsigned c = 0; c < COLUMNS; c++)
        *cell(r, c) = ATTRIBUTE | ' ';
}

static void scroll(void)
{
    for (unsigned r = 1; r < ROWS; r++)
        for (unsigned c = 0; c < COLUMNS; c++)
            *cell(r - 1, c) = *cell(r, c);
    clear_row(ROWS - 1);
}

/* Nothing is done where the loader has set up a graphics mode: text can't be seen there. */
init_text void vga_init(void)
{
    if (boot_info.framebuffer.present)
        return;
    for (unsigned r = 0; r < ROWS; r++)
        clear_row(r);
    outb(CRTC_CURSOR_START, CRTC_INDEX);
    outb(inb(CRTC_DATA) | CURSOR_OFF, CRTC_DATA);
    vga_on = true;
}

static void put(char ch)
{
    if (ch == '\r') {
        column = 0;
        return;
    }
    if (ch != '\n') {
        *cell(row, column) = ATTRIBUTE | (uint8_t)ch;
        if (++column < COLUMNS)
            return;
    }
    column = 0;
    if (++row == ROWS) {
        row = ROWS - 1;
        scroll();
    }
}

void vga_write(const char *s, size_t n)
{
    if (!vga_on)
        return;
    for (size_t i = 0; i < n; i++)
        put(s[i]);
}
