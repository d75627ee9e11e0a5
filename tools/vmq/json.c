// SPDX-License-Identifier: GPL-2.0-only
/* vmq - json: a writer, just enough */
#include "vmq.h"

#include <ctype.h>
#include <string.h>

static int depth;
static bool first = true;

static void separate(void)
{
	if (!first)
		putchar(',');
	if (opt_pretty && depth)
		printf("\n%*s", depth * 2, "");
	first = false;
}

static void quoted(const char *s)
{
	putchar('"');
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			putchar('\\');
		if ((unsigned char)*s < ' ')
			printf("\\u%04x", *s);
		else
			putchar(*s);
	}
	putchar('"');
}

static void key_of(const char *key)
{
	separate();
	if (!key)
		return;
	quoted(key);
	putchar(':');
	if (opt_pretty)
		putchar(' ');
}

void json_begin(char bracket, const char *key)
{
	key_of(key);
	putchar(bracket);
	depth++;
	first = true;
}

void json_end(char bracket)
{
	depth--;
	if (opt_pretty && !first)
		printf("\n%*s", depth * 2, "");
	putchar(bracket);
	first = false;
}

void json_string(const char *key, const char *value)
{
	key_of(key);
	if (!strcmp(value, "-"))
		fputs("null", stdout);
	else
		quoted(value);
}

/* a number as JSON has it: no leading zero, no sign but minus */
static bool is_number(const char *s)
{
	if (*s == '-')
		s++;
	if (!isdigit((unsigned char)*s) || (*s == '0' && s[1]))
		return false;
	return strspn(s, "0123456789") == strlen(s);
}

void json_number(const char *key, const char *value)
{
	if (!is_number(value)) {
		json_string(key, value);
		return;
	}
	key_of(key);
	fputs(value, stdout);
}

void json_bool(const char *key, bool value)
{
	key_of(key);
	fputs(value ? "true" : "false", stdout);
}

void json_done(void)
{
	putchar('\n');
	first = true;
}
