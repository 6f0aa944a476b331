//! The guarded client against real sockets.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use outbound::{Client, Error, Limits, Policy};
use url::Url;

/// Answers every connection with the same bytes.
fn serve(answer: Vec<u8>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(&answer);
        }
    });
    address
}

fn text(status: &str, headers: &str, body: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 {status}\r\nContent-Length: {}\r\n{headers}Connection: close\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

fn url(text: &str) -> Url {
    text.parse().unwrap()
}

fn here() -> Client {
    Client::new(Policy::default().with_loopback()).unwrap()
}

#[tokio::test]
async fn refuses_private_addresses_by_number_and_by_name() {
    let client = Client::new(Policy::default()).unwrap();
    for target in [
        "http://127.0.0.1:1/",
        "http://localhost:1/",
        "http://[::1]:1/",
        "http://0x7f.1:1/",
        "http://169.254.169.254/latest",
    ] {
        let error = client
            .get(&url(target), Limits::default())
            .await
            .unwrap_err();
        assert!(matches!(error, Error::Refused { .. }), "{target}: {error}");
    }
}

#[tokio::test]
async fn fetches_where_the_operator_allows_it() {
    let address = serve(text("200 OK", "", "hello"));
    let fetched = here()
        .get(&url(&format!("http://{address}/")), Limits::default())
        .await
        .unwrap();
    assert_eq!(
        (fetched.status.as_u16(), &fetched.body[..]),
        (200, &b"hello"[..])
    );
}

#[tokio::test]
async fn stops_at_the_size_the_time_and_another_host() {
    let large = serve(text("200 OK", "", &"x".repeat(5000)));
    let limits = Limits {
        size: 4096,
        ..Limits::default()
    };
    let error = here()
        .get(&url(&format!("http://{large}/")), limits)
        .await
        .unwrap_err();
    assert!(matches!(error, Error::TooLarge(4096)), "{error}");

    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let limits = Limits {
        time: Duration::from_millis(50),
        ..Limits::default()
    };
    let error = here()
        .get(
            &url(&format!("http://{}/", silent.local_addr().unwrap())),
            limits,
        )
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Timeout(_)), "{error}");

    let away = serve(text(
        "302 Found",
        "Location: http://elsewhere.example/\r\n",
        "",
    ));
    let error = here()
        .get(&url(&format!("http://{away}/")), Limits::default())
        .await
        .unwrap_err();
    assert!(matches!(error, Error::CrossHostRedirect { .. }), "{error}");
}

#[tokio::test]
async fn names_what_is_wrong_with_a_url() {
    let error = here()
        .get(&url("file:///etc/passwd"), Limits::default())
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "`file:///etc/passwd` is not an http or https URL with a host"
    );
    let error = here()
        .get(&url("http://a:b@127.0.0.1/"), Limits::default())
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Credentials));
}
