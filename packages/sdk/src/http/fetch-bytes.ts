import type { Endpoint } from '@sup/types'
import { SupError } from '../base/sup-error.js'
import type { Tokens } from '../session/tokens.js'
import { type CallInput, type RequestNeeds, failureOf, urlOf } from './request.js'
import { withToken } from './with-token.js'

/** The head of the answer must be there by then; the bytes may take as long as they take. */
const HEAD_MS = 15_000

/**
 * Reads an endpoint whose good answer is bytes.
 * @throws SupError; the reason of `signal` when it is aborted, also while the bytes are read.
 */
export type FetchBytes = <E extends Endpoint>(
  endpoint: E,
  input: CallInput<E>,
  options?: { headers?: Record<string, string>; signal?: AbortSignal | undefined },
) => Promise<Response>

export function createFetchBytes(needs: RequestNeeds & { tokens: Tokens }): FetchBytes {
  return (endpoint, input, { headers = {}, signal } = {}) =>
    withToken(needs.tokens, (token) =>
      fetchOnce(needs, urlOf(needs.server, endpoint, input), {
        headers: { ...headers, authorization: `Bearer ${token}` },
        signal,
      }),
    )
}

async function fetchOnce(
  { fetch, server }: RequestNeeds,
  url: string,
  { headers, signal }: { headers: Record<string, string>; signal: AbortSignal | undefined },
): Promise<Response> {
  const late = new AbortController()
  const timer = setTimeout(() => {
    late.abort()
  }, HEAD_MS)
  try {
    const response = await fetch(url, {
      headers,
      signal: signal ? AbortSignal.any([signal, late.signal]) : late.signal,
    })
    if (response.ok) return response
    throw failureOf(response, await response.text())
  } catch (err) {
    if (err instanceof SupError || signal?.aborted) throw err
    const message = late.signal.aborted
      ? 'The server did not answer in time'
      : `Cannot reach ${server}`
    throw new SupError({ code: 'NETWORK_ERROR', message, retryable: true, cause: err })
  } finally {
    clearTimeout(timer)
  }
}
