/** Both ends included, as in HTTP. */
export type ByteRange = { first: number; last: number }

/**
 * Reads the header `Range` for a file of `size` bytes.
 *
 * @returns Undefined when the whole file is to be sent: no range, several, another unit or a malformed one;
 *   `unsatisfiable` when the file has no byte in it.
 */
export function readRange(
  header: string | undefined,
  size: number,
): ByteRange | 'unsatisfiable' | undefined {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.trim() ?? '')
  if (!match) return undefined
  const [, from = '', to = ''] = match
  if (from === '') return to === '' ? undefined : lastBytes(Number(to), size)
  return fromByte(Number(from), to === '' ? size - 1 : Number(to), size)
}

function fromByte(first: number, to: number, size: number): ReturnType<typeof readRange> {
  if (first >= size) return 'unsatisfiable'
  return to < first ? undefined : { first, last: Math.min(to, size - 1) }
}

const lastBytes = (count: number, size: number): ByteRange | 'unsatisfiable' =>
  count === 0 || size === 0 ? 'unsatisfiable' : { first: Math.max(0, size - count), last: size - 1 }
