//! Control messages from server to client: what a client reads from a server that may be broken or hostile.

#![no_main]

use libfuzzer_sys::fuzz_target;
use seaglass::wire::Down;

fuzz_target!(|text: &str| {
    if let Ok(message) = Down::parse(text) {
        let printed = message.print();
        let again = Down::parse(&printed).expect("what was accepted is accepted again");
        assert_eq!(again.print(), printed);
    }
});
