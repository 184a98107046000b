/* SPDX-License-Identifier: MIT */
/* The command line: words, of which those with a '=' set something. */
#include "option.h"

#include "start.h"
#include "string.h"

#define WORDS_MAX 32

static struct {
    const char *key, *value;
} words[WORDS_MAX];
static unsigned int words_count;

/* End the word at text and note where its value is. */
static char *take_word(char *text)
{
    const char *key = text;

    for (; *text && *text != ' '; text++)
        if (*text == '=' && words[words_count].value == NULL) {
            *text = 0;
            words[words_count].value = text + 1;
        }
    if (*text)
        *text++ = 0;
    words[words_count].key = key;
    if (words[words_count].value)
        words_count++;
    return text;
}

void options_init(void)
{
    static char line[MAX_GUEST_CMDLINE];
    char *text = line;

    memcpy(line, start_info->cmd_line, sizeof(line) - 1);
    while (*text && words_count < WORDS_MAX)
        if (*text == ' ')
            text++;
        else
            text = take_word(text);
}

const char *option(const char *key)
{
    for (unsigned int i = 0; i < words_count; i++)
        if (!strcmp(words[i].key, key))
            return words[i].value;
    return NULL;
}

bool option_is(const char *key, const char *value)
{
    const char *found = option(key);

    return found && !strcmp(found, value);
}
