//! What a choice of sound asks of a server.

use super::args::AudioChoice;
use crate::wire::AudioRequest;

/// The chosen format first, the other as second best.
#[must_use]
pub fn audio_request(choice: AudioChoice) -> AudioRequest {
    let formats = |names: [&str; 2]| names.map(str::to_owned).to_vec();
    match choice {
        AudioChoice::Opus => AudioRequest { enabled: true, formats: formats(["opus", "pcm_s16le"]) },
        AudioChoice::Pcm => AudioRequest { enabled: true, formats: formats(["pcm_s16le", "opus"]) },
        AudioChoice::Off => AudioRequest { enabled: false, formats: Vec::new() },
    }
}
