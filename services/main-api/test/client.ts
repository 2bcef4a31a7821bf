import type { Endpoint } from '@sup/types'
import supertest from 'supertest'
import type { z } from 'zod'

/** What a request is made of; as the contract accepts it, before defaults. */
export type Sent<E extends Endpoint> = {
  params?: z.input<E['params']>
  query?: E['query'] extends z.ZodObject ? z.input<E['query']> : never
  body?: z.input<E['body']>
  headers?: Record<string, string>
}

/** Sends requests with the same headers. */
export type Client = {
  /** Whatever comes back. */
  ask: <E extends Endpoint>(endpoint: E, sent?: Sent<E>) => Promise<supertest.Response>
  /** `data` of an answer that must be good. */
  call: <E extends Endpoint>(endpoint: E, sent?: Sent<E>) => Promise<z.output<E['response']>>
  /** A body that no type would allow. */
  askWrong: (endpoint: Endpoint, body: unknown, params?: object) => Promise<supertest.Response>
  with: (headers: Record<string, string>) => Client
}

export function clientOf(url: string, headers: Record<string, string> = {}): Client {
  const http = supertest(url)
  const send = (
    endpoint: Endpoint,
    sent: { params?: object; query?: object; body?: unknown; headers?: Record<string, string> },
  ): Promise<supertest.Response> => {
    const request = http[endpoint.method](pathOf(endpoint.path, sent.params ?? {}))
    request.set({ ...headers, ...sent.headers })
    if (sent.query) request.query(sent.query)
    return request.send(sent.body as object | undefined)
  }
  return {
    ask: (endpoint, sent = {}) => send(endpoint, sent),
    async call<E extends Endpoint>(endpoint: E, sent: Sent<E> = {}) {
      const { status, body } = await send(endpoint, sent)
      if (status >= 300) {
        throw new Error(`${endpoint.method} ${endpoint.path}: ${status} ${JSON.stringify(body)}`)
      }
      return endpoint.response.parse(body.data) as z.output<E['response']>
    },
    askWrong: (endpoint, body, params = {}) => send(endpoint, { body, params }),
    with: (more) => clientOf(url, { ...headers, ...more }),
  }
}

const pathOf = (path: string, params: object): string =>
  Object.entries(params).reduce(
    (rest, [name, value]) => rest.replace(`:${name}`, encodeURIComponent(String(value))),
    path,
  )
