//! A worker: one thread, one runtime, its own listeners and upstream connections.

use std::io;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use pingora::apps::HttpServerApp as _;
use pingora::proxy::HttpProxy;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::connection::{Connections, Door};
use crate::direct::Pool;
use crate::engine::Engine;
use crate::listen::Socket;
use crate::proxy::Front;
use crate::usage::WorkerUsage;

/// What a worker needs to run.
pub(crate) struct Worker {
    pub(crate) number: usize,
    pub(crate) sockets: Vec<(Socket, Door)>,
    pub(crate) engine: Arc<Engine>,
    pub(crate) proxy: HttpProxy<Front>,
    pub(crate) usage: Arc<WorkerUsage>,
    /// Idle connections of the direct exchange.
    pub(crate) pool: Arc<Pool>,
    /// Turns true when the gateway takes nothing new: it stops, or a successor serves.
    pub(crate) leave: watch::Receiver<bool>,
    /// Turns true when the gateway stops.
    pub(crate) stop: watch::Receiver<bool>,
}

/// A worker's thread, and whether its connections are gone.
pub(crate) struct Handle {
    pub(crate) drained: watch::Receiver<bool>,
    pub(crate) thread: thread::JoinHandle<()>,
}

impl Worker {
    /// Starts the thread. Returns once its listeners listen.
    pub(crate) fn spawn(self) -> io::Result<Handle> {
        let (listening, is_listening) = std::sync::mpsc::sync_channel(1);
        let (done, drained) = watch::channel(false);
        let thread = thread::Builder::new()
            .name(format!("gateway-{}", self.number))
            .spawn(move || {
                let runtime = match tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build()
                {
                    Ok(runtime) => runtime,
                    Err(error) => {
                        let _ = listening.send(Err(error));
                        return;
                    }
                };
                runtime.block_on(self.run(listening));
                // what is left (pooled upstream connections, streams past the bound) goes with the runtime
                runtime.shutdown_background();
                done.send_replace(true);
            })?;
        match is_listening.recv() {
            Ok(Ok(())) => Ok(Handle { drained, thread }),
            Ok(Err(error)) => Err(error),
            Err(_) => Err(io::Error::other("the worker's thread ended at once")),
        }
    }

    async fn run(mut self, listening: std::sync::mpsc::SyncSender<io::Result<()>>) {
        let sockets = std::mem::take(&mut self.sockets);
        let listeners: io::Result<Vec<(TcpListener, Door)>> = sockets
            .into_iter()
            .map(|(socket, door)| Ok((socket.listen()?, door)))
            .collect();
        let listeners = match listeners {
            Ok(listeners) => listeners,
            Err(error) => {
                let _ = listening.send(Err(error));
                return;
            }
        };
        let _ = listening.send(Ok(()));
        let sweeping = tokio::spawn(self.pool.clone().sweep());

        let connections = TaskTracker::new();
        let stopping = CancellationToken::new();
        let slots = Arc::new(Semaphore::new(self.engine.config.limits.connections));
        let drain = self.engine.config.timeouts.drain;
        let shared = Arc::new(Connections {
            proxy: Arc::new(self.proxy),
            engine: self.engine,
            usage: self.usage,
            pool: self.pool,
            leave: self.leave.clone(),
            stop: self.stop.clone(),
            stopping: stopping.clone(),
            tracker: connections.clone(),
        });
        let accepting: Vec<_> = listeners
            .into_iter()
            .map(|(listener, door)| {
                tokio::spawn(accept(listener, door, slots.clone(), shared.clone()))
            })
            .collect();

        // an error means that the gateway itself is gone: stop as well
        let _ = self.leave.wait_for(|leave| *leave).await;
        for task in accepting {
            task.abort();
        }
        connections.close();
        tokio::select! {
            // a successor serves: whoever is still here goes in peace
            () = connections.wait() => {}
            _ = self.stop.wait_for(|stop| *stop) => {}
        }
        stopping.cancel();
        // connections that wait for their next request close at once
        shared.proxy.http_cleanup().await;
        sweeping.abort();
        if timeout(drain, connections.wait()).await.is_err() {
            tracing::warn!(
                worker = self.number,
                connections = connections.len(),
                "closing connections that did not end within the drain time"
            );
        }
    }
}

async fn accept(
    listener: TcpListener,
    door: Door,
    slots: Arc<Semaphore>,
    shared: Arc<Connections>,
) {
    loop {
        let Ok(slot) = slots.clone().acquire_owned().await else {
            return; // never closed
        };
        match listener.accept().await {
            Ok((stream, peer)) => {
                let connection = shared.clone();
                shared.tracker.spawn(async move {
                    connection.serve(stream, peer, door).await;
                    drop(slot);
                });
            }
            // out of descriptors, or a connection that was gone before we came: neither ends the listener
            Err(error) => {
                tracing::warn!(%error, "could not accept a connection");
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    }
}
