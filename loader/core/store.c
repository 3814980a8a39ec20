// SPDX-License-Identifier: GPL-2.0-or-later
/* The store's environment: creates it whole or not at all, opens it only if it is sound, and holds its lock. */
#include "core/store.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/store_impl.h"

#define DATA_FILE "data.mdb" /* LMDB's name for it */
#define NEW_FILE "data.new"
#define LOCK_FILE "lock" /* ours; LMDB's own is lock.mdb */
#define LOCK_MARK "a bluebird store was created here\n"
#define MAP_BYTES_MIN (256 << 10)

static int path_in(char path[PATH_MAX], const char *dir, const char *file, struct bb_error *err)
{
	if (snprintf(path, PATH_MAX, "%s/%s", dir, file) >= PATH_MAX)
		return bb_fail(err, ENAMETOOLONG, "state directory \"%s\": the name is too long", dir);
	return 0;
}

/* The names in a directory are durable only after this. */
static int sync_dir(const char *dir, const char *which, struct bb_error *err)
{
	char path[PATH_MAX];
	int fd, rc;

	rc = path_in(path, dir, which, err);
	if (rc)
		return rc;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd))
		rc = bb_fail(err, errno, "cannot sync directory \"%s\": %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return rc;
}

static int make_dir(const char *dir, struct bb_error *err)
{
	if (!mkdir(dir, 0700))
		return sync_dir(dir, "..", err);
	if (errno != EEXIST)
		return bb_fail(err, errno, "cannot create state directory \"%s\": %s", dir, strerror(errno));
	return 0;
}

static int take_lock(struct store *store, const char *dir, struct bb_error *err)
{
	char path[PATH_MAX];
	int rc;

	rc = path_in(path, dir, LOCK_FILE, err);
	if (rc)
		return rc;
	store->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (store->lock_fd < 0)
		return bb_fail(err, errno, "cannot open \"%s\": %s", path, strerror(errno));
	if (!flock(store->lock_fd, LOCK_EX | LOCK_NB))
		return 0;
	if (errno == EWOULDBLOCK)
		return bb_fail(err, EBUSY, "state directory \"%s\" is in use by another daemon", dir);
	return bb_fail(err, errno, "cannot lock \"%s\": %s", path, strerror(errno));
}

/* The lock file says whether there has been a store: then a missing data file is a loss, not a beginning. */
static bool is_marked(const struct store *store)
{
	struct stat st;

	return fstat(store->lock_fd, &st) || st.st_size > 0;
}

static int mark(struct store *store, const char *dir, struct bb_error *err)
{
	if (is_marked(store))
		return 0;
	if (pwrite(store->lock_fd, LOCK_MARK, strlen(LOCK_MARK), 0) < 0 || fsync(store->lock_fd))
		return bb_fail(err, errno, "cannot write the lock file in \"%s\": %s", dir, strerror(errno));
	return sync_dir(dir, ".", err);
}

static int new_env(struct store *store, size_t map_bytes, MDB_env **out, struct bb_error *err)
{
	size_t page = sysconf(_SC_PAGESIZE);
	MDB_env *env;
	int rc;

	if (map_bytes < MAP_BYTES_MIN)
		map_bytes = MAP_BYTES_MIN;
	map_bytes = (map_bytes + page - 1) / page * page;
	rc = mdb_env_create(&env);
	if (rc)
		return db_error(store, rc, err);
	rc = mdb_env_set_mapsize(env, map_bytes);
	if (!rc)
		rc = mdb_env_set_maxdbs(env, STORE_DBS);
	if (rc) {
		mdb_env_close(env);
		return db_error(store, rc, err);
	}
	store->map_bytes = map_bytes;
	*out = env;
	return 0;
}

static int open_tables(struct store *store, MDB_txn *txn, unsigned int flags, struct bb_error *err)
{
	int db, rc;

	for (db = 0; db < STORE_DBS; db++) {
		rc = mdb_dbi_open(txn, store_db_name[db], flags, &store->dbi[db]);
		if (rc == MDB_NOTFOUND)
			return bb_fail(err, EUCLEAN, "the store is damaged: it has no table \"%s\"",
				       store_db_name[db]);
		if (rc)
			return db_error(store, rc, err);
	}
	return 0;
}

static int put_meta(struct store *store, MDB_txn *txn, const char *word, const void *value, size_t size)
{
	MDB_val key = { .mv_size = strlen(word), .mv_data = (void *)word };
	MDB_val val = { .mv_size = size, .mv_data = (void *)value };

	return mdb_put(txn, store->dbi[DB_META], &key, &val, 0);
}

/* Everything a new store has, in one transaction of the environment `env`. */
static int fill_new(struct store *store, MDB_env *env, struct bb_error *err)
{
	const uint32_t schema = BB_SCHEMA_VERSION;
	uint8_t id[16];
	MDB_txn *txn;
	int rc;

	if (getrandom(id, sizeof(id), 0) != sizeof(id))
		return bb_fail(err, errno, "no random numbers for a new store: %s", strerror(errno));
	rc = mdb_txn_begin(env, NULL, 0, &txn);
	if (rc)
		return db_error(store, rc, err);
	rc = open_tables(store, txn, MDB_CREATE, err);
	if (rc) {
		mdb_txn_abort(txn);
		return rc;
	}
	rc = put_meta(store, txn, "schema", &schema, sizeof(schema));
	if (!rc)
		rc = put_meta(store, txn, "id", id, sizeof(id));
	if (rc)
		mdb_txn_abort(txn);
	else
		rc = mdb_txn_commit(txn);
	return db_error(store, rc, err);
}

/* Builds the store aside and renames it, so that power loss never leaves half of one under the real name. */
static int create(struct store *store, const char *dir, const char *data, size_t map_bytes, struct bb_error *err)
{
	char path[PATH_MAX];
	MDB_env *env;
	int rc;

	rc = path_in(path, dir, NEW_FILE, err);
	if (rc)
		return rc;
	if (unlink(path) && errno != ENOENT)
		return bb_fail(err, errno, "cannot remove \"%s\": %s", path, strerror(errno));
	rc = new_env(store, map_bytes, &env, err);
	if (rc)
		return rc;
	rc = db_error(store, mdb_env_open(env, path, MDB_NOSUBDIR | MDB_NOLOCK, 0600), err);
	if (!rc)
		rc = fill_new(store, env, err);
	mdb_env_close(env);
	if (rc)
		return rc;
	if (rename(path, data))
		return bb_fail(err, errno, "cannot create store \"%s\": %s", data, strerror(errno));
	return sync_dir(dir, ".", err);
}

static int read_meta(struct store *store, MDB_txn *txn, const char *word, void *out, size_t size)
{
	MDB_val key = { .mv_size = strlen(word), .mv_data = (void *)word }, val;
	MDB_dbi meta;
	int rc;

	rc = mdb_dbi_open(txn, store_db_name[DB_META], 0, &meta);
	if (!rc)
		rc = mdb_get(txn, meta, &key, &val);
	if (rc)
		return db_error(store, rc, NULL);
	if (val.mv_size != size)
		return -EUCLEAN;
	memcpy(out, val.mv_data, size);
	return 0;
}

/* The version comes first: another schema may have other tables. */
static int check_schema(struct store *store, MDB_txn *txn, const char *data, struct bb_error *err)
{
	uint32_t schema = 0;

	if (read_meta(store, txn, "schema", &schema, sizeof(schema)))
		return bb_fail(err, EUCLEAN, "\"%s\" is not a bluebird store: it has no schema version", data);
	if (schema != BB_SCHEMA_VERSION)
		return bb_fail(err, EPROTONOSUPPORT,
			       "store \"%s\" has schema version %u, this daemon knows %u: run the daemon that wrote it",
			       data, schema, BB_SCHEMA_VERSION);
	if (read_meta(store, txn, "id", store->id, sizeof(store->id)))
		return bb_fail(err, EUCLEAN, "store \"%s\" is damaged: it has no id", data);
	return open_tables(store, txn, 0, err);
}

static int open_env(struct store *store, const char *dir, const char *data, size_t map_bytes, struct bb_error *err)
{
	MDB_txn *txn;
	int rc;

	rc = new_env(store, map_bytes, &store->env, err);
	if (rc)
		return rc;
	rc = mdb_env_open(store->env, dir, MDB_NOTLS, 0600);
	if (!rc)
		rc = mdb_txn_begin(store->env, NULL, MDB_RDONLY, &txn);
	if (rc)
		return db_error(store, rc, err);
	rc = check_schema(store, txn, data, err);
	if (rc)
		mdb_txn_abort(txn);
	else /* commits nothing, but keeps the tables' handles */
		rc = db_error(store, mdb_txn_commit(txn), err);
	return rc;
}

static int open_dir(struct store *store, const char *dir, size_t map_bytes, struct bb_error *err)
{
	char data[PATH_MAX];
	size_t bytes;
	int rc;

	rc = path_in(data, dir, DATA_FILE, err);
	if (rc)
		return rc;
	if (access(data, F_OK)) {
		if (errno != ENOENT)
			return bb_fail(err, errno, "cannot find store \"%s\": %s", data, strerror(errno));
		if (is_marked(store))
			return bb_fail(err, EUCLEAN, "store \"%s\" is missing: restore the file from a backup, or "
				       "start with an empty directory and an export", data);
		rc = create(store, dir, data, map_bytes, err);
	}
	if (!rc)
		rc = store_check_file(data, &bytes, err);
	if (!rc)
		rc = open_env(store, dir, data, map_bytes > bytes ? map_bytes : bytes, err);
	if (!rc)
		rc = mark(store, dir, err);
	return rc;
}

int store_open(struct store **out, const char *dir, size_t map_bytes, struct bb_error *err)
{
	struct store *store = calloc(1, sizeof(*store));
	int rc;

	if (!store)
		return bb_fail(err, ENOMEM, "out of memory");
	store->lock_fd = -1;
	pthread_mutex_init(&store->pool_lock, NULL);
	rc = make_dir(dir, err);
	if (!rc)
		rc = take_lock(store, dir, err);
	if (!rc)
		rc = open_dir(store, dir, map_bytes, err);
	if (rc)
		store_close(&store);
	else
		*out = store;
	return rc;
}

void store_close(struct store **store)
{
	struct store *s = *store;

	if (!s)
		return;
	txn_pool_drop(s);
	if (s->env)
		mdb_env_close(s->env);
	if (s->lock_fd >= 0)
		close(s->lock_fd);
	pthread_mutex_destroy(&s->pool_lock);
	free(s);
	*store = NULL;
}

void store_identity(struct store *store, uint8_t id[16], uint64_t *last_txn)
{
	MDB_envinfo info = { 0 };

	mdb_env_info(store->env, &info);
	memcpy(id, store->id, sizeof(store->id));
	*last_txn = info.me_last_txnid;
}
