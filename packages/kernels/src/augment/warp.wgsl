// augment.warp: one thread per output pixel of some, all its channels; the pictures are read as they were decoded, as bytes.
//
//   v        = (HIGH·u + high) + (LOW·u + low)        u = (row, column) − ((HEIGHT − 1)/2, (WIDTH − 1)/2)
//   y[n,row,column,c] = x[n] at v, channel c, bilinear (ORDER 1) or the nearest pixel (ORDER 0), times scale
//
// A pixel's coordinate v in the picture is worked out in two parts. The map is cut in two by the launcher: HIGH and high are
// whole multiples of a power of two, so coarse that no sum of theirs is rounded in float32; LOW and low are the small rest.
// So v is as good as if float32 had some ten bits more, and what happens at the edge of a picture is not left to rounding.
//
// What lies outside is told by FILL_MODE, axis by axis, as SciPy does it: the coordinate is brought inside, then looked up.
//
// x: bytes [n,HEIGHT,WIDTH,CHANNELS], four in a word, the first one lowest
// pictures: four vec4f a picture, see pictures.ts: HIGH; LOW; high, low; the rest is intensity.wgsl's
// y: floats [n,HEIGHT,WIDTH,CHANNELS]
// grid: ⌈n·HEIGHT·WIDTH/PIXELS/64⌉ workgroups of 64, folded into two dimensions; a thread goes on by as many pixels as there
//       are threads
// cost: an element: 4 bytes written, 4 of the picture's read (most of them by neighbours, too), 3 interpolations
// checked against augment.reference.ts

override HEIGHT: u32;
override WIDTH: u32;
override CHANNELS: u32;
override FILL_MODE: u32; // its place in fillModes, augment.ts
override ORDER: u32;

const NEAREST = 0u;
const CONSTANT = 1u;
const REFLECT = 2u;
const WRAP = 3u;
const MIRROR = 4u;
const GRID_WRAP = 5u;

struct Step {
  pixels: u32, // n·HEIGHT·WIDTH
  cval: f32,
  scale: f32,
}

@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read> pictures: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<uniform> step: Step;

// whole + fraction, 0 ≤ fraction ≤ 1.
struct Coordinate {
  whole: i32,
  fraction: f32,
}

fn coordinate(high: f32, low: f32) -> Coordinate {
  let whole = floor(high);
  let rest = (high - whole) + low;
  let carry = floor(rest);
  return Coordinate(i32(whole) + i32(carry), rest - carry);
}

fn isInside(v: Coordinate, size: i32) -> bool {
  return v.whole >= 0 && (v.whole < size - 1 || (v.whole == size - 1 && v.fraction == 0.0));
}

// The remainder that is not negative.
fn modulo(a: i32, b: i32) -> i32 {
  return (a % b + b) % b;
}

// position − v
fn turned(position: i32, v: Coordinate) -> Coordinate {
  return Coordinate(position - v.whole - 1, 1.0 - v.fraction);
}

// A coordinate outside of an axis of so many pixels, brought inside.
fn broughtInside(v: Coordinate, size: i32) -> Coordinate {
  if (size == 1) {
    return Coordinate(0, 0.0);
  }
  switch FILL_MODE {
    case REFLECT: {
      let u = Coordinate(modulo(v.whole, 2 * size), v.fraction);
      if (u.whole >= size) {
        return turned(2 * size - 1, u);
      }
      return u;
    }
    case MIRROR: {
      let period = 2 * size - 2;
      let u = Coordinate(modulo(v.whole, period), v.fraction);
      if (u.whole >= size || (v.whole < 0 && u.whole == size - 1)) {
        return turned(period, u);
      }
      return u;
    }
    case WRAP: {
      let period = size - 1;
      if (v.whole >= 0) {
        return Coordinate(v.whole % period, v.fraction);
      }
      // −v lies between this and the next whole number.
      let before = -v.whole - i32(v.fraction > 0.0);
      return Coordinate(v.whole + period * (before / period + 1), v.fraction);
    }
    case GRID_WRAP: {
      return Coordinate(modulo(v.whole, size), v.fraction);
    }
    default: { // NEAREST
      return Coordinate(select(size - 1, 0, v.whole < 0), 0.0);
    }
  }
}

// The pixel that stands at an index from −1 to the size.
fn pixelAt(index: i32, size: i32) -> u32 {
  if (FILL_MODE == GRID_WRAP && index == size) {
    return 0u;
  }
  if (FILL_MODE == MIRROR && index == size) {
    return u32(max(size - 2, 0));
  }
  return u32(clamp(index, 0, size - 1));
}

// Up to four bytes from byte i on, `last` the last of them that is wanted, as floats: of one word, or of two.
fn bytesAt(i: u32, last: u32) -> vec4f {
  let shift = 8u * (i % 4u);
  // Where i begins a word, both are that one, and both shifts are by 0.
  let word = (x[i / 4u] >> shift) | (x[(i + last) / 4u] << ((32u - shift) % 32u));
  return vec4f((vec4u(word) >> vec4u(0u, 8u, 16u, 24u)) & vec4u(0xffu));
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let height = i32(HEIGHT);
  let width = i32(WIDTH);
  for (var i = id.y * groups.x * 64u + id.x; i < step.pixels; i += groups.x * groups.y * 64u) {
    let n = i / (HEIGHT * WIDTH);
    let pixel = i % (HEIGHT * WIDTH);
    let u = vec2f(f32(pixel / WIDTH), f32(pixel % WIDTH)) - 0.5 * vec2f(f32(HEIGHT - 1u), f32(WIDTH - 1u));
    let high = pictures[4u * n];
    let low = pictures[4u * n + 1u];
    let offset = pictures[4u * n + 2u];
    var row = coordinate(high.x * u.x + high.y * u.y + offset.x, low.x * u.x + low.y * u.y + offset.z);
    var column = coordinate(high.z * u.x + high.w * u.y + offset.y, low.z * u.x + low.w * u.y + offset.w);

    let isRowInside = isInside(row, height);
    let isColumnInside = isInside(column, width);
    if (FILL_MODE == CONSTANT && !(isRowInside && isColumnInside)) {
      for (var c = 0u; c < CHANNELS; c++) {
        y[i * CHANNELS + c] = step.cval * step.scale;
      }
      continue;
    }
    if (!isRowInside) {
      row = broughtInside(row, height);
    }
    if (!isColumnInside) {
      column = broughtInside(column, width);
    }

    let picture = n * HEIGHT * WIDTH;
    if (ORDER == 0u) {
      row = Coordinate(row.whole + i32(row.fraction >= 0.5), 0.0);
      column = Coordinate(column.whole + i32(column.fraction >= 0.5), 0.0);
    }
    let top = picture + pixelAt(row.whole, height) * WIDTH;
    let left = pixelAt(column.whole, width);
    let bottom = picture + pixelAt(row.whole + 1, height) * WIDTH;
    let right = pixelAt(column.whole + 1, width);
    for (var c = 0u; c < CHANNELS; c += 4u) {
      let last = min(3u, CHANNELS - 1u - c);
      var value = bytesAt((top + left) * CHANNELS + c, last);
      if (ORDER != 0u) {
        let topRight = bytesAt((top + right) * CHANNELS + c, last);
        let bottomLeft = bytesAt((bottom + left) * CHANNELS + c, last);
        let bottomRight = bytesAt((bottom + right) * CHANNELS + c, last);
        let lower = mix(bottomLeft, bottomRight, column.fraction);
        value = mix(mix(value, topRight, column.fraction), lower, row.fraction);
      }
      for (var k = 0u; k <= last; k++) {
        y[i * CHANNELS + c + k] = value[k] * step.scale;
      }
    }
  }
}
