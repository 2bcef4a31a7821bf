import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, mkdtemp, open, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Transform, type Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { SNIFF_BYTES } from './sniff.js'

const PREFIX = 'sup-media-'
/** Longer than any job may take. */
const STALE_MS = 3_600_000

/** Size and SHA-256 (hex) of bytes. */
export type Digest = { sizeBytes: number; sha256: string }

/** Gives `work` an empty folder of its own, and removes it afterwards. */
export async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await makeFolder()
  try {
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** An empty folder in the place for temporary files. */
export async function makeFolder(): Promise<string> {
  await mkdir(tmpdir(), { recursive: true })
  return mkdtemp(join(tmpdir(), PREFIX))
}

/** Removes the folders that killed workers have left behind. */
export async function removeStaleFolders(nowMs: number): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith(PREFIX)) continue
    const folder = join(tmpdir(), name)
    const changedMs = await stat(folder).then(
      ({ mtimeMs }) => mtimeMs,
      () => nowMs,
    )
    if (nowMs - changedMs > STALE_MS) await rm(folder, { recursive: true, force: true })
  }
}

/** Writes a stream to a file and says what went by; never all of it in memory. */
export async function saveStream(body: Readable, path: string): Promise<Digest> {
  const hash = createHash('sha256')
  let sizeBytes = 0
  const measure = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk)
      sizeBytes += chunk.length
      done(null, chunk)
    },
  })
  await pipeline(body, measure, createWriteStream(path))
  return { sizeBytes, sha256: hash.digest('hex') }
}

/** Size and hash of a file. */
export async function digestOf(path: string): Promise<Digest> {
  const hash = createHash('sha256')
  let sizeBytes = 0
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    hash.update(chunk)
    sizeBytes += chunk.length
  }
  return { sizeBytes, sha256: hash.digest('hex') }
}

/** The first bytes of a file, as many as `sniff` looks at. */
export async function readHead(path: string): Promise<Buffer> {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(SNIFF_BYTES), 0, SNIFF_BYTES, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}
