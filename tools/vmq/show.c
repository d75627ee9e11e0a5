// SPDX-License-Identifier: GPL-2.0-only
/* vmq show: devices, queues, addresses */
#include "vmq.h"

#include <stdlib.h>
#include <string.h>

static const char *hook_text(const struct device *d)
{
	if (!strcmp(d->hook, "ingress"))
		return "in place";
	if (!strcmp(d->hook, "rx_handler"))
		return "stacked";
	return d->hook;
}

static void show_device(const struct device *d)
{
	printf("%s: %s on %s", d->link.name, hook_text(d), d->uplink);
	if (strcmp(d->nic, d->uplink) && strcmp(d->nic, "-"))
		printf(" (NIC %s)", d->nic);
	if (strcmp(d->bridge, "-"))
		printf(", bridge %s", d->bridge);
	else
		printf(", no bridge");
	printf(", %s\n", d->link.up ? "up" : "DOWN");
	printf("  steer %s, pin %s, bypass %s, CPUs %s, at most %s vnics\n",
	       d->steer, d->pin, d->bypass, d->cpus, d->max_vnics);
	if (!strcmp(d->eligible, "fast")) {
		printf("  fast path: yes\n");
	} else {
		const struct reason *r = reason_bypass(d->eligible);

		printf("  fast path: no, %s%s%s\n", d->eligible,
		       r ? ": " : "", r ? r->means : "");
	}
}

static void device_json(const struct device *d)
{
	json_string("device", d->link.name);
	json_string("uplink", d->uplink);
	json_string("nic", d->nic);
	json_string("bridge", d->bridge);
	json_string("hook", d->hook);
	json_bool("up", d->link.up);
	json_string("steer", d->steer);
	json_string("pin", d->pin);
	json_string("bypass", d->bypass);
	json_string("cpus", d->cpus);
	json_string("eligible", d->eligible);
	json_number("max_vnics", d->max_vnics);
	json_number("max_port_vnics", d->max_port_vnics);
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
	for (c = 0; c < sizeof(columns) / sizeof(columns[0]); c++)
		table_column(t, columns[c]);
	for (r = 0; r < raw->rows; r++) {
		unsigned long long fast, full;
		char **row = table_row(t), num[32];

		for (c = 0; c < (unsigned int)t->cols; c++)
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
		const struct reason *why = reason_bypass(raw->row[r][0]);
		char **row;

		if (raw->cols < 2 || !strcmp(raw->row[r][1], "0"))
			continue;
		row = table_row(t);
		table_set(row, 0, raw->row[r][0]);
		table_set(row, 1, raw->row[r][1]);
		if (why)
			table_set(row, 2, why->means);
	}
}

static bool show_table(const struct device *d, const char *what, bool of_nic,
		       const char *none)
{
	struct table raw, view;
	bool ok;

	ok = of_nic ? source_nic_table(d, what, &raw) :
		      source_table(d, what, &raw);
	if (!ok) {
		source_hint();
		return false;
	}
	if (!strcmp(what, "vnics"))
		vnic_view(&raw, &view);
	else if (!strcmp(what, "pass") && !opt_json)
		pass_view(&raw, &view);
	else
		view = raw;
	if (opt_json)
		table_json(opt_json && !strcmp(what, "vnics") ? &raw : &view,
			   what);
	else if (view.rows)
		table_print(&view, 2);
	else
		printf("  %s\n", none);
	if (view.col != raw.col)
		table_free(&view);
	table_free(&raw);
	return true;
}

int cmd_show(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "all", *only = NULL;
	static const struct {
		const char *what, *table, *none;
		bool of_nic;
	} views[] = {
		{ "nic", "queues", "no queues", true },
		{ "nic", "filters", "no filters", true },
		{ "queue", "queues", "no queues", true },
		{ "vnic", "vnics", "no address behind a port yet", false },
		{ "source", "sources", "no address behind the uplink yet", false },
		{ "pass", "pass", "no frame took the bridge", false },
		{ "all", "vnics", "no address behind a port yet", false },
		{ "dev", NULL, NULL, false },
	};
	const unsigned int nviews = sizeof(views) / sizeof(views[0]);
	struct device *list;
	int i, n, rc = VMQ_OK;
	bool known = false;
	unsigned int v;

	for (v = 0; v < nviews; v++)
		known |= !strcmp(what, views[v].what);
	if (!known && argc == 2) {
		only = what;
		what = "all";
	} else if (!known || argc > 3) {
		return VMQ_USAGE;
	} else if (argc == 3) {
		only = argv[2];
	}

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
		if (opt_json) {
			json_begin('{', NULL);
			device_json(&list[i]);
		} else {
			if (i)
				putchar('\n');
			show_device(&list[i]);
		}
		for (v = 0; v < nviews; v++) {
			if (strcmp(what, views[v].what) || !views[v].table)
				continue;
			if (!opt_json)
				putchar('\n');
			if (!show_table(&list[i], views[v].table,
					views[v].of_nic, views[v].none))
				rc = VMQ_FAILED;
		}
		if (opt_json)
			json_end('}');
	}
	if (opt_json) {
		json_end(']');
		json_done();
	}
	free(list);
	return rc;
}
