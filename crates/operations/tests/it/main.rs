//! What operations do, on both databases. A file for each area.

#![expect(
    clippy::unwrap_used,
    reason = "in a helper of tests, as in a test, it says where what failed"
)]

mod accounts;
mod applications;
mod certificates;
mod credentials;
mod declared;
mod documents;
mod metering;
mod nodes;
mod oauth;
mod plans;
mod playground;
mod policy;
mod portal;
mod provider;
mod publishing;
mod rates;
mod routing;
mod shop;
mod sign_in;
mod sign_in_elsewhere;
mod subscriptions;
mod tidings;
mod tokens;
mod upstream;
mod users;
mod work;
