import { createReadStream } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'

/** What makes a browser take a file for a page; too long to occur in compressed pixels by chance. */
const MARKUP = /<(?:script|iframe|object\s|!doctype html|html[\s>])/i
const OVERLAP = 16

/** Says whether the file is a page as well: a picture whose comments or tail hold HTML. */
export async function hasMarkup(path: string): Promise<boolean> {
  let rest = ''
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    const text = rest + chunk.toString('latin1')
    if (MARKUP.test(text)) return true
    rest = text.slice(-OVERLAP)
  }
  return false
}

const PNG_END = Buffer.from('0000000049454e44ae426082', 'hex')
const JPEG_END = Buffer.from('ffd9', 'hex')
const GIF_END = 0x3b
const EDGE_BYTES = 64

/**
 * Looks at the end of a JPEG, PNG, GIF or WebP.
 *
 * @returns `tail` when something follows the picture, such as a film or an archive; `cut` for a GIF without an
 *   end, which its decoder would not mind.
 */
export async function lookAtEnd(path: string): Promise<'whole' | 'tail' | 'cut'> {
  const file = await open(path)
  try {
    const { size } = await file.stat()
    const head = await readAt(file, 0)
    const tail = await readAt(file, Math.max(0, size - EDGE_BYTES))
    if (isGif(head)) return endOfGif(tail)
    return endsWell(head, tail, size) ? 'whole' : 'tail'
  } finally {
    await file.close()
  }
}

async function readAt(file: FileHandle, position: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(EDGE_BYTES), 0, EDGE_BYTES, position)
  return buffer.subarray(0, bytesRead)
}

const isGif = (head: Buffer): boolean => head.toString('latin1', 0, 4) === 'GIF8'

/** Old programs filled up with zeros. */
function endOfGif(tail: Buffer): 'whole' | 'cut' {
  const last = tail.findLast((byte) => byte !== 0)
  return last === GIF_END ? 'whole' : 'cut'
}

function endsWell(head: Buffer, tail: Buffer, size: number): boolean {
  const start = head.toString('latin1')
  if (start.startsWith('\xff\xd8')) return tail.subarray(-2).equals(JPEG_END)
  if (start.startsWith('\x89PNG')) return tail.subarray(-12).equals(PNG_END)
  if (start.startsWith('RIFF')) return head.readUInt32LE(4) + 8 === size
  return true
}
