import { type Endpoint, type Problem, unsupportedMediaType, validationError } from '@sup/types'
import type { IncomingMessage } from 'node:http'
import type { z } from 'zod'
import { AppError } from './app-error.js'
import type { FormFile } from './form-file.js'
import { problemsOf } from './parse-input.js'
import { assertLength, receiveForm } from './receive-form.js'

/** A multipart body that has not been read yet. */
export type Form<B> = {
  /** Length of the whole body, when the client says it; more than the files in it. */
  announcedBytes: number | undefined
  /**
   * Reads the body to its end.
   *
   * @param take Is given each file while it arrives, one after the other; what it throws ends the reading.
   * @returns The fields, as the endpoint's `body` parses them; what came as a file is not among them.
   * @throws AppError `VALIDATION_ERROR`, `PAYLOAD_TOO_LARGE`; ClientGoneError; what `take` threw. It does so
   *   when `take` has come to its end too.
   */
  read: (take: (file: FormFile) => Promise<void>) => Promise<B>
}

/**
 * Looks at the headers of a multipart request, before anybody is asked who sends it.
 *
 * @throws AppError `PAYLOAD_TOO_LARGE`, `UNSUPPORTED_MEDIA_TYPE`.
 */
export function assertForm(req: IncomingMessage, maxBytes: number): void {
  assertLength(req, maxBytes)
  const { 'content-type': type = '', 'content-encoding': encoding = 'identity' } = req.headers
  const isForm = /^multipart\/form-data *;.*boundary=[^;]/i.test(type)
  if (isForm && encoding.toLowerCase() === 'identity') return
  throw new AppError(unsupportedMediaType, undefined, {
    message: 'Send the body as multipart/form-data',
  })
}

/** The form of a request to an endpoint with `multipart`. */
export function formOf<E extends Endpoint>(
  req: IncomingMessage,
  spec: E,
  maxBytes: number,
): Form<z.output<E['body']>> {
  const files = spec.multipart?.files ?? []
  const announced = req.headers['content-length']
  return {
    announcedBytes: announced === undefined ? undefined : Number(announced),
    async read(take) {
      const names = new Set<string>()
      const fields = await receiveForm(
        req,
        { maxBytes, fileFields: files.map(({ name }) => name) },
        (file) => {
          names.add(file.field)
          return take(file)
        },
      )
      const missing = files.filter(({ name, isRequired }) => isRequired && !names.has(name))
      const problems: Problem[] = missing.map(({ name: path }) => ({ path, message: 'is missing' }))
      const body = spec.body.safeParse(Object.fromEntries(fields))
      if (!body.success) problems.push(...problemsOf(body.error))
      if (problems.length > 0) throw new AppError(validationError, problems)
      // A parsing border: the schema of the endpoint has just parsed it.
      return body.data as z.output<E['body']>
    },
  }
}
