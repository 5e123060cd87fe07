// Package sqlstore keeps bookings in an SQL database: SQLite for one machine,
// PostgreSQL or MariaDB for any number of them. It is a [scheduling.Store] on a
// *sql.DB of yours.
//
//	db, err := sql.Open("pgx", os.Getenv("BOOKINGS_DSN"))
//	err = sqlstore.Migrate(ctx, db, sqlstore.PostgreSQL)
//	store, err := sqlstore.Open(db, sqlstore.PostgreSQL)
//	s, err := scheduling.New(provider, platform, store, scheduling.WithUnlockKeys(key))
//
// [OpenSQLite] is all of this for a file of SQLite. Import the driver yourself:
// modernc.org/sqlite, github.com/jackc/pgx/v5/stdlib or github.com/go-sql-driver/mysql.
// The tests run on these, with SQLite's file, PostgreSQL and MariaDB; MySQL 8.0 should
// work, and is not tested. [PgBouncerDSN] is for PostgreSQL behind a pooler.
//
// # Settings
//
// [Open] refuses a database or connections with which a booking could be lost or
// mixed up, with a [*SettingsError] that names each setting and a DSN to use; [DSN]
// returns that DSN. One to know beforehand: SQLite's settings belong to the
// connection, so they must stand in the DSN.
//
// [Store.Preflight] tells whether others could read along: an SQLite file that is not
// its owner's alone, or a server on another machine without TLS. The page on operating
// has the DSNs.
//
// # Tables
//
// [Migrate] makes the tables, all named proctorbook_*, in the schema or
// database of the connection. They hold one store: give each institution a
// database, a schema or a file of its own. [Migrations] returns the SQL for
// those who use a tool of their own, and then that tool alone. A booking is one
// row: what queries search by is a column, the whole booking is a JSON document.
//
// # What is kept how
//
//   - One active booking of a learner and exam is a unique index, whoever writes.
//   - A booking, its lease and its events change in one transaction; on PostgreSQL that
//     is one statement, after a look at the learner's other bookings if it asks for a time.
//   - Events are numbered after their commits, by [Store.Events], in batches and under
//     one lock: so a reader who follows never misses one, and writers, who don't take
//     that lock, go side by side. After an upgrade call [FinishUpgrade], or they go one
//     after the other as before.
//   - What a database refuses under load (a deadlock, a busy file) is tried again
//     inside, and so is a transaction whose connection is lost. Each write has a
//     mark: if the answer to a commit was lost, the store looks for the mark. Only
//     if that fails too, the [*Error] is Unclear.
//   - A booking that a newer program has written is read as far as this program knows
//     its fields. It is not written if fields would be lost: see
//     [*scheduling.NewerDocumentError].
//
// # Webhooks
//
// [Store.ReplayMemory] is a memory for [proctoru.WithReplayMemory]: of the replicas that
// get a notification one handles it, and what was being handled when a process died is
// handled when it comes again.
//
// # Erasing
//
// Erase takes out every version of the learner's record, and the words of
// people from bookings and events. Databases also keep old data in logs, free
// pages and backups. Clearing those is the operator's task: see the project's
// page on operating.
package sqlstore
