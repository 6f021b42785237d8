# Copyright (c) Longshore contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The size of a container's command and environment: the kernel refuses to start a program with too much of them."""

from __future__ import annotations

import typing as t

# Bytes of one argument or NAME=value, its final NUL included (MAX_ARG_STRLEN, execve(2)).
LONGEST = 131072
# Of all together a quarter of the stack, 128 KiB at least and 6 MiB at most; 8 MiB is the usual stack.
STACK, LEAST, MOST = 8 * 1024 * 1024, 128 * 1024, 6 * 1024 * 1024
POINTER = 8


def too_large(
    words: t.Sequence[str], environment: t.Mapping[str, str], secrets: t.Mapping[str, str], stack: int | None = None
) -> t.Iterator[str]:
    """Yield a sentence for each argument or entry that is too long, or one for all of them together.

    ``secrets``: those of the environment; ``stack``: the soft limit in bytes, None for the usual one, -1 for none.
    """
    entries = {
        **{f"service_container.environment.{name}": f"{name}={value}" for name, value in environment.items()},
        **{f"service_secrets.{name}": f"{name}={value}" for name, value in secrets.items()},
        **{f"service_container.command: argument {number}": word for number, word in enumerate(words, 1)},
    }
    sizes = {key: len(text.encode(errors="surrogateescape")) + 1 for key, text in entries.items()}
    long = {key: size for key, size in sizes.items() if size > LONGEST}
    for key, size in long.items():
        yield (
            f"{key}: has {size - 1} bytes, and the kernel starts no program with more than {LONGEST - 1} in one piece;"
            " give it as a file (service_files)"
        )
    total, most = sum(sizes.values()) + POINTER * len(sizes), _most(stack)
    if not long and total > most:
        yield (
            f"service_container: command and environment have {total} bytes together, and the kernel starts no program"
            f" with more than {most}; give the largest as files (service_files)"
        )


def _most(stack: int | None) -> int:
    if stack == -1:
        return MOST
    return min(max((STACK if stack is None else stack) // 4, LEAST), MOST)
