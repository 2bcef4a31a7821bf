import type { Endpoint } from '@sup/types'
import { z } from 'zod'

/** What a caller gives an endpoint; everything may be left out that the contract lets be absent. */
export type CallInput<E extends Endpoint> = {
  params?: z.input<E['params']>
  query?: E['query'] extends z.ZodObject ? z.input<E['query']> : never
  body?: z.input<E['body']>
  headers?: Record<string, string>
}

/** Any answer: the envelope as it came, with status and headers. */
export type Answer = { status: number; headers: Headers; body: unknown }

/** An error envelope, raised by `call`. */
export class RefusedError extends Error {
  override name = 'RefusedError'

  constructor(
    what: string,
    readonly status: number,
    readonly code: string,
    readonly body: unknown,
  ) {
    super(`${what} was refused with ${status} ${code}: ${JSON.stringify(body)}`)
  }
}

/**
 * Sends one request and returns whatever comes back; for tests of refusals and headers.
 *
 * @param where base URL of a service, and the access token when there is one
 */
export async function request<E extends Endpoint>(
  where: { url: string; token?: string },
  endpoint: E,
  input: CallInput<E> = {},
): Promise<Answer> {
  const hasBody = input.body !== undefined
  const response = await fetch(where.url + pathOf(endpoint, input), {
    method: endpoint.method.toUpperCase(),
    headers: {
      ...(where.token === undefined ? {} : { authorization: `Bearer ${where.token}` }),
      ...(hasBody ? { 'content-type': 'application/json' } : {}),
      ...input.headers,
    },
    ...(hasBody ? { body: JSON.stringify(input.body) } : {}),
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, body: parseJson(text) }
}

const Success = z.object({ success: z.literal(true), data: z.unknown() })
const Failure = z.object({ success: z.literal(false), error: z.object({ code: z.string() }) })

/**
 * Sends one request that must succeed and returns `data`, checked against the contract.
 *
 * @throws RefusedError for an error envelope, ZodError when the answer breaks the contract
 */
export async function call<E extends Endpoint>(
  where: { url: string; token?: string },
  endpoint: E,
  input: CallInput<E> = {},
): Promise<z.output<E['response']>> {
  const { status, body } = await request(where, endpoint, input)
  const failure = Failure.safeParse(body)
  if (failure.success) {
    const what = `${endpoint.method.toUpperCase()} ${endpoint.path}`
    throw new RefusedError(what, status, failure.data.error.code, body)
  }
  return parseData(endpoint, Success.parse(body).data)
}

function parseData<E extends Endpoint>(endpoint: E, data: unknown): z.output<E['response']> {
  // The type of a schema that is only known by its type parameter is lost in parse().
  return endpoint.response.parse(data) as z.output<E['response']>
}

function pathOf(endpoint: Endpoint, input: { params?: object; query?: object }): string {
  const params = new Map(Object.entries(input.params ?? {}))
  const path = endpoint.path.replace(/:(\w+)/g, (_, name: string) =>
    encodeURIComponent(String(params.get(name))),
  )
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(input.query ?? {})) query.set(name, String(value))
  return query.size === 0 ? path : `${path}?${query.toString()}`
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
