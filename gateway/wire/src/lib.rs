//! Bytes towards upstreams: HTTP/1.1 (a request's head out, an answer's head and body in) and the DNS. No sockets: what reads
//! foreign bytes can be tried with any bytes.

pub mod body;
pub mod dns;
pub mod head;
pub mod request;
