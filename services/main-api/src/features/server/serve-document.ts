import { AppError } from '@sup/service-kit/http'
import { notFound } from '@sup/types'
import type { RequestHandler } from 'express'
import { readFile } from 'node:fs/promises'

/** Where the generated documents lie, seen from here in the sources and in the compiled tree alike. */
export const API_DOCUMENTS = new URL('../../../../../docs/api/', import.meta.url)

/**
 * Serves a generated document of the API as it is, without envelope. Where the file was not shipped the
 * answer is 404.
 *
 * @param file Address of the file; read once, at the first request.
 */
export function serveDocument(file: URL): RequestHandler {
  let text: Promise<string> | undefined
  return async (_req, res) => {
    text ??= readFile(file, 'utf8')
    const document = await text.catch((err: unknown) => {
      text = undefined
      throw new AppError(notFound, undefined, { cause: err })
    })
    res.setHeader('Content-Type', 'application/json; charset=utf-8')
    res.setHeader('Cache-Control', 'no-store')
    res.end(document)
  }
}
