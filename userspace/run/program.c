// SPDX-License-Identifier: GPL-2.0
/*
 * program.c - where a program lies, and whether a preloaded library reaches it
 *
 * It reads ELF files that may be anything: every offset is checked against the file's length.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "program.h"

#define SCRIPTS	5	/* interpreters of interpreters that are followed, as by the kernel */

struct file {
	const unsigned char *data;
	size_t len;
};

static bool map(const char *path, struct file *f)
{
	struct stat st;
	void *data;
	int fd;

	f->data = NULL;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode) && st.st_size > 0) {
		f->len = (size_t)st.st_size;
		data = mmap(NULL, f->len, PROT_READ, MAP_PRIVATE, fd, 0);
		if (data != MAP_FAILED)
			f->data = data;
	}
	close(fd);
	return f->data;
}

static void unmap(struct file *f)
{
	munmap((void *)f->data, f->len);
}

/* @len bytes at @at, NULL when the file has not so many. */
static const void *part(const struct file *f, uint64_t at, uint64_t len)
{
	return at <= f->len && len <= f->len - at ? f->data + at : NULL;
}

/* ------------------------------------------------------------------------------------------- */
/* ELF                                                                                           */

static const char *elf_interpreter(const struct file *f, const Elf64_Ehdr *elf)
{
	for (unsigned int i = 0; i < elf->e_phnum; i++) {
		const Elf64_Phdr *ph = part(f, elf->e_phoff + i * sizeof(*ph), sizeof(*ph));
		const char *name;

		if (!ph || ph->p_type != PT_INTERP)
			continue;
		name = part(f, ph->p_offset, ph->p_filesz);
		return name && ph->p_filesz && !name[ph->p_filesz - 1] ? name : NULL;
	}
	return NULL;
}

static bool elf_has_section(const struct file *f, const Elf64_Ehdr *elf, const char *name)
{
	const Elf64_Shdr *names;

	names = part(f, elf->e_shoff + (uint64_t)elf->e_shstrndx * sizeof(*names), sizeof(*names));
	if (!names || !elf->e_shoff)
		return false;
	for (unsigned int i = 0; i < elf->e_shnum; i++) {
		const Elf64_Shdr *sh = part(f, elf->e_shoff + i * sizeof(*sh), sizeof(*sh));
		const char *at;

		if (!sh)
			return false;
		at = part(f, names->sh_offset + sh->sh_name, strlen(name) + 1);
		if (at && !memcmp(at, name, strlen(name) + 1))
			return true;
	}
	return false;
}

static enum reach elf_reach(const struct file *f)
{
	const Elf64_Ehdr *elf = part(f, 0, sizeof(*elf)), *us = part(f, 0, EI_NIDENT);
	static const struct file nothing;
	struct file self = nothing;
	const char *interpreter;
	bool same;

	if (!us || memcmp(us->e_ident, ELFMAG, SELFMAG))
		return NOT_READABLE;
	if (us->e_ident[EI_CLASS] != ELFCLASS64 || !elf)
		return IS_OTHER_ARCH;
	if (!map("/proc/self/exe", &self))
		return NOT_READABLE;
	us = part(&self, 0, sizeof(*us));
	same = us && us->e_machine == elf->e_machine;
	unmap(&self);
	if (!same)
		return IS_OTHER_ARCH;
	if (elf_has_section(f, elf, ".go.buildinfo") || elf_has_section(f, elf, ".note.go.buildid"))
		return IS_GO;
	interpreter = elf_interpreter(f, elf);
	if (!interpreter)
		return IS_STATIC;
	return strstr(interpreter, "/ld-musl") ? IS_OTHER_LIBC : REACHED;
}

/* ------------------------------------------------------------------------------------------- */
/* Rights                                                                                        */

/* Would the kernel tell the dynamic linker not to trust the environment (AT_SECURE)? */
static bool raises_rights(const char *path)
{
	struct stat st;

	if (stat(path, &st))
		return false;
	if ((st.st_mode & S_ISUID && st.st_uid != getuid()) ||
	    ((st.st_mode & 02010) == 02010 && st.st_gid != getgid()))
		return true;
	return geteuid() && getxattr(path, "security.capability", NULL, 0) > 0;
}

/* ------------------------------------------------------------------------------------------- */

/* The interpreter named in the first line of a script. */
static bool script(const struct file *f, char interpreter[PATH_MAX])
{
	const char *line = (const char *)f->data;
	size_t end, at = 2;

	if (f->len < 3 || memcmp(line, "#!", 2))
		return false;
	while (at < f->len && (line[at] == ' ' || line[at] == '\t'))
		at++;
	for (end = at; end < f->len && !strchr(" \t\n", line[end]); end++)
		;
	if (end == at || end - at >= PATH_MAX)
		return false;
	memcpy(interpreter, line + at, end - at);
	interpreter[end - at] = '\0';
	return true;
}

void program_examine(struct program *p)
{
	struct file f;

	strcpy(p->binary, p->path);
	p->why = NOT_READABLE;
	if (raises_rights(p->path)) {
		p->why = IS_SETUID;
		return;
	}
	for (int i = 0; i < SCRIPTS; i++) {
		bool again;

		if (!map(p->binary, &f))
			return;
		again = script(&f, p->binary);
		if (!again)
			p->why = elf_reach(&f);
		unmap(&f);
		if (!again)
			return;
	}
}

static int runs(const char *path)
{
	struct stat st;

	if (stat(path, &st))
		return -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	return access(path, X_OK) ? -errno : 0;
}

int program_find(struct program *p, const char *name)
{
	const char *dir = getenv("PATH") ?: "/usr/local/bin:/usr/bin:/bin";
	int found = -ENOENT;

	if (strchr(name, '/')) {
		if (snprintf(p->path, sizeof(p->path), "%s", name) >= (int)sizeof(p->path))
			return -ENAMETOOLONG;
		return runs(p->path);
	}
	while (*name) {
		size_t len = strcspn(dir, ":");
		int err, n;

		/* an empty entry is the working folder */
		n = snprintf(p->path, sizeof(p->path), "%.*s/%s", len ? (int)len : 1,
			     len ? dir : ".", name);
		err = n < (int)sizeof(p->path) ? runs(p->path) : -ENAMETOOLONG;
		if (!err)
			return 0;
		if (err == -EACCES)
			found = err;
		if (!dir[len])
			break;
		dir += len + 1;
	}
	return found;
}
