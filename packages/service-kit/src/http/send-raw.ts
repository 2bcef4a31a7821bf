import type { Endpoint } from '@sup/types'
import type { Request, Response } from 'express'
import { pipeline } from 'node:stream/promises'
import type { RawAnswer } from './answer.js'
import { ContractBrokenError } from './check-answer.js'
import { ClientGoneError } from './read-body.js'

/**
 * Sends bytes or a redirection; resolves when the last byte is out.
 *
 * @throws ClientGoneError when the client goes away, what the body failed with, or ContractBrokenError for a
 *   status that the endpoint does not list.
 */
export async function sendRaw(
  req: Request,
  res: Response,
  { spec, answered }: { spec: Endpoint; answered: RawAnswer },
): Promise<void> {
  const { status, headers, body } = answered
  if (!(spec.success ?? [200]).some((one) => one === status)) {
    body?.destroy()
    throw new ContractBrokenError(`${spec.path} answers ${status}, which it does not list`)
  }
  res.statusCode = status
  for (const [name, value] of Object.entries(headers)) res.setHeader(name, value)
  if (body === undefined || req.method === 'HEAD') {
    body?.destroy()
    res.end()
    return
  }
  try {
    await pipeline(body, res)
  } catch (err) {
    throw body.errored ?? new ClientGoneError('the client closed the connection', { cause: err })
  }
}
