const encoder = new TextEncoder()

export const utf8 = (text: string): Uint8Array => encoder.encode(text)

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

export function toHex(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += HEX[byte] ?? ''
  return text
}

/** @param text an even number of hex digits; anything else gives wrong bytes, not an error. */
export function fromHex(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length >> 1)
  for (let i = 0; i < bytes.length; i++) bytes[i] = parseInt(text.slice(2 * i, 2 * i + 2), 16)
  return bytes
}

/** The 16 bytes of a UUID. */
export const uuidBytes = (uuid: string): Uint8Array => fromHex(uuid.replaceAll('-', ''))
