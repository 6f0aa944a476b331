//! What can be bound to a statement and read from a row: plain values, typed ids, moments, words, JSON.

use domain::access::{Permission, Role};
use domain::account::{AccountState, Face, LinkPurpose};
use domain::acme::{ChallengeKind, OrderState};
use domain::api::{
    Approval, Lifecycle, PathKind, PlanState, PolicyScope, ProductState, Visibility,
};
use domain::cache::PurgeTarget;
use domain::certificate::{CertificateUse, ClientAuth};
use domain::change::ChangeKind;
use domain::credential::{CredentialKind, CredentialState};
use domain::oauth::SigningAlgorithm;
use domain::subscription::{ApplicationState, SubscriptionState};
use domain::text::{Email, Name, Slug};
use domain::{Id, Timestamp};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::error::BoxDynError;
use sqlx::types::Json;
use sqlx::{Decode, Encode, Postgres, Sqlite, Type};
use uuid::Uuid;

/// What both drivers write.
pub trait Encoded:
    for<'q> Encode<'q, Sqlite> + Type<Sqlite> + for<'q> Encode<'q, Postgres> + Type<Postgres> + Send
{
}
impl<T> Encoded for T where
    T: for<'q> Encode<'q, Sqlite>
        + Type<Sqlite>
        + for<'q> Encode<'q, Postgres>
        + Type<Postgres>
        + Send
{
}

/// What both drivers read.
pub trait Decoded:
    for<'r> Decode<'r, Sqlite> + Type<Sqlite> + for<'r> Decode<'r, Postgres> + Type<Postgres>
{
}
impl<T> Decoded for T where
    T: for<'r> Decode<'r, Sqlite> + Type<Sqlite> + for<'r> Decode<'r, Postgres> + Type<Postgres>
{
}

/// What can be bound to a parameter.
pub trait Value {
    /// What the drivers see of it.
    type Raw: Encoded;
    /// The value as the drivers see it.
    fn into_raw(self) -> Self::Raw;
}

/// What can be read from a column.
pub trait Column: Sized {
    /// What the drivers read.
    type Raw: Decoded;
    /// The value behind it; fails when the column holds what no version of Gatehouse wrote.
    fn from_raw(raw: Self::Raw) -> Result<Self, BoxDynError>;
}

macro_rules! plain {
    ($($type:ty),*) => {$(
        impl Value for $type {
            type Raw = Self;
            fn into_raw(self) -> Self { self }
        }
        impl Column for $type {
            type Raw = Self;
            fn from_raw(raw: Self) -> Result<Self, BoxDynError> { Ok(raw) }
        }
    )*};
}
plain!(String, Uuid, bool, i64, Vec<u8>);

macro_rules! word {
    ($($type:ty),* $(,)?) => {$(
        impl Value for $type {
            type Raw = String;
            fn into_raw(self) -> String { self.as_str().to_owned() }
        }
        impl Column for $type {
            type Raw = String;
            fn from_raw(raw: String) -> Result<Self, BoxDynError> { Ok(raw.parse()?) }
        }
    )*};
}
word!(
    AccountState,
    ApplicationState,
    Approval,
    CertificateUse,
    ChallengeKind,
    ChangeKind,
    ClientAuth,
    CredentialKind,
    CredentialState,
    Email,
    Face,
    Lifecycle,
    LinkPurpose,
    Name,
    OrderState,
    PathKind,
    Permission,
    PlanState,
    PolicyScope,
    ProductState,
    PurgeTarget,
    Role,
    SigningAlgorithm,
    Slug,
    SubscriptionState,
    Visibility,
);

impl Value for &str {
    type Raw = String;
    fn into_raw(self) -> String {
        self.to_owned()
    }
}

impl Value for &[u8] {
    type Raw = Vec<u8>;
    fn into_raw(self) -> Vec<u8> {
        self.to_vec()
    }
}

impl<const N: usize> Value for [u8; N] {
    type Raw = Vec<u8>;
    fn into_raw(self) -> Vec<u8> {
        self.to_vec()
    }
}

impl<const N: usize> Column for [u8; N] {
    type Raw = Vec<u8>;
    fn from_raw(raw: Vec<u8>) -> Result<Self, BoxDynError> {
        let found = raw.len();
        raw.try_into()
            .map_err(|_| format!("{found} bytes where {N} were written").into())
    }
}

impl<T> Value for Id<T> {
    type Raw = Uuid;
    fn into_raw(self) -> Uuid {
        self.uuid()
    }
}

impl<T> Column for Id<T> {
    type Raw = Uuid;
    fn from_raw(raw: Uuid) -> Result<Self, BoxDynError> {
        Ok(Self::new(raw))
    }
}

impl Value for Timestamp {
    type Raw = i64;
    fn into_raw(self) -> i64 {
        self.micros()
    }
}

impl Column for Timestamp {
    type Raw = i64;
    fn from_raw(raw: i64) -> Result<Self, BoxDynError> {
        Ok(Self::from_micros(raw))
    }
}

impl<T: Serialize + Send> Value for Json<T> {
    type Raw = Self;
    fn into_raw(self) -> Self {
        self
    }
}

impl<T: DeserializeOwned + 'static> Column for Json<T> {
    type Raw = Self;
    fn from_raw(raw: Self) -> Result<Self, BoxDynError> {
        Ok(raw)
    }
}

impl<V: Value> Value for Option<V>
where
    V::Raw: 'static,
{
    type Raw = Option<V::Raw>;
    fn into_raw(self) -> Self::Raw {
        self.map(V::into_raw)
    }
}

impl<C: Column> Column for Option<C> {
    type Raw = Option<C::Raw>;
    fn from_raw(raw: Self::Raw) -> Result<Self, BoxDynError> {
        raw.map(C::from_raw).transpose()
    }
}

/// Defines a struct whose fields are the columns of a row, by name, read the same way from both databases.
/// A macro because sqlx's derive knows neither typed ids nor moments nor words, and a row would be written three times.
macro_rules! record {
    ($(#[$meta:meta])* $vis:vis struct $name:ident { $($(#[$fmeta:meta])* $fvis:vis $field:ident: $type:ty,)* }) => {
        $(#[$meta])*
        $vis struct $name { $($(#[$fmeta])* $fvis $field: $type,)* }

        $crate::value::record!(@impl $name, sqlx::sqlite::SqliteRow, $($field: $type,)*);
        $crate::value::record!(@impl $name, sqlx::postgres::PgRow, $($field: $type,)*);
    };
    (@impl $name:ident, $row:ty, $($field:ident: $type:ty,)*) => {
        impl<'r> sqlx::FromRow<'r, $row> for $name {
            fn from_row(row: &'r $row) -> Result<Self, sqlx::Error> {
                Ok(Self { $($field: $crate::value::column::<$type, $row>(row, stringify!($field))?,)* })
            }
        }
    };
}
pub(crate) use record;

/// One column of a row, by its name.
pub(crate) fn column<'r, C, R>(row: &'r R, name: &'static str) -> Result<C, sqlx::Error>
where
    C: Column,
    R: sqlx::Row,
    C::Raw: Decode<'r, R::Database> + Type<R::Database>,
    &'static str: sqlx::ColumnIndex<R>,
{
    C::from_raw(row.try_get(name)?).map_err(|source| sqlx::Error::ColumnDecode {
        index: name.to_owned(),
        source,
    })
}
