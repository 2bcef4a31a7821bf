import { randomBytes } from 'node:crypto'

/** A username that nobody has: `alice` becomes `alice_3f9c1b20`. */
export function uniqueName(name = 'person'): string {
  return `${name.toLowerCase().slice(0, 20)}_${randomBytes(4).toString('hex')}`
}
