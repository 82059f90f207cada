//! What the renderer draws, pixel by pixel, against the arithmetic of ITU-R BT.709. Needs an adapter of any kind, a software
//! rasteriser included; without one the tests say so and pass.
#![cfg(feature = "player")]

use seaglass::media::{Picture, Size};
use seaglass::render::{Gpu, GpuError, Offscreen, Renderer, letterbox};

/// Rounding on the way: 8-bit planes in, 8-bit channels out, and filtering at less than float precision.
const TOLERANCE: u8 = 2;

const fn size(width: u32, height: u32) -> Size {
    Size { width, height }
}

/// The adapter, or nothing where the machine has none; any other failure fails the test.
fn gpu() -> Option<Gpu> {
    match Gpu::headless() {
        Ok(gpu) => Some(gpu),
        Err(error @ GpuError::NoAdapter { .. }) => {
            eprintln!("skipped: {error}");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

struct Drawn {
    size: Size,
    rgba: Vec<u8>,
}

impl Drawn {
    fn at(&self, x: u32, y: u32) -> [u8; 3] {
        let start = (y as usize * self.size.width as usize + x as usize) * 4;
        self.rgba[start..start + 3].try_into().expect("three channels")
    }
}

fn draw(renderer: &Renderer, target: &Offscreen) -> Drawn {
    renderer.present(target.view(), target.size()).expect("drawn");
    let mut rgba = Vec::new();
    target.read(&mut rgba).expect("read back");
    assert_eq!(rgba.len(), target.size().width as usize * target.size().height as usize * 4);
    Drawn { size: target.size(), rgba }
}

fn draw_once(gpu: &Gpu, picture: &Picture, target: Size) -> Drawn {
    let mut renderer = Renderer::new(gpu, Offscreen::FORMAT).expect("renderer");
    renderer.upload(picture).expect("uploaded");
    draw(&renderer, &Offscreen::new(gpu, target).expect("target"))
}

/// BT.709 limited range to RGB in double precision, from the standard's own equations and not from the shader's constants.
fn rgb_of([y, u, v]: [u8; 3]) -> [u8; 3] {
    let (kr, kb) = (0.2126, 0.0722);
    let luma = (f64::from(y) - 16.0) / 219.0;
    let (cb, cr) = ((f64::from(u) - 128.0) / 224.0, (f64::from(v) - 128.0) / 224.0);
    let red = luma + 2.0 * (1.0 - kr) * cr;
    let blue = luma + 2.0 * (1.0 - kb) * cb;
    let green = (luma - kr * red - kb * blue) / (1.0 - kr - kb);
    [red, green, blue].map(|channel| (channel.clamp(0.0, 1.0) * 255.0).round() as u8)
}

fn yuv_of([red, green, blue]: [u8; 3]) -> [u8; 3] {
    let [red, green, blue] = [red, green, blue].map(|channel| f64::from(channel) / 255.0);
    let luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    let code = |offset: f64, steps: f64, value: f64| (offset + steps * value).round() as u8;
    [code(16.0, 219.0, luma), code(128.0, 224.0, (blue - luma) / 1.8556), code(128.0, 224.0, (red - luma) / 1.5748)]
}

/// A picture whose samples come from a function of plane, column and row.
fn picture(size: Size, sample: impl Fn(usize, usize, usize) -> u8) -> Picture {
    let mut picture = Picture::black(size);
    let widths = picture.planes().map(|plane| plane.width);
    for (plane, samples) in picture.planes_mut().into_iter().enumerate() {
        for (index, value) in samples.iter_mut().enumerate() {
            *value = sample(plane, index % widths[plane], index / widths[plane]);
        }
    }
    picture
}

fn flat(size: Size, rgb: [u8; 3]) -> Picture {
    let yuv = yuv_of(rgb);
    picture(size, |plane, _, _| yuv[plane])
}

/// Any samples, reproducibly: a hash of the position.
fn noise(size: Size) -> Picture {
    picture(size, |plane, x, y| {
        let mixed = (plane * 7919 + x * 104_729 + y * 1_299_709 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        (mixed >> 40) as u8
    })
}

#[track_caller]
fn assert_close(found: [u8; 3], wanted: [u8; 3], place: &str) {
    let error = found.iter().zip(wanted).map(|(found, wanted)| found.abs_diff(wanted)).max().unwrap_or(0);
    assert!(error <= TOLERANCE, "{place}: {found:?} where {wanted:?} is right");
}

const BARS: [[u8; 3]; 8] =
    [[255, 255, 255], [255, 255, 0], [0, 255, 255], [0, 255, 0], [255, 0, 255], [255, 0, 0], [0, 0, 255], [0, 0, 0]];

fn bars(size: Size) -> Picture {
    let widths = [size.width as usize, size.width.div_ceil(2) as usize];
    picture(size, |plane, x, _| yuv_of(BARS[x * BARS.len() / widths[plane.min(1)]])[plane])
}

#[test]
fn colour_bars_come_out_right_at_every_scale() {
    let Some(gpu) = gpu() else { return };
    let bars = bars(size(640, 360));
    for target in [size(640, 360), size(1280, 720), size(320, 180), size(1000, 700), size(333, 777)] {
        let drawn = draw_once(&gpu, &bars, target);
        let rect = letterbox(size(640, 360), target);
        for (index, bar) in BARS.into_iter().enumerate() {
            let x = rect.x + rect.size.width * (2 * index as u32 + 1) / 16;
            for y in [rect.y, rect.y + rect.size.height / 2, rect.y + rect.size.height - 1] {
                assert_close(drawn.at(x, y), bar, &format!("bar {index} at {x},{y} of {target}"));
            }
        }
    }
}

#[test]
fn at_its_own_size_every_pixel_of_a_picture_is_converted_by_itself() {
    let Some(gpu) = gpu() else { return };
    // Odd sizes and rows that do not fill the alignment of a copy are where such code breaks.
    for extent in [size(640, 360), size(37, 23), size(1, 1), size(63, 2), size(65, 64)] {
        let noise = noise(extent);
        let [y_plane, u_plane, v_plane] = noise.planes();
        let drawn = draw_once(&gpu, &noise, extent);
        for y in 0..extent.height {
            for x in 0..extent.width {
                let luma = y as usize * y_plane.stride + x as usize;
                let chroma = y as usize / 2 * u_plane.stride + x as usize / 2;
                let wanted = rgb_of([y_plane.data[luma], u_plane.data[chroma], v_plane.data[chroma]]);
                assert_close(drawn.at(x, y), wanted, &format!("{x},{y} of {extent}"));
            }
        }
    }
}

#[test]
fn the_bars_around_a_letterboxed_picture_are_black_and_its_edges_sharp() {
    let Some(gpu) = gpu() else { return };
    let grey = flat(size(64, 36), [200, 200, 200]);
    for target in [size(200, 36), size(64, 111), size(301, 99), size(99, 301), size(64, 36)] {
        let rect = letterbox(size(64, 36), target);
        let drawn = draw_once(&gpu, &grey, target);
        for y in 0..target.height {
            for x in 0..target.width {
                let inside =
                    (rect.x..rect.x + rect.size.width).contains(&x) && (rect.y..rect.y + rect.size.height).contains(&y);
                let wanted = if inside { [200; 3] } else { [0; 3] };
                assert_close(drawn.at(x, y), wanted, &format!("{x},{y} of {target}, picture at {rect:?}"));
            }
        }
    }
}

#[test]
fn scaling_keeps_edges_where_they_are_also_in_odd_pictures() {
    let Some(gpu) = gpu() else { return };
    // The left half red, the right half blue, cut on a chroma sample; the planes of 42 and of 43 columns both hold it.
    for width in [42_u32, 43] {
        let split = |plane: usize, x: usize, _: usize| {
            let left = x < if plane == 0 { 20 } else { 10 };
            yuv_of(if left { [255, 0, 0] } else { [0, 0, 255] })[plane]
        };
        let drawn = draw_once(&gpu, &picture(size(width, 9), split), size(width * 8, 72));
        for y in [0, 36, 71] {
            assert_close(drawn.at(0, y), [255, 0, 0], "left edge");
            assert_close(drawn.at(18 * 8 - 4, y), [255, 0, 0], "left of the cut");
            assert_close(drawn.at(22 * 8 + 4, y), [0, 0, 255], "right of the cut");
            assert_close(drawn.at(width * 8 - 1, y), [0, 0, 255], "right edge");
        }
        // Half way over the cut, filtered in the middle of both.
        let [red, _, blue] = drawn.at(20 * 8, 36);
        assert!(red.abs_diff(blue) < 30, "the cut of a picture {width} wide stands at its place: red {red}, blue {blue}");
    }
}

/// HO-24: a tier change changes the picture's size in mid-stream.
#[test]
fn a_renderer_follows_pictures_that_change_their_size() {
    let Some(gpu) = gpu() else { return };
    let mut renderer = Renderer::new(&gpu, Offscreen::FORMAT).expect("renderer");
    let target = Offscreen::new(&gpu, size(96, 54)).expect("target");
    assert_eq!(draw(&renderer, &target).at(48, 27), [0, 0, 0], "before the first picture");
    for (extent, colour) in [
        (size(96, 54), [250, 10, 20]),
        (size(384, 216), [10, 250, 20]),
        (size(33, 19), [20, 10, 250]),
        (size(96, 54), [9, 9, 99]),
    ] {
        renderer.upload(&flat(extent, colour)).expect("uploaded");
        assert_eq!(renderer.picture_size(), Some(extent));
        assert_close(draw(&renderer, &target).at(48, 27), colour, &format!("picture of {extent}"));
    }
    renderer.clear();
    assert_eq!(draw(&renderer, &target).at(48, 27), [0, 0, 0], "after clearing");
}

#[test]
fn an_srgb_target_shows_the_same_values_as_a_plain_one() {
    let Some(gpu) = gpu() else { return };
    let format = wgpu::TextureFormat::Rgba8UnormSrgb;
    let mut renderer = Renderer::new(&gpu, format).expect("renderer");
    let extent = size(64, 16);
    let ramp = picture(extent, |plane, x, _| if plane == 0 { 16 + (x * 219 / 63) as u8 } else { 128 });
    renderer.upload(&ramp).expect("uploaded");
    let texture = gpu.device().create_texture(&wgpu::TextureDescriptor {
        label: None,
        size: wgpu::Extent3d { width: 64, height: 16, depth_or_array_layers: 1 },
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format,
        usage: wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::COPY_SRC,
        view_formats: &[],
    });
    renderer.present(&texture.create_view(&wgpu::TextureViewDescriptor::default()), extent).expect("drawn");
    let buffer = gpu.device().create_buffer(&wgpu::BufferDescriptor {
        label: None,
        size: 64 * 4 * 16,
        usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
        mapped_at_creation: false,
    });
    let mut encoder = gpu.device().create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    let layout = wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(256), rows_per_image: None };
    let copy = wgpu::TexelCopyBufferInfo { buffer: &buffer, layout };
    encoder.copy_texture_to_buffer(texture.as_image_copy(), copy, texture.size());
    gpu.queue().submit([encoder.finish()]);
    buffer.map_async(wgpu::MapMode::Read, .., |_| {});
    gpu.finish().expect("finished");
    let stored = buffer.get_mapped_range(..).expect("mapped").to_vec();
    for x in 0..64_usize {
        let luma = ramp.planes()[0].data[x];
        let found = [stored[x * 4], stored[x * 4 + 1], stored[x * 4 + 2]];
        assert_close(found, rgb_of([luma, 128, 128]), &format!("column {x}"));
    }
}

#[test]
fn sizes_that_cannot_be_drawn_are_refused_with_their_reason() {
    let Some(gpu) = gpu() else { return };
    let most = gpu.most();
    assert!(matches!(Offscreen::new(&gpu, size(most + 1, 4)), Err(GpuError::TooLarge { .. })));
    assert!(matches!(Offscreen::new(&gpu, size(0, 4)), Err(GpuError::Empty { .. })));
    let mut renderer = Renderer::new(&gpu, Offscreen::FORMAT).expect("renderer");
    renderer.upload(&flat(size(8, 8), [255, 255, 255])).expect("uploaded");
    assert!(matches!(renderer.upload(&Picture::black(size(4, most + 2))), Err(GpuError::TooLarge { .. })));
    assert_eq!(renderer.picture_size(), Some(size(8, 8)), "the picture before stays");
    gpu.check().expect("no fault");
}

#[test]
fn a_fault_is_an_error_and_not_the_end_of_the_process() {
    let Some(gpu) = gpu() else { return };
    let texture = gpu.device().create_texture(&wgpu::TextureDescriptor {
        label: None,
        size: wgpu::Extent3d { width: gpu.most() + 1, height: 1, depth_or_array_layers: 1 },
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format: wgpu::TextureFormat::R8Unorm,
        usage: wgpu::TextureUsages::TEXTURE_BINDING,
        view_formats: &[],
    });
    drop(texture);
    assert!(matches!(gpu.check(), Err(GpuError::Fault { .. })), "{:?}", gpu.check());
}

#[test]
fn an_adapter_describes_itself_for_reports() {
    let Some(gpu) = gpu() else { return };
    let adapter = gpu.describe();
    eprintln!("{adapter}");
    assert!(!adapter.name.is_empty() && !adapter.backend.is_empty());
    assert!(adapter.to_string().starts_with(&adapter.name));
}
