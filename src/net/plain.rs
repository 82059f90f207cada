//! Plain HTTP to a port that speaks TLS: what tells it from a server whose answer was lost. The request that came before cannot have
//! been understood, so nothing was done.
//!
//! Neighbour: `http` asks, where an answer was no HTTP.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// How a record of TLS begins that holds an alert: content type 21, and the first byte of every version (RFC 8446, section 5.1).
const ALERT: [u8; 2] = [21, 3];

/// Whether what listens there answers a line of plain HTTP with an alert of TLS. Asks for nothing and sends no header.
pub(super) async fn is_answered_in_tls(host: &str, within: Duration) -> bool {
    let asked = async {
        let mut stream = TcpStream::connect(host).await?;
        stream.write_all(b"OPTIONS * HTTP/1.1\r\n\r\n").await?;
        let mut said = [0; ALERT.len()];
        stream.read_exact(&mut said).await?;
        Ok::<_, std::io::Error>(said == ALERT)
    };
    matches!(timeout(within, asked).await, Ok(Ok(true)))
}
