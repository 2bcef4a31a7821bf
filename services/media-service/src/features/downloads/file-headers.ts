import type { FileRow } from '../files/public.js'

/** What may be shown in a page; everything else is a file to save. */
const SHOWN: ReadonlySet<string> = new Set(['image', 'sticker', 'video', 'audio', 'voice'])
const LONGEST_AGE_SECONDS = 3600

/** `attachment` or `inline`, with the name in the form that every browser reads. */
export function dispositionOf({ type, encrypted, fileName }: FileRow): string {
  const kind = SHOWN.has(type) && !encrypted ? 'inline' : 'attachment'
  if (fileName === null) return kind
  // What `encodeURIComponent` leaves but the header does not allow.
  const encoded = encodeURIComponent(fileName).replaceAll(
    /['()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `${kind}; filename*=UTF-8''${encoded}`
}

/** What makes stored bytes harmless in a browser, and how long it may keep them. */
export const safeHeaders = (maxAgeSeconds: number): Record<string, string> => ({
  'Content-Security-Policy': "sandbox; default-src 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Cache-Control': `private, max-age=${Math.min(LONGEST_AGE_SECONDS, maxAgeSeconds)}`,
})

/** Bytes never change, so their digest names their version. */
export const etagOf = ({ sha256 }: FileRow): string => `"${sha256 ?? ''}"`

/** Does `If-None-Match` name this version? */
export const isKnown = (header: string | undefined, etag: string): boolean =>
  header !== undefined &&
  header.split(',').some((one) => one.trim().replace(/^W\//, '') === etag || one.trim() === '*')
