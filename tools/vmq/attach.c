// SPDX-License-Identifier: GPL-2.0-only
/* vmq attach: put a device on an uplink */
#include "vmq.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct request {
	const char *uplink;
	const char *name;
	const char *bridge;
	bool in_place;
};

/* the value of "--KEY VALUE", "--KEY=VALUE" or "-K VALUE"; moves @i past it */
static bool value_of(int argc, char **argv, int *i, const char *key,
		     const char **value)
{
	const char *word = argv[*i];
	size_t len = strlen(key);

	if (!strncmp(word, key, len) && word[len] == '=') {
		*value = word + len + 1;
		return true;
	}
	if (strcmp(word, key) && (strncmp(word, key + 1, 2) || word[2]))
		return false;
	*value = *i + 1 < argc ? argv[++*i] : NULL;
	return true;
}

static int parse(int argc, char **argv, struct request *rq)
{
	int i;

	for (i = 1; i < argc; i++) {
		if (value_of(argc, argv, &i, "--name", &rq->name)) {
			if (!rq->name)
				return misuse("attach: --name needs a NAME");
		} else if (value_of(argc, argv, &i, "--bridge", &rq->bridge)) {
			if (!rq->bridge)
				return misuse("attach: --bridge needs a BRIDGE");
		} else if (!strcmp(argv[i], "--in-place")) {
			rq->in_place = true;
		} else if (argv[i][0] == '-') {
			return misuse("attach: there is no option \"%s\"",
				      argv[i]);
		} else if (rq->uplink) {
			return misuse("attach: one UPLINK at a time, not \"%s\" too",
				      argv[i]);
		} else {
			rq->uplink = argv[i];
		}
	}
	if (!rq->uplink)
		return misuse("attach: an UPLINK is needed, a NIC or a VLAN device on it");
	if (rq->name && (!*rq->name || strlen(rq->name) >= IFNAMSIZ ||
			 strpbrk(rq->name, "/% \t\n:")))
		return misuse("attach: \"%s\" is no name: 1 to %d characters, no blank, / %% or :",
			      rq->name, IFNAMSIZ - 1);
	return VMQ_OK;
}

/* has the link this directory in sysfs? by its own name, it may have others */
static bool has_dir(int index, const char *dir)
{
	char name[IFNAMSIZ], path[64];

	if (!index || !if_indextoname(index, name))
		return false;
	snprintf(path, sizeof(path), "/sys/class/net/%s/%s", name, dir);
	return !access(path, F_OK);
}

/* index of a bridge, or 0 after saying why */
static int bridge_index(const char *bridge)
{
	int index = if_nametoindex(bridge);

	if (has_dir(index, "bridge"))
		return index;
	fail("there is no bridge %s; see: ip link show type bridge", bridge);
	return 0;
}

/* the device is there: put it to work */
static bool start(const struct device *d, const char *bridge, int master)
{
	char name[IFNAMSIZ] = "-";

	if (!source_has_knobs(d))
		return false;
	if (source_is_stacked(d))
		return link_set(d->link.index, master, true, d->link.name);
	if (master && (!if_indextoname(master, name) || strcmp(name, d->bridge))) {
		fail("%s is a port of bridge %s, not of %s", d->uplink,
		     d->bridge, bridge);
		return false;
	}
	return link_set(d->link.index, 0, true, d->link.name);
}

static void report(const struct device *d)
{
	if (opt_json) {
		json_begin('[', NULL);
		json_begin('{', NULL);
		device_json(d);
		json_end('}');
		json_end(']');
		json_done();
	} else if (!source_is_stacked(d)) {
		printf("%s: in place on %s, which stays the port of %s\n",
		       d->link.name, d->uplink, d->bridge);
	} else if (strcmp(d->bridge, "-")) {
		printf("%s: stacked on %s, port of %s\n", d->link.name,
		       d->uplink, d->bridge);
	} else {
		printf("%s: stacked on %s; now put it into the bridge:\n"
		       "  ip link set %s master BRIDGE\n",
		       d->link.name, d->uplink, d->link.name);
	}
}

int cmd_attach(int argc, char **argv)
{
	struct request rq = { 0 };
	int rc, lower, master = 0;
	struct device *d;

	rc = parse(argc, argv, &rq);
	if (rc)
		return rc;
	lower = if_nametoindex(rq.uplink);
	if (!lower)
		return fail("there is no link %s; see: ip link", rq.uplink);
	/* the kernel would stack it, and that takes the uplink's frames */
	if (rq.in_place && !has_dir(lower, "brport"))
		return fail("%s is not a bridge's port; first: ip link set %s master BRIDGE",
			    rq.uplink, rq.uplink);
	if (rq.bridge) {
		master = bridge_index(rq.bridge);
		if (!master)
			return VMQ_FAILED;
	}
	if (!link_add(rq.name, lower, rq.uplink))
		return VMQ_FAILED;

	d = source_above(lower, rq.uplink);
	if (!d)
		return VMQ_FAILED;
	if (!start(d, rq.bridge, master)) {
		link_del(d->link.index, d->link.name);
		free(d);
		return VMQ_FAILED;
	}
	free(d);

	/* once more, now that it is up and has its bridge */
	d = source_above(lower, rq.uplink);
	if (!d)
		return VMQ_FAILED;
	report(d);
	free(d);
	return VMQ_OK;
}
