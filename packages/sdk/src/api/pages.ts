import type { Endpoint } from '@sup/types'
import type { z } from 'zod'
import type { Call, CallOptions } from '../http/call.js'
import type { CallInput } from '../http/request.js'

/** An endpoint that answers an array, in pages. */
type ListEndpoint = Endpoint & { response: z.ZodArray }
type Item<E extends ListEndpoint> = z.output<E['response']>[number]

/** All items of a list endpoint, fetched page by page as they are consumed. */
export async function* listAll<E extends ListEndpoint>(
  call: Call,
  endpoint: E,
  input: CallInput<E>,
  options?: CallOptions,
): AsyncGenerator<Item<E>, void, undefined> {
  const { query, ...rest }: { query?: unknown } = input
  let cursor: string | undefined
  for (;;) {
    // The input with one member of its query replaced is an input again.
    const next: unknown = { ...rest, query: { ...(query ?? {}), ...(cursor && { cursor }) } }
    const { data, meta } = await call(endpoint, next as CallInput<E>, options)
    yield* data as Item<E>[]
    const { nextCursor, hasMore }: { nextCursor?: string; hasMore?: boolean } = meta ?? {}
    if (!nextCursor || hasMore === false) return
    cursor = nextCursor
  }
}
