//! The migrations of both databases are twins: the same tables, columns, keys and indexes, and down undoes up.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use countersign::store;
use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, QueryableByName, RunQueryDsl as _, SqliteConnection, sql_query, sql_types};

use crate::support::postgres::PostgresCluster;

/// `table|column|type|nullable|place in the primary key`, the types under SQLite's names.
const SQLITE_COLUMNS: &str = "
    SELECT t.name || '|' || c.name || '|' || c.type || '|' || (c.\"notnull\" = 0) || '|' || c.pk AS line
    FROM sqlite_master t, pragma_table_info(t.name) c
    WHERE t.type = 'table' AND t.name NOT LIKE '\\_\\_%' ESCAPE '\\' AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";
const POSTGRES_COLUMNS: &str = "
    SELECT c.table_name, c.column_name,
        CASE c.data_type WHEN 'bytea' THEN 'BLOB' ELSE upper(c.data_type) END,
        (c.is_nullable = 'YES')::int, coalesce(array_position(i.indkey::int[], a.attnum::int) + 1, 0)
    FROM information_schema.columns c
    JOIN pg_attribute a ON a.attrelid = format('%I.%I', c.table_schema, c.table_name)::regclass AND a.attname = c.column_name
    LEFT JOIN pg_index i ON i.indrelid = a.attrelid AND i.indisprimary
    WHERE c.table_schema = 'public' AND c.table_name NOT LIKE '\\_\\_%'";

/// `table|unique|columns` of each index that is no primary key.
const SQLITE_INDEXES: &str = "
    SELECT t.name || '|' || i.\"unique\" || '|' ||
        (SELECT group_concat(name, ',') FROM (SELECT name FROM pragma_index_info(i.name) ORDER BY seqno)) AS line
    FROM sqlite_master t, pragma_index_list(t.name) i
    WHERE t.type = 'table' AND t.name NOT LIKE '\\_\\_%' ESCAPE '\\' AND i.origin <> 'pk'";
const POSTGRES_INDEXES: &str = "
    SELECT t.relname, i.indisunique::int, (
        SELECT string_agg(a.attname, ',' ORDER BY k.place)
        FROM unnest(i.indkey::int[]) WITH ORDINALITY AS k (attnum, place)
        JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.attnum)
    FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid
    WHERE t.relnamespace = 'public'::regnamespace AND t.relname NOT LIKE '\\_\\_%' AND NOT i.indisprimary";

/// `table|column|referred table|referred column|on delete` of each reference.
const SQLITE_REFERENCES: &str = "
    SELECT t.name || '|' || f.\"from\" || '|' || f.\"table\" || '|' || f.\"to\" || '|' || f.on_delete AS line
    FROM sqlite_master t, pragma_foreign_key_list(t.name) f WHERE t.type = 'table'";
const POSTGRES_REFERENCES: &str = "
    SELECT t.relname, a.attname, r.relname, b.attname,
        CASE c.confdeltype WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL' WHEN 'r' THEN 'RESTRICT' ELSE 'NO ACTION' END
    FROM pg_constraint c
    JOIN pg_class t ON t.oid = c.conrelid JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = c.conkey[1]
    JOIN pg_class r ON r.oid = c.confrelid JOIN pg_attribute b ON b.attrelid = r.oid AND b.attnum = c.confkey[1]
    WHERE c.contype = 'f'";

const QUESTIONS: [(&str, &str, &str); 3] = [
    ("columns", SQLITE_COLUMNS, POSTGRES_COLUMNS),
    ("indexes", SQLITE_INDEXES, POSTGRES_INDEXES),
    ("references", SQLITE_REFERENCES, POSTGRES_REFERENCES),
];

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = sql_types::Text)]
    line: String,
}

fn ask_sqlite(connection: &mut SqliteConnection, question: &str) -> BTreeSet<String> {
    let rows: Vec<Row> = sql_query(question).load(connection).expect("SQLite answers");
    rows.into_iter().map(|row| row.line).collect()
}

fn ask_postgres(cluster: &PostgresCluster, database: &str, question: &str) -> BTreeSet<String> {
    let rows = cluster.execute(database, question).expect("PostgreSQL answers");
    rows.lines().map(str::to_owned).collect()
}

/// An empty database.
fn empty(cluster: &PostgresCluster, name: &str) -> String {
    let made = cluster.execute("postgres", &format!("CREATE DATABASE {name} TEMPLATE template0"));
    made.expect("a database");
    cluster.url(name)
}

fn connect(file: &Path) -> SqliteConnection {
    SqliteConnection::establish(file.to_str().unwrap()).expect("SQLite opens")
}

#[test]
fn both_databases_are_alike() {
    let Some(cluster) = PostgresCluster::shared() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("twin.db");
    let names = store::migrate(&format!("sqlite://{}", file.display())).unwrap();
    let twins = store::migrate(&empty(cluster, "migrations_twin")).unwrap();
    assert_eq!(names, twins);
    assert!(!names.is_empty());
    let mut connection = connect(&file);
    for (what, of_sqlite, of_postgres) in QUESTIONS {
        let (one, other) = (
            ask_sqlite(&mut connection, of_sqlite),
            ask_postgres(cluster, "migrations_twin", of_postgres),
        );
        let only_one: Vec<_> = one.difference(&other).collect();
        let only_other: Vec<_> = other.difference(&one).collect();
        assert!(
            only_one.is_empty() && only_other.is_empty(),
            "{what}: SQLite alone has {only_one:#?}, PostgreSQL alone {only_other:#?}"
        );
        assert!(one.len() >= 5, "no {what} were found: {one:?}");
    }
}

/// The folders of a database's migrations, oldest first.
fn folders(database: &str) -> Vec<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(database);
    let entries = std::fs::read_dir(path).expect("migrations");
    let mut folders: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    folders.sort();
    folders
}

/// Every migration up in order and down in reverse, twice: what down leaves would be in the way of the second.
fn up_and_down(database: &str, mut run: impl FnMut(&str)) {
    let folders = folders(database);
    let read = |folder: &PathBuf, name: &str| std::fs::read_to_string(folder.join(name)).expect("a migration");
    for _ in 0..2 {
        for folder in &folders {
            run(&read(folder, "up.sql"));
        }
        for folder in folders.iter().rev() {
            run(&read(folder, "down.sql"));
        }
    }
}

#[test]
fn down_undoes_up_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let mut connection = connect(&folder.path().join("down.db"));
    connection.batch_execute("PRAGMA foreign_keys=ON").unwrap();
    up_and_down("sqlite", |sql| connection.batch_execute(sql).expect("a migration runs"));
    let left = ask_sqlite(&mut connection, "SELECT name AS line FROM sqlite_master");
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn down_undoes_up_on_postgres() {
    let Some(cluster) = PostgresCluster::shared() else {
        return;
    };
    let url = empty(cluster, "migrations_down");
    up_and_down("postgres", |sql| {
        drop(cluster.execute_at(&url, sql).expect("a migration runs"));
    });
    let left = ask_postgres(
        cluster,
        "migrations_down",
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace",
    );
    assert!(left.is_empty(), "{left:?}");
}
