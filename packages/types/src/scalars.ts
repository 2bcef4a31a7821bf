import { z } from 'zod'

/** What no text may hold: PostgreSQL cannot store NUL, and a lone surrogate is no character. */
const UNSTORABLE = /\u0000|\p{Surrogate}/u

/** Length in Unicode code points after NFC, computed only when the length in UTF-16 units leaves a doubt. */
function fits(value: string, min: number, max: number): boolean {
  // NFC makes no string more than three times longer.
  if (value.length * 3 <= max && value.length >= min && min <= 1) return true
  const { length } = Array.from(value.normalize('NFC'))
  return length >= min && length <= max
}

/** `str(a..b)` of the wire contract: text of `min` to `max` code points. */
export const str = (min: number, max: number): z.ZodString =>
  z
    .string()
    .refine((value) => !UNSTORABLE.test(value), 'must be well-formed Unicode without NUL')
    .refine(
      (value) => fits(value, min, max),
      `must have ${String(min)} to ${String(max)} characters`,
    )
    .meta({ minLength: min, maxLength: max })

/** `opaque(a..b)`: a string that is stored and returned unchanged; its length counts UTF-8 bytes. */
export const opaque = (min: number, max: number): z.ZodString =>
  z
    .string()
    .refine((value) => !UNSTORABLE.test(value), 'must be well-formed Unicode without NUL')
    .refine(
      (value) => {
        const bytes = utf8Length(value, max)
        return bytes >= min && bytes <= max
      },
      `must have ${String(min)} to ${String(max)} bytes`,
    )
    .meta({ minLength: min, maxLength: max })

/** UTF-8 length without encoding; stops counting beyond `max`. */
function utf8Length(value: string, max: number): number {
  if (value.length > max) return value.length
  let bytes = value.length
  for (let i = 0; i < value.length; i++) {
    const unit = value.charCodeAt(i)
    if (unit > 0x7f) bytes += unit > 0x7ff && (unit < 0xd800 || unit > 0xdfff) ? 2 : 1
  }
  return bytes
}

/** Base64 with padding of `min` to `max` decoded bytes. */
export const b64 = (min: number, max: number): z.ZodBase64 =>
  z.base64().refine(
    (value) => {
      const padding = value.endsWith('==') ? 2 : value.endsWith('=') ? 1 : 0
      const bytes = (value.length / 4) * 3 - padding
      return bytes >= min && bytes <= max
    },
    `must hold ${String(min)} to ${String(max)} bytes`,
  )

/** A version 4 or 7 UUID in either case; kept in lower case. */
export const Uuid = z.uuid().toLowerCase()

/** The database takes no time outside the years that people mean. */
const isInRange = (text: string): boolean => {
  const ms = Date.parse(text)
  return ms >= Date.UTC(1900, 0, 1) && ms < Date.UTC(10_000, 0, 1)
}
const RANGE = 'must lie between the years 1900 and 9999'

/** UTC with milliseconds, `2025-01-31T10:30:00.000Z`. */
export const Ts = z.iso.datetime({ precision: 3 }).refine(isInRange, RANGE)

/** A time as clients may send it: any ISO 8601 instant. */
export const TsInput = z.iso.datetime({ offset: true }).refine(isInRange, RANGE)

export const Hex64 = z.string().regex(/^[0-9a-f]{64}$/)

/** Position in a chat's log. */
export const Seq = z.int().min(0)

/** `true` and `false` in a query string. */
export const QueryFlag = z
  .enum(['true', 'false', '1', '0'])
  .transform((v) => v === 'true' || v === '1')

/** A number in a query string. */
export const queryInt = (min: number, max: number): z.ZodCoercedNumber =>
  z.coerce.number().int().min(min).max(max)

export const none = z.object({})
