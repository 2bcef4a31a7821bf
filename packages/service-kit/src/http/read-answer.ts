import { type Endpoint, type ErrorType, type Output, errorType } from '@sup/types'
import type { Dispatcher } from 'undici'
import { z } from 'zod'
import type { Logger } from '../log/index.js'
import { AppError, RemoteError, unavailable } from './app-error.js'
import { SERVICE_CHALLENGE } from './auth.js'

const MAX_ANSWER_BYTES = 64 * 1024 * 1024

const Failure = z.object({
  success: z.literal(false),
  error: z.object({
    code: z.string(),
    message: z.string(),
    details: z.unknown().optional(),
    retryable: z.boolean(),
    retryAfterMs: z.number().optional(),
  }),
})
const Success = z.object({ success: z.literal(true), data: z.unknown() })

/**
 * Reads the answer of another service.
 *
 * @returns `data`; held against the contract when `checkAnswers` is set.
 * @throws RemoteError for a refusal, AppError `SERVICE_UNAVAILABLE` for anything that is not ours.
 */
export async function readAnswer<E extends Endpoint>(
  spec: E,
  response: Dispatcher.ResponseData,
  { checkAnswers, log }: { checkAnswers: boolean; log: Logger },
): Promise<Output<E>> {
  const { statusCode, headers } = response
  const body = await readJson(response)
  if (statusCode >= 200 && statusCode < 300) {
    const good = Success.safeParse(body)
    if (!good.success) throw unavailable(new Error(`status ${statusCode} without an envelope`))
    // A parsing border: services of one release answer each other in the contract's form.
    return (checkAnswers ? spec.response.parse(good.data.data) : good.data.data) as Output<E>
  }
  if (headers['www-authenticate'] === SERVICE_CHALLENGE) {
    log.error('Another service refuses SERVICE_SECRET', { path: spec.path })
    throw unavailable(new Error('SERVICE_SECRET is refused'))
  }
  throw refusal(spec, statusCode, body)
}

async function readJson({ statusCode, headers, body }: Dispatcher.ResponseData): Promise<unknown> {
  try {
    if (Number(headers['content-length'] ?? 0) > MAX_ANSWER_BYTES)
      throw new Error('answer too large')
    return await body.json()
  } catch (err) {
    await body.dump().catch(() => undefined)
    throw unavailable(new Error(`status ${statusCode} without an envelope`, { cause: err }))
  }
}

/** A proxy's 502 or 504 carries no envelope; it means that the service is not there. */
function refusal(spec: Endpoint, status: number, body: unknown): AppError {
  const parsed = Failure.safeParse(body)
  if (!parsed.success) return unavailable(new Error(`status ${status} without an envelope`))
  const { code, message, details, retryable, retryAfterMs } = parsed.data.error
  const known: ErrorType | undefined = spec.errors.find((type) => type.code === code)
  const type = known ?? errorType(code, status, z.unknown(), { message, retryable })
  return new RemoteError(type, details, {
    message,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  })
}
