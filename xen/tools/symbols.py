#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""symbols.py < nm-output > symbols.S: the table of function names for common/debug/symbols.c.

Input: `nm -n` of the first link. Names are compressed by replacing the most frequent pair of codes by a new code,
again and again, until the 255 byte values are used up. Empty input gives an empty table.
"""
import sys
from collections import Counter

MARK_EVERY = 64


def read_functions(lines):
    base, functions = 0, {}
    for line in lines:
        fields = line.split()
        if len(fields) != 3:
            continue
        addr, kind, name = int(fields[0], 16), fields[1], fields[2]
        if name == "_stext":
            base = addr
        if kind in "tTwW" and not name.startswith(("_stext", ".L")):
            functions.setdefault(addr, name[:79])
    return base, sorted((addr - base, name) for addr, name in functions.items() if addr >= base)


def compress(names):
    """Names as lists of codes, and what each code stands for."""
    tokens = {ord(c): c for name in names for c in name}
    coded = [[ord(c) for c in name] for name in names]
    free = [code for code in range(1, 256) if code not in tokens]
    for code in free:
        pairs = Counter(pair for word in coded for pair in zip(word, word[1:]))
        if not pairs:
            break
        (a, b), count = pairs.most_common(1)[0]
        if count < 4:
            break
        tokens[code] = tokens[a] + tokens[b]
        coded = [replace(word, a, b, code) for word in coded]
    return coded, tokens


def replace(word, a, b, code):
    out, i = [], 0
    while i < len(word):
        if word[i] == a and i + 1 < len(word) and word[i + 1] == b:
            out.append(code)
            i += 2
        else:
            out.append(word[i])
            i += 1
    return out


def array(name, directive, values):
    print(f"        .balign 8\n        .globl {name}\n{name}:")
    for i in range(0, len(values), 16):
        print(f"        {directive} " + ", ".join(map(str, values[i:i + 16])))


def main():
    base, functions = read_functions(sys.stdin)
    coded, tokens = compress([name for _, name in functions])
    names, marks = [], []
    for i, word in enumerate(coded):
        if i % MARK_EVERY == 0:
            marks.append(len(names))
        names += [len(word)] + word
    token_bytes, token_index = bytearray(), [0] * 256
    for code, text in sorted(tokens.items()):
        token_index[code] = len(token_bytes)
        token_bytes += text.encode() + b"\0"
    print("/* SPDX-License-Identifier: GPL-2.0-only */\n        .section .symbols, \"a\", @progbits")
    array("symbols_count", ".long", [len(functions)])
    end = functions[-1][0] + 16 if functions else 0
    array("symbols_offset", ".long", [offset for offset, _ in functions] + [end])
    array("symbols_names", ".byte", names)
    array("symbols_mark", ".long", marks)
    array("symbols_token_index", ".short", token_index)
    array("symbols_token", ".byte", list(token_bytes))


main()
