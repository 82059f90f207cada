//! WebSocket close codes (RFC 6455, section 7.4, and this profile's own from 4000). Numbers alone; what follows from one is the
//! session's affair.

/// Why a stream was closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CloseCode {
    /// 1000: the stream is complete.
    Done,
    /// 1002: the peer broke the protocol.
    Protocol,
    /// 1008: refused by policy, or busy.
    Policy,
    /// 1009: a message was too large.
    TooLarge,
    /// 1011: the server failed.
    Internal,
    /// 1013: try again later.
    TryLater,
    /// 4001: the key or ticket is missing, wrong or expired.
    Auth,
    /// 4004: no such world.
    Unknown,
    /// 4009: a newer stream of the same world took over.
    Replaced,
    /// 4010: ended for want of user commands.
    Idle,
    /// 4011: ended by a limit.
    Limit,
    /// Any other code.
    Other(u16),
}

impl CloseCode {
    /// Whether another stream of the same world may be opened after it: the connection or the server had a bad moment, and nothing
    /// was said about the world. 1005 and 1006 are how a connection without a farewell reads (RFC 6455, section 7.4.1).
    #[must_use]
    pub const fn may_come_again(self) -> bool {
        matches!(self, Self::Policy | Self::Internal | Self::TryLater | Self::Other(1001 | 1005 | 1006 | 1012 | 1014))
    }

    /// The code's number.
    #[must_use]
    pub const fn number(self) -> u16 {
        match self {
            Self::Done => 1000,
            Self::Protocol => 1002,
            Self::Policy => 1008,
            Self::TooLarge => 1009,
            Self::Internal => 1011,
            Self::TryLater => 1013,
            Self::Auth => 4001,
            Self::Unknown => 4004,
            Self::Replaced => 4009,
            Self::Idle => 4010,
            Self::Limit => 4011,
            Self::Other(code) => code,
        }
    }
}

impl From<u16> for CloseCode {
    fn from(code: u16) -> Self {
        match code {
            1000 => Self::Done,
            1002 => Self::Protocol,
            1008 => Self::Policy,
            1009 => Self::TooLarge,
            1011 => Self::Internal,
            1013 => Self::TryLater,
            4001 => Self::Auth,
            4004 => Self::Unknown,
            4009 => Self::Replaced,
            4010 => Self::Idle,
            4011 => Self::Limit,
            other => Self::Other(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_reads_back_as_itself() {
        for number in 1000..5000 {
            assert_eq!(CloseCode::from(number).number(), number);
        }
    }
}
