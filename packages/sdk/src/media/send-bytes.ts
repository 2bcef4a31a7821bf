import { fullJitter } from '../base/chance.js'
import { type Clock, wait } from '../base/clock.js'
import { SupError } from '../base/sup-error.js'

export type SendBytesNeeds = { fetch: typeof fetch; clock: Clock }

const ATTEMPTS = 4
/** A part of 8 MiB at 20 KiB/s. */
const TIMEOUT_MS = 400_000

/**
 * Sends bytes to the object store by a URL that was signed for them, up to four times.
 * @throws SupError `NETWORK_ERROR` when the store cannot be reached, `GONE` when the URL is over (403);
 *   the reason of `signal` when it is aborted.
 */
export async function sendBytes(
  { fetch, clock }: SendBytesNeeds,
  request: { url: string; method: 'PUT' | 'POST'; body: Blob | FormData },
  signal: AbortSignal,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await sendOnce(fetch, request, signal)
      return
    } catch (err) {
      if (signal.aborted || !(err instanceof SupError) || !err.retryable) throw err
      if (attempt === ATTEMPTS) throw err
      await wait(clock, fullJitter(attempt), signal)
    }
  }
}

async function sendOnce(
  send: typeof fetch,
  { url, method, body }: { url: string; method: string; body: Blob | FormData },
  signal: AbortSignal,
): Promise<void> {
  const limit = AbortSignal.timeout(TIMEOUT_MS)
  const response = await send(url, {
    method,
    body,
    signal: AbortSignal.any([signal, limit]),
  }).catch((cause: unknown) => {
    if (signal.aborted) throw cause
    const message = 'Cannot reach the file store'
    throw new SupError({ code: 'NETWORK_ERROR', message, retryable: true, cause })
  })
  // Read to the end, so that the connection can be used again.
  await response.text()
  if (response.ok) return
  const { status } = response
  if (status === 403) {
    throw new SupError({ code: 'GONE', status, message: 'The upload has expired' })
  }
  const message = `The file store answered ${String(status)}`
  const retryable = status >= 500 || status === 429
  throw new SupError({ code: 'UPLOAD_REFUSED', status, message, retryable })
}
