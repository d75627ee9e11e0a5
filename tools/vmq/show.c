// SPDX-License-Identifier: GPL-2.0-only
/* vmq show: devices, queues, addresses */
#include "vmq.h"

#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct view {
	const char *what;	/* of the command line */
	const char *table;	/* NULL: the device alone */
	const char *none;	/* said of an empty table */
	bool of_nic;
} views[] = {
	{ "dev", NULL, NULL, false },
	{ "nic", "queues", "no queues", true },
	{ "nic", "filters", "no filters", true },
	{ "queue", "queues", "no queues", true },
	{ "vnic", "vnics", "no address behind a port yet", false },
	{ "source", "sources", "no address behind the uplink yet", false },
	{ "pass", "pass", "no frame yet", false },
	/* without a word */
	{ "", "vnics", "no address behind a port yet", false },
};

static bool is_view(const char *word)
{
	unsigned int v;

	for (v = 0; v < COUNT(views); v++)
		if (*word && !strcmp(word, views[v].what))
			return true;
	return false;
}

/* vnics with the share of the fast path in place of the raw counters */
static void vnic_view(const struct table *raw, struct table *t)
{
	static const char * const columns[] = {
		"mac", "vid", "port", "queue", "irq", "cpu", "steer", "bypass",
		"frames", "fast%", "reason",
	};
	unsigned int c;
	int r;

	memset(t, 0, sizeof(*t));
	for (c = 0; c < COUNT(columns); c++)
		table_column(t, columns[c]);
	for (r = 0; r < raw->rows; r++) {
		unsigned long long fast, full;
		char **row = table_row(t), num[32];

		for (c = 0; c < COUNT(columns); c++)
			table_set(row, c, table_get(raw, r, columns[c]));
		fast = strtoull(table_get(raw, r, "fast"), NULL, 10);
		full = strtoull(table_get(raw, r, "full"), NULL, 10);
		snprintf(num, sizeof(num), "%llu", fast + full);
		table_set(row, table_find(t, "frames"), num);
		if (fast + full) {
			snprintf(num, sizeof(num), "%.1f",
				 100.0 * fast / (fast + full));
			table_set(row, table_find(t, "fast%"), num);
		}
	}
}

/* rows with a count only: most reasons never happen */
static void pass_view(const struct table *raw, struct table *t)
{
	int r;

	memset(t, 0, sizeof(*t));
	table_column(t, "reason");
	table_column(t, "frames");
	table_column(t, "meaning");
	for (r = 0; r < raw->rows; r++) {
		const char *name = table_get(raw, r, "reason");
		const char *frames = table_get(raw, r, "frames");
		const struct reason *why = reason_bypass(name);
		char **row;

		if (!strcmp(frames, "0"))
			continue;
		row = table_row(t);
		table_set(row, 0, name);
		table_set(row, 1, frames);
		if (why)
			table_set(row, 2, why->means);
	}
}

static void print_view(const struct view *view, const struct table *raw)
{
	struct table t = { 0 };
	const struct table *shown = &t;

	if (!strcmp(view->table, "vnics"))
		vnic_view(raw, &t);
	else if (!strcmp(view->table, "pass"))
		pass_view(raw, &t);
	else
		shown = raw;
	if (shown->rows)
		table_print(shown, 2);
	else
		printf("  %s\n", view->none);
	table_free(&t);
}

/* one table of a device; false after saying why not */
static bool show_table(const struct device *d, const struct view *view)
{
	struct table raw;
	bool ok;

	ok = view->of_nic ? source_nic_table(d, view->table, &raw) :
			    source_table(d, view->table, &raw);
	if (!ok)
		return false;
	if (opt_json) {
		table_json(&raw, view->table);
	} else {
		putchar('\n');
		print_view(view, &raw);
	}
	table_free(&raw);
	return true;
}

static bool show_device(const struct device *d, const char *what)
{
	bool ok = source_has_knobs(d);
	unsigned int v;

	if (opt_json) {
		json_begin('{', NULL);
		device_json(d);
	} else {
		device_print(d);
	}
	for (v = 0; v < COUNT(views); v++)
		if (!strcmp(what, views[v].what) && views[v].table)
			ok &= show_table(d, &views[v]);
	if (opt_json)
		json_end('}');
	return ok;
}

int cmd_show(int argc, char **argv)
{
	const char *what = "", *only = NULL;
	struct device *list;
	int i = 1, n = 1, rc = VMQ_OK;

	if (i < argc && is_view(argv[i]))
		what = argv[i++];
	if (i < argc)
		only = argv[i++];
	if (i < argc && only && argc == 3)
		return misuse("show: there is no view \"%s\"", only);
	if (i < argc)
		return misuse("show: \"%s\" is one word too many", argv[i]);
	if (only && !if_nametoindex(only))
		return fail("there is no link %s; see: ip link show type vmq\n"
			    "  and no such view; see: vmq help", only);

	if (only) {
		list = source_device(only);
		n = list ? 1 : -1;
	} else {
		n = source_devices(&list);
	}
	if (n < 0)
		return VMQ_FAILED;

	if (opt_json)
		json_begin('[', NULL);
	else if (!n)
		puts("no vmq device; \"vmq attach UPLINK\" makes one");
	for (i = 0; i < n; i++) {
		if (i && !opt_json)
			putchar('\n');
		if (!show_device(&list[i], what))
			rc = VMQ_FAILED;
	}
	if (opt_json) {
		json_end(']');
		json_done();
	}
	free(list);
	return rc;
}
