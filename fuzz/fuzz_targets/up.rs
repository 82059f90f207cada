//! Control messages from client to server: what a server reads from anybody.

#![no_main]

use libfuzzer_sys::fuzz_target;
use seaglass::wire::Up;

fuzz_target!(|text: &str| {
    let _ = Up::salvage_id(text);
    let _ = Up::parse_body("direct", text);
    if let Ok(message) = Up::parse(text) {
        let printed = message.print();
        let again = Up::parse(&printed).expect("what was accepted is accepted again");
        assert_eq!(again.print(), printed);
    }
});
