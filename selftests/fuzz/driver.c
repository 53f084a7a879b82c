// SPDX-License-Identifier: GPL-2.0
/*
 * driver.c - gives a fuzz target its inputs where there is no libFuzzer
 *
 *	TARGET [--runs N] [--seed N] FILE|FOLDER...
 *
 * Each file as it is; then N inputs made from them by changing, cutting and joining at random. This
 * sees nothing of what the code does, so it finds little that libFuzzer would not find sooner: it
 * keeps found what was found.
 */
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "fuzz.h"

#define FILES_MAX	1024
#define INPUT_MAX	4096

static struct {
	u8 *data;
	size_t size;
} inputs[FILES_MAX];

static u32 ninputs;
static u64 state;
static u64 run_seed;
static u64 run_number;

/* splitmix64, Vigna 2015 */
static u64 next_random(void)
{
	u64 z = state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

static u32 below(u32 limit)
{
	return limit ? (u32)(next_random() % limit) : 0;
}

static void take_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	u8 *data = malloc(INPUT_MAX);
	size_t size;

	if (!f || !data || ninputs == FILES_MAX) {
		fprintf(stderr, "driver: %s: %s\n", path, f ? "too many inputs" : strerror(errno));
		exit(2);
	}
	size = fread(data, 1, INPUT_MAX, f);
	fclose(f);
	inputs[ninputs].data = realloc(data, size ? size : 1);
	inputs[ninputs++].size = size;
}

static void take_folder(const char *path)
{
	struct dirent **names;
	int i, n = scandir(path, &names, NULL, alphasort);
	char full[4096];

	if (n < 0) {
		fprintf(stderr, "driver: %s: %s\n", path, strerror(errno));
		exit(2);
	}
	for (i = 0; i < n; i++) {
		snprintf(full, sizeof(full), "%s/%s", path, names[i]->d_name);
		if (names[i]->d_name[0] != '.')
			take_file(full);
		free(names[i]);
	}
	free(names);
}

/* Exactly as large as the input, so that reading past it is seen. */
static void run_one(const u8 *data, size_t size)
{
	u8 *copy = malloc(size ? size : 1);

	memcpy(copy, data, size);
	LLVMFuzzerTestOneInput(copy, size);
	free(copy);
}

static size_t change(u8 *data, size_t size)
{
	static const u8 telling[] = { 0, 1, 2, 0x7f, 0x80, 0xfe, 0xff };
	u32 other = below(ninputs), at = below((u32)size), n;

	switch (below(6)) {
	case 0:
		if (size)
			data[at] ^= 1 << below(8);
		return size;
	case 1:
		if (size)
			data[at] = (u8)next_random();
		return size;
	case 2:
		if (size)
			data[at] = telling[below(sizeof(telling))];
		return size;
	case 3:		/* cut something out */
		n = below((u32)size - at);
		memmove(data + at, data + at + n, size - at - n);
		return size - n;
	case 4:		/* double something */
		n = min_t(u32, below((u32)size - at), INPUT_MAX - (u32)size);
		memmove(data + at + n, data + at, size - at);
		return size + n;
	default:	/* go on as another input does */
		n = below((u32)inputs[other].size);
		n = min_t(u32, (u32)inputs[other].size - n, INPUT_MAX - at);
		memcpy(data + at, inputs[other].data + inputs[other].size - n, n);
		return at + n;
	}
}

static void run_changed(void)
{
	static u8 data[INPUT_MAX];
	u32 from = below(ninputs), changes = 1 + below(8);
	size_t size = inputs[from].size;

	memcpy(data, inputs[from].data, size);
	while (changes--)
		size = change(data, size);
	run_one(data, size);
}

static u64 number(const char *text)
{
	char *end;
	u64 n = text ? strtoull(text, &end, 0) : 0;

	if (!text || !*text || *end) {
		fprintf(stderr, "usage: TARGET [--runs N] [--seed N] FILE|FOLDER...\n");
		exit(2);
	}
	return n;
}

int main(int argc, char **argv)
{
	u64 runs = 0, seed = 1;
	struct stat st;
	u32 i;
	int a;

	for (a = 1; a < argc; a++) {
		if (!strcmp(argv[a], "--runs"))
			runs = number(argv[++a]);
		else if (!strcmp(argv[a], "--seed"))
			seed = number(argv[++a]);
		else if (!stat(argv[a], &st) && S_ISDIR(st.st_mode))
			take_folder(argv[a]);
		else
			take_file(argv[a]);
	}
	if (!ninputs) {
		fprintf(stderr, "driver: no input\n");
		return 2;
	}
	for (i = 0; i < ninputs; i++)
		run_one(inputs[i].data, inputs[i].size);
	run_seed = seed;
	for (run_number = 0; run_number < runs; run_number++) {
		state = run_seed + run_number;
		run_changed();
	}
	printf("%u inputs, and %llu made from them with seed %llu\n", ninputs, runs, seed);
	for (i = 0; i < ninputs; i++)
		free(inputs[i].data);
	return 0;
}
