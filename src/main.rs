//! The seaglass program: everything it does is in the library, in `app`.

use std::process::ExitCode;

fn main() -> ExitCode {
    seaglass::app::main()
}
