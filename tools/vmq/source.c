// SPDX-License-Identifier: GPL-2.0-only
/*
 * vmq - source: where the state comes from
 *
 * Devices from rtnetlink, their knobs from sysfs, the tables from debugfs.
 * Nothing outside this file knows that.
 */
#include "vmq.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEBUGFS "/sys/kernel/debug/vmq"

/*
 * Is this /sys that of our netns? Names and numbers are a netns's own, so both
 * are compared; says so once when it is not.
 */
static bool is_in_sysfs(const struct link *link)
{
	static bool said;
	char path[64];
	int index = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/sys/class/net/%s/ifindex", link->name);
	f = fopen(path, "r");
	if (f) {
		if (fscanf(f, "%d", &index) != 1)
			index = 0;
		fclose(f);
	}
	if (index == link->index)
		return true;
	if (!said)
		fail("%s is not in /sys: it is gone, or /sys is another network namespace's\n"
		     "  (ip netns exec has the right one)", link->name);
	said = true;
	return false;
}

/* "-" when there is no such file, or no @dev */
static void read_word(const char *dev, const char *knob, char *to, size_t size)
{
	char path[256];
	FILE *f = NULL;

	snprintf(path, sizeof(path), "/sys/class/net/%s/vmq/%s", dev, knob);
	if (*dev)
		f = fopen(path, "r");
	if (!f || !fgets(to, size, f))
		*to = 0;
	to[strcspn(to, "\n")] = 0;
	if (!*to)
		snprintf(to, size, "-");
	if (f)
		fclose(f);
}

static void read_switch(const char *dev, const char *knob, char *to,
			size_t size)
{
	char word[16];

	read_word(dev, knob, word, sizeof(word));
	snprintf(to, size, "%.7s", !strcmp(word, "1") ? "on" :
		 !strcmp(word, "0") ? "off" : word);
}

static void fill_device(struct device *d, const struct link *link)
{
	const char *name = is_in_sysfs(link) ? link->name : "";

	memset(d, 0, sizeof(*d));
	d->link = *link;
	if (!if_indextoname(link->lower, d->uplink))
		snprintf(d->uplink, sizeof(d->uplink), "-");
	read_word(name, "nic", d->nic, sizeof(d->nic));
	read_word(name, "bridge", d->bridge, sizeof(d->bridge));
	read_word(name, "hook", d->hook, sizeof(d->hook));
	read_switch(name, "steer", d->steer, sizeof(d->steer));
	read_switch(name, "softsteer", d->softsteer, sizeof(d->softsteer));
	read_switch(name, "pin", d->pin, sizeof(d->pin));
	read_switch(name, "bypass", d->bypass, sizeof(d->bypass));
	read_word(name, "cpus", d->cpus, sizeof(d->cpus));
	read_word(name, "eligible", d->eligible, sizeof(d->eligible));
	read_word(name, "max_vnics", d->max_vnics, sizeof(d->max_vnics));
	read_word(name, "max_port_vnics", d->max_port_vnics,
		  sizeof(d->max_port_vnics));
}

bool source_is_stacked(const struct device *dev)
{
	return !strcmp(dev->hook, "rx_handler");
}

bool source_has_knobs(const struct device *dev)
{
	return strcmp(dev->hook, "-");
}

int source_devices(struct device **list)
{
	struct link *links = NULL;
	int i, n = link_list(&links);

	*list = NULL;
	if (n > 0)
		*list = xalloc(NULL, n * sizeof(**list));
	for (i = 0; i < n; i++)
		fill_device(&(*list)[i], &links[i]);
	free(links);
	return n;
}

static void say_which(const char *name, const struct link *links, int n)
{
	char lower[IFNAMSIZ];
	int i;

	if (!n) {
		fail("there is no vmq device; \"vmq attach UPLINK\" makes one");
		return;
	}
	fail("%s is no vmq device, nor the uplink of one; there are:", name);
	for (i = 0; i < n; i++)
		fprintf(stderr, "  %s on %s\n", links[i].name,
			if_indextoname(links[i].lower, lower) ?: "-");
}

/* the device that is, or is above, the link of that index */
static struct device *find_device(int index, const char *name)
{
	struct device *d = NULL;
	struct link *links = NULL;
	int i, n = link_list(&links);

	if (n < 0)
		return NULL;
	for (i = 0; i < n && index && !d; i++) {
		if (links[i].index != index && links[i].lower != index)
			continue;
		d = xalloc(NULL, sizeof(*d));
		fill_device(d, &links[i]);
	}
	if (!d)
		say_which(name, links, n);
	free(links);
	return d;
}

struct device *source_device(const char *name)
{
	return find_device(if_nametoindex(name), name);
}

struct device *source_above(int lower, const char *uplink)
{
	return find_device(lower, uplink);
}

/* says once why tables cannot be read */
static void say_why(const char *path, int err)
{
	static bool said;

	if (said)
		return;
	said = true;
	if (geteuid())
		fail("queues and addresses are shown to root only");
	else if (access(DEBUGFS, X_OK))
		fail("no %s; try: mount -t debugfs none /sys/kernel/debug",
		     DEBUGFS);
	else
		fail("%s: %s", path, strerror(err));
}

/*
 * A directory of debugfs is called by the name of its netdev; where another
 * netns had taken that name already, "@" and the number of the netns follow. So
 * the longer one, when there is one with our number, is ours.
 */
static void table_path(char *path, size_t size, const char *prefix,
		       const char *name, const char *what)
{
	struct stat ns;

	if (!stat("/proc/self/ns/net", &ns)) {
		snprintf(path, size, DEBUGFS "/%s%s@%llu/%s", prefix, name,
			 (unsigned long long)ns.st_ino, what);
		if (!access(path, F_OK))
			return;
	}
	snprintf(path, size, DEBUGFS "/%s%s/%s", prefix, name, what);
}

static bool read_table(const char *path, struct table *t)
{
	FILE *f = fopen(path, "r");
	bool ok;
	int err;

	if (!f) {
		say_why(path, errno);
		table_free(t);
		return false;
	}
	errno = 0;
	table_parse(t, f);
	err = errno;
	ok = !ferror(f);
	fclose(f);
	if (!ok) {
		say_why(path, err);
		table_free(t);
	}
	return ok;
}

bool source_table(const struct device *dev, const char *what, struct table *t)
{
	char path[256];

	memset(t, 0, sizeof(*t));
	/* the one without a headline */
	if (!strcmp(what, "pass")) {
		table_column(t, "reason");
		table_column(t, "frames");
	}
	table_path(path, sizeof(path), "", dev->link.name, what);
	return read_table(path, t);
}

bool source_nic(const struct device *dev, int n, char name[IFNAMSIZ])
{
	const char *s = dev->nic;

	while (n-- && *s) {
		s += strcspn(s, " ");
		s += strspn(s, " ");
	}
	snprintf(name, IFNAMSIZ, "%.*s", (int)strcspn(s, " "), s);
	return *name;
}

/* rows of one of several NICs, with its name in front */
static void add_nic(struct table *t, const char *nic, const struct table *of)
{
	char **row;
	int r, c;

	if (!t->cols) {
		table_column(t, "nic");
		for (c = 0; c < of->cols; c++)
			table_column(t, of->col[c]);
	}
	for (r = 0; r < of->rows; r++) {
		row = table_row(t);
		table_set(row, 0, nic);
		for (c = 0; c < of->cols; c++)
			table_set(row, c + 1, of->row[r][c]);
	}
}

bool source_nic_table(const struct device *dev, const char *what,
		      struct table *t)
{
	bool many = strchr(dev->nic, ' ');
	char path[256], nic[IFNAMSIZ];
	struct table one;
	int i;

	memset(t, 0, sizeof(*t));
	for (i = 0; source_nic(dev, i, nic) && strcmp(nic, "-"); i++) {
		memset(&one, 0, sizeof(one));
		table_path(path, sizeof(path), "nic-", nic, what);
		if (!read_table(path, many ? &one : t)) {
			table_free(t);
			return false;
		}
		if (!many)
			break;
		add_nic(t, nic, &one);
		table_free(&one);
	}
	return true;
}

bool source_set(const struct device *dev, const char *knob, const char *value)
{
	char path[256];
	FILE *f;
	bool ok;
	int err;

	/* said already why not; there may be another's device of that name */
	if (!source_has_knobs(dev))
		return false;
	snprintf(path, sizeof(path), "/sys/class/net/%s/vmq/%s",
		 dev->link.name, knob);
	f = fopen(path, "w");
	ok = f && fputs(value, f) >= 0;
	err = errno;
	if (f && fclose(f)) {
		err = errno;
		ok = false;
	}
	if (!ok)
		fail("%s to %s: %s%s", path, value, strerror(err),
		     err == EACCES || err == EPERM ? " (root only)" : "");
	return ok;
}
