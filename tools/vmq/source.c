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

static bool read_word(const char *dev, const char *knob, char *to, size_t size)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "/sys/class/net/%s/vmq/%s", dev, knob);
	snprintf(to, size, "-");
	f = fopen(path, "r");
	if (!f)
		return false;
	if (!fgets(to, size, f))
		snprintf(to, size, "-");
	to[strcspn(to, "\n")] = 0;
	if (!*to)
		snprintf(to, size, "-");
	fclose(f);
	return true;
}

static void read_switch(const char *dev, const char *knob, char *to,
			size_t size)
{
	char word[16];

	read_word(dev, knob, word, sizeof(word));
	snprintf(to, size, "%.7s", !strcmp(word, "1") ? "on" :
		 !strcmp(word, "0") ? "off" : word);
}

static void fill_device(struct device *d)
{
	const char *name = d->link.name;

	if (!if_indextoname(d->link.lower, d->uplink))
		strcpy(d->uplink, "-");
	read_word(name, "nic", d->nic, sizeof(d->nic));
	read_word(name, "bridge", d->bridge, sizeof(d->bridge));
	read_word(name, "hook", d->hook, sizeof(d->hook));
	read_switch(name, "steer", d->steer, sizeof(d->steer));
	read_switch(name, "pin", d->pin, sizeof(d->pin));
	read_switch(name, "bypass", d->bypass, sizeof(d->bypass));
	read_word(name, "cpus", d->cpus, sizeof(d->cpus));
	read_word(name, "eligible", d->eligible, sizeof(d->eligible));
	read_word(name, "max_vnics", d->max_vnics, sizeof(d->max_vnics));
	read_word(name, "max_port_vnics", d->max_port_vnics,
		  sizeof(d->max_port_vnics));
}

int source_devices(struct device **list)
{
	struct link *links = NULL;
	int i, n = link_list(&links);

	if (n <= 0) {
		*list = NULL;
		return n;
	}
	*list = xalloc(NULL, n * sizeof(**list));
	for (i = 0; i < n; i++) {
		memset(&(*list)[i], 0, sizeof(**list));
		(*list)[i].link = links[i];
		fill_device(&(*list)[i]);
	}
	free(links);
	return n;
}

struct device *source_device(const char *name)
{
	struct device *list, *d;
	int i, n = source_devices(&list);

	if (n < 0)
		return NULL;
	for (i = 0; i < n; i++) {
		if (strcmp(list[i].link.name, name) &&
		    strcmp(list[i].uplink, name))
			continue;
		d = xalloc(NULL, sizeof(*d));
		*d = list[i];
		free(list);
		return d;
	}
	if (!n) {
		fail("there is no vmq device; \"vmq attach UPLINK\" makes one");
	} else {
		fprintf(stderr, "vmq: %s is no vmq device, nor the uplink of one; there are:",
			name);
		for (i = 0; i < n; i++)
			fprintf(stderr, " %s (on %s)", list[i].link.name,
				list[i].uplink);
		fputc('\n', stderr);
	}
	free(list);
	return NULL;
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

	if (!f)
		return false;
	table_parse(t, f);
	fclose(f);
	return true;
}

bool source_table(const struct device *dev, const char *what, struct table *t)
{
	char path[256];

	memset(t, 0, sizeof(*t));
	/* the files without a headline */
	if (!strcmp(what, "stats")) {
		table_column(t, "name");
		table_column(t, "value");
	} else if (!strcmp(what, "pass")) {
		table_column(t, "reason");
		table_column(t, "frames");
	}
	table_path(path, sizeof(path), "", dev->link.name, what);
	return read_table(path, t);
}

bool source_nic_table(const struct device *dev, const char *what,
		      struct table *t)
{
	char path[256];

	memset(t, 0, sizeof(*t));
	table_path(path, sizeof(path), "nic-", dev->nic, what);
	return read_table(path, t);
}

bool source_set(const struct device *dev, const char *knob, const char *value)
{
	char path[256];
	FILE *f;
	bool ok;

	snprintf(path, sizeof(path), "/sys/class/net/%s/vmq/%s",
		 dev->link.name, knob);
	f = fopen(path, "w");
	if (!f) {
		fail("%s of %s: %s%s", knob, dev->link.name, strerror(errno),
		     errno == EACCES ? " (root only)" : "");
		return false;
	}
	ok = fputs(value, f) >= 0;
	if (fclose(f))
		ok = false;
	if (!ok)
		fail("%s of %s to %s: %s", knob, dev->link.name, value,
		     strerror(errno));
	return ok;
}

void source_hint(void)
{
	static bool said;

	if (said)
		return;
	said = true;
	if (geteuid())
		fail("queues and addresses are shown to root only");
	else if (access("/sys/kernel/debug", X_OK) ||
		 access(DEBUGFS, X_OK))
		fail("no %s; try: mount -t debugfs none /sys/kernel/debug",
		     DEBUGFS);
	else
		fail("cannot read the tables below %s: %s", DEBUGFS,
		     strerror(errno));
}
