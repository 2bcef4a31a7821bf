import { toHex } from './bytes.js'
import type { Clock } from './clock.js'

/**
 * Makes UUIDs of version 7 whose text order is the order of creation, also within one millisecond
 * and when the clock steps back: the outbox sorts by them.
 */
export function createUuids(clock: Clock): () => string {
  let last = 0
  let counter = 0
  return () => {
    const now = clock.now()
    if (now > last) {
      last = now
      counter = 0
    } else {
      counter += 1
      // 12 bits of counter; the next millisecond is borrowed when they are used up.
      if (counter > 0xfff) {
        last += 1
        counter = 0
      }
    }
    return format(last, counter)
  }
}

function format(time: number, counter: number): string {
  const random = crypto.getRandomValues(new Uint8Array(8))
  random[0] = ((random[0] ?? 0) & 0x3f) | 0x80
  const head = time.toString(16).padStart(12, '0')
  const tail = toHex(random)
  const middle = (0x7000 | counter).toString(16)
  return `${head.slice(0, 8)}-${head.slice(8)}-${middle}-${tail.slice(0, 4)}-${tail.slice(4)}`
}
