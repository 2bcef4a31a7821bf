/** A mail as its reader gets it. */
export type ParsedMail = {
  /** By name in lower case; of a header that is there twice the last. Encoded words are decoded. */
  headers: Readonly<Record<string, string>>
  subject: string
  /** The plain text, with line feeds alone; empty when there is none. */
  text: string
  html: string
}

type Part = { headers: Readonly<Record<string, string>>; body: string }

/** Reads a mail: headers, and the text and HTML of single-part and `multipart/*` bodies in UTF-8. */
export function parseMail(raw: Buffer): ParsedMail {
  // One character per byte, so that the parts decode themselves.
  const root = splitPart(raw.toString('latin1'))
  const leaves = leavesOf(root)
  const find = (type: string): string => {
    const part = leaves.find(({ headers }) => contentType(headers).startsWith(type))
    return part === undefined ? '' : decodeBody(part).replaceAll('\r\n', '\n')
  }
  const headers = Object.fromEntries(
    Object.entries(root.headers).map(([name, value]) => [name, decodeWords(value)]),
  )
  return {
    headers,
    subject: headers['subject'] ?? '',
    text: find('text/plain'),
    html: find('text/html'),
  }
}

const contentType = (headers: Part['headers']): string =>
  (headers['content-type'] ?? 'text/plain').toLowerCase()

function splitPart(raw: string): Part {
  const end = raw.indexOf('\r\n\r\n')
  const head = end < 0 ? raw : raw.slice(0, end)
  const lines = head.replace(/\r\n[ \t]+/g, ' ').split('\r\n')
  const headers = Object.fromEntries(
    lines.flatMap((line) => {
      const colon = line.indexOf(':')
      return colon < 1 ? [] : [[line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]]
    }),
  ) as Record<string, string>
  return { headers, body: end < 0 ? '' : raw.slice(end + 4) }
}

function leavesOf(part: Part): Part[] {
  if (!contentType(part.headers).startsWith('multipart/')) return [part]
  const boundary = /boundary="?([^";]+)"?/i.exec(part.headers['content-type'] ?? '')?.[1] ?? ''
  return `\r\n${part.body}`
    .split(`\r\n--${boundary}`)
    .slice(1)
    .filter((piece) => !piece.startsWith('--'))
    .flatMap((piece) => leavesOf(splitPart(piece.slice(piece.indexOf('\r\n') + 2))))
}

function decodeBody({ headers, body }: Part): string {
  const encoding = (headers['content-transfer-encoding'] ?? '7bit').toLowerCase()
  if (encoding === 'base64') return Buffer.from(body, 'base64').toString('utf8')
  const bytes = encoding === 'quoted-printable' ? decodeQuoted(body.replace(/=\r\n/g, '')) : body
  return Buffer.from(bytes, 'latin1').toString('utf8')
}

const decodeQuoted = (text: string): string =>
  text.replace(/=([0-9A-F]{2})/gi, (_all, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  )

/** RFC 2047: `=?UTF-8?B?…?=` and `=?UTF-8?Q?…?=`; blanks between two of them do not count. */
const decodeWords = (value: string): string =>
  value
    .replace(/\?=\s+=\?/g, '?==?')
    .replace(/=\?utf-8\?([bq])\?([^?]*)\?=/gi, (_all, kind: string, text: string) => {
      const bytes =
        kind.toLowerCase() === 'b'
          ? Buffer.from(text, 'base64')
          : Buffer.from(decodeQuoted(text.replaceAll('_', ' ')), 'latin1')
      return bytes.toString('utf8')
    })
