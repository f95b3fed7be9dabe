//! How a query is run: written once, compiled for each database, and found among a connection's prepared statements by
//! the place it stands at. Diesel alone writes a query's text anew to look its statement up, and prepares every `UPDATE`
//! anew, as it cannot know that the columns set are always the same. What it executes for a count it asks through a
//! reference, to which [`Fixed`] cannot say otherwise; so an `UPDATE` is loaded, and counts its rows.

use std::any::Any;
use std::marker::PhantomData;

use diesel::QueryResult;
use diesel::backend::Backend;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};

/// Runs a query on whichever database `tx` is of: `run!(tx, get_result, query)`, `run!(tx, execute, query)`, and
/// `run!(tx, update, query)` for an `UPDATE`, which tells how many rows it changed.
///
/// Its text must be the same whenever it is run at this place: no boxed query, no `IN` list, no optional assignment.
/// Others go through [`on`].
macro_rules! run {
    ($tx:expr, update, $query:expr) => {{
        let one = diesel::dsl::sql::<diesel::sql_types::Integer>("1");
        let changed = $crate::store::fixed::run!($tx, load::<i32>, $query.returning(one));
        changed.map(|rows| rows.len())
    }};
    ($tx:expr, $how:ident $(::<$($row:ty),+>)?, $query:expr) => {{
        struct Here;
        let query = $crate::store::fixed::Fixed::<_, Here>::new($query);
        match $tx {
            $crate::store::Tx::Postgres(connection) => diesel::RunQueryDsl::$how$(::<$($row),+>)?(query, connection),
            $crate::store::Tx::Sqlite(connection) => diesel::RunQueryDsl::$how$(::<$($row),+>)?(query, connection),
        }
    }};
}

/// Compiles `body` for each database, `connection` being the one that `tx` is.
macro_rules! on {
    ($tx:expr, $connection:ident => $body:expr) => {
        match $tx {
            $crate::store::Tx::Postgres($connection) => $body,
            $crate::store::Tx::Sqlite($connection) => $body,
        }
    };
}

pub(super) use {on, run};

/// A statement without values and without rows, as it is sent: `run!(tx, execute, Plain("COMMIT"))`. Diesel's own way to write
/// one (`sql_query`) has it prepared anew each time.
pub(super) struct Plain(pub(super) &'static str);

impl<DB: Backend> QueryFragment<DB> for Plain {
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        pass.push_sql(self.0);
        Ok(())
    }
}

/// A query that has the same text at each run, known by its place.
pub(super) struct Fixed<Q, Place> {
    query: Q,
    place: PhantomData<Place>,
}

impl<Q, Place> Fixed<Q, Place> {
    pub(super) const fn new(query: Q) -> Self {
        let place = PhantomData;
        Self { query, place }
    }
}

impl<Q, Place: Any> QueryId for Fixed<Q, Place> {
    type QueryId = Place;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<Q: Query, Place> Query for Fixed<Q, Place> {
    type SqlType = Q::SqlType;
}

impl<DB: Backend, Q: QueryFragment<DB>, Place> QueryFragment<DB> for Fixed<Q, Place> {
    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.query.walk_ast(pass)
    }

    fn is_safe_to_cache_prepared(&self, _backend: &DB) -> QueryResult<bool> {
        Ok(true)
    }
}

impl<Q, Place, Connection> diesel::RunQueryDsl<Connection> for Fixed<Q, Place> {}
