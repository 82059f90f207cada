//! What a frame costs from decoded samples to the display's memory: upload, draw at its own size, draw scaled, and reading back.
//! On a software adapter drawing is the processor's work; the name of the adapter is printed first.

use criterion::{Criterion, criterion_group, criterion_main};
use seaglass::media::{Picture, Size};
use seaglass::render::{Gpu, Offscreen, Renderer};

const STANDARD: Size = Size { width: 640, height: 360 };
const WINDOW: Size = Size { width: 1280, height: 720 };

fn frames(criterion: &mut Criterion) {
    let gpu = match Gpu::headless() {
        Ok(gpu) => gpu,
        Err(error) => return eprintln!("skipped: {error}"),
    };
    eprintln!("{}", gpu.describe());
    let mut picture = Picture::black(STANDARD);
    for plane in picture.planes_mut() {
        plane.iter_mut().enumerate().for_each(|(index, sample)| *sample = (index * 7 % 220) as u8);
    }
    let mut renderer = Renderer::new(&gpu, Offscreen::FORMAT).expect("a renderer");
    let mut group = criterion.benchmark_group("render");
    group.bench_function("upload 640x360", |bench| {
        bench.iter(|| {
            renderer.upload(&picture).expect("uploaded");
            // An upload is staged until something is submitted.
            gpu.queue().submit([]);
            gpu.finish().expect("finished");
        });
    });
    for (name, size) in [("draw 640x360 exact", STANDARD), ("draw 640x360 to 1280x720", WINDOW)] {
        let target = Offscreen::new(&gpu, size).expect("a target");
        group.bench_function(name, |bench| {
            bench.iter(|| {
                renderer.present(target.view(), size).expect("drawn");
                gpu.finish().expect("finished");
            });
        });
    }
    let target = Offscreen::new(&gpu, STANDARD).expect("a target");
    let mut rgba = Vec::new();
    group.bench_function("read back 640x360", |bench| bench.iter(|| target.read(&mut rgba).expect("read")));
    group.finish();
}

criterion_group!(benches, frames);
criterion_main!(benches);
