#include "scratch.h"

#include <errno.h>
#include <sys/stat.h>
#include <time.h>

#include "service/seal.h"
#include "service/store_private.h"

#define KEY_1 "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define KEY_2 "ff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1eff"

enum { OLD_S = 7200, AGE_S = 3600, MOST = 1 << 19 };
enum { HEAD = sizeof(struct store_head), ON_DISK = CHUNK + CHUNK_TAG };

static char *folder;

static void
open_keys(const char *lines)
{
	assert_int_equal(seal_open(a, scratch_file("keys", lines)), E_OK);
}

static void
open_store(void)
{
	open_keys("1 " KEY_1);
	folder = arena_printf(a, "%s/store", scratch);
	assert_int_equal(store_open(arena_printf(a, "file:%s", folder)), E_OK);
	assert_int_equal(store_ping(), E_OK);
}

/* Written in two parts, the first of `first` bytes. */
static struct stored
put_bytes(const void *p, size_t n, size_t first)
{
	struct arena *own = arena_new(1 << 16);
	const char *bytes = p;
	struct store_writer *w;
	struct stored object;
	char digest[SHA256_HEX];
	size_t written;

	assert_int_equal(store_begin(own, n, &w), E_OK);
	assert_int_equal(store_write(w, bytes, first), E_OK);
	assert_int_equal(store_write(w, bytes + first, n - first), E_OK);
	assert_int_equal(store_digest(w, digest), E_OK);
	assert_memory_equal(store_written(w, &written), bytes, n);
	assert_int_equal(written, n);
	assert_int_equal(store_finish(w, &object), E_OK);
	assert_string_equal(object.sha256, digest);
	assert_int_equal(object.size, n);
	arena_free(own);
	return object;
}

static struct stored
put(const char *text)
{
	return put_bytes(text, strlen(text), 0);
}

/* Bytes that are found again. */
static char *
sample(size_t n)
{
	char *p = arena_alloc(a, n + 1);

	for (size_t i = 0; i < n; i++)
		p[i] = (char)(i * 31 + i / 251);
	return p;
}

/* Both ways of reading give the same, or the same refusal. */
static enum err
read_back(const char *key, const char *p, size_t n)
{
	struct arena *own = arena_new(1 << 16);
	const void *whole = NULL, *piece;
	enum err e = store_load(own, key, &whole, &n), again;
	struct store_reader *in;
	size_t at = 0, part = 1;

	if (e == E_OK)
		assert_memory_equal(whole, p, n);
	again = store_read(own, key, &in);
	while (again == E_OK && part > 0) {
		again = store_next(in, &piece, &part);
		if (again == E_OK)
			assert_memory_equal(piece, p + at, part);
		at += part;
	}
	assert_int_equal(e, again);
	if (e == E_OK)
		assert_int_equal(at, n);
	arena_free(own);
	return e;
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
	static const size_t sizes[] = { 0, 1, CHUNK - 1, CHUNK, CHUNK + 1,
		3 * CHUNK, 3 * CHUNK + 5 };

	(void)state;
	open_store();
	for (size_t i = 0; i < COUNT(sizes); i++) {
		const char *bytes = sample(sizes[i]);
		const size_t firsts[] = { 0, sizes[i] / 3, sizes[i] };

		for (size_t f = 0; f < COUNT(firsts); f++) {
			struct stored object =
			    put_bytes(bytes, sizes[i], firsts[f]);

			assert_int_equal(
			    read_back(object.key, bytes, sizes[i]), E_OK);
		}
	}
}

static void
key_digest_and_size_are_those_of_the_bytes(void **state)
{
	static const char abc[] =
	    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
	struct arena *own = arena_new(1 << 16);
	struct store_reader *in;
	struct stored object;

	(void)state;
	open_store();
	object = put("abc");
	assert_string_equal(object.sha256, abc);
	assert_int_equal(strlen(object.key), STORE_KEY - 1);
	assert_int_equal(store_read(own, object.key, &in), E_OK);
	assert_int_equal(store_size(in), 3);
	arena_free(own);
}

/* What is on disk of an object. */
static uint8_t *
on_disk(const char *key, size_t *n)
{
	FILE *f = fopen(path_of(key), "re");
	uint8_t *p = arena_alloc(a, MOST);

	assert_non_null(f);
	*n = fread(p, 1, MOST, f);
	assert_int_equal(fclose(f), 0);
	return p;
}

static enum err
read_changed(const struct stored *object, const uint8_t *disk, size_t n,
    const char *bytes)
{
	scratch_bytes(arena_printf(a, "store/%s", object->key), disk, n);
	return read_back(object->key, bytes, (size_t)object->size);
}

static void
nothing_is_on_disk_in_the_clear(void **state)
{
	static const char text[] = "a secret that is long enough to be found";
	struct stored one, two;
	size_t n;
	uint8_t *p, *q;

	(void)state;
	open_store();
	one = put(text);
	two = put(text);
	p = on_disk(one.key, &n);
	assert_int_equal(n, HEAD + strlen(text) + CHUNK_TAG);
	for (size_t i = 0; i + 6 <= n; i++)
		for (size_t k = 0; k + 6 <= strlen(text); k++)
			assert_memory_not_equal(p + i, text + k, 6);
	q = on_disk(two.key, &n);
	assert_memory_not_equal(p + HEAD, q + HEAD, strlen(text));
}

/* But in what the other slot holds, which is for another key. */
static void
a_byte_that_was_changed_is_found(void **state)
{
	const char *bytes = sample(40);
	struct stored object;
	size_t n;
	uint8_t *disk;

	(void)state;
	open_store();
	object = put_bytes(bytes, 40, 0);
	disk = on_disk(object.key, &n);
	for (size_t i = 0; i < n; i++) {
		bool is_free =
		    i >= HEAD - 2 * STORE_SLOT + SEALED_KEY && i < HEAD;

		disk[i] ^= 0x20;
		assert_int_equal(read_changed(&object, disk, n, bytes),
		    is_free ? E_OK : E_STORE);
		disk[i] ^= 0x20;
	}
	assert_int_equal(read_changed(&object, disk, n, bytes), E_OK);
}

/* At a chunk's end too, where each chunk that is left is whole. */
static void
what_was_cut_off_or_added_is_found(void **state)
{
	size_t size = 2 * CHUNK + 100, n;
	const char *bytes = sample(size);
	struct stored object;
	uint8_t *disk;

	(void)state;
	open_store();
	object = put_bytes(bytes, size, 0);
	disk = on_disk(object.key, &n);
	const size_t lengths[] = { 0, 1, HEAD - 1, HEAD, HEAD + CHUNK_TAG - 1,
		HEAD + CHUNK_TAG, HEAD + ON_DISK - 1, HEAD + ON_DISK,
		HEAD + ON_DISK + 1, HEAD + 2 * ON_DISK,
		HEAD + 2 * ON_DISK + CHUNK_TAG, n - 1, n + 1, n + ON_DISK };

	for (size_t i = 0; i < COUNT(lengths); i++)
		assert_int_equal(
		    read_changed(&object, disk, lengths[i], bytes), E_STORE);
	assert_int_equal(read_changed(&object, disk, n, bytes), E_OK);
}

static void
copy_chunk(uint8_t *to, size_t t, const uint8_t *from, size_t f)
{
	memcpy(to + HEAD + t * ON_DISK, from + HEAD + f * ON_DISK, ON_DISK);
}

static void
chunks_that_were_moved_are_found(void **state)
{
	size_t size = 4 * CHUNK, n;
	const char *bytes = sample(size);
	struct stored one, two;
	uint8_t *disk, *swapped, *repeated, *foreign, *shorter;

	(void)state;
	open_store();
	one = put_bytes(bytes, size, 0);
	two = put_bytes(bytes, size, 0);
	disk = on_disk(one.key, &n);
	swapped = on_disk(one.key, &n);
	copy_chunk(swapped, 0, disk, 1);
	copy_chunk(swapped, 1, disk, 0);
	repeated = on_disk(one.key, &n);
	copy_chunk(repeated, 1, disk, 0);
	shorter = on_disk(one.key, &n); /* the last behind the first */
	copy_chunk(shorter, 1, disk, 3);
	foreign = on_disk(one.key, &n);
	copy_chunk(foreign, 1, on_disk(two.key, &n), 1);
	assert_int_equal(read_changed(&one, swapped, n, bytes), E_STORE);
	assert_int_equal(read_changed(&one, repeated, n, bytes), E_STORE);
	assert_int_equal(read_changed(&one, foreign, n, bytes), E_STORE);
	assert_int_equal(
	    read_changed(&one, shorter, HEAD + 2 * ON_DISK, bytes), E_STORE);
	/* And an object under another's name. */
	assert_int_equal(
	    read_changed(&one, on_disk(two.key, &n), n, bytes), E_STORE);
	assert_int_equal(read_changed(&one, disk, n, bytes), E_OK);
}

static void
an_object_opens_with_its_field_key_alone(void **state)
{
	struct stored object;

	(void)state;
	open_store();
	object = put("abc");
	open_keys("1 " KEY_2);
	assert_int_equal(read_back(object.key, "abc", 3), E_STORE);
	open_keys("2 " KEY_1);
	assert_int_equal(read_back(object.key, "abc", 3), E_STORE);
	open_keys("2 " KEY_2 "\n1 " KEY_1);
	assert_int_equal(read_back(object.key, "abc", 3), E_OK);
	assert_int_equal(read_back(put("new").key, "new", 3), E_OK);
}

static enum err
reseal(const struct stored *object, int *by)
{
	struct arena *own = arena_new(1 << 16);
	enum err e = store_reseal(own, object->key, object->sha256, by);

	arena_free(own);
	return e;
}

static void
a_key_is_sealed_anew_and_its_object_stays(void **state)
{
	size_t size = CHUNK + 100, n, m;
	const char *bytes = sample(size);
	struct stored object;
	uint8_t *before, *after;
	int by;

	(void)state;
	open_store();
	object = put_bytes(bytes, size, 0);
	assert_int_equal(object.sealed_by, 1);
	before = on_disk(object.key, &n);
	open_keys("2 " KEY_2 "\n1 " KEY_1);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(reseal(&object, &by), E_OK);
		assert_int_equal(by, 2);
		assert_int_equal(read_back(object.key, bytes, size), E_OK);
	}
	after = on_disk(object.key, &m);
	assert_int_equal(n, m);
	assert_memory_equal(before + HEAD, after + HEAD, n - HEAD);
	/* The old key opens nothing of it any more. */
	open_keys("1 " KEY_1);
	assert_int_equal(read_back(object.key, bytes, size), E_STORE);
	assert_int_equal(reseal(&object, &by), E_STORE);
	open_keys("2 " KEY_2);
	assert_int_equal(read_back(object.key, bytes, size), E_OK);
}

/* What a crash leaves: both slots hold a key, or one is half written. */
static void
a_key_that_was_half_moved_opens_and_moves_on(void **state)
{
	const char *bytes = sample(100);
	struct stored object;
	uint8_t *old, *new;
	size_t n;
	int by;

	(void)state;
	open_store();
	object = put_bytes(bytes, 100, 0);
	old = on_disk(object.key, &n);
	open_keys("2 " KEY_2 "\n1 " KEY_1);
	assert_int_equal(reseal(&object, &by), E_OK);
	new = on_disk(object.key, &n);
	for (size_t cut = 0; cut <= SEALED_KEY; cut += 20) {
		uint8_t *both = (uint8_t *)arena_strndup(a, (char *)old, n);

		memcpy(both + HEAD - STORE_SLOT, new + HEAD - STORE_SLOT, cut);
		open_keys("2 " KEY_2 "\n1 " KEY_1);
		assert_int_equal(read_changed(&object, both, n, bytes), E_OK);
		assert_int_equal(reseal(&object, &by), E_OK);
		open_keys("2 " KEY_2);
		assert_int_equal(read_back(object.key, bytes, 100), E_OK);
	}
}

/* Of before there were keys; but nothing that somebody put there. */
static void
what_stands_in_the_clear_is_sealed_if_it_is_what_its_row_says(void **state)
{
	static const size_t sizes[] = { 1, 100, HEAD, 2 * CHUNK };
	int by;

	(void)state;
	open_store();
	for (size_t i = 0; i < COUNT(sizes); i++) {
		char *bytes = sample(sizes[i]);
		struct stored object = put_bytes(bytes, sizes[i], 0);

		scratch_bytes(
		    arena_printf(a, "store/%s", object.key), bytes, sizes[i]);
		assert_int_equal(
		    read_back(object.key, bytes, sizes[i]), E_STORE);
		assert_int_equal(reseal(&object, &by), E_OK);
		assert_int_equal(by, 1);
		assert_int_equal(read_back(object.key, bytes, sizes[i]), E_OK);
		bytes[0] ^= 1;
		scratch_bytes(
		    arena_printf(a, "store/%s", object.key), bytes, sizes[i]);
		assert_int_equal(reseal(&object, &by), E_STORE);
	}
}

static void
more_than_was_announced_is_not_taken(void **state)
{
	struct arena *own = arena_new(1 << 16);
	struct store_writer *w;

	(void)state;
	open_store();
	assert_int_equal(store_begin(own, 3, &w), E_OK);
	assert_int_equal(store_write(w, "ab", 2), E_OK);
	assert_int_equal(store_write(w, "cd", 2), E_INTERNAL);
	assert_int_equal(store_write(w, "c", 1), E_OK);
	arena_free(own);
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
	assert_int_equal(store_begin(own, 3, &w), E_OK);
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
	assert_int_equal(store_begin(own, 3, &w), E_OK);
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
	struct store_reader *in;

	(void)state;
	open_store();
	for (size_t i = 0; i < COUNT(keys); i++) {
		assert_int_equal(store_read(a, keys[i], &in), E_INTERNAL);
		assert_int_equal(store_remove(keys[i]), E_INTERNAL);
	}
}

static void
what_is_not_there_cannot_be_read_but_removed(void **state)
{
	static const char key[] = "ab/0123456789abcdef0123456789abcdef";
	struct stored object;
	struct store_reader *in;

	(void)state;
	open_store();
	assert_int_equal(store_read(a, key, &in), E_STORE);
	assert_int_equal(store_remove(key), E_OK); /* nor is its folder */
	object = put("abc");
	assert_int_equal(store_remove(object.key), E_OK);
	assert_int_equal(store_read(a, object.key, &in), E_STORE);
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
		TEST(key_digest_and_size_are_those_of_the_bytes),
		TEST(nothing_is_on_disk_in_the_clear),
		TEST(a_byte_that_was_changed_is_found),
		TEST(what_was_cut_off_or_added_is_found),
		TEST(chunks_that_were_moved_are_found),
		TEST(an_object_opens_with_its_field_key_alone),
		TEST(a_key_is_sealed_anew_and_its_object_stays),
		TEST(a_key_that_was_half_moved_opens_and_moves_on),
		TEST(
		    what_stands_in_the_clear_is_sealed_if_it_is_what_its_row_says),
		TEST(more_than_was_announced_is_not_taken),
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
