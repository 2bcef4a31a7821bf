import { payloadTooLarge, validationError } from '@sup/types'
import busboy from 'busboy'
import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import { AppError } from './app-error.js'
import type { FormFile } from './form-file.js'
import { ClientGoneError } from './read-body.js'

const LIMITS = { fields: 20, fieldNameSize: 64, fieldSize: 16_384, headerPairs: 20 }
/** A client that sends nothing for so long has gone, whatever its connection says. */
const SILENCE_MS = 30_000
/** The rest of a refused body is read and dropped for so long, so that the client gets the answer. */
const DRAIN_MS = 30_000

type Take = (file: FormFile) => Promise<void>
type Expected = { maxBytes: number; fileFields: readonly string[] }

/** @throws AppError `PAYLOAD_TOO_LARGE` when the body says that it is longer. */
export function assertLength(req: IncomingMessage, maxBytes: number): void {
  if (Number(req.headers['content-length'] ?? 0) > maxBytes) throw new AppError(payloadTooLarge)
}

/**
 * Takes a multipart body apart while it arrives; never holds more of a file than its stream does.
 *
 * @returns The plain fields, each of which came once.
 */
export async function receiveForm(
  req: IncomingMessage,
  expected: Expected,
  take: Take,
): Promise<ReadonlyMap<string, string>> {
  const parser = openParser(req)
  const reading = readParts(parser, expected.fileFields, take)
  const stopWatching = watch(req, expected.maxBytes, reading.fail)
  req.pipe(parser)
  try {
    await reading.received
    await reading.taken()
    return reading.fields
  } catch (err) {
    req.unpipe(parser)
    parser.destroy()
    drain(req)
    // Whoever takes a file cleans up behind it before anybody else does.
    await reading.taken().catch(() => undefined)
    throw err
  } finally {
    stopWatching()
  }
}

type Reading = {
  fields: ReadonlyMap<string, string>
  /** Settles when the whole body was read, or the first thing went wrong. */
  received: Promise<void>
  /** Settles when the files so far were taken. */
  taken: () => Promise<void>
  /** Ends the reading: the files that are being taken fail with it. */
  fail: (err: unknown) => void
}

function readParts(parser: busboy.Busboy, fileFields: readonly string[], take: Take): Reading {
  const fields = new Map<string, string>()
  const bodies = new Map<string, Readable>()
  let resolve = (): void => undefined
  let reject: (err: Error) => void = () => undefined
  const received = new Promise<void>((done, failed) => {
    resolve = done
    reject = failed
  })
  let work = Promise.resolve()
  const fail = (err: unknown): void => {
    for (const body of bodies.values()) body.destroy(asError(err))
    reject(asError(err))
  }
  const refuse = (path: string, message: string): void => {
    fail(new AppError(validationError, [{ path, message }]))
  }
  parser.on('field', (name, value, { nameTruncated, valueTruncated }) => {
    if (nameTruncated || valueTruncated) refuse(name, 'is too long')
    else if (fields.has(name)) refuse(name, 'is given twice')
    else fields.set(name, value)
  })
  parser.on('file', (field, body, { filename }: { filename?: string }) => {
    // The parser tells the file first that the form is broken.
    body.on('error', ({ message }: Error) => {
      refuse('', message)
    })
    if (!fileFields.includes(field)) refuse(field, 'is no file of this form')
    else if (bodies.has(field)) refuse(field, 'is given twice')
    else {
      bodies.set(field, body)
      const named = filename === undefined ? {} : { fileName: filename }
      work = work.then(() => take({ field, ...named, fieldsSoFar: fields, body }))
      work.catch(fail)
    }
  })
  parser.on('fieldsLimit', () => {
    refuse('', `has more than ${LIMITS.fields} fields`)
  })
  parser.on('filesLimit', () => {
    refuse('', 'has too many files')
  })
  parser.on('error', (err: unknown) => {
    refuse('', asError(err).message)
  })
  parser.on('close', () => {
    resolve()
  })
  return { fields, received, taken: () => work, fail }
}

/** @throws AppError `VALIDATION_ERROR` when the header does not name a boundary. */
function openParser(req: IncomingMessage): busboy.Busboy {
  try {
    return busboy({
      headers: req.headers,
      defParamCharset: 'utf8',
      limits: { ...LIMITS, files: 4 },
    })
  } catch (err) {
    throw new AppError(validationError, [{ path: '', message: asError(err).message }])
  }
}

/**
 * Ends the reading when the body is too long, the client has gone, or is silent.
 *
 * @returns Stops watching.
 */
function watch(req: IncomingMessage, maxBytes: number, fail: (err: unknown) => void): () => void {
  let length = 0
  let lengthBefore = -1
  const gone = (): void => {
    if (!req.readableEnded)
      fail(new ClientGoneError('the client closed the connection while sending'))
  }
  const silence = setInterval(() => {
    // Paused means that it is us who do not take more.
    if (req.isPaused() || length !== lengthBefore) lengthBefore = length
    else fail(new ClientGoneError(`the client sent nothing for ${SILENCE_MS} ms`))
  }, SILENCE_MS)
  const onData = (chunk: Buffer): void => {
    length += chunk.length
    if (length > maxBytes) fail(new AppError(payloadTooLarge))
  }
  // The listener for errors stays: a connection may break at any time.
  req.on('data', onData).on('close', gone).on('error', gone)
  return () => {
    clearInterval(silence)
    req.off('data', onData).off('close', gone)
  }
}

function drain(req: IncomingMessage): void {
  if (req.readableEnded || req.destroyed) return
  const cut = setTimeout(() => {
    req.destroy()
  }, DRAIN_MS).unref()
  req.once('close', () => {
    clearTimeout(cut)
  })
  req.resume()
}

const asError = (err: unknown): Error => (err instanceof Error ? err : new Error(String(err)))
