//! Bytes on the wire: HTTP/1.1 (a plain request in, a request out, an answer in) and the DNS. No sockets: what reads
//! foreign bytes can be tried with any bytes.

pub mod arrival;
pub mod body;
pub mod dns;
pub mod fields;
pub mod head;
pub mod request;
