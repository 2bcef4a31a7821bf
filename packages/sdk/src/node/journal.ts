import { constants } from 'node:fs'
import { type FileHandle, mkdir, open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Log } from '../base/log.js'
import type { Records, TextChange } from '../storage/records.js'
import { formatLine, parseLine } from './journal-format.js'

/**
 * An append-only file of transactions that several processes write: each transaction is one
 * `O_APPEND` write, which the kernel does not mix with another. The contents are what replaying the
 * file from its start gives, in every process.
 */
export type Journal = {
  /** Length of the file as far as it was read. */
  size: () => number
  /** Reads what was written since, by whomever, into the records. */
  catchUp: () => Promise<void>
  /** Writes transactions, each all or nothing, and reads them back into the records. */
  append: (transactions: readonly TextChange[][]) => Promise<void>
  sync: () => Promise<void>
  /** Replaces the file by a short one with the same contents. Only while nobody else has it open. */
  compact: () => Promise<void>
  close: () => Promise<void>
}

const FLAGS = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT
const CHUNK = 1024 * 1024
const LINES_AT_ONCE = 500

export async function openJournal(path: string, records: Records, log: Log): Promise<Journal> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  let file = await open(path, FLAGS, 0o600)
  await syncFolder(path)
  let offset = 0

  const apply = (line: string): void => {
    if (line === '') return
    const changes = parseLine(line)
    if (!changes) log.warn('a damaged line of the journal was left out', { bytes: line.length })
    for (const change of changes ?? []) records.apply(change)
  }

  async function catchUp(): Promise<void> {
    const { size } = await file.stat()
    if (size > offset) offset += await readLines(file, offset, apply)
  }

  async function append(transactions: readonly TextChange[][]): Promise<void> {
    const bytes = Buffer.concat(transactions.map(formatLine))
    const before = offset
    const { bytesWritten } = await file.write(bytes)
    const { size } = await file.stat()
    // Nobody wrote in between: what is in the file is known without reading it again.
    if (size === before + bytes.length) {
      offset = size
      for (const change of transactions.flat()) records.apply(change)
    } else {
      await catchUp()
    }
    if (bytesWritten < bytes.length) throw new Error(`the disk took only a part of ${path}`)
  }

  async function compact(): Promise<void> {
    const next = await open(`${path}.next`, 'w', 0o600)
    const lines: Buffer[] = []
    for (const change of records.dump()) {
      lines.push(formatLine([change]))
      if (lines.length === LINES_AT_ONCE) await next.write(Buffer.concat(lines.splice(0)))
    }
    await next.write(Buffer.concat(lines))
    await next.sync()
    await next.close()
    await rename(`${path}.next`, path)
    await syncFolder(path)
    await file.close()
    file = await open(path, FLAGS, 0o600)
    offset = (await file.stat()).size
  }

  await catchUp()
  return {
    size: () => offset,
    catchUp,
    append,
    sync: () => file.datasync(),
    compact,
    close: () => file.close(),
  }
}

/** Calls `apply` for each whole line from `start` on; @returns how many bytes these lines took. */
async function readLines(
  file: FileHandle,
  start: number,
  apply: (line: string) => void,
): Promise<number> {
  let rest = Buffer.alloc(0)
  let done = 0
  for (;;) {
    const { buffer, bytesRead } = await file.read(
      Buffer.alloc(CHUNK),
      0,
      CHUNK,
      start + done + rest.length,
    )
    if (bytesRead === 0) return done
    const text = Buffer.concat([rest, buffer.subarray(0, bytesRead)])
    const end = text.lastIndexOf(0x0a) + 1
    for (const line of text.subarray(0, end).toString('utf8').split('\n')) apply(line)
    done += end
    rest = text.subarray(end)
  }
}

/** A new or renamed file is safe only when its folder is written too. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(dirname(path), 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
