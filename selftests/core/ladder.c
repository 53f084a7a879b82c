// SPDX-License-Identifier: GPL-2.0
/*
 * ladder.c - remembers the last lines of what happened.
 */
#include <stdarg.h>
#include <stdio.h>

#include "ladder.h"

bool ladder_keep = true;
bool ladder_on;
static char ladder_lines[LADDER_LINES][LADDER_WIDTH];
static unsigned int ladder_count;

void ladder_clear(void)
{
	ladder_count = 0;
}

void ladder_dump(void)
{
	unsigned int i = ladder_count > LADDER_LINES ? ladder_count - LADDER_LINES : 0;

	for (; i < ladder_count; i++)
		printf("#   %s\n", ladder_lines[i % LADDER_LINES]);
}

void ladder_line(u64 now, const char *who, const char *fmt, ...)
{
	va_list args;
	char *line;
	int n;

	if (!ladder_keep)
		return;
	line = ladder_lines[ladder_count++ % LADDER_LINES];
	n = snprintf(line, LADDER_WIDTH, "%5llu.%06llu %-3s ", now / TOY_USEC_PER_SEC,
		     now % TOY_USEC_PER_SEC, who);
	va_start(args, fmt);
	vsnprintf(line + n, LADDER_WIDTH - n, fmt, args);
	va_end(args);
	if (ladder_on)
		printf("# %s\n", line);
}

void ladder_segment(u64 now, const char *who, const char *what, const struct toy_seg *seg)
{
	static const char letters[] = "FSRP.UEC";
	char flags[9], options[96] = "";
	int i, n = 0;

	if (!ladder_keep)
		return;
	for (i = 0; i < 8; i++)
		if (seg->flags & (1 << i))
			flags[n++] = letters[i];
	flags[n] = 0;
	n = 0;
	if (seg->opts & TOY_OPT_MSS)
		n += snprintf(options + n, sizeof(options) - n, " mss %u", seg->mss);
	if (seg->opts & TOY_OPT_WSCALE)
		n += snprintf(options + n, sizeof(options) - n, " ws %u", seg->wscale);
	if (seg->opts & TOY_OPT_SACKOK)
		n += snprintf(options + n, sizeof(options) - n, " sackok");
	if (seg->opts & TOY_OPT_TS)
		n += snprintf(options + n, sizeof(options) - n, " ts %u %u", seg->tsval,
			      seg->tsecr);
	for (i = 0; (seg->opts & TOY_OPT_SACK) && i < seg->nsack && n < 70; i++)
		n += snprintf(options + n, sizeof(options) - n, " %u-%u", seg->sack[i].start,
			      seg->sack[i].end);
	ladder_line(now, who, "%s %-4s %u:%u(%u) ack %u win %u%s", what, flags, seg->seq,
		    seg->seq + toy_seg_space(seg), seg->len, seg->ack, seg->wnd, options);
}
