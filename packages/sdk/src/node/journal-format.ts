import { crc32 } from 'node:zlib'
import type { TextChange } from '../storage/records.js'

/**
 * A journal is lines `<crc32 as 8 hex digits> <JSON array of changes>`, one per transaction. Each
 * line is written with a line break before and after it: a line that a crash tore apart then ends
 * where the next one begins, and spoils nothing but itself.
 */
export function formatLine(changes: readonly TextChange[]): Buffer {
  const json = JSON.stringify(changes)
  return Buffer.from(`\n${checksum(json)} ${json}\n`)
}

/** @returns undefined for a torn or damaged line. */
export function parseLine(line: string): TextChange[] | undefined {
  const json = line.slice(9)
  if (line[8] !== ' ' || line.slice(0, 8) !== checksum(json)) return undefined
  return JSON.parse(json) as TextChange[]
}

const checksum = (text: string): string => crc32(text).toString(16).padStart(8, '0')
