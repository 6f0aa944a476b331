//! What the three axum faces (admin API, dashboard, portal) share: sessions, security headers, problem documents,
//! throttles, and the way they are served.

pub mod browser;
pub mod cookie;
pub mod headers;
pub mod origin;
pub mod problem;
pub mod protect;
pub mod serve;
pub mod session;
pub mod sign_in;
pub mod throttle;
