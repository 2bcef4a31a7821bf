import {
  type Endpoint,
  LIMITS,
  payloadTooLarge,
  unsupportedMediaType,
  validationError,
} from '@sup/types'
import type { IncomingMessage } from 'node:http'
import { AppError } from './app-error.js'

/** The client went away while it was sending; there is nobody left to answer. */
export class ClientGoneError extends Error {
  override name = 'ClientGoneError'
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

/**
 * Reads the body of a request, as bytes: what comes later in the order of checks (authentication, rate
 * limit) must not depend on what is in it.
 *
 * @returns Undefined when there is none, or the method takes none.
 * @throws AppError `PAYLOAD_TOO_LARGE`, `UNSUPPORTED_MEDIA_TYPE`; ClientGoneError.
 */
export async function readBody(req: IncomingMessage, spec: Endpoint): Promise<Buffer | undefined> {
  if (spec.method === 'get') return undefined
  const body = await collect(req, spec.maxBodyBytes ?? LIMITS.jsonBodyBytes)
  if (body.length === 0) return undefined
  const type = req.headers['content-type']
  const isRead = isUtf8Json(type) || (spec.form === true && isForm(type))
  if (!isRead || isEncoded(req.headers['content-encoding'])) {
    throw new AppError(unsupportedMediaType)
  }
  return body
}

/** Says whether a body is a form, which only endpoints with `form` take. */
export const isForm = (contentType: string | undefined): boolean =>
  /^(?:application\/x-www-form-urlencoded|multipart\/form-data)(?:;|$)/i.test(contentType ?? '')

/**
 * Parses a form that was read.
 *
 * @returns Its text fields; of a field that is there twice the last, and no files.
 * @throws AppError `VALIDATION_ERROR` when it is not UTF-8 or has too many fields.
 */
export function parseForm(body: Buffer, contentType: string): Record<string, string> {
  const text = decodeUtf8(body)
  const boundary = /^multipart\/form-data;.*\bboundary="?([^";]{1,70})"?/i.exec(contentType)?.[1]
  const fields =
    boundary === undefined ? [...new URLSearchParams(text)] : multipartFields(text, boundary)
  if (fields.length > LIMITS.jsonMembers) throw malformed('the form has too many fields')
  return Object.fromEntries(fields)
}

function multipartFields(text: string, boundary: string): [string, string][] {
  return text.split(`--${boundary}`).flatMap((part): [string, string][] => {
    const end = part.indexOf('\r\n\r\n')
    const head = part.slice(0, Math.max(0, end))
    const name = /^content-disposition:[^\r\n]*;\s*name="([^"\r\n]*)"/im.exec(head)?.[1]
    if (name === undefined || /;\s*filename=/i.test(head)) return []
    return [[name, part.slice(end + 4).replace(/\r\n$/, '')]]
  })
}

function decodeUtf8(body: Buffer): string {
  try {
    return utf8.decode(body)
  } catch {
    throw malformed('the body is not UTF-8')
  }
}

/**
 * Parses a body that was read.
 *
 * @returns The JSON value; an empty object when there is no body.
 * @throws AppError `VALIDATION_ERROR` when it is not UTF-8, not JSON, too deep or an object is too large.
 */
export function parseJson(body: Buffer | undefined): unknown {
  if (body === undefined) return {}
  let value: unknown
  try {
    value = JSON.parse(utf8.decode(body))
  } catch {
    throw malformed('the body is not JSON in UTF-8')
  }
  assertShallow(value, 1)
  return value
}

function assertShallow(value: unknown, depth: number): void {
  if (typeof value !== 'object' || value === null) return
  if (depth > LIMITS.jsonDepth)
    throw malformed(`the body is nested deeper than ${LIMITS.jsonDepth}`)
  const members = Object.values(value)
  if (!Array.isArray(value) && members.length > LIMITS.jsonMembers) {
    throw malformed(`an object of the body has more than ${LIMITS.jsonMembers} members`)
  }
  for (const member of members) assertShallow(member, depth + 1)
}

const malformed = (message: string): AppError =>
  new AppError(validationError, [{ path: '', message }])

function isUtf8Json(contentType: string | undefined): boolean {
  const [type = '', ...parameters] = (contentType ?? '').toLowerCase().split(';')
  if (type.trim() !== 'application/json') return false
  return parameters.every((parameter) => {
    const [name = '', value = ''] = parameter.split('=')
    return name.trim() !== 'charset' || /^"?utf-?8"?$/.test(value.trim())
  })
}

const tooSlow = (): AppError =>
  new AppError(
    validationError,
    [{ path: '', message: `the body did not arrive in ${String(BODY_MS)} ms` }],
    { headers: { Connection: 'close' } },
  )

const isEncoded = (encoding: string | undefined): boolean =>
  encoding !== undefined && encoding.toLowerCase() !== 'identity'

/** A listener that streams uploads waits longer for a request than a body that is held in memory may take. */
const BODY_MS = 10_000

/** Node reads and drops the rest of a refused body by itself, so that the client gets the answer. */
function collect(req: IncomingMessage, limit: number): Promise<Buffer> {
  if (Number(req.headers['content-length'] ?? 0) > limit) {
    return Promise.reject(new AppError(payloadTooLarge))
  }
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let length = 0
    const late = setTimeout(() => {
      stop()
      reject(tooSlow())
    }, BODY_MS)
    const stop = (): void => {
      clearTimeout(late)
      req.off('data', onData).off('end', onEnd).off('error', onGone).off('close', onGone)
    }
    const onData = (chunk: Buffer): void => {
      length += chunk.length
      if (length > limit) {
        stop()
        req.resume()
        reject(new AppError(payloadTooLarge))
      } else chunks.push(chunk)
    }
    const onEnd = (): void => {
      stop()
      resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks))
    }
    const onGone = (): void => {
      stop()
      req.on('error', () => undefined)
      reject(new ClientGoneError('the client closed the connection while sending'))
    }
    req.on('data', onData).on('end', onEnd).on('error', onGone).on('close', onGone)
  })
}
