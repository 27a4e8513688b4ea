//! TLS before a plain server: one question and its answer on each connection.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::common::certificates::Pair;

/// Listens with this certificate and hands on to `server` (`host:port`); gives the port. Ends with the test program.
pub(crate) fn start(pair: &Pair, server: &str) -> u16 {
    let certificate = CertificateDer::from_pem_file(&pair.certificate).expect("a certificate");
    let key = PrivateKeyDer::from_pem_file(&pair.key).expect("a key");
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .expect("a pair");
    let (config, server) = (Arc::new(config), server.to_owned());
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (config, server) = (Arc::clone(&config), server.clone());
            thread::spawn(move || {
                let connection = ServerConnection::new(config).expect("a connection");
                // Whoever does not trust us hangs up.
                let _ = answer(StreamOwned::new(connection, stream), &server);
            });
        }
    });
    port
}

fn answer(stream: StreamOwned<ServerConnection, TcpStream>, server: &str) -> std::io::Result<()> {
    let (mut stream, mut head) = (BufReader::new(stream), String::new());
    while !head.ends_with("\r\n\r\n") && stream.read_line(&mut head)? > 0 {}
    let mut behind = TcpStream::connect(server)?;
    behind.write_all(head.as_bytes())?;
    let length =
        head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:")?.trim().parse().ok());
    let mut body = vec![0; length.unwrap_or_default()];
    stream.read_exact(&mut body)?;
    behind.write_all(&body)?;
    behind.shutdown(Shutdown::Write)?;
    let mut answer = Vec::new();
    behind.read_to_end(&mut answer)?;
    let end_of_status = answer.iter().position(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let mut stream = stream.into_inner();
    stream.write_all(&answer[..end_of_status])?;
    stream.write_all(b"Connection: close\r\n")?;
    stream.write_all(&answer[end_of_status..])?;
    stream.conn.send_close_notify();
    stream.flush()
}
