// Draws one planar YUV 4:2:0 picture as RGB. Neighbour: src/render/renderer.rs.
//
// In: three single-channel planes, BT.709 (ITU-R BT.709-6, items 3.2 to 3.6), limited range, 8 bit, gamma-coded.
// Out: RGB. Video and displays share their coding closely enough that players pass it through untouched; so do we, and only a
// target that insists on linear values (an sRGB format) gets the sRGB curve undone first.

@group(0) @binding(0) var luma_plane: texture_2d<f32>;
@group(0) @binding(1) var u_plane: texture_2d<f32>;
@group(0) @binding(2) var v_plane: texture_2d<f32>;
@group(0) @binding(3) var bilinear: sampler;

// True where the target's format applies the sRGB curve by itself.
override target_is_linear: bool = false;

struct Corner {
    @builtin(position) position: vec4f,
    // Position in the picture, in luma samples from its top left corner.
    @location(0) at: vec2f,
}

// One triangle that covers the viewport: corners (-1, 1), (3, 1), (-1, -3).
@vertex
fn cover(@builtin(vertex_index) index: u32) -> Corner {
    let unit = vec2f(f32(index & 1u), f32(index >> 1u)) * 2.0;
    var corner: Corner;
    corner.position = vec4f(unit.x * 2.0 - 1.0, 1.0 - unit.y * 2.0, 0.0, 1.0);
    corner.at = unit * vec2f(textureDimensions(luma_plane));
    return corner;
}

fn undo_srgb(coded: vec3f) -> vec3f {
    let low = coded / 12.92;
    let high = pow((coded + 0.055) / 1.055, vec3f(2.4));
    return select(high, low, coded <= vec3f(0.04045));
}

// Coefficients from Kr = 0.2126, Kb = 0.0722 with 219 steps of luma and 224 of chroma.
fn rgb(y: f32, u: f32, v: f32) -> vec4f {
    let luma = (y - 16.0 / 255.0) * (255.0 / 219.0);
    let cb = (u - 128.0 / 255.0) * (255.0 / 224.0);
    let cr = (v - 128.0 / 255.0) * (255.0 / 224.0);
    let mixed = vec3f(luma + 1.5748 * cr, luma - 0.187324 * cb - 0.468124 * cr, luma + 1.8556 * cb);
    let coded = clamp(mixed, vec3f(0.0), vec3f(1.0));
    if target_is_linear {
        return vec4f(undo_srgb(coded), 1.0);
    }
    return vec4f(coded, 1.0);
}

// One target pixel per sample: loads instead of filtering, which a software rasteriser does far faster.
@fragment
fn exact(corner: Corner) -> @location(0) vec4f {
    let luma_at = vec2u(corner.at);
    let chroma_at = luma_at / 2u;
    return rgb(
        textureLoad(luma_plane, luma_at, 0).r,
        textureLoad(u_plane, chroma_at, 0).r,
        textureLoad(v_plane, chroma_at, 0).r,
    );
}

// Any other scale. Chroma is taken to sit in the middle of its four luma samples; planes of odd pictures hold half a sample more
// than the picture, so each plane is addressed by its own size.
@fragment
fn scaled(corner: Corner) -> @location(0) vec4f {
    let luma_at = corner.at / vec2f(textureDimensions(luma_plane));
    let chroma_at = corner.at * 0.5 / vec2f(textureDimensions(u_plane));
    return rgb(
        textureSampleLevel(luma_plane, bilinear, luma_at, 0.0).r,
        textureSampleLevel(u_plane, bilinear, chroma_at, 0.0).r,
        textureSampleLevel(v_plane, bilinear, chroma_at, 0.0).r,
    );
}
