#include "scratch.h"

#include <errno.h>
#include <sys/stat.h>
#include <time.h>

#include "service/store.h"

enum { OLD_S = 7200, AGE_S = 3600 };

static char *folder;

static void
open_store(void)
{
	folder = arena_printf(a, "%s/store", scratch);
	assert_int_equal(store_open(arena_printf(a, "file:%s", folder)), E_OK);
	assert_int_equal(store_ping(), E_OK);
}

static struct stored
put(const char *text)
{
	struct arena *own = arena_new(1 << 16);
	struct store_writer *w;
	struct stored object;
	char digest[SHA256_HEX];

	assert_int_equal(store_begin(own, &w), E_OK);
	assert_int_equal(store_write(w, text, strlen(text)), E_OK);
	assert_int_equal(store_digest(w, digest), E_OK);
	assert_int_equal(store_finish(w, &object), E_OK);
	assert_string_equal(object.sha256, digest);
	arena_free(own);
	return object;
}

static const char *
path_of(const char *name)
{
	return arena_printf(a, "%s/%s", folder, name);
}

static void
make_old(const char *path)
{
	struct timespec times[2];

	clock_gettime(CLOCK_REALTIME, &times[0]);
	times[0].tv_sec -= OLD_S;
	times[1] = times[0];
	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static void
only_a_folder_by_its_path_is_a_store(void **state)
{
	static const char *const urls[] = { "", "/store", "file:", "file:store",
		"s3://bucket" };

	(void)state;
	for (size_t i = 0; i < COUNT(urls); i++)
		assert_int_equal(store_open(urls[i]), E_INTERNAL);
	assert_int_equal(
	    store_open(arena_printf(a, "file:%s/no/folder", scratch)), E_STORE);
	assert_int_equal(
	    store_open(arena_printf(a, "file:%s", scratch_file("file", ""))),
	    E_STORE);
}

static void
an_object_is_read_as_it_was_written(void **state)
{
	static const char abc[] =
	    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
	struct arena *own = arena_new(1 << 16);
	struct stored object;
	char text[10];
	int64_t size;
	int fd;

	(void)state;
	open_store();
	object = put("abc");
	assert_int_equal(object.size, 3);
	assert_string_equal(object.sha256, abc);
	assert_int_equal(strlen(object.key), STORE_KEY - 1);
	assert_int_equal(store_read(own, object.key, &fd, &size), E_OK);
	assert_int_equal(size, 3);
	assert_int_equal(read(fd, text, sizeof(text)), 3);
	assert_memory_equal(text, "abc", 3);
	arena_free(own);
	assert_int_equal(fcntl(fd, F_GETFD), -1);
}

/* Not everybody has to know the digest before. */
static void
the_digest_is_made_unasked(void **state)
{
	struct arena *own = arena_new(1 << 16);
	struct store_writer *w;
	struct stored asked, object;

	(void)state;
	open_store();
	asked = put("abc");
	assert_int_equal(store_begin(own, &w), E_OK);
	assert_int_equal(store_write(w, "abc", 3), E_OK);
	assert_int_equal(store_finish(w, &object), E_OK);
	assert_string_equal(object.sha256, asked.sha256);
	arena_free(own);
}

static void
what_is_not_finished_is_gone(void **state)
{
	struct arena *own = arena_new(1 << 16);
	struct store_writer *w;
	char prefix[3];
	int left = 0;

	(void)state;
	open_store();
	assert_int_equal(store_begin(own, &w), E_OK);
	assert_int_equal(store_write(w, "abc", 3), E_OK);
	arena_free(own);
	for (unsigned i = 0; i < 256; i++) {
		snprintf(prefix, sizeof(prefix), "%02x", i);
		if (rmdir(path_of(prefix)) == 0)
			left++;
		else
			assert_int_equal(errno, ENOENT);
	}
	assert_int_equal(left, 1);
}

static void
only_keys_name_objects(void **state)
{
	static const char *const keys[] = { "", "..", "/etc/passwd",
		"ab/../../../../../../../etc/passwd/",
		"ab/0123456789abcdef0123456789abcde",
		"ab/0123456789abcdef0123456789abcdef0",
		"ab/0123456789ABCDEF0123456789ABCDEF",
		"ab-0123456789abcdef0123456789abcdef",
		"a//0123456789abcdef0123456789abcdef" };
	int64_t size;
	int fd;

	(void)state;
	open_store();
	for (size_t i = 0; i < COUNT(keys); i++) {
		assert_int_equal(
		    store_read(a, keys[i], &fd, &size), E_INTERNAL);
		assert_int_equal(store_remove(keys[i]), E_INTERNAL);
	}
}

static void
what_is_not_there_cannot_be_read_but_removed(void **state)
{
	static const char key[] = "ab/0123456789abcdef0123456789abcdef";
	struct stored object;
	int64_t size;
	int fd;

	(void)state;
	open_store();
	assert_int_equal(store_read(a, key, &fd, &size), E_STORE);
	assert_int_equal(store_remove(key), E_OK); /* nor is its folder */
	object = put("abc");
	assert_int_equal(store_remove(object.key), E_OK);
	assert_int_equal(store_read(a, object.key, &fd, &size), E_STORE);
	assert_int_equal(store_remove(object.key), E_OK);
	assert_int_equal(mkdir(path_of("ab"), 0750), 0);
	assert_int_equal(mkdir(path_of(key), 0750), 0);
	assert_int_equal(store_remove(key), E_STORE);
}

struct seen {
	char key[STORE_KEY];
	int times;
	enum err answer;
};

static enum err
see(void *arg, const char *key)
{
	struct seen *seen = arg;

	snprintf(seen->key, sizeof(seen->key), "%s", key);
	seen->times++;
	return seen->answer;
}

static void
old_objects_are_visited_and_old_scraps_removed(void **state)
{
	struct seen seen = { .answer = E_OK };
	struct stored old, young;
	char scrap[STORE_KEY + 5], fresh[STORE_KEY + 5];

	(void)state;
	open_store();
	young = put("young");
	old = put("old");
	make_old(path_of(old.key));
	snprintf(scrap, sizeof(scrap), "%s.tmp", old.key);
	snprintf(fresh, sizeof(fresh), "%s.tmp", young.key);
	make_old(scratch_file(arena_printf(a, "store/%s", scrap), "x"));
	scratch_file(arena_printf(a, "store/%s", fresh), "x");
	assert_int_equal(store_each(AGE_S, see, &seen), E_OK);
	assert_int_equal(seen.times, 1);
	assert_string_equal(seen.key, old.key);
	assert_int_equal(access(path_of(scrap), F_OK), -1);
	assert_int_equal(access(path_of(fresh), F_OK), 0);
}

static void
the_first_failure_ends_the_visit(void **state)
{
	struct seen seen = { .answer = E_DB };

	(void)state;
	open_store();
	make_old(path_of(put("one").key));
	make_old(path_of(put("two").key));
	assert_int_equal(store_each(AGE_S, see, &seen), E_DB);
	assert_int_equal(seen.times, 1);
}

/* Else everything in it would be taken for gone. */
static void
a_folder_that_cannot_be_opened_is_no_empty_one(void **state)
{
	struct seen seen = { .answer = E_OK };

	(void)state;
	open_store();
	assert_int_equal(store_each(AGE_S, see, &seen), E_OK);
	scratch_file("store/ab", "no folder");
	assert_int_equal(store_each(AGE_S, see, &seen), E_STORE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(only_a_folder_by_its_path_is_a_store),
		TEST(an_object_is_read_as_it_was_written),
		TEST(the_digest_is_made_unasked),
		TEST(what_is_not_finished_is_gone),
		TEST(only_keys_name_objects),
		TEST(what_is_not_there_cannot_be_read_but_removed),
		TEST(old_objects_are_visited_and_old_scraps_removed),
		TEST(the_first_failure_ends_the_visit),
		TEST(a_folder_that_cannot_be_opened_is_no_empty_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
