import { randomUUID } from 'node:crypto'
import type { Clock } from '../clock/index.js'

const COUNTER_VALUES = 0x1000

let lastMs = 0
let counter = 0

/**
 * A new UUIDv7. Ids made by one process ascend, also within a millisecond and when the clock is set back,
 * so that rows written together keep their order.
 */
export function newId({ clock }: { clock: Clock }): string {
  const nowMs = clock.now().getTime()
  if (nowMs > lastMs) {
    lastMs = nowMs
    counter = 0
  } else if (++counter === COUNTER_VALUES) {
    lastMs += 1
    counter = 0
  }
  const time = lastMs.toString(16).padStart(12, '0')
  const order = counter.toString(16).padStart(3, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7${order}-${randomUUID().slice(19)}`
}
