import { LIMITS } from '@sup/types'

// Neither control characters nor what turns the reading direction: `photo<RLO>gpj.exe` reads as an image.
const UNSAFE = /[\p{Cc}\p{Surrogate}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu

/**
 * A file's name as it may be stored and shown: without folders and without what deceives.
 *
 * @returns Undefined when nothing is left of it.
 */
export function cleanFileName(given: string | undefined): string | undefined {
  const last = (given ?? '').split(/[/\\]/).at(-1) ?? ''
  const clean = Array.from(last.replaceAll(UNSAFE, '').normalize('NFC').trim())
  return clean.length === 0 ? undefined : clean.slice(0, LIMITS.fileName).join('')
}
