//! HTTP/1.1 as bytes, towards upstreams: a request's head out, an answer's head and body in. No sockets: what reads foreign
//! bytes can be tried with any bytes.

pub mod body;
pub mod head;
pub mod request;
