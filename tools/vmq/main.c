// SPDX-License-Identifier: GPL-2.0-only
/* vmq - main: options, the choice of the command */
#include "vmq.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define VERSION "0.1.0"

bool opt_json;
bool opt_pretty;

static const struct command {
	const char *name;
	int (*run)(int argc, char **argv);
} commands[] = {
	{ "show", cmd_show },
	{ "attach", cmd_attach },
	{ "detach", cmd_detach },
	{ "on", cmd_on },
	{ "off", cmd_off },
	{ "explain", cmd_explain },
};

static void usage(void)
{
	puts("usage: vmq [-j [-p]] [COMMAND]\n"
	     "  show [dev|nic|queue|vnic|source|pass] [DEV]\n"
	     "                        what is steered where (the default)\n"
	     "  attach UPLINK [--name NAME] [--bridge BRIDGE] [--in-place]\n"
	     "                        put vmq on a bridge's uplink\n"
	     "  detach DEV            take it away, leave everything as found\n"
	     "  on DEV | off DEV      steering, pins and fast path, all at once\n"
	     "  explain MAC           where frames to MAC go, and why\n"
	     "DEV is a vmq device or its uplink.\n"
	     "options: -j, --json  -p, --pretty  -V, --version  -h, --help");
}

static void say(const char *fmt, va_list ap)
{
	/* what was printed before comes before it */
	fflush(stdout);
	fputs("vmq: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
}

int fail(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(fmt, ap);
	va_end(ap);
	return VMQ_FAILED;
}

int misuse(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say(fmt, ap);
	va_end(ap);
	fputs("  see: vmq help\n", stderr);
	return VMQ_USAGE;
}

void *xalloc(void *old, size_t size)
{
	void *p = realloc(old, size);

	if (!p) {
		fail("out of memory");
		exit(VMQ_FAILED);
	}
	return p;
}

char *xstrdup(const char *s)
{
	size_t size = strlen(s) + 1;

	return memcpy(xalloc(NULL, size), s, size);
}

/* what was printed is worth nothing if it did not arrive */
static int finish(int rc)
{
	if (fflush(stdout) || ferror(stdout))
		return fail("cannot write: %s", strerror(errno));
	return rc;
}

static bool is(const char *word, const char *letter, const char *name)
{
	return !strcmp(word, letter) || !strcmp(word, name);
}

/* -j, -p and both: allowed wherever they stand */
static bool take_json(const char *word)
{
	bool both = !strcmp(word, "-jp") || !strcmp(word, "-pj");
	bool json = both || is(word, "-j", "--json");
	bool pretty = both || is(word, "-p", "--pretty");

	opt_json |= json;
	opt_pretty |= pretty;
	return json || pretty;
}

/* what stands in front of a command; returns its exit status or -1 to go on */
static int take_word(const char *word)
{
	if (is(word, "-h", "--help") || !strcmp(word, "help")) {
		usage();
		return VMQ_OK;
	}
	if (is(word, "-V", "--version")) {
		puts("vmq " VERSION);
		return VMQ_OK;
	}
	if (word[0] == '-')
		return misuse("there is no option \"%s\"", word);
	return -1;
}

/*
 * Takes the options that every command has, and leaves the rest in argv.
 * Returns what is left, or -1 with an exit status in @rc.
 */
static int take_options(int argc, char **argv, int *rc)
{
	int i, left = 0;

	for (i = 1; i < argc; i++) {
		if (take_json(argv[i]))
			continue;
		*rc = left ? -1 : take_word(argv[i]);
		if (left && is(argv[i], "-h", "--help"))
			*rc = take_word(argv[i]);
		if (*rc >= 0)
			return -1;
		argv[left++] = argv[i];
	}
	if (opt_pretty && !opt_json) {
		*rc = misuse("--pretty is for JSON: give --json too");
		return -1;
	}
	return left;
}

int main(int argc, char **argv)
{
	char show[] = "show", *bare[] = { show };
	unsigned int i;
	int rc;

	argc = take_options(argc, argv, &rc);
	if (argc < 0)
		return finish(rc);
	if (!argc) {
		argv = bare;
		argc = 1;
	}
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (!strcmp(argv[0], commands[i].name))
			return finish(commands[i].run(argc, argv));
	}
	return misuse("there is no command \"%s\"", argv[0]);
}
