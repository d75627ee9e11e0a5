// SPDX-License-Identifier: GPL-2.0-only
/* vmq - main: options, the choice of the command */
#include "vmq.h"

#include <errno.h>
#include <getopt.h>
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

static void usage(FILE *f)
{
	fputs("usage: vmq [-j [-p]] [COMMAND]\n"
	      "  show [dev|nic|queue|vnic|source|pass] [DEV]\n"
	      "                        what is steered where (the default)\n"
	      "  attach UPLINK [--name NAME] [--bridge BRIDGE]\n"
	      "                        put vmq on a bridge's uplink\n"
	      "  detach DEV            take it away, leave everything as found\n"
	      "  on DEV | off DEV      steering, pins and fast path, all at once\n"
	      "  explain MAC           where frames to MAC go, and why\n"
	      "DEV is a vmq device or its uplink.\n"
	      "options: -j, --json  -p, --pretty  -V, --version  -h, --help\n", f);
}

int fail(const char *fmt, ...)
{
	va_list ap;

	fputs("vmq: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	return VMQ_FAILED;
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
	return strcpy(xalloc(NULL, strlen(s) + 1), s);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "pretty", no_argument, NULL, 'p' },
		{ "version", no_argument, NULL, 'V' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	const char *name = "show";
	unsigned int i;
	int opt, rc;

	/* "+": a command's own options are the command's */
	while ((opt = getopt_long(argc, argv, "+jpVh", options, NULL)) != -1) {
		switch (opt) {
		case 'j':
			opt_json = true;
			break;
		case 'p':
			opt_pretty = true;
			break;
		case 'V':
			puts("vmq " VERSION);
			return VMQ_OK;
		case 'h':
			usage(stdout);
			return VMQ_OK;
		default:
			usage(stderr);
			return VMQ_USAGE;
		}
	}
	argc -= optind;
	argv += optind;
	if (argc)
		name = argv[0];
	if (!strcmp(name, "help")) {
		usage(stdout);
		return VMQ_OK;
	}
	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(name, commands[i].name))
			continue;
		optind = 0;
		rc = commands[i].run(argc, argv);
		if (rc == VMQ_USAGE)
			usage(stderr);
		if (fflush(stdout) || ferror(stdout))
			return fail("cannot write: %s", strerror(errno));
		return rc;
	}
	fail("there is no command \"%s\"", name);
	usage(stderr);
	return VMQ_USAGE;
}
