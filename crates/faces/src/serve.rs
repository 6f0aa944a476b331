//! Serving a face: bind with a clear error, note each client's address, end gracefully.

use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;

/// An address that could not be listened on.
#[derive(Debug, thiserror::Error)]
#[error("the {face} cannot listen on {address}: {source} (choose another with {flag})")]
pub struct BindError {
    /// Which face.
    pub face: &'static str,
    /// The address.
    pub address: SocketAddr,
    /// The flag that changes it.
    pub flag: &'static str,
    /// What the system said.
    #[source]
    pub source: std::io::Error,
}

/// Listens on an address.
pub async fn bind(
    face: &'static str,
    flag: &'static str,
    address: SocketAddr,
) -> Result<TcpListener, BindError> {
    TcpListener::bind(address)
        .await
        .map_err(|source| BindError {
            face,
            address,
            flag,
            source,
        })
}

/// Serves until `stop` resolves, then lets running requests finish for at most `drain`.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    stop: impl Future<Output = ()> + Send + 'static,
    drain: Duration,
) -> std::io::Result<()> {
    let (told, mut heard) = tokio::sync::watch::channel(false);
    let server = axum::serve(
        listener,
        router.into_make_service_with_connect_info::<SocketAddr>(),
    )
    .with_graceful_shutdown(async move {
        stop.await;
        let _ = told.send(true);
    });
    let bound = async move {
        let _ = heard.wait_for(|told| *told).await;
        tokio::time::sleep(drain).await;
    };
    tokio::select! {
        ended = async { server.await } => ended,
        () = bound => Ok(()),
    }
}
