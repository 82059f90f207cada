//! Carries the bytes of one connection between its socket and the server, as its weather lets them: later, slower, not at all.
//!
//! What is on the way is bounded, and a full way is not read from: so back-pressure reaches whoever writes, as on a real path.

use std::collections::VecDeque;
use std::io;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, Interest};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::engine::{Path, Weather};
use super::line::{Fate, Line};
use super::random::Random;
use crate::clock::Clock;
use crate::media::Monotonic;

/// Bytes on one way at most: two seconds of latency at 4 Mbit/s.
const MOST_ON_THE_WAY: usize = 1024 * 1024;

/// Bytes read at once at most.
const CHUNK: usize = 16 * 1024;

/// What a limited rate lets through at once, so that it is even.
const QUANTUM: Duration = Duration::from_millis(20);

/// How long a client may take to close its end after the server closed its own, and farewells to pass when the server goes down.
const LINGER: Duration = Duration::from_secs(5);

/// How often a half-open connection looks whether its peer is gone, to hold no socket for nobody.
const LOOK: Duration = Duration::from_secs(1);

type State = watch::Receiver<(Weather, Fate)>;

/// Carries until either side is done, the connection is struck, or the server goes down.
pub async fn relay(mut socket: TcpStream, server: DuplexStream, line: &Line, clock: Clock, closing: CancellationToken) {
    let (mut from_server, mut to_server) = tokio::io::split(server);
    let mut state = line.watch();
    let fate = {
        let (mut from_client, mut to_client) = socket.split();
        let down = Carrier::new(line, clock, |weather| weather.down, 1);
        let up = Carrier::new(line, clock, |weather| weather.up, 2);
        let carried = async {
            let up = up.carry(&mut from_client, &mut to_server);
            let down = async {
                down.carry(&mut from_server, &mut to_client).await?;
                // The server is done; what its client still says is not waited for without end.
                sleep(LINGER).await;
                Err::<(), io::Error>(io::ErrorKind::TimedOut.into())
            };
            drop(tokio::try_join!(up, down));
        };
        tokio::select! {
            biased;
            struck = state.wait_for(|(_, fate)| *fate != Fate::Whole) => struck.map_or(Fate::Whole, |state| state.1),
            () = carried => Fate::Whole,
            () = async { closing.cancelled().await; sleep(LINGER).await } => Fate::Whole,
        }
    };
    match fate {
        Fate::Whole => {}
        Fate::Reset => drop(socket.set_zero_linger()),
        Fate::HalfOpen => {
            tokio::select! {
                () = gone(&socket) => {}
                () = closing.cancelled() => {}
            }
        }
    }
}

/// Waits until the peer has closed its end, without reading.
async fn gone(socket: &TcpStream) {
    loop {
        let closed = timeout(LOOK, socket.ready(Interest::READABLE)).await;
        if closed.is_ok_and(|ready| ready.is_ok_and(|ready| ready.is_read_closed())) {
            return;
        }
        sleep(LOOK).await;
    }
}

/// One direction of a connection.
struct Carrier {
    state: State,
    clock: Clock,
    pick: fn(&Weather) -> Path,
    random: Random,
    /// Bytes on the way, each with the moment at which it arrives; in order.
    on_the_way: VecDeque<(Monotonic, Bytes)>,
    bytes: usize,
    /// When the limited rate has room again.
    free: Monotonic,
}

impl Carrier {
    fn new(line: &Line, clock: Clock, pick: fn(&Weather) -> Path, purpose: u64) -> Self {
        let random = line.dice(purpose);
        let free = Monotonic::ZERO;
        Self { state: line.watch(), clock, pick, random, on_the_way: VecDeque::new(), bytes: 0, free }
    }

    /// Carries until the source is done and all of it has arrived.
    async fn carry(mut self, from: &mut (impl AsyncRead + Unpin), to: &mut (impl AsyncWrite + Unpin)) -> io::Result<()> {
        let mut buffer = BytesMut::new();
        let mut open = true;
        loop {
            let path = (self.pick)(&self.state.borrow_and_update().0);
            if path.stalled {
                self.changed().await;
                continue;
            }
            let now = self.clock.now();
            if let Some((_, bytes)) = self.on_the_way.pop_front_if(|(due, _)| *due <= now) {
                self.bytes -= bytes.len();
                to.write_all(&bytes).await?;
                continue;
            }
            if !open && self.on_the_way.is_empty() {
                break;
            }
            let due = self.on_the_way.front().map(|(due, _)| due.since(now));
            let busy = path.rate.and(Some(self.free.since(now))).filter(|wait| !wait.is_zero());
            let reads = open && busy.is_none() && self.bytes < MOST_ON_THE_WAY;
            let wake = [due, busy.filter(|_| open)].into_iter().flatten().min();
            buffer.reserve(chunk(path.rate));
            let mut room = (&mut *from).take(chunk(path.rate) as u64);
            tokio::select! {
                read = room.read_buf(&mut buffer), if reads => {
                    open = read? > 0;
                    if open {
                        self.depart(buffer.split().freeze());
                    }
                }
                () = sleep(wake.unwrap_or_default()), if wake.is_some() => {}
                () = self.changed() => {}
            }
        }
        self.slow_close().await;
        to.shutdown().await
    }

    /// The weather is that of the departure: it may have turned while the bytes were waited for, as a request's own weather does
    /// just before its answer.
    fn depart(&mut self, bytes: Bytes) {
        let path = (self.pick)(&self.state.borrow().0);
        let now = self.clock.now();
        let mut due = now;
        if let Some(rate) = path.rate {
            let takes = Duration::from_secs_f64(bytes.len() as f64 * 8.0 / rate as f64);
            // A wake-up that came late is made up for, idleness is not.
            let start = if self.free + QUANTUM >= now { self.free } else { now };
            self.free = start + takes;
            due = self.free.max(now);
        }
        due = due + path.delay + path.spread.mul_f64(self.random.unit());
        if let Some((last, _)) = self.on_the_way.back() {
            due = due.max(*last);
        }
        self.bytes += bytes.len();
        self.on_the_way.push_back((due, bytes));
    }

    /// Waits for other weather.
    async fn changed(&mut self) {
        if self.state.changed().await.is_err() {
            // Whoever made the weather is gone: it stays as it is.
            std::future::pending::<()>().await;
        }
    }

    async fn slow_close(&mut self) {
        let delay = self.state.borrow().0.slow_close;
        if !delay.is_zero() {
            sleep(delay).await;
        }
    }
}

fn chunk(rate: Option<u64>) -> usize {
    rate.map_or(CHUNK, |rate| ((rate as f64 / 8.0 * QUANTUM.as_secs_f64()) as usize).clamp(256, CHUNK))
}

#[cfg(test)]
mod tests {
    use tokio::io::duplex;

    use super::*;

    /// A request's own weather is set just before its answer is written: both are there when the carrier looks, in either order.
    #[tokio::test]
    async fn bytes_travel_in_the_weather_of_their_departure() {
        const LATE: Duration = Duration::from_millis(10);
        let (clock, line) = (Clock::start(), Line::new(1, 7, Weather::default(), Fate::Whole));
        let ((mut server, mut inner), (mut outer, mut client)) = (duplex(64), duplex(64));
        let carrier = Carrier::new(&line, clock, |weather| weather.down, 1);
        let talk = async move {
            for round in 0..24 {
                line.set(Weather::default());
                tokio::task::yield_now().await;
                line.set(Weather { down: Path { delay: LATE, ..Path::default() }, ..Weather::default() });
                let sent = clock.now();
                server.write_all(b"x").await.unwrap();
                client.read_exact(&mut [0]).await.unwrap();
                let took = clock.now().since(sent);
                assert!(took >= LATE, "round {round}: {took:?}");
            }
        };
        tokio::select! {
            () = talk => {}
            carried = carrier.carry(&mut inner, &mut outer) => panic!("it ended: {carried:?}"),
        }
    }
}
