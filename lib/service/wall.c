#include "service/wall.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What the kernel's headers of Debian 12 do not know yet. */
enum {
	FS_TRUNCATE = 1 << 14,	/* version 3 */
	FS_IOCTL_DEV = 1 << 15, /* version 5 */
	NET_BIND = 1 << 0,	/* version 4 */
	NET_CONNECT = 1 << 1,
	SCOPE_ABSTRACT = 1 << 0, /* version 6 */
	SCOPE_SIGNAL = 1 << 1,
	RULE_PORT = 2
};

struct ruleset {
	uint64_t fs, net, scope;
};

struct port_rule {
	uint64_t access, port;
};

enum {
	FILE_READ = LANDLOCK_ACCESS_FS_READ_FILE,
	FOLDER_READ = FILE_READ | LANDLOCK_ACCESS_FS_READ_DIR,
	FILE_CHANGE = FILE_READ | LANDLOCK_ACCESS_FS_WRITE_FILE | FS_TRUNCATE,
	FOLDER_CHANGE =
	    FOLDER_READ | FILE_CHANGE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
	    LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR |
	    LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REFER
};

int
wall_version(void)
{
	long version = syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);

	return version > 0 ? (int)version : 0;
}

/* Everything that this version can forbid; an older one forbids less. */
static struct ruleset
all_of(int version)
{
	struct ruleset all = { .fs = LANDLOCK_ACCESS_FS_MAKE_SYM * 2 - 1 };

	if (version >= 2)
		all.fs |= LANDLOCK_ACCESS_FS_REFER;
	if (version >= 3)
		all.fs |= FS_TRUNCATE;
	if (version >= 4)
		all.net = NET_BIND | NET_CONNECT;
	if (version >= 5)
		all.fs |= FS_IOCTL_DEV;
	if (version >= 6)
		all.scope = SCOPE_ABSTRACT | SCOPE_SIGNAL;
	return all;
}

static enum err
failed(const char *what)
{
	return FAIL(E_INTERNAL, "wall: %s: %s", what, strerror(errno));
}

static enum err
open_path(int set, const struct ruleset *all, const char *path, uint64_t file,
    uint64_t folder)
{
	int fd = open(path, O_PATH | O_CLOEXEC);
	struct landlock_path_beneath_attr rule = { .parent_fd = fd };
	struct stat st;
	bool ok;

	if (fd < 0)
		return errno == ENOENT ? E_OK : failed(path);
	ok = fstat(fd, &st) == 0;
	rule.allowed_access = all->fs & (S_ISDIR(st.st_mode) ? folder : file);
	ok = ok && syscall(SYS_landlock_add_rule, set,
		       LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
	close(fd);
	return ok ? E_OK : failed(path);
}

static enum err
open_port(int set, const struct ruleset *all, uint16_t port)
{
	struct port_rule rule = { NET_CONNECT, port };

	if (all->net == 0 ||
	    syscall(SYS_landlock_add_rule, set, RULE_PORT, &rule, 0) == 0)
		return E_OK;
	return failed("port");
}

static enum err
fill(int set, const struct ruleset *all, const struct wall *wall)
{
	for (int i = 0; i < WALL_PATHS && wall->reads[i] != NULL; i++)
		TRY(open_path(
		    set, all, wall->reads[i], FILE_READ, FOLDER_READ));
	for (int i = 0; i < WALL_PATHS && wall->changes[i] != NULL; i++)
		TRY(open_path(
		    set, all, wall->changes[i], FILE_CHANGE, FOLDER_CHANGE));
	for (int i = 0; i < WALL_PORTS && wall->ports[i] != 0; i++)
		TRY(open_port(set, all, wall->ports[i]));
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    syscall(SYS_landlock_restrict_self, set, 0) != 0)
		return failed("restrict");
	return E_OK;
}

enum err
wall_raise(const struct wall *wall)
{
	struct ruleset all = all_of(wall_version());
	enum err e;
	int set;

	if (wall_version() == 0)
		return E_OK;
	set = (int)syscall(SYS_landlock_create_ruleset, &all, sizeof(all), 0);
	if (set < 0)
		return failed("ruleset");
	e = fill(set, &all, wall);
	close(set);
	return e;
}
