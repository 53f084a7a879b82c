// SPDX-License-Identifier: GPL-2.0
/*
 * names.c - the words of module/core/watch.h, by number and by name
 */
#include <stdio.h>
#include <string.h>

#include "names.h"

static const struct word states[] = {
#define X(name, nr, text) [nr] = { #name, text, "" },
	TOY_STATES(X)
#undef X
};

static const struct word whys[] = {
#define X(name, text, section) { #name, text, section },
	TOY_WHYS(X)
#undef X
};

#define X(name, text) { #name, text, "" },
static const struct word drops[] = { TOY_DROPS(X) };
static const struct word sents[] = { TOY_SENTS(X) };
static const struct word timers[] = { TOY_TIMERS(X) };
static const struct word congs[] = { TOY_CONGS(X) };
#undef X

static const struct word kinds[] = {
	[EVENT_SEND] = { "send", "send", "" },
	[EVENT_RECEIVE] = { "receive", "receive", "" },
	[EVENT_DROP] = { "drop", "drop", "" },
	[EVENT_STATE] = { "state", "state", "" },
	[EVENT_TIMER] = { "timer", "timer", "" },
	[EVENT_CONG] = { "cong", "cong", "" },
};

#define LIST(words) { words, ARRAY_SIZE(words) }
static const struct {
	const struct word *words;
	unsigned int n;
} lists[] = {
	[WORDS_STATE] = LIST(states),
	[WORDS_WHY] = LIST(whys),
	[WORDS_DROP] = LIST(drops),
	[WORDS_SENT] = LIST(sents),
	[WORDS_TIMER] = LIST(timers),
	[WORDS_CONG] = LIST(congs),
	[WORDS_EVENT] = LIST(kinds),
};

const struct word *word_of(enum word_list list, unsigned int nr)
{
	static const struct word unknown = { "?", "?", "" };

	if (nr >= lists[list].n || !lists[list].words[nr].id)
		return &unknown;
	return &lists[list].words[nr];
}

int word_number(enum word_list list, const char *id)
{
	for (unsigned int i = 0; i < lists[list].n; i++) {
		if (lists[list].words[i].id && !strcmp(lists[list].words[i].id, id))
			return (int)i;
	}
	return -1;
}

/* In the order in which they are said: SYN,ACK and FIN,ACK rather than ACK,SYN. */
static const struct {
	u8 bit;
	const char *name;
} flag_names[] = {
	{ TOY_SYN, "SYN" }, { TOY_FIN, "FIN" }, { TOY_RST, "RST" }, { TOY_PSH, "PSH" },
	{ TOY_ACK, "ACK" }, { TOY_URG, "URG" }, { TOY_ECE, "ECE" }, { TOY_CWR, "CWR" },
};

const char *flags_text(u8 flags, char buf[40])
{
	size_t len = 0;

	strcpy(buf, "none");
	for (size_t i = 0; i < ARRAY_SIZE(flag_names); i++) {
		if (flags & flag_names[i].bit)
			len += (size_t)snprintf(buf + len, 40 - len, "%s%s", len ? "," : "",
						flag_names[i].name);
	}
	return buf;
}

int flags_number(const char *text)
{
	int flags = 0;

	if (!strcmp(text, "none"))
		return 0;
	while (*text) {
		size_t len = strcspn(text, ",");
		size_t i;

		for (i = 0; i < ARRAY_SIZE(flag_names); i++) {
			if (strlen(flag_names[i].name) == len &&
			    !strncmp(flag_names[i].name, text, len))
				break;
		}
		if (i == ARRAY_SIZE(flag_names))
			return -1;
		flags |= flag_names[i].bit;
		text += len + (text[len] == ',');
	}
	return flags;
}
