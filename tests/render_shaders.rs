//! The shaders, checked by naga's front end and validator: needs no adapter.

use naga::valid::{Capabilities, ValidationFlags, Validator};

#[test]
fn every_shader_parses_and_validates() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/shaders");
    let mut checked = 0;
    for entry in std::fs::read_dir(folder).expect("the folder of shaders") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|extension| extension != "wgsl") {
            continue;
        }
        let source = std::fs::read_to_string(&path).expect("a shader");
        let module = naga::front::wgsl::parse_str(&source)
            .unwrap_or_else(|error| panic!("{}", error.emit_to_string_with_path(&source, &path.to_string_lossy())));
        // No capability beyond the base: the shaders must run on every backend.
        Validator::new(ValidationFlags::all(), Capabilities::empty())
            .validate(&module)
            .unwrap_or_else(|error| panic!("{}", error.emit_to_string_with_path(&source, &path.to_string_lossy())));
        checked += 1;
    }
    assert!(checked > 0, "no shader in {folder}");
}
