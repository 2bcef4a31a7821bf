/**
 * SHA-256 (FIPS 180-4), synchronous. WebCrypto would make every fold of a digest asynchronous, and
 * browsers offer it only in secure contexts; what is hashed here is no secret, so a plain
 * implementation loses nothing. The test compares it with node:crypto.
 */
// prettier-ignore
const ROUND_CONSTANTS = new Uint32Array([
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
])
// prettier-ignore
const START = [
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
]
const BLOCK = 64

const rotate = (word: number, by: number): number => (word >>> by) | (word << (32 - by))
const at = (words: Uint32Array, index: number): number => words[index] ?? 0

/** The 32 bytes of SHA-256 over `bytes`. */
export const sha256 = (bytes: Uint8Array): Uint8Array => createSha256().update(bytes).digest()

/** SHA-256 over what comes in pieces. */
export type Sha256 = {
  update: (bytes: Uint8Array) => Sha256
  /** The 32 bytes; nothing can be added afterwards. */
  digest: () => Uint8Array
}

export function createSha256(): Sha256 {
  const state = new Uint32Array(START)
  const schedule = new Uint32Array(BLOCK)
  let rest = new Uint8Array(0)
  let length = 0
  const take = (bytes: Uint8Array): void => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    for (let offset = 0; offset < bytes.length; offset += BLOCK) {
      expand(schedule, view, offset)
      compress(state, schedule)
    }
  }
  const self: Sha256 = {
    update(bytes) {
      length += bytes.length
      const all = rest.length === 0 ? bytes : join(rest, bytes)
      const whole = all.length - (all.length % BLOCK)
      take(all.subarray(0, whole))
      rest = all.slice(whole)
      return self
    },
    digest() {
      take(padding(rest, length))
      const hash = new DataView(new ArrayBuffer(32))
      state.forEach((word, i) => {
        hash.setUint32(4 * i, word)
      })
      return new Uint8Array(hash.buffer)
    },
  }
  return self
}

function join(one: Uint8Array, other: Uint8Array): Uint8Array {
  const both = new Uint8Array(one.length + other.length)
  both.set(one)
  both.set(other, one.length)
  return both
}

/** The last blocks: what is left over, one bit, zeros, and the length of everything in bits. */
function padding(rest: Uint8Array, length: number): Uint8Array {
  const last = new Uint8Array(rest.length + 9 <= BLOCK ? BLOCK : 2 * BLOCK)
  last.set(rest)
  last[rest.length] = 0x80
  const view = new DataView(last.buffer)
  view.setUint32(last.length - 8, Math.floor(length / 2 ** 29))
  view.setUint32(last.length - 4, (length << 3) >>> 0)
  return last
}

function expand(w: Uint32Array, view: DataView, offset: number): void {
  for (let i = 0; i < 16; i++) w[i] = view.getUint32(offset + 4 * i)
  for (let i = 16; i < BLOCK; i++) {
    const early = at(w, i - 15)
    const late = at(w, i - 2)
    const small = rotate(early, 7) ^ rotate(early, 18) ^ (early >>> 3)
    const large = rotate(late, 17) ^ rotate(late, 19) ^ (late >>> 10)
    w[i] = at(w, i - 16) + small + at(w, i - 7) + large
  }
}

function compress(state: Uint32Array, w: Uint32Array): void {
  let [a, b, c, d] = [at(state, 0), at(state, 1), at(state, 2), at(state, 3)]
  let [e, f, g, h] = [at(state, 4), at(state, 5), at(state, 6), at(state, 7)]
  for (let i = 0; i < BLOCK; i++) {
    const mixE = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)
    const choice = (e & f) ^ (~e & g)
    const first = (h + mixE + choice + at(ROUND_CONSTANTS, i) + at(w, i)) | 0
    const mixA = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)
    const majority = (a & b) ^ (a & c) ^ (b & c)
    h = g
    g = f
    f = e
    e = (d + first) | 0
    d = c
    c = b
    b = a
    a = (first + mixA + majority) | 0
  }
  const sums = [a, b, c, d, e, f, g, h]
  for (const [i, word] of sums.entries()) state[i] = at(state, i) + word
}
