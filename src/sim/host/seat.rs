//! The one place for a stream at a world (HO-28), and who holds it (HO-19). A holder is a client with a resume token: it comes back
//! to its place after a loss with that token, until somebody without it takes over. Clock-free; neighbour: `desk`, which keeps it.

use std::sync::Arc;

use super::outlet::Outlet;
use super::secret::same;
use crate::wire::Token;

/// With what a stream is opened.
#[derive(Clone, Debug)]
pub enum Opening {
    /// By a new holder, who takes over, and is given this token; none, where there is no randomness for one.
    Fresh(Option<Token>),
    /// By a holder that comes back with its token.
    Resume(Token),
}

/// The attached stream, as the world's thread sees it.
#[derive(Clone, Debug)]
pub(super) struct Attached {
    pub(super) outlet: Arc<Outlet>,
    /// Its number.
    pub(super) stream: u32,
    /// Its timeline, which may be another one than that with which it began.
    pub(super) epoch: u32,
    /// Whose it is: the number of the holder.
    pub(super) holder: u32,
}

#[derive(Debug, Default)]
pub(super) struct Seat {
    outlet: Option<Arc<Outlet>>,
    epoch: u32,
    /// Streams that there have been.
    streams: u32,
    holders: u32,
    token: Option<Token>,
}

impl Seat {
    /// Whether this is the token of the newest holder.
    pub(super) fn may_resume(&self, token: &Token) -> bool {
        self.token.as_ref().is_some_and(|held| same(token.expose().as_bytes(), held.expose().as_bytes()))
    }

    /// Seats a stream on a timeline of its own; the one that sat there before. `None` where another holder has taken over since.
    pub(super) fn take(&mut self, outlet: &Arc<Outlet>, opening: Opening) -> Option<Option<Arc<Outlet>>> {
        match opening {
            Opening::Resume(token) if !self.may_resume(&token) => return None,
            Opening::Resume(_) => {}
            Opening::Fresh(token) => {
                self.holders += 1;
                self.token = token;
            }
        }
        self.epoch += 1;
        self.streams += 1;
        Some(self.outlet.replace(Arc::clone(outlet)))
    }

    /// Frees the place of a stream that is gone; false where another one has it.
    pub(super) fn leave(&mut self, outlet: &Arc<Outlet>) -> bool {
        let seated = self.seats(outlet);
        if seated {
            self.outlet = None;
        }
        seated
    }

    /// Frees the place at the end of the world.
    pub(super) fn clear(&mut self) -> Option<Arc<Outlet>> {
        self.outlet.take()
    }

    /// Whether this stream has the place; one that was replaced is not heard any more.
    pub(super) fn seats(&self, outlet: &Arc<Outlet>) -> bool {
        self.outlet.as_ref().is_some_and(|seated| Arc::ptr_eq(seated, outlet))
    }

    pub(super) fn outlet(&self) -> Option<&Arc<Outlet>> {
        self.outlet.as_ref()
    }

    pub(super) fn attached(&self) -> Option<Attached> {
        let outlet = self.outlet.clone()?;
        Some(Attached { outlet, stream: self.streams, epoch: self.epoch, holder: self.holders })
    }

    /// Begins another timeline on the same stream.
    pub(super) fn next_epoch(&mut self) -> u32 {
        self.epoch += 1;
        self.epoch
    }

    /// The timeline of the attached stream.
    pub(super) fn timeline(&self) -> Option<u32> {
        self.outlet.as_ref().map(|_| self.epoch)
    }

    pub(super) fn epoch(&self) -> u32 {
        self.epoch
    }

    /// Number of the newest stream, from 1.
    pub(super) fn stream(&self) -> u32 {
        self.streams
    }

    pub(super) fn token(&self) -> Option<&Token> {
        self.token.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(text: &str) -> Token {
        Token::new(text).unwrap()
    }

    fn fresh(text: &str) -> Opening {
        Opening::Fresh(Some(token(text)))
    }

    /// HO-19: the token is the holder's, not the stream's, so that a resumed hello that was lost costs nothing.
    #[test]
    fn a_holder_comes_back_as_often_as_it_wants_until_another_takes_over() {
        let mut seat = Seat::default();
        let streams: [Arc<Outlet>; 5] = std::array::from_fn(|_| Arc::default());
        assert!(!seat.may_resume(&token("a")));
        assert!(seat.take(&streams[0], fresh("a")).unwrap().is_none());
        for stream in &streams[1..3] {
            let before = seat.take(stream, Opening::Resume(token("a"))).unwrap().unwrap();
            assert!(!seat.seats(&before) && seat.seats(stream));
            assert_eq!(seat.attached().unwrap().holder, 1);
        }
        assert!(!seat.leave(&streams[0]) && seat.leave(&streams[2]));
        assert!(seat.attached().is_none() && seat.may_resume(&token("a")));
        assert!(seat.take(&streams[3], fresh("b")).unwrap().is_none());
        assert!(seat.take(&streams[4], Opening::Resume(token("a"))).is_none(), "another one holds it");
        assert!(seat.seats(&streams[3]));
        assert_eq!((seat.stream(), seat.epoch(), seat.attached().unwrap().holder), (4, 4, 2));
    }

    #[test]
    fn without_a_token_nobody_comes_back() {
        let mut seat = Seat::default();
        drop(seat.take(&Arc::default(), Opening::Fresh(None)));
        assert!(!seat.may_resume(&token("a")));
    }
}
