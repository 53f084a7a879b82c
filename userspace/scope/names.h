/* SPDX-License-Identifier: GPL-2.0 */
/*
 * names.h - the words of module/core/watch.h, by number and by name
 */
#ifndef SCOPE_NAMES_H
#define SCOPE_NAMES_H

#include "event.h"

/**
 * struct word - one thing that has a name
 * @id: as in the source and in recorded files: "SYN_SENT"
 * @text: for people: "SYN-SENT"
 * @section: of RFC 9293, or ""
 */
struct word {
	const char *id;
	const char *text;
	const char *section;
};

enum word_list {
	WORDS_STATE,
	WORDS_WHY,
	WORDS_DROP,
	WORDS_SENT,
	WORDS_TIMER,
	WORDS_CONG,
	WORDS_EVENT,
};

/* Never NULL: a number without a name is "?". */
const struct word *word_of(enum word_list list, unsigned int nr);

/* The number of an id, or -1. */
int word_number(enum word_list list, const char *id);

static inline const char *state_text(u8 state)
{
	return word_of(WORDS_STATE, state)->text;
}

/* "SYN,ACK"; "none" when there are none. */
const char *flags_text(u8 flags, char buf[40]);

/* The other way; -1 when one of them is not known. */
int flags_number(const char *text);

#endif /* SCOPE_NAMES_H */
