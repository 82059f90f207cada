//! What a frame of the reference world costs: the step and the picture, on one thread, for each tier and for the themes that
//! draw least and most.

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use seaglass::media::{MediaDelta, Picture, Size, Tier};
use seaglass::sim::world::World;
use seaglass::wire::{Control, Key};

fn walking(prompt: &str) -> World {
    let mut world = World::generate(prompt, 7, &mut |_, _| {});
    world.control(&Control { keys: vec![Key::Forward], ..Control::default() });
    world
}

fn frames(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("world");
    group.sample_size(20).measurement_time(Duration::from_secs(4));
    let mut frame = |prompt: &str, size: Size| {
        let (mut world, mut picture) = (walking(prompt), Picture::black(size));
        group.bench_function(format!("{prompt} {size}"), |bencher| {
            bencher.iter(|| {
                world.step(MediaDelta::from_micros(33_333));
                world.render(black_box(&mut picture));
            });
        });
    };
    for prompt in ["desert", "coast", "stormy coast", "forest", "night city"] {
        frame(prompt, Tier::Standard.spec().size);
    }
    frame("coast", Tier::Draft.spec().size);
    frame("coast", Tier::High.spec().size);
    group.finish();
    criterion.bench_function("world generate coast", |bencher| {
        bencher.iter(|| World::generate(black_box("coast"), 7, &mut |_, _| {}));
    });
}

criterion_group!(benches, frames);
criterion_main!(benches);
